//! Functions on lists.
//!
//! Invariant: a list is never changed; each result is a new list, paid for.

use super::Parameter::{Any, Int};
use super::convert::{deep_equal, items};
use super::{Answer, Function, convert, stop};
use crate::call::Invocation;
use crate::text::Text;
use crate::value::{Element, List, Value};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("all", &[Any], all),
    Function::variadic("any", &[Any], any),
    Function::plain("append", &[Any, Any], append),
    Function::plain("chunk", &[Int, Any], chunk),
    Function::plain("compact", &[Any], compact),
    Function::variadic("concat", &[Any], concat),
    Function::plain("first", &[Any], first),
    Function::plain("has", &[Any, Any], has),
    Function::plain("initial", &[Any], initial),
    Function::plain("last", &[Any], last),
    Function::variadic("list", &[Any], list),
    Function::plain("mustAppend", &[Any, Any], append),
    Function::plain("mustChunk", &[Int, Any], chunk),
    Function::plain("mustCompact", &[Any], compact),
    Function::plain("mustFirst", &[Any], first),
    Function::plain("mustHas", &[Any, Any], has),
    Function::plain("mustInitial", &[Any], initial),
    Function::plain("mustLast", &[Any], last),
    Function::plain("mustPrepend", &[Any, Any], prepend),
    Function::plain("mustPush", &[Any, Any], append),
    Function::plain("mustRest", &[Any], rest),
    Function::plain("mustReverse", &[Any], reverse),
    Function::variadic("mustSlice", &[Any, Any], slice),
    Function::plain("mustUniq", &[Any], uniq),
    Function::variadic("mustWithout", &[Any, Any], without),
    Function::plain("prepend", &[Any, Any], prepend),
    Function::plain("push", &[Any, Any], append),
    Function::plain("rest", &[Any], rest),
    Function::plain("reverse", &[Any], reverse),
    Function::variadic("slice", &[Any, Any], slice),
    Function::plain("sortAlpha", &[Any], sort_alpha),
    Function::variadic("tuple", &[Any], list),
    Function::plain("uniq", &[Any], uniq),
    Function::variadic("without", &[Any, Any], without),
];

fn list(call: &mut Invocation<'_, '_>) -> Answer {
    call.pay_items(call.arguments.len())?;
    Ok(Value::list(std::mem::take(&mut call.arguments)))
}

fn all(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.rest(0).iter().all(Value::is_true).into())
}

fn any(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.rest(0).iter().any(Value::is_true).into())
}

fn append(call: &mut Invocation<'_, '_>) -> Answer {
    let mut items = items(call, 0, "push")?;
    items.push(call.value(1));
    Ok(Value::list(items))
}

fn prepend(call: &mut Invocation<'_, '_>) -> Answer {
    let mut items = items(call, 0, "Cannot prepend on type")?;
    items.insert(0, call.value(1));
    Ok(Value::list(items))
}

fn chunk(call: &mut Invocation<'_, '_>) -> Answer {
    let items = items(call, 1, "Cannot chunk type")?;
    let Ok(size @ 1..) = usize::try_from(call.int(0)) else {
        return stop("runtime error: makeslice: len out of range");
    };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(List::new(chunks, Element::List).into())
}

fn compact(call: &mut Invocation<'_, '_>) -> Answer {
    let mut items = items(call, 0, "Cannot compact on type")?;
    items.retain(Value::is_true);
    Ok(Value::list(items))
}

fn concat(call: &mut Invocation<'_, '_>) -> Answer {
    let mut all = Vec::new();
    for index in 0..call.arguments.len() {
        if !call.value(index).is_nil() && super::as_list(&call.value(index)).is_none() {
            let kind = call.value(index);
            if let Some(unknown) = call.executor.part_of(&kind) {
                return Ok(unknown.into());
            }
            return stop(format!("Cannot concat type {} as list", kind.kind_name()));
        }
        all.extend(items(call, index, "")?);
    }
    Ok(List::nil_if_empty(all, Element::Any).into())
}

