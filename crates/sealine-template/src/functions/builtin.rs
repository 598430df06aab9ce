//! The functions Go's `text/template` itself brings.
//!
//! Invariant: they accept and refuse what Go accepts and refuses.

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Body, Function, Stop, compare, stop};
use crate::call::Invocation;
use crate::format;
use crate::text::{Builder, Text};
use crate::value::{Data, List, MapType, Value};

pub(super) const TABLE: &[Function] = &[
    Function { body: Body::And, ..Function::variadic("and", &[Any, Any], nothing) },
    Function { body: Body::Or, ..Function::variadic("or", &[Any, Any], nothing) },
    Function::variadic("call", &[Any, Any], call),
    Function::variadic("eq", &[Any, Any], compare::eq),
    Function::plain("ge", &[Any, Any], compare::ge),
    Function::plain("gt", &[Any, Any], compare::gt),
    Function::variadic("html", &[Any], html),
    Function::variadic("index", &[Any, Any], index),
    Function::variadic("js", &[Any], js),
    Function::plain("le", &[Any, Any], compare::le),
    Function::plain("len", &[Any], len),
    Function::plain("lt", &[Any, Any], compare::lt),
    Function::plain("ne", &[Any, Any], compare::ne),
    Function::plain("not", &[Any], not),
    Function::variadic("print", &[Any], print),
    Function::variadic("printf", &[AnyText, Any], printf),
    Function::variadic("println", &[Any], println),
    Function::variadic("slice", &[Any, Any], slice),
    Function::variadic("urlquery", &[Any], urlquery),
];

fn nothing(_: &mut Invocation<'_, '_>) -> Answer {
    Ok(Value::default())
}

fn call(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    if value.is_nil() {
        return stop("call of nil");
    }
    stop(format!("non-function of type {}", value.type_name()))
}

fn not(call: &mut Invocation<'_, '_>) -> Answer {
    Ok((!call.value(0).is_true()).into())
}

fn len(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    let length = match &value.data {
        Data::Text(text) | Data::Bytes(text) => text.len(),
        Data::List(list) => list.len(),
        Data::Map(map) => map.len(),
        Data::Invalid | Data::Nil => return stop("len of nil pointer"),
        Data::Object(object) => match object.as_value().map(|value| value.data) {
            Some(Data::Map(map)) if object.kind_name() == "map" => map.len(),
            Some(Data::List(list)) => list.len(),
            _ => return stop(format!("len of type {}", value.type_name())),
        },
        _ => return stop(format!("len of type {}", value.type_name())),
    };
    Ok(Value::int(length as i64))
}

/// Returns a list index that may be as large as `limit`.
fn position(index: &Value, limit: usize) -> Result<usize, Stop> {
    let number = match &index.data {
        Data::Int(number) | Data::Int64(number) => *number,
        Data::Invalid | Data::Nil => return stop("cannot index slice/array with nil"),
        _ => {
            let type_name = index.type_name();
            return stop(format!("cannot index slice/array with type {type_name}"));
        }
    };
    match usize::try_from(number) {
        Ok(position) if position <= limit => Ok(position),
        _ => stop("index out of range"),
    }
}

fn index(call: &mut Invocation<'_, '_>) -> Answer {
    let mut item = call.value(0);
    if item.is_nil() && call.executor.lacked().is_none() {
        return stop("index of untyped nil");
    }
    for index in call.rest(1) {
        if let Some(unknown) = call.executor.part_of(&item) {
            return Ok(unknown.into());
        }
        let inner = match &item.data {
            Data::Object(object) => object.as_value(),
            _ => None,
        };
        let container = inner.unwrap_or(item);
        item = match &container.data {
            Data::Text(text) | Data::Bytes(text) => {
                let at = position(index, text.len())?;
                match text.as_bytes().get(at) {
                    Some(byte) => Value::int(i64::from(*byte)),
                    None => return stop("reflect: string index out of range"),
                }
            }
            Data::List(list) => {
                let at = position(index, list.len())?;
                match list.items().get(at) {
                    Some(item) => item.clone(),
                    None => return stop("reflect: slice index out of range"),
                }
            }
            Data::Map(map) => {
                let Some(key) = index.as_text() else {
                    if index.is_nil() {
                        return stop("value is nil; should be of type string");
                    }
                    let type_name = index.type_name();
                    return stop(format!("value has type {type_name}; should be string"));
                };
                map.get(&key.to_str()).unwrap_or_else(|| match map.map_type {
                    MapType::Text => Value::from(""),
                    MapType::Any | MapType::Named(_) => Value::nil(),
                })
            }
            Data::Nil | Data::Invalid => return stop("index of nil pointer"),
            _ => return stop(format!("can't index item of type {}", container.type_name())),
        };
    }
    Ok(item)
}

