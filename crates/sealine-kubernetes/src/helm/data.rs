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

use super::parameter;
use super::words::{is_old_truth, is_quoted};
use crate::delivery::mishaps::is_ciphertext;
use crate::delivery::nested::HOLE;

/// The files that values and templates come from, by number.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    project: &'a Project,
    pub(super) sources: Vec<Arc<Source>>,
    by_name: HashMap<Arc<FileName>, FileId>,
    /// Whether `on` and `y` are texts, as in YAML 1.2.
    is_newer: bool,
}

impl<'a> Files<'a> {
    /// Returns the table that begins with a chart's own files.
    pub(super) fn new(project: &'a Project, sources: &[Arc<Source>]) -> Self {
        let numbered = sources.iter().enumerate();
        let by_name =
            numbered.map(|(index, source)| (Arc::clone(source.name()), FileId(index as u32)));
        Self { project, sources: sources.to_vec(), by_name: by_name.collect(), is_newer: false }
    }

    /// Returns the table for values whose reader takes `on` and `y` for texts.
    pub(super) fn newer(self) -> Self {
        Self { is_newer: true, ..self }
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
    pub(crate) fn value(&mut self, tree: &Tree) -> Value {
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
        if is_ciphertext(&text) {
            return Value::from(HOLE.to_string());
        }
        let origin = self.origin(value.single_place().unwrap_or(place));
        if parameter::is_typed(&text, place) {
            return match parameter::kind(&text) {
                parameter::Kind::Bool(value) => Value::from(value),
                parameter::Kind::Int(value) => Value::int64(value),
                parameter::Kind::Text => Value::from(text),
            }
            .at(origin);
        }
        let is_text = self.is_newer && is_old_truth(&text);
        if !is_text && !self.is_quoted(place) && may_be_typed(&text) {
            let parsed = sealine_yaml::parse(&text);
            if let Some(root) = parsed.root().filter(|root| root.is_scalar() || root.is_null()) {
                return read::value(root, None).at(origin);
            }
        }
        Value::from(text).at(origin)
    }

    /// Returns whether a scalar is a text, whatever it reads.
    pub(super) fn is_text(&self, tree: &Tree) -> bool {
        let typed = |text: String, place| parameter::is_typed(&text, place);
        tree.place().is_some_and(|place| {
            let is_typed = tree.text().is_some_and(|text| typed(text, place));
            !is_typed && self.is_quoted(place)
        })
    }

    /// Returns whether the scalar at this place was written in quotes or as a block.
    pub(super) fn is_quoted(&self, place: &Place) -> bool {
        let id = self.by_name.get(&place.file);
        let known = id.and_then(|id| self.sources.get(id.0 as usize));
        let Some(source) = known.or_else(|| self.project.source(&place.file)) else {
            return false;
        };
        is_quoted(source.text(), place)
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
