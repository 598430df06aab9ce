//! Go's comparison functions: `eq`, `ne`, `lt`, `le`, `gt`, `ge`.
//!
//! Invariant: values of different basic kinds are an error, never merely unequal; integers of all
//! widths are one kind.

use std::cmp::Ordering;

use super::{Answer, Stop, stop};
use crate::call::Invocation;
use crate::value::{Data, Value};

/// Go's basic kinds.
#[derive(Clone, Copy, PartialEq)]
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'v [u8]),
    Other,
}

fn basic(value: &Value) -> Basic<'_> {
    match &value.data {
        Data::Bool(value) => Basic::Bool(*value),
        Data::Int(value) | Data::Int64(value) => Basic::Int(*value),
        Data::Float(value) => Basic::Float(*value),
        Data::Text(value) => Basic::Text(value.as_bytes()),
        _ => Basic::Other,
    }
}

fn incompatible<T>(left: &Value, right: &Value) -> Result<T, Stop> {
    let (left, right) = (left.type_name(), right.type_name());
    stop(format!("incompatible types for comparison: {left} and {right}"))
}

fn equal(left: &Value, right: &Value) -> Result<bool, Stop> {
    match (basic(left), basic(right)) {
        (Basic::Bool(left), Basic::Bool(right)) => Ok(left == right),
        (Basic::Int(left), Basic::Int(right)) => Ok(left == right),
        #[expect(clippy::float_cmp, reason = "Go compares exactly")]
        (Basic::Float(left), Basic::Float(right)) => Ok(left == right),
        (Basic::Text(left), Basic::Text(right)) => Ok(left == right),
        (Basic::Other, Basic::Other) => match (left.is_nil(), right.is_nil()) {
            (true, true) => Ok(true),
            (true, false) | (false, true) => Ok(false),
            (false, false) => stop(format!("non-comparable type {}", right.type_name())),
        },
        _ if left.is_nil() || right.is_nil() => Ok(false),
        _ => incompatible(left, right),
    }
}

/// Compares as [`equal`] does; what is not known may be equal.
fn may_equal(call: &mut Invocation<'_, '_>, left: &Value, right: &Value) -> Result<bool, Stop> {
    match call.executor.unknown.equal(left, right) {
        Some(assumed) => Ok(assumed),
        None => equal(left, right),
    }
}

fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Stop> {
    match (basic(left), basic(right)) {
        (Basic::Int(left), Basic::Int(right)) => Ok(Some(left.cmp(&right))),
        (Basic::Float(left), Basic::Float(right)) => Ok(left.partial_cmp(&right)),
        (Basic::Text(left), Basic::Text(right)) => Ok(Some(left.cmp(right))),
        (Basic::Other, _) | (_, Basic::Other) | (Basic::Bool(_), Basic::Bool(_)) => {
            stop("invalid type for comparison")
        }
        _ => incompatible(left, right),
    }
}

pub(super) fn eq(call: &mut Invocation<'_, '_>) -> Answer {
    let first = call.value(0);
    if call.rest(1).is_empty() {
        return stop("missing argument for comparison");
    }
    for value in call.rest(1).to_vec() {
        if may_equal(call, &first, &value)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

pub(super) fn ne(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right) = (call.value(0), call.value(1));
    Ok((!may_equal(call, &left, &right)?).into())
}

pub(super) fn lt(call: &mut Invocation<'_, '_>) -> Answer {
    let order = order(&call.value(0), &call.value(1))?;
    Ok((order == Some(Ordering::Less)).into())
}

pub(super) fn le(call: &mut Invocation<'_, '_>) -> Answer {
    let order = order(&call.value(0), &call.value(1))?;
    Ok(matches!(order, Some(Ordering::Less | Ordering::Equal)).into())
}

pub(super) fn gt(call: &mut Invocation<'_, '_>) -> Answer {
    let order = order(&call.value(0), &call.value(1))?;
    Ok((!matches!(order, Some(Ordering::Less | Ordering::Equal))).into())
}

pub(super) fn ge(call: &mut Invocation<'_, '_>) -> Answer {
    let order = order(&call.value(0), &call.value(1))?;
    Ok((order != Some(Ordering::Less)).into())
}