fn slice(call: &mut Invocation<'_, '_>) -> Answer {
    let item = call.value(0);
    if call.arguments.len() > 4 {
        return stop("too many slice indexes");
    }
    let length = match &item.data {
        Data::Text(_) if call.arguments.len() == 4 => {
            return stop("cannot 3-index slice a string");
        }
        Data::Text(text) | Data::Bytes(text) => text.len(),
        Data::List(list) => list.len(),
        Data::Invalid | Data::Nil => return stop("slice of untyped nil"),
        _ => return stop(format!("can't slice item of type {}", item.type_name())),
    };
    let start = call.rest(1).first().map_or(Ok(0), |index| position(index, length))?;
    let end = call.rest(2).first().map_or(Ok(length), |index| position(index, length))?;
    let capacity = call.rest(3).first().map_or(Ok(length), |index| position(index, length))?;
    if start > end || end > capacity {
        return stop("invalid slice index");
    }
    Ok(match &item.data {
        Data::List(list) => {
            let items = list.items().get(start..end).unwrap_or_default().to_vec();
            List::new(items, list.element).into()
        }
        Data::Bytes(text) => Data::Bytes(text.slice(start..end)).into(),
        Data::Text(text) => text.slice(start..end).into(),
        _ => Value::default(),
    })
}

fn print(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(format::sprint(&call.arguments, &mut call.executor.fuel)?.into())
}

fn println(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(format::sprintln(&call.arguments, &mut call.executor.fuel)?.into())
}

fn printf(call: &mut Invocation<'_, '_>) -> Answer {
    let pattern = call.text(0);
    let values = call.arguments.get(1..).unwrap_or_default();
    Ok(format::printf(&pattern, values, &mut call.executor.fuel)?.into())
}

/// Returns the arguments as one text, as the escaping functions see them.
fn joined(call: &mut Invocation<'_, '_>) -> Result<Text, Stop> {
    for value in call.arguments.iter_mut().filter(|value| value.is_nil()) {
        *value = "<no value>".into();
    }
    Ok(format::sprint(&call.arguments, &mut call.executor.fuel)?)
}

/// Returns the text with some bytes replaced; the others keep their origins.
fn escape(
    call: &mut Invocation<'_, '_>,
    text: &Text,
    replacement: impl Fn(u8) -> Option<String>,
) -> Answer {
    call.pay_text(text.len())?;
    let mut builder = Builder::default();
    let mut kept = 0;
    for (at, byte) in text.as_bytes().iter().enumerate() {
        if let Some(escaped) = replacement(*byte) {
            builder.push_slice(text, kept..at);
            let origin = text.slice(at..at + 1).common_origin();
            builder.push_marked(escaped.as_bytes(), origin);
            kept = at + 1;
        }
    }
    builder.push_slice(text, kept..text.len());
    call.pay_text(builder.len())?;
    Ok(builder.finish().into())
}

fn html(call: &mut Invocation<'_, '_>) -> Answer {
    let text = joined(call)?;
    escape(call, &text, |byte| {
        let escaped = match byte {
            0 => "\u{fffd}",
            b'"' => "&#34;",
            b'\'' => "&#39;",
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => return None,
        };
        Some(escaped.to_owned())
    })
}

fn js(call: &mut Invocation<'_, '_>) -> Answer {
    let text = joined(call)?;
    call.pay_text(text.len().saturating_mul(6))?;
    let mut builder = Builder::default();
    let (mut kept, mut at) = (0, 0);
    let chunks = text.as_bytes().utf8_chunks();
    let letters = chunks.flat_map(|chunk| {
        // A byte that is no letter is printed as it is.
        let invalid = chunk.invalid().iter().map(|_| ('\u{fffd}', 1));
        chunk.valid().chars().map(|letter| (letter, letter.len_utf8())).chain(invalid)
    });
    for (letter, size) in letters {
        let end = at + size;
        let escaped = match letter {
            '\\' | '\'' | '"' => Some(format!("\\{letter}")),
            '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => {
                Some(format!("\\u{:04X}", u32::from(letter)))
            }
            letter if !letter.is_ascii() && !format::quote::is_print(letter) => {
                Some(format!("\\u{:04X}", u32::from(letter)))
            }
            _ => None,
        };
        if let Some(escaped) = escaped {
            format::quote::replace(&text, kept..at, end, &escaped, &mut builder);
            kept = end;
        }
        at = end;
    }
    builder.push_slice(&text, kept..text.len());
    Ok(builder.finish().into())
}

fn urlquery(call: &mut Invocation<'_, '_>) -> Answer {
    let text = joined(call)?;
    escape(call, &text, |byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => None,
        b' ' => Some("+".to_owned()),
        _ => Some(format!("%{byte:02X}")),
    })
}
