//! JSON as Go's `encoding/json` writes it.
//!
//! Invariants: keys are sorted; a text that needs no escape keeps its origins.

use super::{float, quote};
use crate::budget::Fuel;
use crate::error::{Outcome, failure};
use crate::origin::Origin;
use crate::text::{Builder, Text};
use crate::value::{Data, Value};

/// How JSON is written.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// Whether `<`, `>` and `&` are escaped.
    pub(crate) escapes_html: bool,
    /// Whether each item has a line of its own.
    pub(crate) is_pretty: bool,
}

/// Returns the value as JSON.
pub(crate) fn json(value: &Value, style: Style, fuel: &mut Fuel) -> Outcome<Text> {
    let mut builder = Builder::default();
    write(value, style, 0, &mut builder, fuel)?;
    fuel.text(builder.len())?;
    Ok(builder.finish())
}

fn write(
    value: &Value,
    style: Style,
    depth: usize,
    builder: &mut Builder,
    fuel: &mut Fuel,
) -> Outcome<()> {
    fuel.level(depth)?;
    let start = builder.len();
    match &value.data {
        Data::Invalid | Data::Nil => builder.push("null"),
        Data::Bool(value) => builder.push(value.to_string()),
        Data::Int(value) | Data::Int64(value) => builder.push(value.to_string()),
        Data::Float(value) => match float::json(*value) {
            Some(text) => builder.push(text),
            None => return Err(failure("json: unsupported value")),
        },
        Data::Text(text) => {
            fuel.append(builder.len(), text.len())?;
            string(text, style, builder);
            return Ok(());
        }
        Data::Bytes(bytes) => {
            fuel.text(bytes.len().saturating_mul(2))?;
            builder.push(format!("\"{}\"", crate::functions::base64(bytes.as_bytes())));
        }
        Data::List(list) if list.is_nil => builder.push("null"),
        Data::List(list) => {
            builder.push("[");
            for (index, item) in list.items().iter().enumerate() {
                separate(style, depth + 1, index, builder);
                write(item, style, depth + 1, builder, fuel)?;
            }
            close(style, depth, list.is_empty(), "]", builder);
            return Ok(());
        }
        Data::Map(map) => {
            builder.push("{");
            for (index, (key, item)) in map.entries().iter().enumerate() {
                separate(style, depth + 1, index, builder);
                string(key, style, builder);
                builder.push(if style.is_pretty { ": " } else { ":" });
                write(item, style, depth + 1, builder, fuel)?;
            }
            close(style, depth, map.is_empty(), "}", builder);
            return Ok(());
        }
        Data::Object(object) => {
            let inner = match object.encoded() {
                Some(text) => text.into(),
                None => object.as_value().unwrap_or_else(|| crate::Map::default().into()),
            };
            return write(&inner, style, depth + 1, builder, fuel);
        }
    }
    if let Some(origin) = value.origin {
        builder.mark(start, Origin::of_value(origin));
    }
    Ok(())
}

fn separate(style: Style, depth: usize, index: usize, builder: &mut Builder) {
    if index > 0 {
        builder.push(",");
    }
    if style.is_pretty {
        builder.push("\n");
        builder.push("  ".repeat(depth));
    }
}

fn close(style: Style, depth: usize, is_empty: bool, end: &str, builder: &mut Builder) {
    if style.is_pretty && !is_empty {
        builder.push("\n");
        builder.push("  ".repeat(depth));
    }
    builder.push(end);
}

fn string(text: &Text, style: Style, builder: &mut Builder) {
    builder.push("\"");
    let mut kept = 0;
    let mut at = 0;
    for chunk in text.as_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            let end = at + letter.len_utf8();
            if let Some(escaped) = escaped(letter, style.escapes_html) {
                quote::replace(text, kept..at, end, &escaped, builder);
                kept = end;
            }
            at = end;
        }
        for _ in chunk.invalid() {
            quote::replace(text, kept..at, at + 1, "\\ufffd", builder);
            at += 1;
            kept = at;
        }
    }
    builder.push_slice(text, kept..at);
    builder.push("\"");
}

fn escaped(letter: char, escapes_html: bool) -> Option<String> {
    Some(match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '<' | '>' | '&' if escapes_html => format!("\\u{:04x}", u32::from(letter)),
        '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(letter)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Map};

    #[test]
    fn json_is_gos() {
        let map = Map::default();
        map.set("b", Value::list(vec![Value::float(1_000_000.0), Value::nil()]));
        map.set("a", Value::from("<\"\n\u{2028}é"));
        map.set("c", Map::default().into());
        let written = |escapes_html, is_pretty| {
            let mut fuel = Fuel::new(Budget::chart());
            let style = Style { escapes_html, is_pretty };
            json(&map.clone().into(), style, &mut fuel).expect("a text").to_str().into_owned()
        };
        let compact = r#"{"a":"\u003c\"\n\u2028é","b":[1000000,null],"c":{}}"#;
        assert_eq!(written(true, false), compact);
        let pretty = "{\n  \"a\": \"<\\\"\\n\\u2028é\",\n  \"b\": [\n    1000000,\n    null\n  ],\n  \"c\": {}\n}";
        assert_eq!(written(false, true), pretty);
    }
}
