//! Evaluated data as the model's tree of manifests and chart values.
//!
//! Invariant: a tree is no deeper than the model allows; what lies deeper is unknown.

use sealine_model::tree::{MAX_DEPTH, Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use crate::data::{Data, Kind};
use crate::evaluate::Evaluator;
use crate::functions::decode_yaml;

/// Returns data as a tree; `fallback` is the place of what stands nowhere.
pub(super) fn tree(evaluator: &Evaluator<'_>, data: &Data, fallback: &Place) -> Tree {
    build(evaluator, data, fallback, 0)
}

/// Returns the documents of YAML text, or the one of an encoded object.
pub(super) fn documents(evaluator: &Evaluator<'_>, data: &Data, fallback: &Place) -> Vec<Tree> {
    match &data.kind {
        Kind::Encoded(inner) => vec![tree(evaluator, inner, fallback)],
        Kind::Text(text) => {
            let documents = decode_yaml(evaluator, text);
            documents.iter().map(|document| tree(evaluator, document, fallback)).collect()
        }
        Kind::Map(_) => vec![tree(evaluator, data, fallback)],
        _ => Vec::new(),
    }
}

fn build(evaluator: &Evaluator<'_>, data: &Data, fallback: &Place, depth: usize) -> Tree {
    if depth >= MAX_DEPTH || !evaluator.spend(1) {
        return Tree::Unknown;
    }
    let place = data.spot.and_then(|spot| evaluator.place(spot));
    let place = place.unwrap_or_else(|| fallback.clone());
    match &data.kind {
        Kind::Null => Tree::Null,
        Kind::Text(_) | Kind::Bool(_) | Kind::Number(_) => {
            Tree::Scalar { value: evaluator.value(data), place }
        }
        Kind::Computed(computed) => {
            Tree::Scalar { value: evaluator.value_of(&evaluator.computed_text(computed)), place }
        }
        Kind::List(items) | Kind::Set(items) => {
            let item = |item: &Data| build(evaluator, item, &place, depth + 1);
            Tree::List(items.values.iter().map(item).collect())
        }
        Kind::Map(map) => {
            let entry = |entry: &crate::data::MapEntry| {
                let key_place = entry.key_spot.and_then(|spot| evaluator.place(spot));
                let mut value = build(evaluator, &entry.value, &place, depth + 1);
                if let Some(key) = &key_place {
                    ask_at(&mut value, key);
                }
                let value_place = || entry.value.spot.and_then(|spot| evaluator.place(spot));
                let place = key_place.or_else(value_place).unwrap_or_else(|| place.clone());
                TreeEntry { key: (&*entry.key).into(), place, value }
            };
            Tree::Map(TreeMap { entries: map.entries.iter().map(entry).collect(), open: map.open })
        }
        Kind::Encoded(inner) => build(evaluator, inner, &place, depth + 1),
        Kind::Resource(_) | Kind::Module(_) | Kind::Unknown | Kind::Error => Tree::Unknown,
    }
}

/// Says that a value, or the items of a list, which something else gives are asked for where the key stands.
pub(super) fn ask_at(value: &mut Tree, key: &Place) {
    let is_here = |item: &Place| item.file == key.file && item.line >= key.line;
    match value {
        Tree::Scalar { place, .. } if !stands_beside(place, key) => place.clone_from(key),
        Tree::List(items) => {
            for item in items {
                if let Tree::Scalar { place, .. } = item
                    && !is_here(place)
                {
                    place.clone_from(key);
                }
            }
        }
        _ => {}
    }
}

/// Returns whether a value stands where its key does, rather than where a variable or another resource
/// gives it.
fn stands_beside(value: &Place, key: &Place) -> bool {
    value.file == key.file && (key.line..=key.line + 3).contains(&value.line)
}
