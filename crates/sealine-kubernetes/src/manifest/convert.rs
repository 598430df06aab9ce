//! From YAML nodes to trees.
//!
//! Invariant: the values of a Secret stay behind; all that passes is what sort of text stood there.

use std::sync::Arc;

use sealine_model::tree::{MAX_DEPTH, Tree, TreeEntry, TreeMap};
use sealine_model::{Piece, Value};
use sealine_source::{Origin, OriginMap, Place, Source, TextRange};
use sealine_yaml::{Node, NodeValue, Scalar};

use super::in_clear::shape;

/// Returns the tree of a YAML node, each scalar with the place a person edits.
pub fn from_yaml(node: &Node, origin: &Origin) -> Tree {
    tree(node, origin, Depth(MAX_DEPTH), Values::Kept)
}

/// How many levels may still follow.
#[derive(Clone, Copy)]
struct Depth(usize);

/// Whether scalars are the values of a Secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    Kept,
    Dropped,
}

fn tree(node: &Node, origin: &Origin, depth: Depth, values: Values) -> Tree {
    let Some(below) = depth.0.checked_sub(1).map(Depth) else { return Tree::Unknown };
    match &node.value {
        NodeValue::Null => Tree::Null,
        NodeValue::Scalar(scalar) => scalar_tree(node, scalar, origin, values),
        NodeValue::Sequence(items) => {
            Tree::List(items.iter().map(|item| tree(item, origin, below, values)).collect())
        }
        NodeValue::Mapping(_) => {
            let holds_values = node.str_at(&["kind"]) == Some("Secret");
            let mut entries = Vec::with_capacity(node.own_entries().len());
            entries.extend(node.entries().filter_map(|entry| {
                let key = entry.key.as_str()?;
                let is_values = holds_values && matches!(key, "data" | "stringData");
                let values = if is_values { Values::Dropped } else { values };
                Some(TreeEntry {
                    key: key.into(),
                    place: origin.place(entry.key.range),
                    value: tree(&entry.value, origin, below, values),
                })
            }));
            Tree::Map(TreeMap { entries: entries.into(), open: false })
        }
    }
}

fn scalar_tree(node: &Node, scalar: &Scalar, origin: &Origin, values: Values) -> Tree {
    if values == Values::Dropped {
        let place = origin.place(node.range);
        return Tree::Scalar { value: Value::known(shape(&scalar.text), None), place };
    }
    let whole = exact(scalar, origin, 0, scalar.text.len());
    // An alias says something of the line it stands on, its text of the one it was written on.
    let own = whole.clone().filter(|_| !node.is_alias);
    let place = own.unwrap_or_else(|| origin.place(node.range));
    let value = match whole {
        Some(place) => Value::known(scalar.text.as_str(), Some(place)),
        None => Value::from_pieces(pieces(scalar, origin)),
    };
    Tree::Scalar { value, place }
}

/// Returns the place where exactly these bytes of the scalar stand in a file.
fn exact(scalar: &Scalar, origin: &Origin, start: usize, end: usize) -> Option<Place> {
    let range: TextRange = scalar.source_range(start, end)?;
    origin.is_editable(range).then(|| origin.place(range))
}

/// Cuts a text into lines, and lines that do not stand in a file as they are into the runs that do.
fn pieces(scalar: &Scalar, origin: &Origin) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in scalar.text.split_inclusive('\n') {
        let end = at + line.len();
        let content = at + line.trim_end_matches('\n').len();
        match exact(scalar, origin, at, content) {
            Some(place) => push(&mut found, scalar, at, content, Some(place)),
            None => runs(scalar, origin, at, content, &mut found),
        }
        push(&mut found, scalar, content, end, None);
        at = end;
    }
    found
}

/// Adds the longest runs of characters that stand together in a file.
fn runs(scalar: &Scalar, origin: &Origin, start: usize, end: usize, found: &mut Vec<Piece>) {
    let mut run: Option<Place> = None;
    let (mut run_start, mut at) = (start, start);
    while at < end {
        let next = run_end(scalar, origin, at, end);
        let stop = next.unwrap_or_else(|| scalar.text.ceil_char_boundary(at + 1));
        let place = next.and_then(|next| exact(scalar, origin, at, next));
        let joined = match (&mut run, &place) {
            (Some(run), Some(place)) if run.end == place.start && run.file == place.file => {
                run.end = place.end;
                true
            }
            (None, None) => true,
            _ => false,
        };
        if !joined {
            push(found, scalar, run_start, at, run.take());
            run_start = at;
            run = place;
        }
        at = stop;
    }
    push(found, scalar, run_start, end, run);
}

/// Returns where the run of characters that begins at `start` ends; nothing where none begins.
///
/// What stands together in a file does so in each of its parts, so that the end can be searched
/// for by halves.
fn run_end(scalar: &Scalar, origin: &Origin, start: usize, end: usize) -> Option<usize> {
    let is_exact =
        |end: usize| scalar.source_range(start, end).is_some_and(|range| origin.is_editable(range));
    let first = scalar.text.ceil_char_boundary(start + 1).min(end);
    if !is_exact(first) {
        return None;
    }
    let (mut known, mut limit) = (first, end);
    while known < limit {
        let middle = scalar.text.ceil_char_boundary(known + (limit - known).div_ceil(2)).min(limit);
        if is_exact(middle) {
            known = middle;
        } else if middle == limit {
            limit = scalar.text.floor_char_boundary(limit - 1);
        } else {
            limit = scalar.text.floor_char_boundary(middle - 1);
        }
    }
    Some(known)
}

fn push(found: &mut Vec<Piece>, scalar: &Scalar, start: usize, end: usize, place: Option<Place>) {
    if let Some(text) = scalar.text.get(start..end).filter(|text| !text.is_empty()) {
        found.push(Piece::Literal { text: text.into(), place });
    }
}

/// Leaves the values of a Secret behind that something has put there after it was read.
pub(crate) fn hide_values(object: &mut Tree) {
    if object.get("kind").and_then(Tree::text).as_deref() != Some("Secret") {
        return;
    }
    for key in ["data", "stringData"] {
        let Some(values) = crate::delivery::tree::at_mut(object, &[key]) else { continue };
        crate::delivery::tree::map_values(values, &mut |value| {
            if !value.is_unknown() {
                let kept = value.text().map(|text| Value::known(shape(&text), None));
                *value = kept.unwrap_or_else(Value::unknown);
            }
        });
    }
}

/// Returns the first document of the YAML text that a scalar holds, each scalar with the place where it
/// stands, or of the line it stands in.
pub(crate) fn nested(tree: &Tree) -> Option<Tree> {
    let (value, home) = (tree.value()?, tree.place()?);
    let text = value.text()?;
    let parsed = sealine_yaml::parse(&text);
    let root = parsed.root()?;
    let mut map = OriginMap::default();
    let mut at = 0;
    for piece in value.pieces() {
        if let Piece::Literal { text, place } = piece {
            let range = TextRange::new(at, at + text.len());
            at += text.len();
            let is_in_line = text.is_ascii() && !text.contains('\n');
            match place {
                Some(place) if is_in_line && (place.end - place.start) as usize == text.len() => {
                    map.push_in_line(range, place.clone());
                }
                _ => map.push_computed(range, place.as_ref().unwrap_or(home).clone()),
            }
        }
    }
    let origin = Origin::Generated {
        home: Arc::new(Source::new((*home.file).clone(), "")),
        map: Arc::new(map),
        sources: Arc::default(),
    };
    Some(from_yaml(root, &origin))
}
