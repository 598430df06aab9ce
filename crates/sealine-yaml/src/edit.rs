//! Minimal edits of the text a tree was read from.
//!
//! Invariant: an edit changes what was asked for and nothing else; where that cannot be promised
//! there is no edit.

use sealine_source::TextRange;

use crate::Node;

/// Returns the edit that makes the scalar read as `new`.
pub fn replace_scalar(text: &str, node: &Node, new: &str) -> Option<(TextRange, String)> {
    let _ = (text, node, new);
    None
}

/// Returns the edit that adds `item` to the end of a list of scalars.
pub fn append_item(text: &str, sequence: &Node, item: &str) -> Option<(TextRange, String)> {
    let _ = (text, sequence, item);
    None
}

/// Returns the edit that adds the entry `key: value` to the end of a mapping.
pub fn insert_entry(
    text: &str,
    mapping: &Node,
    key: &str,
    value: &str,
) -> Option<(TextRange, String)> {
    let _ = (text, mapping, key, value);
    None
}
