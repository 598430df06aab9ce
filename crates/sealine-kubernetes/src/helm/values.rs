//! Values laid over each other, as Helm does: the chart's own, those of its parents, those of the
//! release.
//!
//! The steps, in Helm's order: what the release gives is merged ([`merge`]); the subcharts that are
//! used are chosen ([`choose`]); values are imported from them; all are laid over the charts' own
//! ([`Used::coalesce`]).
//!
//! Invariant: each value keeps the place of the file that it was taken from.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::{FileName, Place};

use super::chart::{Chart, Dependency};
use super::parameter;

/// How deep maps are merged; below that the stronger one replaces the other.
const MAX_DEPTH: usize = 64;

/// How many nodes a chart may import from its subcharts.
const MAX_IMPORTED: usize = 100_000;

/// How many items of lists all indexes together may make.
const MAX_ITEMS: usize = 20_000;

/// What becomes of a null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    /// It is a value.
    Kept,
    /// It takes a default away.
    Delete,
}

/// Lays each of `layers` over `base`: maps merge, all else is replaced, a null stays to delete a default.
pub(crate) fn merge<'a>(base: &mut Tree, layers: impl IntoIterator<Item = &'a Tree>) {
    let mut room = MAX_ITEMS;
    for layer in layers {
        merge_at(base, layer, MAX_DEPTH, &mut room);
    }
}

fn merge_at(base: &mut Tree, over: &Tree, depth: usize, room: &mut usize) {
    let Tree::Map(new) = over else {
        *base = over.clone();
        return;
    };
    if depth == 0 {
        *base = over.clone();
        return;
    }
    if let Some(indexes) = indexes(new) {
        if set_items(base, &indexes, depth, room).is_none() {
            *base = Tree::Unknown;
        }
        return;
    }
    if !matches!(base, Tree::Map(_)) {
        *base = Tree::Map(TreeMap::default());
    }
    let Tree::Map(own) = base else { return };
    own.open |= new.open;
    for entry in &new.entries {
        match own.entries.iter_mut().rev().find(|known| known.key == entry.key) {
            Some(known) if matches!(entry.value, Tree::Map(_)) => {
                merge_at(&mut known.value, &entry.value, depth - 1, room);
            }
            Some(known) => *known = entry.clone(),
            None => {
                let mut value = Tree::Null;
                merge_at(&mut value, &entry.value, depth - 1, room);
                own.entries.push(TreeEntry { value, ..entry.clone() });
            }
        }
    }
}

/// Returns the entries of a map that stands for items of a list.
fn indexes(map: &TreeMap) -> Option<Vec<(usize, &Tree)>> {
    let mut entries = map.entries.iter();
    let found = entries.by_ref().map(|entry| Some((parameter::index(&entry.key)?, &entry.value)));
    found.collect::<Option<Vec<_>>>().filter(|found| !found.is_empty())
}

/// Puts items into a list; `None` where there is no room for those that lie before them.
fn set_items(
    base: &mut Tree,
    indexes: &[(usize, &Tree)],
    depth: usize,
    room: &mut usize,
) -> Option<()> {
    if !matches!(base, Tree::List(_)) {
        *base = Tree::List(Vec::new().into());
    }
    let Tree::List(items) = base else { return None };
    for (index, value) in indexes {
        if items.len() <= *index {
            *room = room.checked_sub(index + 1 - items.len())?;
            items.resize(index + 1, Tree::Null);
        }
        merge_at(&mut items[*index], value, depth - 1, room);
    }
    Some(())
}

