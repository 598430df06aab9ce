//! Writes JSON in the layout that SOPS writes: tabs, one member or item a line.
//!
//! Invariant: what is written reads back with the same types and texts; comments have no place here.

use std::fmt::Write as _;

use super::SOPS;
use crate::{Fault, Format, Kind, Leaf, Map, Path, Value};

/// Writes the first document, with the metadata when there is some.
pub(super) fn write(documents: &[Map], metadata: Option<&Map>) -> Result<String, Fault> {
    let none = Map::default();
    let document = documents.first().unwrap_or(&none);
    let mut writer = Writer { out: String::from("{"), indent: String::new(), unit: Some("\t") };
    writer.deeper();
    let mut first = true;
    for entry in &document.entries {
        writer.member(&entry.key, &entry.value, &mut first)?;
    }
    if let Some(metadata) = metadata {
        writer.line(&mut first);
        writer.out.push_str(&quote(SOPS));
        writer.out.push_str(": ");
        writer.object(metadata)?;
    }
    writer.close(first, '}');
    writer.out.push('\n');
    Ok(writer.out)
}

/// Writes a value that begins on a line indented by `indent`; each level by `unit` more, or all on
/// one line without it.
pub(crate) fn value(value: &Value, indent: &str, unit: Option<&str>) -> Result<String, Fault> {
    let mut writer = Writer { out: String::new(), indent: indent.to_owned(), unit };
    writer.value(value)?;
    Ok(writer.out)
}

/// Writes a scalar.
pub(crate) fn scalar(leaf: &Leaf) -> Result<String, Fault> {
    let unwritable =
        |reason| Fault::Unwritable { path: Path::default(), format: Format::Json, reason };
    let text = leaf.text().ok_or_else(|| unwritable("it is no text"))?;
    Ok(match leaf.kind() {
        Kind::Str | Kind::Bytes | Kind::Time => quote(text),
        Kind::Int => text.to_owned(),
        Kind::Bool => text.to_ascii_lowercase(),
        Kind::Float => {
            let number = leaf.as_float().filter(|number| number.is_finite());
            let number = number.ok_or_else(|| unwritable("JSON has no such number"))?;
            format!("{number:?}")
        }
    })
}

/// Writes a string.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

struct Writer<'a> {
    out: String,
    indent: String,
    unit: Option<&'a str>,
}

impl Writer<'_> {
    fn deeper(&mut self) {
        self.indent.push_str(self.unit.unwrap_or_default());
    }

    fn new_line(&mut self) {
        if self.unit.is_some() {
            self.out.push('\n');
            self.out.push_str(&self.indent);
        }
    }

    fn line(&mut self, first: &mut bool) {
        if !*first {
            self.out.push_str(if self.unit.is_some() { "," } else { ", " });
        }
        *first = false;
        self.new_line();
    }

    fn member(&mut self, key: &str, value: &Value, first: &mut bool) -> Result<(), Fault> {
        self.line(first);
        self.out.push_str(&quote(key));
        self.out.push_str(": ");
        self.value(value)
    }

    /// Recurses no deeper than the tree is.
    fn value(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Leaf(leaf) => self.out.push_str(&scalar(leaf)?),
            Value::Map(map) => self.object(map)?,
            Value::List(list) => {
                self.out.push('[');
                self.deeper();
                let mut first = true;
                for item in &list.items {
                    self.line(&mut first);
                    self.value(&item.value)?;
                }
                self.close(first, ']');
            }
        }
        Ok(())
    }

    fn object(&mut self, map: &Map) -> Result<(), Fault> {
        self.out.push('{');
        self.deeper();
        let mut first = true;
        for entry in &map.entries {
            self.member(&entry.key, &entry.value, &mut first)?;
        }
        self.close(first, '}');
        Ok(())
    }

    fn close(&mut self, is_empty: bool, bracket: char) {
        let kept = self.indent.len() - self.unit.unwrap_or_default().len();
        self.indent.truncate(kept);
        if !is_empty {
            self.new_line();
        }
        self.out.push(bracket);
    }
}