/// Returns a list argument without copying it.
fn borrowed(call: &Invocation<'_, '_>, refusal: &str) -> Result<List, super::Stop> {
    let value = call.value(0);
    match super::as_list(&value) {
        Some(list) => Ok(list),
        None if value.is_nil() => {
            stop("runtime error: invalid memory address or nil pointer dereference")
        }
        None => stop(format!("{refusal} {}", value.kind_name())),
    }
}

fn first(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(borrowed(call, "Cannot find first on type")?
        .items()
        .first()
        .cloned()
        .unwrap_or_else(Value::nil))
}

fn last(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(borrowed(call, "Cannot find last on type")?
        .items()
        .last()
        .cloned()
        .unwrap_or_else(Value::nil))
}

fn rest(call: &mut Invocation<'_, '_>) -> Answer {
    let items = items(call, 0, "Cannot find rest on type")?;
    match items.split_first() {
        Some((_, rest)) => Ok(Value::list(rest.to_vec())),
        None => Ok(List::nil_if_empty(items, Element::Any).into()),
    }
}

fn initial(call: &mut Invocation<'_, '_>) -> Answer {
    let mut items = items(call, 0, "Cannot find initial on type")?;
    match items.pop() {
        Some(_) => Ok(Value::list(items)),
        None => Ok(List::nil_if_empty(items, Element::Any).into()),
    }
}

fn reverse(call: &mut Invocation<'_, '_>) -> Answer {
    let mut items = items(call, 0, "Cannot find reverse on type")?;
    items.reverse();
    Ok(Value::list(items))
}

fn slice(call: &mut Invocation<'_, '_>) -> Answer {
    let list = borrowed(call, "list should be type of slice or array but")?;
    if list.is_empty() {
        return Ok(Value::nil());
    }
    call.pay_items(list.len())?;
    let start = call.rest(1).first().map_or(0, |value| call.whole(value));
    let end = call.rest(2).first().map_or(list.len() as i64, |value| call.whole(value));
    let items = usize::try_from(start)
        .ok()
        .zip(usize::try_from(end).ok())
        .and_then(|(start, end)| list.items().get(start..end));
    match items {
        Some(items) => Ok(List::new(items.to_vec(), list.element).into()),
        None => stop("reflect.Value.Slice: slice index out of bounds"),
    }
}

fn sort_alpha(call: &mut Invocation<'_, '_>) -> Answer {
    let mut texts = convert::texts(call, 0)?;
    if call.value(0).is_nil() {
        texts.push(Text::from("<nil>"));
    }
    texts.sort_by(|left, right| left.as_bytes().cmp(right.as_bytes()));
    Ok(Value::texts(texts))
}

fn contains(
    call: &mut Invocation<'_, '_>,
    items: &[Value],
    value: &Value,
) -> Result<bool, super::Stop> {
    for item in items {
        if deep_equal(value, item, 0, &mut call.executor.fuel)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(call: &mut Invocation<'_, '_>) -> Answer {
    let items = items(call, 0, "Cannot find uniq on type")?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !contains(call, &kept, &item)? {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn without(call: &mut Invocation<'_, '_>) -> Answer {
    let items = items(call, 0, "Cannot find without on type")?;
    let omitted = call.rest(1).to_vec();
    let mut kept = Vec::new();
    for item in items {
        if !contains(call, &omitted, &item)? {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn has(call: &mut Invocation<'_, '_>) -> Answer {
    let (needle, haystack) = (call.value(0), call.value(1));
    match super::as_list(&haystack) {
        Some(list) if contains(call, list.items(), &needle)? => Ok(true.into()),
        Some(list) => {
            let unknown = &mut call.executor.unknown;
            Ok(list.items().iter().any(|item| unknown.equal(&needle, item) == Some(true)).into())
        }
        None if haystack.is_nil() => Ok(false.into()),
        None => stop(format!("Cannot find has on type {}", haystack.kind_name())),
    }
}