/// Lays `over` over the defaults beneath it.
fn over_defaults(over: &mut TreeMap, defaults: &TreeMap, nulls: Nulls, depth: usize) {
    let mut deleted = Vec::new();
    for default in &defaults.entries {
        let known = over.entries.iter_mut().rev().find(|entry| entry.key == default.key);
        let Some(known) = known else {
            over.entries.push(default.clone());
            continue;
        };
        match (&mut known.value, &default.value) {
            (Tree::Null, _) if nulls == Nulls::Delete => deleted.push(default.key.as_str()),
            (Tree::Map(own), Tree::Map(beneath)) if depth > 0 => {
                over_defaults(own, beneath, nulls, depth - 1);
                delete_nulls(own, nulls);
            }
            _ => {}
        }
    }
    over.open |= defaults.open;
    over.entries.retain(|entry| !deleted.contains(&entry.key.as_str()));
}

/// Takes away the nulls that were laid over nothing.
fn delete_nulls(map: &mut TreeMap, nulls: Nulls) {
    if nulls == Nulls::Delete {
        map.entries.retain(|entry| !matches!(entry.value, Tree::Null));
    }
}

/// A chart with its subcharts that are used.
#[derive(Debug)]
pub(crate) struct Used<'a> {
    /// The chart.
    pub(crate) chart: &'a Chart,
    /// The subcharts that are used.
    pub(crate) subcharts: Vec<Used<'a>>,
    /// Its own values with those that it imports; where nothing is imported the chart's own.
    defaults: Option<Tree>,
}

/// Returns the chart with the subcharts that are used under these values of the release. `is_text`
/// tells of a scalar whether it is a text, whatever it reads.
pub(crate) fn choose<'a>(
    chart: &'a Chart,
    given: &Tree,
    is_text: &dyn Fn(&Tree) -> bool,
) -> Used<'a> {
    let everything = Used::all(chart);
    let values = everything.coalesce(given);
    let empty = Tree::Null;
    let tags = values.get("tags").unwrap_or(&empty);
    let mut used = used(chart, &values, tags, is_text);
    used.import();
    used
}

fn used<'a>(
    chart: &'a Chart,
    values: &Tree,
    tags: &Tree,
    is_text: &dyn Fn(&Tree) -> bool,
) -> Used<'a> {
    let is_used = |subchart: &&Chart| {
        let key = |dependency: &&Dependency| dependency.key() == subchart.name;
        let declared = chart.dependencies.iter().find(key);
        declared.is_none_or(|dependency| is_enabled(dependency, values, tags, is_text))
    };
    let below = |subchart: &'a Chart| {
        let values = values.get(&subchart.name).unwrap_or(&Tree::Null);
        used(subchart, values, tags, is_text)
    };
    let subcharts = chart.subcharts.iter().filter(is_used).map(below).collect();
    Used { chart, subcharts, defaults: None }
}

/// Returns whether a subchart is used under these values of its parent and tags of the release.
fn is_enabled(
    dependency: &Dependency,
    values: &Tree,
    tags: &Tree,
    is_text: &dyn Fn(&Tree) -> bool,
) -> bool {
    let truth = |tree: &Tree| match tree.text()?.to_ascii_lowercase().as_str() {
        "true" if !is_text(tree) => Some(true),
        "false" if !is_text(tree) => Some(false),
        _ => None,
    };
    let at = |path: &String| path.split('.').try_fold(values, |tree, part| tree.get(part));
    if let Some(decided) = dependency.conditions.iter().find_map(|path| truth(at(path)?)) {
        return decided;
    }
    let tags: Vec<bool> = dependency.tags.iter().filter_map(|tag| truth(tags.get(tag)?)).collect();
    tags.is_empty() || tags.contains(&true)
}

impl<'a> Used<'a> {
    /// Returns the chart with all its subcharts.
    fn all(chart: &'a Chart) -> Self {
        let subcharts = chart.subcharts.iter().map(Self::all).collect();
        Self { chart, subcharts, defaults: None }
    }

