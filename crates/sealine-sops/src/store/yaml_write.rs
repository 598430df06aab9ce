//! Writes YAML in the layout that SOPS writes: block style, four spaces, comments above their keys.
//!
//! Invariant: what is written reads back with the same types and texts, by go-yaml too. Comments of
//! lists are not written: see [`lift_comments`](super::lift_comments).

use super::SOPS;
use crate::cipher::Parts;
use crate::{Comment, Fault, Format, Kind, Leaf, List, Map, Path, Value};

/// How much deeper the next level stands.
const INDENT: usize = 4;

/// Readers take longer keys only with a `?` before them.
const LONGEST_KEY: usize = 120;

/// Writes documents, each with the metadata when there is some.
pub(super) fn write(documents: &[Map], metadata: Option<&Map>) -> Result<String, Fault> {
    let mut out = String::new();
    let none = Map::default();
    let documents = if documents.is_empty() { std::slice::from_ref(&none) } else { documents };
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        let mut writer = Writer { out: &mut out, step: INDENT };
        writer.entries(document, 0)?;
        if let Some(metadata) = metadata {
            // Comments at the end come to stand above the metadata, as they do for SOPS.
            writer.comments(&document.trailing, 0);
            writer.out.push_str(SOPS);
            writer.out.push(':');
            writer.map(metadata, INDENT)?;
        } else {
            if document.entries.is_empty() {
                writer.out.push_str("{}\n");
            }
            writer.comments(&document.trailing, 0);
        }
    }
    Ok(out)
}

/// Writes what follows the `:` of a key: a scalar on the same line, or a block below it that is
/// indented by `indent`. Lines end with `\n`.
pub(crate) fn block(value: &Value, indent: usize, step: usize) -> Result<String, Fault> {
    let mut out = String::new();
    Writer { out: &mut out, step }.value(value, indent)?;
    Ok(out)
}

/// Writes an item of a list from its dash on, which stands in column `indent`. Lines end with `\n`.
pub(crate) fn item(value: &Value, indent: usize, step: usize) -> Result<String, Fault> {
    let mut out = String::new();
    Writer { out: &mut out, step }.item(value, indent)?;
    Ok(out)
}

/// Writes a value on one line, in brackets where it has parts.
pub(crate) fn flow(value: &Value) -> Result<String, Fault> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Leaf(leaf) => scalar(leaf, true)?,
        Value::List(list) => {
            let items: Result<Vec<_>, _> =
                list.items.iter().map(|item| flow(&item.value)).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(map) => {
            let entries = map.entries.iter().map(|entry| {
                let key = quoted(&entry.key);
                flow(&entry.value).map(|value| format!("{key}: {value}"))
            });
            format!("{{{}}}", entries.collect::<Result<Vec<_>, _>>()?.join(", "))
        }
    })
}

/// Writes a key with its `:`.
pub(crate) fn key(key: &str, indent: usize) -> String {
    let written = quoted(key);
    if written.len() > LONGEST_KEY {
        format!("? {written}\n{}:", " ".repeat(indent))
    } else {
        format!("{written}:")
    }
}

/// Writes a scalar on one line.
pub(crate) fn scalar(leaf: &Leaf, flow: bool) -> Result<String, Fault> {
    let unwritable =
        |reason| Fault::Unwritable { path: Path::default(), format: Format::Yaml, reason };
    let Some(text) = leaf.text() else {
        use base64::Engine as _;
        let packed = base64::engine::general_purpose::STANDARD.encode(leaf.expose());
        return Ok(format!("!!binary {packed}"));
    };
    Ok(match leaf.kind() {
        Kind::Str | Kind::Bytes if !flow && Parts::of(text).is_some() && is_simple(text) => {
            text.to_owned()
        }
        Kind::Str | Kind::Bytes => quoted(text),
        Kind::Int | Kind::Time => text.to_owned(),
        Kind::Bool => text.to_ascii_lowercase(),
        Kind::Float => match leaf.as_float() {
            Some(number) if number.is_nan() => ".nan".to_owned(),
            Some(f64::INFINITY) => ".inf".to_owned(),
            Some(f64::NEG_INFINITY) => "-.inf".to_owned(),
            Some(number) => format!("{number:?}"),
            None => return Err(unwritable("it is no number")),
        },
    })
}

