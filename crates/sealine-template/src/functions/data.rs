//! YAML and JSON: reading and writing.
//!
//! Invariants: scalars keep their origins through both ways; Helm's functions never fail but put
//! the error into what they return, while sprig's `must` functions fail.

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Function, Stop};
use crate::call::Invocation;
use crate::error::{ErrorKind, Failure, Outcome};
use crate::format::{self, JsonStyle, YamlStyle};
use crate::read;
use crate::text::Text;
use crate::value::{Map, Value};

/// What sprig brings.
pub(super) const TABLE: &[Function] = &[
    Function::plain("fromJson", &[AnyText], from_any_json),
    Function::plain("mustFromJson", &[AnyText], must_from_json),
    Function::plain("mustToJson", &[Any], must_to_json),
    Function::plain("mustToPrettyJson", &[Any], |call| must_write(call, true, true)),
    Function::plain("mustToRawJson", &[Any], |call| must_write(call, false, false)),
    Function::plain("toJson", &[Any], to_json),
    Function::plain("toPrettyJson", &[Any], to_pretty_json),
    Function::plain("toRawJson", &[Any], |call| must_write(call, false, false)),
];

/// What Helm brings, over sprig's.
pub(super) const HELM: &[Function] = &[
    Function::plain("fromJson", &[AnyText], from_json),
    Function::plain("fromJsonArray", &[AnyText], from_json_array),
    Function::plain("fromYaml", &[AnyText], from_yaml),
    Function::plain("fromYamlArray", &[AnyText], from_yaml_array),
    Function::plain("toYaml", &[Any], |call| to_yaml(call, YamlStyle::Plain)),
    Function::plain("toYamlPretty", &[Any], |call| to_yaml(call, YamlStyle::Pretty)),
];

/// What External Secrets Operator brings.
pub(super) const ESO: &[Function] = &[
    Function::plain("fromYaml", &[AnyText], from_yaml),
    Function::plain("toYaml", &[Any], |call| to_yaml(call, YamlStyle::Plain)),
];

/// Returns what a failure becomes where Go swallows errors; a limit is never swallowed.
fn swallow<T>(result: Outcome<T>, fallback: impl FnOnce(&Failure) -> T) -> Result<T, Stop> {
    match result {
        Ok(value) => Ok(value),
        Err(failure) if failure.kind == ErrorKind::Execute => Ok(fallback(&failure)),
        Err(failure) => Err(failure.into()),
    }
}

fn write_yaml(call: &mut Invocation<'_, '_>, style: YamlStyle) -> Outcome<Text> {
    format::yaml(&call.value(0), style, &mut call.executor.fuel)
}

fn to_yaml(call: &mut Invocation<'_, '_>, style: YamlStyle) -> Answer {
    Ok(swallow(write_yaml(call, style), |_| Text::default())?.into())
}

fn write_json(call: &mut Invocation<'_, '_>, escapes_html: bool, is_pretty: bool) -> Outcome<Text> {
    let style = JsonStyle { escapes_html, is_pretty };
    format::json(&call.value(0), style, &mut call.executor.fuel)
}

fn to_json(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(swallow(write_json(call, true, false), |_| Text::default())?.into())
}

fn to_pretty_json(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(swallow(write_json(call, true, true), |_| Text::default())?.into())
}

fn must_to_json(call: &mut Invocation<'_, '_>) -> Answer {
    must_write(call, true, false)
}

fn must_write(call: &mut Invocation<'_, '_>, escapes_html: bool, is_pretty: bool) -> Answer {
    Ok(write_json(call, escapes_html, is_pretty)?.into())
}

/// Returns what sprig reads: anything, or nil for what is no JSON.
/// Returns what is read of a text, nothing known of one that is not known.
fn known(
    call: &mut Invocation<'_, '_>,
    read: impl FnOnce(&mut Invocation<'_, '_>) -> Answer,
) -> Answer {
    match call.executor.part_of(&call.value(0)) {
        Some(unknown) => Ok(unknown.into()),
        None => read(call),
    }
}

fn from_any_json(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| {
        swallow(read::json(&call.text(0), &mut call.executor.fuel), |_| Value::nil())
    })
}

fn must_from_json(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| Ok(read::json(&call.text(0), &mut call.executor.fuel)?))
}

/// What Helm's YAML reader says before the JSON reader's error.
const THROUGH_JSON: &str = "error unmarshaling JSON: while decoding JSON: ";

/// Returns the map that was read, or one that holds the error.
fn map_or_error(result: Outcome<Value>, before: &str) -> Answer {
    let wrong = |message: &str| {
        let map = Map::default();
        map.set("Error", message.into());
        Value::from(map)
    };
    let value = swallow(result, |failure| wrong(&failure.message))?;
    Ok(match value.as_map() {
        Some(_) => value,
        None if value.is_nil() => Map::default().into(),
        None => wrong(&format!("{before}{}", cannot_hold(&value, "map[string]interface {}"))),
    })
}

fn list_or_error(result: Outcome<Value>, before: &str) -> Answer {
    let wrong = |message: &str| Value::list(vec![message.into()]);
    let value = swallow(result, |failure| wrong(&failure.message))?;
    Ok(match value.as_list() {
        Some(_) => value,
        None if value.is_nil() => Value::list(Vec::new()),
        None => wrong(&format!("{before}{}", cannot_hold(&value, "[]interface {}"))),
    })
}

fn cannot_hold(value: &Value, type_name: &str) -> String {
    let kind = match value.kind_name() {
        "slice" => "array",
        "map" => "object",
        "float64" => "number",
        kind => kind,
    };
    format!("json: cannot unmarshal {kind} into Go value of type {type_name}")
}

fn from_json(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| map_or_error(read::json(&call.text(0), &mut call.executor.fuel), ""))
}

fn from_json_array(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| list_or_error(read::json(&call.text(0), &mut call.executor.fuel), ""))
}

fn from_yaml(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| {
        map_or_error(read::yaml(&call.text(0), &mut call.executor.fuel), THROUGH_JSON)
    })
}

fn from_yaml_array(call: &mut Invocation<'_, '_>) -> Answer {
    known(call, |call| {
        list_or_error(read::yaml(&call.text(0), &mut call.executor.fuel), THROUGH_JSON)
    })
}
