//! Small edits of trees: what a build step changes in an object.
//!
//! Invariant: what is put into a tree brings its own place along, so that a finding points at the
//! line that decided, be it the manifest, the kustomization or a patch.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_model::{Piece, Value};
use sealine_source::Place;

/// Returns a known scalar that stands at `place`.
pub(crate) fn text_at(text: impl AsRef<str>, place: &Place) -> Tree {
    Tree::Scalar { value: Value::known(text.as_ref(), Some(place.clone())), place: place.clone() }
}

/// Returns the map of these entries, all of which stand at `place`.
pub(crate) fn map_at(entries: impl IntoIterator<Item = (String, Tree)>, place: &Place) -> Tree {
    let entry =
        |(key, value): (String, _)| TreeEntry { key: key.into(), place: place.clone(), value };
    let entries = entries.into_iter().map(entry);
    Tree::Map(TreeMap { entries: entries.collect(), open: false })
}

/// Returns the entry of `key`, the last one that stands there.
pub(crate) fn entry_mut<'a>(tree: &'a mut Tree, key: &str) -> Option<&'a mut TreeEntry> {
    match tree {
        Tree::Map(map) => map.entries.iter_mut().rev().find(|entry| entry.key == key),
        _ => None,
    }
}

/// Returns the tree that the keys of `path` lead to.
pub(crate) fn at_mut<'a>(tree: &'a mut Tree, path: &[&str]) -> Option<&'a mut Tree> {
    path.iter().try_fold(tree, |tree, key| entry_mut(tree, key).map(|entry| &mut entry.value))
}

/// Puts `value` under the keys of `path`, with maps made on the way where there are none.
pub(crate) fn set(tree: &mut Tree, path: &[&str], value: Tree, place: &Place) {
    let Some((last, above)) = path.split_last() else {
        *tree = value;
        return;
    };
    let mut tree = tree;
    for key in above {
        tree = child(tree, key, place);
    }
    *child(tree, last, place) = value;
}

/// Returns what stands under `key`, made when there is nothing.
fn child<'a>(tree: &'a mut Tree, key: &str, place: &Place) -> &'a mut Tree {
    if !matches!(tree, Tree::Map(_)) {
        *tree = Tree::Map(TreeMap::default());
    }
    match tree {
        Tree::Map(map) => {
            let found = map.entries.iter().rposition(|entry| entry.key == key);
            let index = found.unwrap_or_else(|| {
                let entry = TreeEntry { key: key.into(), place: place.clone(), value: Tree::Null };
                map.entries.push(entry);
                map.entries.len() - 1
            });
            &mut map.entries[index].value
        }
        other => other,
    }
}

/// Takes all entries of `key` out of a map.
pub(crate) fn remove(tree: &mut Tree, key: &str) {
    if let Tree::Map(map) = tree {
        map.entries.retain(|entry| entry.key != key);
    }
}

/// Changes every scalar value, at any depth.
pub(crate) fn map_values(tree: &mut Tree, change: &mut impl FnMut(&mut Value)) {
    match tree {
        Tree::Scalar { value, .. } => change(value),
        Tree::List(items) => items.iter_mut().for_each(|item| map_values(item, change)),
        Tree::Map(map) => {
            map.entries.iter_mut().for_each(|entry| map_values(&mut entry.value, change));
        }
        Tree::Null | Tree::Unknown => {}
    }
}

/// Returns the place of the first thing that stands in the tree.
pub(crate) fn first_place(tree: &Tree) -> Option<&Place> {
    match tree {
        Tree::Scalar { place, .. } => Some(place),
        Tree::List(items) => items.iter().find_map(first_place),
        Tree::Map(map) => map.entries.first().map(|entry| &entry.place),
        Tree::Null | Tree::Unknown => None,
    }
}

/// Returns whether a scalar is the plain word `true`.
pub(crate) fn is_true(tree: Option<&Tree>) -> bool {
    tree.and_then(Tree::text).is_some_and(|text| text == "true")
}

/// Returns what a scalar says, `default` where there is none; `None` when it is not known.
pub(crate) fn known_bool(tree: Option<&Tree>, default: bool) -> Option<bool> {
    match tree {
        None | Some(Tree::Null) => Some(default),
        Some(tree) => match tree.text()?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
    }
}

/// Returns the value with each literal piece replaced by what `change` makes of its text and
/// place; holes stay.
pub(crate) fn rewrite(
    value: &Value,
    mut change: impl FnMut(&str, Option<&Place>) -> Vec<Piece>,
) -> Value {
    Value::from_pieces(value.pieces().iter().flat_map(|piece| match piece {
        Piece::Literal { text, place } => change(text, place.as_ref()),
        Piece::Hole => vec![Piece::Hole],
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_source::FileName;

    use super::*;

    fn place() -> Place {
        Place { file: Arc::new(FileName::new("r", "f")), start: 0, end: 0, line: 1, column: 1 }
    }

    #[test]
    fn set_makes_the_maps_on_the_way() {
        let mut tree = Tree::Null;
        set(&mut tree, &["metadata", "namespace"], text_at("a", &place()), &place());
        set(&mut tree, &["metadata", "name"], text_at("n", &place()), &place());
        set(&mut tree, &["metadata", "namespace"], text_at("b", &place()), &place());
        assert_eq!(tree.at(&["metadata", "namespace"]).and_then(Tree::text).as_deref(), Some("b"));
        assert_eq!(tree.get("metadata").map(|tree| tree.entries().len()), Some(2));
        remove(&mut tree, "metadata");
        assert!(tree.entries().is_empty());
    }
}