/// Writes a string on one line, in the quotes of go-yaml: double ones where it would read as another
/// type without.
pub(crate) fn quoted(text: &str) -> String {
    let written = sealine_yaml::edit::quoted(text);
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._:~<=".contains(&byte);
    if written.starts_with('\'') && text.bytes().all(is_word) {
        return format!("\"{text}\"");
    }
    written
}

/// An encrypted value needs no quotes in block style.
fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'[' | b']' | b'_' | b',' | b':' | b'+' | b'/' | b'=')
    })
}

struct Writer<'a> {
    out: &'a mut String,
    step: usize,
}

impl Writer<'_> {
    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn comments(&mut self, comments: &[Comment], indent: usize) {
        for comment in comments {
            let Ok(text) = std::str::from_utf8(comment.text.expose()) else { continue };
            for line in text.split(['\n', '\r']) {
                self.indent(indent);
                self.out.push('#');
                self.out.push_str(line);
                self.out.push('\n');
            }
        }
    }

    fn entries(&mut self, map: &Map, indent: usize) -> Result<(), Fault> {
        for entry in &map.entries {
            self.comments(&entry.comments, indent);
            self.indent(indent);
            self.out.push_str(&key(&entry.key, indent));
            self.value(&entry.value, indent + self.step)?;
        }
        Ok(())
    }

    /// Writes what follows a key, to the end of its last line.
    fn value(&mut self, value: &Value, indent: usize) -> Result<(), Fault> {
        match value {
            Value::Null => self.out.push_str(" null\n"),
            Value::Leaf(leaf) => self.leaf(leaf, indent)?,
            Value::Map(map) => return self.map(map, indent),
            Value::List(list) if list.items.is_empty() => self.out.push_str(" []\n"),
            Value::List(list) => {
                self.out.push('\n');
                self.list(list, indent)?;
            }
        }
        Ok(())
    }

    fn map(&mut self, map: &Map, indent: usize) -> Result<(), Fault> {
        if map.entries.is_empty() {
            self.out.push_str(" {}\n");
        } else {
            self.out.push('\n');
            self.entries(map, indent)?;
        }
        self.comments(&map.trailing, indent);
        if !map.trailing.is_empty() {
            // The empty line keeps the comment with what stands above it.
            self.out.push('\n');
        }
        Ok(())
    }

    fn list(&mut self, list: &List, indent: usize) -> Result<(), Fault> {
        for item in &list.items {
            self.indent(indent);
            self.item(&item.value, indent)?;
        }
        Ok(())
    }

    /// Writes an item from its dash on, which stands in column `indent`.
    fn item(&mut self, value: &Value, indent: usize) -> Result<(), Fault> {
        self.out.push('-');
        let inner = indent + 2;
        match value {
            Value::Map(map) if !map.entries.is_empty() => {
                for (index, entry) in map.entries.iter().enumerate() {
                    if index > 0 {
                        self.indent(inner);
                    } else {
                        self.out.push(' ');
                    }
                    self.out.push_str(&key(&entry.key, inner));
                    // As go-yaml has it: counted from the dash, where that leaves room.
                    let from = if self.step > 2 { indent } else { inner };
                    self.value(&entry.value, from + self.step)?;
                }
                Ok(())
            }
            Value::List(list) if !list.items.is_empty() => {
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        self.indent(inner);
                    } else {
                        self.out.push(' ');
                    }
                    self.item(&item.value, inner)?;
                }
                Ok(())
            }
            Value::Map(_) => {
                self.out.push_str(" {}\n");
                Ok(())
            }
            other => self.value(other, inner),
        }
    }

    fn leaf(&mut self, leaf: &Leaf, indent: usize) -> Result<(), Fault> {
        let text = leaf.text().filter(|text| leaf.kind() == Kind::Str && is_literal(text));
        self.out.push(' ');
        let Some(text) = text else {
            self.out.push_str(&scalar(leaf, false)?);
            self.out.push('\n');
            return Ok(());
        };
        let body = text.strip_suffix('\n');
        self.out.push_str(if body.is_some() { "|\n" } else { "|-\n" });
        for line in body.unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        Ok(())
    }
}

/// Returns whether a text of several lines can stand as a block as it is.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let fits = |line: &str| {
        !line.starts_with([' ', '\t'])
            && !line.ends_with([' ', '\t'])
            && line.chars().all(|character| {
                matches!(character, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}'
                    | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
            })
    };
    let mut lines = body.split('\n');
    body.contains('\n') && !body.ends_with('\n') && !body.starts_with('\n') && lines.all(fits)
}
