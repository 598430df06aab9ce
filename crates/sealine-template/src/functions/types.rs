//! Functions that ask what a value is, or choose between values.
//!
//! Invariant: what is chosen is passed on as it is, origins included.

use super::Parameter::{Any, Bool, Text as AnyText};
use super::{Answer, Function, convert};
use crate::call::Invocation;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    Function::variadic("coalesce", &[Any], coalesce),
    Function::plain("deepEqual", &[Any, Any], deep_equal),
    Function::variadic("default", &[Any, Any], default),
    Function::plain("empty", &[Any], |call| Ok((!call.value(0).is_true()).into())),
    Function::plain("kindIs", &[AnyText, Any], kind_is),
    Function::plain("kindOf", &[Any], |call| Ok(call.value(0).kind_name().into())),
    Function::plain("ternary", &[Any, Any, Bool], ternary),
    Function::plain("typeIs", &[AnyText, Any], type_is),
    Function::plain("typeIsLike", &[AnyText, Any], type_is_like),
    Function::plain("typeOf", &[Any], |call| Ok(call.value(0).type_name().into())),
];

fn coalesce(call: &mut Invocation<'_, '_>) -> Answer {
    let found = call.rest(0).iter().find(|value| value.is_true());
    Ok(found.cloned().unwrap_or_else(Value::nil))
}

fn default(call: &mut Invocation<'_, '_>) -> Answer {
    match call.rest(1).first() {
        Some(given) if given.is_true() => Ok(given.clone()),
        _ => Ok(call.value(0)),
    }
}

fn ternary(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.value(usize::from(!call.value(2).is_true())))
}

fn deep_equal(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right) = (call.value(0), call.value(1));
    Ok(convert::deep_equal(&left, &right, 0, &mut call.executor.fuel)?.into())
}

fn kind_is(call: &mut Invocation<'_, '_>) -> Answer {
    Ok((call.text(0).as_bytes() == call.value(1).kind_name().as_bytes()).into())
}

fn type_is(call: &mut Invocation<'_, '_>) -> Answer {
    Ok((call.text(0).as_bytes() == call.value(1).type_name().as_bytes()).into())
}

fn type_is_like(call: &mut Invocation<'_, '_>) -> Answer {
    let (target, value) = (call.text(0), call.value(1));
    let target = target.to_str();
    let name = value.type_name();
    Ok((target == name || format!("*{target}") == name).into())
}
