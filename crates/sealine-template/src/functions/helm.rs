//! What Helm's engine itself brings: templates as values, and the author's own refusals.
//!
//! Invariants: a template that is called keeps the nodes of its output; a string given to `tpl`
//! keeps its own origins, so that its output points at the values line it was written on.

use std::rc::Rc;

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Function, Stop, stop};
use crate::call::Invocation;
use crate::error::{ErrorKind, Failure};
use crate::execute::{Given, Overlay};
use crate::set::Set;
use crate::text::{Builder, Text};
use crate::value::{Data, Map, Value};

/// What Helm calls a string given to `tpl`.
const NAME: &str = "gotpl";

pub(super) const TABLE: &[Function] = &[
    FAIL,
    Function::plain("include", &[AnyText, Any], include),
    Function {
        deterministic: false,
        ..Function::plain("lookup", &[AnyText, AnyText, AnyText, AnyText], lookup)
    },
    Function::plain("required", &[AnyText, Any], required),
    Function::plain("tpl", &[AnyText, Any], tpl),
    Function {
        deterministic: false,
        ..Function::plain("getHostByName", &[AnyText], |_| Ok("".into()))
    },
];

/// `fail`, which sprig brings and Helm words differently.
pub(super) const FAIL: Function = Function::plain("fail", &[AnyText], fail);

/// Ends the execution with what stands in the template of the author's message.
fn refuse(message: &Text) -> Answer {
    let message = message.spoken();
    Err(Stop::Own(Failure { kind: ErrorKind::Refused, message, bare: true }))
}

fn fail(call: &mut Invocation<'_, '_>) -> Answer {
    refuse(&call.text(0))
}

fn required(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(1);
    let empty = matches!(&value.data, Data::Text(text) if text.is_empty());
    if !value.is_nil() && !empty {
        return Ok(value);
    }
    call.executor.lacked().map_or_else(|| refuse(&call.text(0)), |unknown| Ok(unknown.into()))
}

/// There is no cluster to look into, as in `helm template`; what a real one holds is not known.
fn lookup(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.executor.lacked().map_or_else(|| Map::default().into(), Value::from))
}

/// Returns the second argument as a template's dot: nil becomes nothing, whose fields are no error.
fn dot(call: &Invocation<'_, '_>) -> Value {
    let value = call.value(1);
    if value.is_nil() { Value::default() } else { value }
}

fn include(call: &mut Invocation<'_, '_>) -> Answer {
    let (name_text, data, range) = (call.text(0), dot(call), call.range);
    let name = name_text.to_str();
    let executor = &mut *call.executor;
    let Some((entry, given)) = executor.find(&name) else {
        // It may stand in a chart that is not in sight.
        if let Some(unknown) = executor.lacked() {
            executor.unknown.decided = true;
            return Ok(unknown.into());
        }
        let name = if name_text.is_literal() { &name } else { "…" };
        return stop(format!("template: no template {name:?} associated with template \"gotpl\""));
    };
    executor.enter(range)?;
    let mut out = Builder::default();
    executor
        .call(entry, given, &data, &mut out)
        .map_err(|error| executor.called_at(range, error))?;
    executor.leave();
    Ok(out.finish().into())
}

fn tpl(call: &mut Invocation<'_, '_>) -> Answer {
    let (text, data, range) = (call.text(0), dot(call), call.range);
    let executor = &mut *call.executor;
    executor.enter(range)?;
    let source = text.to_str().into_owned();
    if source.len() != text.len() {
        return stop("the text given to tpl is not valid UTF-8");
    }
    executor.fuel.step(source.len() / 16)?;
    executor.fuel.text(source.len())?;
    let node = executor.node(range);
    let place = executor.place(range);
    let is_literal = text.is_literal();
    let functions = executor.options.functions;
    let template = crate::parse(NAME, source.as_str(), functions).map_err(|error| {
        let what = if is_literal { &error.message } else { "it is no valid template" };
        let message = format!("in line {} of the text given to tpl: {what}", error.line);
        executor.error(range, Failure { kind: ErrorKind::Parse, message, bare: true })
    })?;
    let given = Rc::new(Given { text, site: node, is_literal, place });
    let set = Set::of(node.file, template);
    let Some(entry) = set.get(NAME).cloned() else {
        return stop("the text given to tpl has no body");
    };
    executor.overlays.push(Overlay { set, given: Rc::clone(&given) });
    let mut out = Builder::default();
    let result = executor.call(entry, Some(given), &data, &mut out);
    executor.overlays.pop();
    result.map_err(|error| executor.called_at(range, error))?;
    executor.leave();
    let text = out.finish();
    Ok(super::replace(&text, b"<no value>", &Text::default()).into())
}
