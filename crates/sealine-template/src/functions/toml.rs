//! TOML: writing for Helm's `toToml`; reading is known by name alone.
//!
//! Invariant: plain values come before tables, as TOML wants it; keys are sorted.

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Function, Stop, stop};
use crate::budget::Fuel;
use crate::call::Invocation;
use crate::error::{ErrorKind, Outcome, failure, unsupported};
use crate::format::float;
use crate::origin::Origin;
use crate::text::{Builder, Text};
use crate::value::{Data, Map, Value};

pub(super) const TABLE: &[Function] = &[
    Function { supported: false, ..Function::plain("fromToml", &[AnyText], from_toml) },
    Function::plain("toToml", &[Any], to_toml),
];

fn from_toml(_: &mut Invocation<'_, '_>) -> Answer {
    Err(Stop::Own(unsupported("sealine cannot execute this function")))
}

fn to_toml(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    let mut builder = Builder::default();
    let fuel = &mut call.executor.fuel;
    match value.as_map() {
        Some(map) => table(map, "", 0, &mut builder, fuel)?,
        None if value.is_nil() => {
            return stop("reflect: call of reflect.Value.Type on zero Value");
        }
        None => match plain(&value, 0, &mut builder, fuel) {
            Err(failure) if failure.kind == ErrorKind::Execute => {
                return Ok(failure.message.into());
            }
            written => written?,
        },
    }
    call.executor.fuel.text(builder.len())?;
    Ok(builder.finish().into())
}

/// Returns a key as it stands in a header or before `=`.
fn key_text(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(bare) {
        key.to_owned()
    } else {
        format!("\"{}\"", escaped(key))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        let short = match letter {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            letter if letter.is_ascii_control() => {
                let code = u32::from(letter);
                out.extend(["\\u", &format!("{code:04x}")]);
                continue;
            }
            letter => {
                out.push(letter);
                continue;
            }
        };
        out.push_str(short);
    }
    out
}

/// Returns the items when all of them are maps.
fn tables(value: &Value) -> Option<Vec<Map>> {
    let items = value.as_list()?.items();
    let maps: Option<Vec<Map>> = items.iter().map(|item| item.as_map().cloned()).collect();
    maps.filter(|maps| !maps.is_empty())
}

fn table(map: &Map, path: &str, depth: usize, out: &mut Builder, fuel: &mut Fuel) -> Outcome<()> {
    fuel.level(depth)?;
    let indent = "  ".repeat(depth.saturating_sub(usize::from(path.is_empty())));
    let entries = map.entries();
    for (key, value) in &entries {
        if value.as_map().is_some() || tables(value).is_some() || value.is_nil() {
            continue;
        }
        out.push(format!("{indent}{} = ", key_text(&key.to_str())));
        plain(value, depth + 1, out, fuel)?;
        out.push("\n");
    }
    for (key, value) in &entries {
        let name = key_text(&key.to_str());
        let full = if path.is_empty() { name } else { format!("{path}.{name}") };
        let list = tables(value);
        let header = if list.is_some() { format!("[[{full}]]") } else { format!("[{full}]") };
        for inner in list.into_iter().flatten().chain(value.as_map().cloned()) {
            if !out.is_empty() && depth == 0 {
                out.push("\n");
            }
            out.push(format!("{}{header}\n", "  ".repeat(depth)));
            table(&inner, &full, depth + 1, out, fuel)?;
        }
    }
    Ok(())
}

fn plain(value: &Value, depth: usize, out: &mut Builder, fuel: &mut Fuel) -> Outcome<()> {
    fuel.level(depth)?;
    let start = out.len();
    match &value.data {
        Data::Text(text) => {
            fuel.append(out.len(), text.len())?;
            out.push("\"");
            let content = text.to_str();
            let escaped = escaped(&content);
            if escaped == content {
                out.push_text(text);
            } else {
                out.push_text(&Text::from(escaped).marked(text.common_origin()));
            }
            out.push("\"");
            return Ok(());
        }
        Data::Bool(value) => out.push(value.to_string()),
        Data::Int(value) | Data::Int64(value) => out.push(value.to_string()),
        Data::Float(value) => {
            let text = float::fixed(*value);
            out.push(if text.contains(['.', 'n', 'I']) { text } else { format!("{text}.0") });
        }
        Data::List(list) => {
            out.push("[");
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(", ");
                }
                if item.is_nil() {
                    return Err(failure("toml: cannot encode array with nil element"));
                }
                plain(item, depth + 1, out, fuel)?;
            }
            out.push("]");
            return Ok(());
        }
        Data::Map(map) => {
            out.push("{");
            for (index, (key, item)) in map.entries().iter().enumerate() {
                out.push(if index > 0 { ", " } else { "" });
                out.push(format!("{} = ", key_text(&key.to_str())));
                plain(item, depth + 1, out, fuel)?;
            }
            out.push("}");
            return Ok(());
        }
        _ => return Err(failure("toml: cannot encode a value of this type")),
    }
    if let Some(origin) = value.origin {
        out.mark(start, Origin::of_value(origin));
    }
    Ok(())
}