    /// Returns where something else than a map is given to a subchart: Helm refuses that.
    pub(crate) fn clashes(&self, given: &Tree) -> Vec<Place> {
        let mut found = Vec::new();
        for subchart in &self.subcharts {
            let name = &subchart.chart.name;
            let defaults = self.defaults.as_ref().unwrap_or(&self.chart.values);
            match given.get(name).or_else(|| defaults.get(name)) {
                Some(clash @ (Tree::Scalar { .. } | Tree::List(_))) => {
                    found.extend(crate::delivery::tree::first_place(clash).cloned());
                }
                Some(below) => found.extend(subchart.clashes(below)),
                None => found.extend(subchart.clashes(&Tree::Null)),
            }
        }
        found
    }

    /// Returns the values that templates see: the chart's, with those of its subcharts below their
    /// names.
    pub(crate) fn coalesce(&self, given: &Tree) -> Tree {
        Tree::Map(self.coalesce_with(given, Nulls::Delete))
    }

    fn coalesce_with(&self, given: &Tree, nulls: Nulls) -> TreeMap {
        let mut values = match given {
            Tree::Map(map) => map.clone(),
            Tree::Unknown => TreeMap { open: true, ..TreeMap::default() },
            _ => TreeMap::default(),
        };
        if let Tree::Map(defaults) = self.defaults.as_ref().unwrap_or(&self.chart.values) {
            self.lay_over(&mut values, defaults, nulls);
        }
        let global = values.entries.iter().rev().find(|entry| entry.key == "global").cloned();
        for subchart in &self.subcharts {
            let name = &subchart.chart.name;
            let known = values.entries.iter().rposition(|entry| entry.key == *name);
            let mut below = known.map_or(Tree::Null, |at| values.entries[at].value.clone());
            match &global {
                Some(TreeEntry { value: Tree::Map(global), .. }) => add_globals(&mut below, global),
                None => add_globals(&mut below, &TreeMap::default()),
                // Helm warns of globals that are no map, and leaves them out.
                Some(_) => {}
            }
            let below = Tree::Map(subchart.coalesce_with(&below, nulls));
            match known {
                Some(at) => values.entries[at].value = below,
                None => put(&mut values, name, below),
            }
        }
        values
    }

    /// Lays values over the chart's own. A null for a subchart stays, to delete a default there.
    fn lay_over(&self, values: &mut TreeMap, defaults: &TreeMap, nulls: Nulls) {
        let is_subchart =
            |key: &str| self.subcharts.iter().any(|subchart| subchart.chart.name == key);
        let mut deleted = Vec::new();
        for default in &defaults.entries {
            let known = values.entries.iter_mut().rev().find(|entry| entry.key == default.key);
            let Some(known) = known else {
                values.entries.push(default.clone());
                continue;
            };
            match (&mut known.value, &default.value) {
                (Tree::Null, _) if nulls == Nulls::Delete => deleted.push(default.key.as_str()),
                (Tree::Map(own), Tree::Map(beneath)) => {
                    let nulls = if is_subchart(&default.key) { Nulls::Kept } else { nulls };
                    over_defaults(own, beneath, nulls, MAX_DEPTH);
                    delete_nulls(own, nulls);
                }
                _ => {}
            }
        }
        values.open |= defaults.open;
        values.entries.retain(|entry| !deleted.contains(&entry.key.as_str()));
    }

