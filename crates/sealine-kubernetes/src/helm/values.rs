//! Values laid over each other, as Helm does: the chart's own, those of its parents, those of the
//! release.
//!
//! Invariant: each value keeps the place of the file that it was taken from.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};

use super::chart::{Chart, Dependency};

/// How deep maps are merged; below that the stronger one replaces the other.
const MAX_DEPTH: usize = 64;

/// Lays `over` over `base`: maps merge, all else is replaced, a null stays to delete a default.
pub(crate) fn merge(base: &mut Tree, over: &Tree) {
    merge_at(base, over, MAX_DEPTH, Nulls::Kept);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    /// A null is a value.
    Kept,
    /// A null takes a default away.
    Delete,
}

fn merge_at(base: &mut Tree, over: &Tree, depth: usize, nulls: Nulls) {
    let (Tree::Map(own), Tree::Map(new)) = (&mut *base, over) else {
        *base = over.clone();
        return;
    };
    own.open |= new.open;
    for entry in &new.entries {
        let at = own.entries.iter().rposition(|known| known.key == entry.key);
        match at {
            Some(at) if nulls == Nulls::Delete && matches!(entry.value, Tree::Null) => {
                own.entries.remove(at);
            }
            Some(at)
                if depth > 0
                    && matches!(entry.value, Tree::Map(_))
                    && matches!(own.entries[at].value, Tree::Map(_)) =>
            {
                merge_at(&mut own.entries[at].value, &entry.value, depth - 1, nulls);
            }
            Some(at) => own.entries[at] = entry.clone(),
            None => own.entries.push(entry.clone()),
        }
    }
}

/// Returns the values that a chart's templates see, with those of its subcharts below their names.
pub(crate) fn coalesce(chart: &Chart, given: &Tree) -> Tree {
    let mut values = chart.values.clone();
    if !matches!(values, Tree::Map(_)) {
        values = Tree::Map(TreeMap::default());
    }
    if matches!(given, Tree::Map(_)) {
        merge_at(&mut values, given, MAX_DEPTH, Nulls::Delete);
    }
    let global = values.get("global").cloned();
    for subchart in &chart.subcharts {
        let mut below = values.get(&subchart.name).cloned().unwrap_or(Tree::Null);
        if !matches!(below, Tree::Map(_)) {
            below = Tree::Map(TreeMap::default());
        }
        if let Some(global) = &global {
            let own = below.get("global").cloned();
            let mut merged = own.unwrap_or_else(|| Tree::Map(TreeMap::default()));
            merge(&mut merged, global);
            put(&mut below, "global", merged);
        }
        let below = coalesce(subchart, &below);
        put(&mut values, &subchart.name, below);
    }
    for dependency in chart.dependencies.iter().filter(|dependency| dependency.found) {
        import(&mut values, dependency);
    }
    values
}

/// Puts values of a subchart among those of its parent, where nothing stands yet.
fn import(values: &mut Tree, dependency: &Dependency) {
    for (child, parent) in &dependency.imports {
        let path = child.split('.').filter(|part| !part.is_empty());
        let below = values.get(dependency.key());
        let found = path.fold(below, |tree, part| tree.and_then(|tree| tree.get(part))).cloned();
        let Some(found) = found else { continue };
        let mut wrapped = found;
        for part in parent.split('.').filter(|part| !part.is_empty()).rev() {
            let mut map = Tree::Map(TreeMap::default());
            put(&mut map, part, wrapped);
            wrapped = map;
        }
        merge(&mut wrapped, values);
        *values = wrapped;
    }
}

fn put(tree: &mut Tree, key: &str, value: Tree) {
    let Tree::Map(map) = tree else { return };
    if let Some(entry) = map.entries.iter_mut().rev().find(|entry| entry.key == key) {
        entry.value = value;
        return;
    }
    let place = crate::delivery::tree::first_place(&value)
        .or_else(|| map.entries.first().map(|entry| &entry.place))
        .cloned();
    if let Some(place) = place.or_else(nowhere) {
        map.entries.push(TreeEntry { key: key.to_owned(), place, value });
    }
}

/// An empty map has no place; neither has what is put there.
#[expect(clippy::unnecessary_wraps, reason = "fits the chain of places it ends")]
fn nowhere() -> Option<sealine_source::Place> {
    let file = std::sync::Arc::new(sealine_source::FileName::new("", ""));
    Some(sealine_source::Place { file, start: 0, end: 0, line: 1, column: 1 })
}

/// Returns whether a subchart is used under these values of its parent.
pub(crate) fn is_enabled(chart: &Chart, subchart: &Chart, values: &Tree) -> bool {
    let declared = chart.dependencies.iter().find(|dependency| dependency.key() == subchart.name);
    let Some(dependency) = declared else { return true };
    let truth = |path: &str| {
        let tree = path.split('.').try_fold(values, |tree, part| tree.get(part))?;
        match tree.text()?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    };
    if let Some(decided) = dependency.conditions.iter().find_map(|path| truth(path)) {
        return decided;
    }
    let tags: Vec<bool> =
        dependency.tags.iter().filter_map(|tag| truth(&format!("tags.{tag}"))).collect();
    tags.is_empty() || tags.contains(&true)
}
