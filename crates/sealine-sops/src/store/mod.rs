//! The formats of files: from text to tree and back.
//!
//! Invariant: what is written reads back to the same tree, comments of lists aside; reading any text
//! ends with a tree or a fault, and no tree is deeper than [`DEPTH`].

mod dotenv;
mod json;
mod json_write;
mod yaml;
mod yaml_comments;
mod yaml_scalar;
mod yaml_write;

use sealine_source::TextRange;

pub(crate) use dotenv::metadata_lines as dotenv_metadata;
pub(crate) use json_write::{quote as json_string, scalar as json_scalar, value as json_value};
pub(crate) use yaml_write::{
    block as yaml_block, flow as yaml_flow, item as yaml_item, key as yaml_key,
    quoted as yaml_string, scalar as yaml_scalar,
};

use crate::{Comment, Entry, Fault, Format, Kind, Leaf, Map, Plain, Value};

/// How many levels of maps and lists a tree may have; that of the YAML reader.
pub(crate) const DEPTH: usize = 128;

/// The key that holds the metadata.
pub(crate) const SOPS: &str = "sops";

/// What metadata keys begin with where there is no nesting.
pub(crate) const SOPS_PREFIX: &str = "sops_";

/// The documents of a file, their metadata set apart.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) documents: Vec<Map>,
    /// The metadata of each document; the first one counts.
    pub(crate) metadata: Vec<Option<Entry>>,
}

/// Reads a file, encrypted or not.
pub(crate) fn read(format: Format, text: &str) -> Result<File, Fault> {
    let text_size = u32::try_from(text.len());
    if text_size.is_err() {
        return Err(syntax(format, text, 0, "it is larger than 4 GiB"));
    }
    match format {
        Format::Yaml => Ok(split(yaml::read(text)?)),
        Format::Json => Ok(split(vec![json::read(text)?])),
        Format::Dotenv => dotenv::read(text),
        Format::Ini => Err(Fault::Unsupported("SOPS files in INI format are not supported".into())),
        Format::Binary => Err(Fault::Unsupported(
            "SOPS files in binary format (JSON with one key `data`) are not supported".into(),
        )),
    }
}

/// Writes documents, each with the metadata when there is some.
pub(crate) fn write(
    format: Format,
    documents: &[Map],
    metadata: Option<&Map>,
) -> Result<String, Fault> {
    match format {
        Format::Yaml => yaml_write::write(documents, metadata),
        Format::Json => json_write::write(documents, metadata),
        Format::Dotenv => dotenv::write(documents, metadata),
        Format::Ini | Format::Binary => read(format, "").map(|_| String::new()),
    }
}

/// Takes the `sops` entries out.
fn split(mut documents: Vec<Map>) -> File {
    let metadata = documents
        .iter_mut()
        .map(|document| {
            let at = document.entries.iter().position(|entry| entry.key == SOPS)?;
            let mut entry = document.entries.remove(at);
            // What stands above the metadata stands below the values.
            let comments = std::mem::take(&mut entry.comments);
            let below = match document.entries.get_mut(at) {
                Some(next) => &mut next.comments,
                None => &mut document.trailing,
            };
            below.splice(0..0, comments);
            Some(entry)
        })
        .collect();
    File { documents, metadata }
}

/// Returns whether a file of this format can hold the documents at all.
pub(crate) fn check_plain(format: Format, plain: &Plain) -> Result<(), Fault> {
    for entry in plain.documents.iter().flat_map(|document| &document.entries) {
        let is_reserved = match format {
            Format::Dotenv => entry.key.starts_with(SOPS_PREFIX),
            _ => entry.key == SOPS,
        };
        if is_reserved {
            return Err(Fault::Reserved(entry.key.clone()));
        }
    }
    Ok(())
}

/// Returns the fault of a text that is not of its format.
fn syntax(format: Format, text: &str, at: usize, message: impl Into<String>) -> Fault {
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
    Fault::Syntax { format, line, message: message.into() }
}

/// Returns the fault of a text that is not of its format, at the start of a range.
fn syntax_at(format: Format, text: &str, range: TextRange, message: impl Into<String>) -> Fault {
    syntax(format, text, range.start as usize, message)
}

/// Returns whether a value has parts.
fn is_complex(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

/// Gives every leaf a type that the format has: JSON has no times, and dotenv has texts only.
/// Recurses no deeper than the tree is.
pub(crate) fn fit(format: Format, value: &mut Value) {
    match value {
        Value::Map(map) => map.entries.iter_mut().for_each(|entry| fit(format, &mut entry.value)),
        Value::List(list) => list.items.iter_mut().for_each(|item| fit(format, &mut item.value)),
        Value::Null if format == Format::Dotenv => *value = Value::Leaf(Leaf::string("")),
        Value::Leaf(leaf) if leaf.as_bool().is_some() && format == Format::Dotenv => {
            *value = Value::Leaf(Leaf::string(leaf.expose().to_ascii_lowercase()));
        }
        Value::Leaf(leaf)
            if format == Format::Dotenv
                || (format == Format::Json && leaf.kind() == Kind::Time) =>
        {
            *value = Value::Leaf(Leaf::string(leaf.expose()));
        }
        Value::Null | Value::Leaf(_) => {}
    }
}

/// Moves the comments of lists above the key that holds the list: releases of SOPS cannot decrypt
/// files with comments in lists.
pub(crate) fn lift_comments(map: &mut Map) {
    for entry in &mut map.entries {
        if let Value::Map(map) = &mut entry.value {
            lift_comments(map);
        } else {
            take_comments(&mut entry.value, &mut entry.comments);
        }
    }
}

/// Recurses no deeper than the tree is.
pub(crate) fn take_comments(value: &mut Value, into: &mut Vec<Comment>) {
    match value {
        Value::Null | Value::Leaf(_) => {}
        Value::List(list) => {
            for item in &mut list.items {
                into.append(&mut item.comments);
                take_comments(&mut item.value, into);
            }
            into.append(&mut list.trailing);
        }
        Value::Map(map) => {
            for entry in &mut map.entries {
                into.append(&mut entry.comments);
                take_comments(&mut entry.value, into);
            }
            into.append(&mut map.trailing);
        }
    }
}