    /// Adds values of subcharts to the chart's own, where nothing stands yet.
    fn import(&mut self) {
        self.subcharts.iter_mut().for_each(Self::import);
        let is_used = |dependency: &&Dependency| {
            let mut subcharts = self.subcharts.iter();
            let found = subcharts.any(|subchart| subchart.chart.name == dependency.key());
            found && !dependency.imports.is_empty()
        };
        let importing: Vec<&Dependency> = self.chart.dependencies.iter().filter(is_used).collect();
        if importing.is_empty() {
            return;
        }
        let values = self.coalesce_with(&Tree::Null, Nulls::Kept);
        let mut imported = TreeMap::default();
        let mut left = MAX_IMPORTED;
        for dependency in importing {
            let below = |path: &str| {
                let own = values.entries.iter().rev().find(|entry| entry.key == dependency.key());
                let path = path.split('.').filter(|part| !part.is_empty());
                path.fold(own.map(|entry| &entry.value), |tree, part| tree?.get(part)).cloned()
            };
            for (child, parent) in &dependency.imports {
                // Only maps are imported.
                let Some(mut found @ Tree::Map(_)) = below(child) else { continue };
                let parts = || parent.split('.').filter(|part| !part.is_empty());
                if !found.fits(MAX_DEPTH.saturating_sub(parts().count()), &mut left) {
                    imported.open = true;
                    continue;
                }
                for part in parts().rev() {
                    let mut map = TreeMap::default();
                    put(&mut map, part, found);
                    found = Tree::Map(map);
                }
                if let Tree::Map(found) = found {
                    over_defaults(&mut imported, &found, Nulls::Kept, MAX_DEPTH);
                }
            }
        }
        let mut defaults = values;
        over_defaults(&mut defaults, &imported, Nulls::Kept, MAX_DEPTH);
        self.defaults = Some(Tree::Map(defaults));
    }
}

/// Lays the globals of a chart over those of its subchart.
fn add_globals(below: &mut Tree, global: &TreeMap) {
    if !matches!(below, Tree::Map(_)) {
        *below = Tree::Map(TreeMap::default());
    }
    let Tree::Map(map) = below else { return };
    match map.entries.iter_mut().rev().find(|entry| entry.key == "global") {
        Some(TreeEntry { value: own @ Tree::Map(_), .. }) => {
            for entry in &global.entries {
                let is_map = |tree: &Tree| matches!(tree, Tree::Map(_));
                let known = own.entry(&entry.key).map(|known| is_map(&known.value));
                // Where a map meets something else, Helm warns and leaves what is there.
                if known.is_none_or(|known| known == is_map(&entry.value)) {
                    let one = TreeMap { entries: vec![entry.clone()].into(), open: global.open };
                    merge(own, [&Tree::Map(one)]);
                }
            }
        }
        Some(_) => {}
        None => put(map, "global", Tree::Map(global.clone())),
    }
}

fn put(map: &mut TreeMap, key: &str, value: Tree) {
    let place = crate::delivery::tree::first_place(&value)
        .or_else(|| map.entries.first().map(|entry| &entry.place))
        .cloned();
    // An empty map has no place; neither has what is put there.
    let place = place.unwrap_or_else(|| Place {
        file: std::sync::Arc::new(FileName::new("", "")),
        start: 0,
        end: 0,
        line: 1,
        column: 1,
    });
    map.entries.push(TreeEntry { key: key.into(), place, value });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::delivery::tree::text_at;

    #[test]
    fn indexes_make_no_more_items_than_there_is_room_for() {
        let file = Arc::new(FileName::new("r", "f"));
        let place = Place { file, start: 0, end: 0, line: 1, column: 1 };
        let merged = |paths: &[String]| {
            let layer = |path: &String| parameter::at_path(path, text_at("v", &place), &place);
            let layers: Vec<Tree> = paths.iter().map(layer).collect();
            let mut base = Tree::Null;
            merge(&mut base, &layers);
            base
        };
        let few = merged(&["a[2]".to_owned(), "a[0].b".to_owned()]);
        let items = few.get("a").map(Tree::items).unwrap_or_default();
        assert_eq!(items.len(), 3);
        assert!(items[0].get("b").is_some() && items[1] == Tree::Null);
        let wide: Vec<String> = (0..100).map(|number| format!("k{number}[1000]")).collect();
        let deep = [format!("a{}", "[1000]".repeat(31))];
        for paths in [&wide[..], &deep] {
            assert!(merged(paths).fits(MAX_DEPTH, &mut (2 * MAX_ITEMS)));
        }
        assert_eq!(merged(&wide).get("k99"), Some(&Tree::Unknown));
    }
}
