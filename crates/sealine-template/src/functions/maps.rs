//! Functions on maps: making, asking, changing, merging.
//!
//! Invariant: maps are shared as in Go: `set` and `merge` change the map they are given.

use super::Parameter::{Any, Map as AnyMap, Text as AnyText};
use super::{Answer, Function, Stop, convert, stop};
use crate::budget::Fuel;
use crate::call::Invocation;
use crate::error::Outcome;
use crate::value::{Data, List, Map, MapType, Value};

pub(super) const TABLE: &[Function] = &[
    Function::plain("deepCopy", &[Any], deep_copy),
    Function::variadic("dict", &[Any], dict),
    Function::variadic("dig", &[Any], dig),
    Function::plain("get", &[AnyMap, AnyText], get),
    Function::plain("hasKey", &[AnyMap, AnyText], has_key),
    Function::variadic("keys", &[AnyMap], keys),
    Function::variadic("merge", &[AnyMap, AnyMap], |call| merge(call, false)),
    Function::variadic("mergeOverwrite", &[AnyMap, AnyMap], |call| merge(call, true)),
    Function::plain("mustDeepCopy", &[Any], deep_copy),
    Function::variadic("mustMerge", &[AnyMap, AnyMap], |call| merge(call, false)),
    Function::variadic("mustMergeOverwrite", &[AnyMap, AnyMap], |call| merge(call, true)),
    Function::variadic("omit", &[AnyMap, AnyText], omit),
    Function::variadic("pick", &[AnyMap, AnyText], pick),
    Function::variadic("pluck", &[AnyText, AnyMap], pluck),
    Function::plain("set", &[AnyMap, AnyText, Any], set),
    Function::plain("unset", &[AnyMap, AnyText], unset),
    Function::plain("values", &[AnyMap], values),
];

/// `get` where something else has that name.
pub(super) const SPRIG_GET: Function = Function::plain("sprigGet", &[AnyMap, AnyText], get);

fn dict(call: &mut Invocation<'_, '_>) -> Answer {
    call.pay_items(call.arguments.len())?;
    let map = Map::default();
    let arguments = std::mem::take(&mut call.arguments);
    for pair in arguments.chunks(2) {
        let Some(key) = pair.first() else { continue };
        let key = convert::text(key, &mut call.executor.fuel)?;
        let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
        map.set(&key.to_str(), normal(value));
    }
    Ok(map.into())
}

/// Returns a value as it is stored: nothing becomes nil.
fn normal(value: Value) -> Value {
    if value.is_nil() { Value::nil() } else { value }
}

fn get(call: &mut Invocation<'_, '_>) -> Answer {
    if let Some(unknown) = call.executor.part_of(&call.value(0)) {
        return Ok(unknown.into());
    }
    Ok(call.map(0).get(&call.text(1).to_str()).unwrap_or_else(|| "".into()))
}

fn has_key(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.map(0).contains(&call.text(1).to_str()).into())
}

fn set(call: &mut Invocation<'_, '_>) -> Answer {
    if call.value(0).is_nil() {
        return stop("assignment to entry in nil map");
    }
    call.pay_items(1)?;
    call.map(0).set(&call.text(1).to_str(), normal(call.value(2)));
    Ok(call.value(0))
}

fn unset(call: &mut Invocation<'_, '_>) -> Answer {
    call.map(0).remove(&call.text(1).to_str());
    Ok(call.value(0))
}

fn keys(call: &mut Invocation<'_, '_>) -> Answer {
    let mut keys = Vec::new();
    for index in 0..call.arguments.len() {
        let map = call.map(index);
        call.pay_items(map.len())?;
        keys.extend(map.entries().into_iter().map(|(key, _)| key));
    }
    Ok(Value::texts(keys))
}

fn values(call: &mut Invocation<'_, '_>) -> Answer {
    let map = call.map(0);
    call.pay_items(map.len())?;
    Ok(Value::list(map.entries().into_iter().map(|(_, value)| value).collect()))
}

fn pluck(call: &mut Invocation<'_, '_>) -> Answer {
    call.pay_items(call.arguments.len())?;
    let key = call.text(0);
    let maps = (1..call.arguments.len()).map(|index| call.map(index));
    Ok(Value::list(maps.filter_map(|map| map.get(&key.to_str())).collect()))
}

