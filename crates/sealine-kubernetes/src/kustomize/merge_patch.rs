//! Strategic merge patches.
//!
//! Invariant: what a patch brings keeps its place in the patch, all else keeps its own. A patch
//! that the real tool refuses changes nothing more from where it does not fit, and says why.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};

use super::identity::TypeName;
use super::merge_keys::{Keys, Sort};

/// Merges a patch into an object. Returns whether the object is still there.
pub(super) fn apply(object: &mut Tree, patch: &Tree) -> Result<bool, String> {
    let sort = Sort::of(&TypeName::of(object));
    match merge_maps(object, patch, sort)? {
        Some(merged) => {
            *object = merged;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// What a `$patch` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

fn directive(tree: &Tree) -> Result<Directive, String> {
    match tree.get("$patch").and_then(Tree::text).as_deref() {
        None | Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        Some(other) => Err(format!("`$patch: {other}` is no directive")),
    }
}

/// Returns what a patch makes of what stands under `key` of a map of this sort; `None` where nothing
/// is left.
///
/// The recursion is no deeper than trees are.
fn merge(own: &Tree, new: &Tree, holder: Sort, key: &str) -> Result<Option<Tree>, String> {
    match (own, new) {
        (_, Tree::Null) => Ok(None),
        (Tree::Unknown, _) | (_, Tree::Unknown) => Ok(Some(Tree::Unknown)),
        (Tree::Map(_) | Tree::Null, Tree::Map(_)) => merge_maps(own, new, holder.below(key)),
        (Tree::List(_) | Tree::Null, Tree::List(new)) => {
            Ok(merge_lists(own.items(), new, holder, key)?.map(|items| Tree::List(items.into())))
        }
        (Tree::Scalar { .. } | Tree::Null, Tree::Scalar { .. }) => Ok(Some(new.clone())),
        _ => Err(format!("`{key}` of the patch has another type than that of the object")),
    }
}

fn merge_maps(own: &Tree, patch: &Tree, sort: Sort) -> Result<Option<Tree>, String> {
    let own = match directive(patch)? {
        Directive::Delete => return Ok(None),
        Directive::Replace => &Tree::Null,
        Directive::Merge => own,
    };
    let is_open = |tree: &Tree| matches!(tree, Tree::Map(map) if map.open);
    let mut merged = TreeMap { open: is_open(own) || is_open(patch), ..TreeMap::default() };
    for entry in own.entries() {
        let Some(change) = patch.entry(&entry.key) else {
            merged.entries.push(entry.clone());
            continue;
        };
        let value = merge(&entry.value, &change.value, sort, &entry.key)?;
        // What the patch brings stands there; a map that was merged stands where it did.
        let place = match change.value {
            Tree::Map(_) => &entry.place,
            _ => &change.place,
        };
        let (key, place) = (entry.key.clone(), place.clone());
        merged.entries.extend(value.map(|value| TreeEntry { key, place, value }));
    }
    let is_new = |entry: &&TreeEntry| own.get(&entry.key).is_none() && entry.key != "$patch";
    for entry in patch.entries().iter().filter(is_new) {
        let mut value = merge(&Tree::Null, &entry.value, sort, &entry.key)?;
        // What was not kept of the object may have had more there.
        if let (Some(Tree::Map(map)), true) = (&mut value, is_open(own)) {
            map.open = true;
        }
        let (key, place) = (entry.key.clone(), entry.place.clone());
        merged.entries.extend(value.map(|value| TreeEntry { key, place, value }));
    }
    Ok(Some(Tree::Map(merged)))
}

fn merge_lists(
    own: &[Tree],
    patch: &[Tree],
    holder: Sort,
    key: &str,
) -> Result<Option<Vec<Tree>>, String> {
    let Some(keys) = holder.keys(key) else { return Ok(Some(patch.to_vec())) };
    let is_directive = |item: &Tree| item.entries().len() == 1 && item.get("$patch").is_some();
    let own = match patch.iter().find(|item| is_directive(item)).map(directive).transpose()? {
        Some(Directive::Delete) => return Ok(None),
        Some(Directive::Replace) => &[],
        Some(Directive::Merge) | None => own,
    };
    let below = holder.below(key);
    let mut merged = Vec::with_capacity(own.len() + patch.len());
    let mut done = vec![false; own.len()];
    for item in patch.iter().filter(|item| !is_directive(item) && **item != Tree::Null) {
        let at = own.iter().position(|known| is_same(known, item, keys));
        if let Some(done) = at.and_then(|at| done.get_mut(at)) {
            *done = true;
        }
        let known = at.and_then(|at| own.get(at));
        match (known, item) {
            // The real tool puts an item that the patch would replace back as it was.
            (Some(known), Tree::Map(_)) if directive(item)? == Directive::Replace => {
                merged.push(known.clone());
            }
            (_, Tree::Map(_)) => {
                merged.extend(merge_maps(known.unwrap_or(&Tree::Null), item, below)?);
            }
            _ => merged.push(item.clone()),
        }
    }
    let rest = own.iter().zip(done).filter(|(_, done)| !done);
    merged.extend(rest.map(|(item, _)| item.clone()));
    Ok(Some(merged))
}

/// Returns whether two items of a list are one. Of several keys, one that an item lacks counts as
/// equal.
fn is_same(one: &Tree, other: &Tree, keys: Keys) -> bool {
    match keys {
        Keys::Values => one.text().is_some() && one.text() == other.text(),
        Keys::Of(keys) => keys.iter().enumerate().all(|(index, key)| {
            match (one.get(key).and_then(Tree::text), other.get(key).and_then(Tree::text)) {
                (Some(one), Some(other)) => one == other,
                _ => index > 0,
            }
        }),
    }
}
