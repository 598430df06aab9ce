//! Trees as the values that templates see.
//!
//! Invariants: a scalar has the type that Helm's YAML reader gives it; what is not known is a text
//! with a mark in it, of which a hole is made again after rendering.

use std::collections::HashMap;
use std::sync::Arc;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value as Known};
use sealine_source::{FileName, Place, Project, Source};
use sealine_template::{FileId, Map, Value, ValueOrigin, read};

use crate::delivery::nested::HOLE;

/// The files that values and templates come from, by number.
#[derive(Debug)]
pub(super) struct Files<'a> {
    project: &'a Project,
    pub(super) sources: Vec<Arc<Source>>,
    by_name: HashMap<Arc<FileName>, FileId>,
}

impl<'a> Files<'a> {
    /// Returns the table that begins with a chart's own files.
    pub(super) fn new(project: &'a Project, sources: &[Arc<Source>]) -> Self {
        let numbered = sources.iter().enumerate();
        let by_name =
            numbered.map(|(index, source)| (Arc::clone(source.name()), FileId(index as u32)));
        Self { project, sources: sources.to_vec(), by_name: by_name.collect() }
    }

    fn id(&mut self, name: &Arc<FileName>) -> Option<FileId> {
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        let source = self.project.source(name)?;
        let id = FileId(self.sources.len() as u32);
        self.sources.push(Arc::clone(source));
        self.by_name.insert(Arc::clone(name), id);
        Some(id)
    }

    fn origin(&mut self, place: &Place) -> Option<ValueOrigin> {
        Some(ValueOrigin { file: self.id(&place.file)?, range: place.range() })
    }

    /// Returns a tree as a value.
    pub(super) fn value(&mut self, tree: &Tree) -> Value {
        match tree {
            Tree::Null => Value::nil(),
            Tree::Unknown => Value::from(HOLE.to_string()),
            Tree::Scalar { value, place } => self.scalar(value, place),
            Tree::List(items) => Value::list(items.iter().map(|item| self.value(item)).collect()),
            Tree::Map(map) => {
                let values = Map::default();
                for entry in &map.entries {
                    let origin = self.origin(&entry.place);
                    values.set_key(&entry.key, origin, self.value(&entry.value));
                }
                values.into()
            }
        }
    }

    fn scalar(&mut self, value: &Known, place: &Place) -> Value {
        if !value.is_known() {
            return Value::from(marked(value));
        }
        let text = value.text().unwrap_or_default();
        let origin = self.origin(value.single_place().unwrap_or(place));
        if !self.is_quoted(place) && may_be_typed(&text) {
            let parsed = sealine_yaml::parse(&text);
            if let Some(root) = parsed.root().filter(|root| root.is_scalar() || root.is_null()) {
                return read::value(root, None).at(origin);
            }
        }
        Value::from(text).at(origin)
    }

    /// Returns whether the scalar at this place was written in quotes or as a block.
    fn is_quoted(&self, place: &Place) -> bool {
        let id = self.by_name.get(&place.file);
        let Some(source) = id.and_then(|id| self.sources.get(id.0 as usize)) else { return false };
        let bytes = source.text().as_bytes();
        let start = place.start as usize;
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let is_mark = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'|' | b'>'));
        is_mark(before) || is_mark(bytes.get(start))
    }
}

/// Returns a text with a mark for each hole.
pub(super) fn marked(value: &Known) -> String {
    let mut text = String::new();
    for piece in value.pieces() {
        match piece {
            Piece::Literal { text: literal, .. } => text.push_str(literal),
            Piece::Hole => text.push(HOLE),
        }
    }
    text
}

/// Returns whether a plain scalar may be something else than a text.
fn may_be_typed(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return true };
    let starts_number = first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.' | b'~');
    let is_short_word = text.len() <= 5 && first.is_ascii_alphabetic();
    (starts_number && !text.contains([':', '#', '\n'])) || is_short_word
}