fn pick(call: &mut Invocation<'_, '_>) -> Answer {
    call.pay_items(call.arguments.len())?;
    let (from, to) = (call.map(0), Map::default());
    for index in 1..call.arguments.len() {
        let key = call.text(index);
        if let Some(value) = from.get(&key.to_str()) {
            to.set_key(&key.to_str(), from.key_origin(&key.to_str()), value);
        }
    }
    Ok(to.into())
}

fn omit(call: &mut Invocation<'_, '_>) -> Answer {
    let (from, to) = (call.map(0), Map::default());
    call.pay_items(from.len())?;
    for (key, value) in from.entries() {
        to.set_key(&key.to_str(), key.origin(), value);
    }
    for index in 1..call.arguments.len() {
        to.remove(&call.text(index).to_str());
    }
    Ok(to.into())
}

fn dig(call: &mut Invocation<'_, '_>) -> Answer {
    let [keys @ .., default, start] = call.arguments.as_slice() else {
        return stop("dig needs at least three arguments");
    };
    if keys.is_empty() {
        return stop("dig needs at least three arguments");
    }
    let mut value = start.clone();
    for key in keys {
        let Some(key) = super::strings::as_text(key) else {
            let type_name = key.type_name();
            return stop(format!(
                "interface conversion: interface {{}} is {type_name}, not string"
            ));
        };
        let inner = match value.as_map() {
            Some(map) if map.map_type == MapType::Any => map.get(&key.to_str()),
            _ => {
                let type_name = if value.is_nil() { "nil" } else { value.type_name() };
                let message = format!(
                    "interface conversion: interface {{}} is {type_name}, not map[string]interface {{}}"
                );
                return match call.executor.part_of(&value) {
                    Some(unknown) => Ok(unknown.into()),
                    None => stop(message),
                };
            }
        };
        match inner {
            Some(inner) => value = inner,
            None => return Ok(default.clone()),
        }
    }
    Ok(value)
}

fn deep_copy(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    if value.is_nil() {
        return stop("reflect: call of reflect.Value.Type on zero Value");
    }
    Ok(copy(&value, 0, &mut call.executor.fuel)?)
}

/// Returns the value with all its maps and lists made anew.
fn copy(value: &Value, depth: usize, fuel: &mut Fuel) -> Outcome<Value> {
    fuel.level(depth)?;
    let data = match &value.data {
        Data::Map(map) => {
            fuel.items(map.len())?;
            let fresh = Map::new(map.map_type);
            for (key, item) in map.entries() {
                fresh.set_key(&key.to_str(), key.origin(), copy(&item, depth + 1, fuel)?);
            }
            Data::Map(fresh)
        }
        Data::List(list) => {
            fuel.items(list.len())?;
            let items = list.items().iter().map(|item| copy(item, depth + 1, fuel));
            Data::List(List::new(items.collect::<Outcome<_>>()?, list.element))
        }
        data => data.clone(),
    };
    Ok(Value { data, origin: value.origin })
}

fn merge(call: &mut Invocation<'_, '_>, overwrites: bool) -> Answer {
    let to = call.map(0);
    for index in 1..call.arguments.len() {
        merge_into(&to, &call.map(index), overwrites, 0, &mut call.executor.fuel)?;
    }
    // What comes over a nil map makes a new one; the variable that held nil still does.
    let is_new = call.value(0).is_nil() && call.arguments.len() > 1;
    Ok(if is_new { to.into() } else { call.value(0) })
}

/// Fills one map from another by the rules of mergo: nil never comes over what is there unless it
/// overwrites; what is empty is filled; maps are merged; lists are taken whole.
fn merge_into(
    to: &Map,
    from: &Map,
    overwrites: bool,
    depth: usize,
    fuel: &mut Fuel,
) -> Result<(), Stop> {
    fuel.level(depth)?;
    fuel.items(from.len())?;
    if to.is_same(from) {
        return Ok(());
    }
    for (key, value) in from.entries() {
        let key_origin = key.origin();
        let key = key.to_str();
        let old = to.get(&key);
        let put = |value: &Value| to.set_key(&key, key_origin, value.clone());
        if value.is_nil() {
            if overwrites {
                put(&value);
            }
            continue;
        }
        let old_is_empty = old.as_ref().is_none_or(convert::is_empty);
        match (&value.data, old.as_ref().map(|old| &old.data)) {
            (Data::Map(from), Some(Data::Map(inner))) => {
                merge_into(inner, from, overwrites, depth + 1, fuel)?;
                if inner.is_empty() {
                    put(&value);
                }
            }
            _ if overwrites || old_is_empty => put(&value),
            _ => {}
        }
    }
    Ok(())
}
