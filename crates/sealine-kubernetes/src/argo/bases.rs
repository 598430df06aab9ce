//! What files tell of annotations of clusters that paths begin with, as GitOps Bridge writes them:
//! `{{metadata.annotations.addons_repo_basepath}}charts/web`.
//!
//! Invariant: an annotation that is told this way is a guess, which no rule sees, and only one folder fits all
//! paths that begin with it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use sealine_model::Piece;
use sealine_model::tree::Tree;
use sealine_source::Place;

use super::clusters::are_chosen;
use super::set::{action, in_one_piece, parameter_name};
use crate::delivery::Purpose;
use crate::delivery::inventory::RepoId;
use crate::delivery::lookup::Lookup;
use crate::delivery::tree::{map_values, rewrite};

/// Annotations with the texts that they hold.
type Texts = BTreeMap<String, String>;

/// Returns an `ApplicationSet` of clusters with the annotations filled in that tell where its files lie;
/// `None` where files tell of none.
pub(super) fn filled_in(object: &Tree, home: RepoId, lookup: &Lookup<'_>) -> Option<Tree> {
    if lookup.purpose != Purpose::Showing {
        return None;
    }
    let spec = object.get("spec")?;
    let generators = spec.get("generators").map(Tree::items)?;
    if !generators.iter().any(are_chosen) {
        return None;
    }
    let mut values = Texts::new();
    for generator in generators {
        stated(generator, &mut values);
    }
    let mut paths = Vec::new();
    collect(spec, "", &mut paths);
    let mut fitting: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in &paths {
        let path = replaced(path, &values);
        let Some((annotation, rest)) = begins_with(&path) else { continue };
        let found = folders_before(rest, home, lookup);
        if found.is_empty() {
            continue;
        }
        let known = fitting.entry(annotation).or_insert_with(|| found.clone());
        known.retain(|folder| found.contains(folder));
    }
    let only = |folders: BTreeSet<String>| {
        let mut folders = folders.into_iter();
        folders.next().filter(|_| folders.next().is_none())
    };
    let told = fitting.into_iter().filter_map(|(name, folders)| Some((name, only(folders)?)));
    let told: Texts = told.collect();
    (!told.is_empty()).then(|| with(object, &told))
}

/// Collects what generators of clusters say themselves: `values.chart`. Recurses no deeper than a tree may be.
fn stated(generator: &Tree, values: &mut Texts) {
    for kind in ["matrix", "merge"] {
        let inner = generator.get(kind).and_then(|inner| inner.get("generators"));
        inner.map(Tree::items).unwrap_or_default().iter().for_each(|one| stated(one, values));
    }
    let own = generator.at(&["clusters", "values"]).map(Tree::entries).unwrap_or_default();
    values.extend(own.iter().filter_map(|entry| {
        let text = entry.value.text().filter(|text| !text.contains("{{"))?;
        Some((format!("values.{}", entry.key), text))
    }));
}

/// Collects the paths of sources, values files and generators. Recurses no deeper than a tree may be.
fn collect(tree: &Tree, key: &str, paths: &mut Vec<String>) {
    match tree {
        Tree::Scalar { value, .. } if matches!(key, "path" | "valueFiles") => {
            paths.extend(in_one_piece(value).text());
        }
        Tree::List(items) => items.iter().for_each(|item| collect(item, key, paths)),
        Tree::Map(map) => {
            let entries = map.entries.iter().filter(|entry| entry.key != "valuesObject");
            entries.for_each(|entry| collect(&entry.value, &entry.key, paths));
        }
        _ => {}
    }
}

/// Returns the annotation that a path begins with, and what follows it.
fn begins_with(path: &str) -> Option<(String, &str)> {
    let inside = match path.strip_prefix('$') {
        Some(named) => named.split_once('/')?.1,
        None => path,
    };
    let (range, expression) = action(inside, 0).filter(|(range, _)| range.start == 0)?;
    let name = parameter_name(expression);
    let rest = inside.get(range.end..)?;
    // A path that goes on with another parameter does not tell where the folder ends.
    let goes_on = rest.starts_with(char::is_alphanumeric);
    (goes_on && name.starts_with("metadata.annotations.")).then_some((name, rest))
}

/// Returns the folders, with `/` at their ends, that a path may go on from: those of the own repository,
/// else those of the others.
fn folders_before(rest: &str, home: RepoId, lookup: &Lookup<'_>) -> BTreeSet<String> {
    let Some(fits) = regex(rest) else { return BTreeSet::new() };
    let folders = |repo: RepoId| -> BTreeSet<String> {
        let shelf = lookup.inventory.shelves.get(repo).into_iter();
        let paths = shelf.flat_map(|shelf| shelf.repository.paths());
        let found = paths.filter_map(|path| fits.captures(path)?.get(1));
        found.map(|folder| folder.as_str().to_owned()).collect()
    };
    let own = folders(home);
    if !own.is_empty() {
        return own;
    }
    let others = (0..lookup.inventory.shelves.len()).filter(|repo| *repo != home);
    others.flat_map(folders).collect()
}

/// Returns what finds the paths that end a folder's, or begin with those: a parameter that nobody knows is
/// any name.
fn regex(rest: &str) -> Option<Regex> {
    let mut pattern = String::from("^((?:[^/]+/)*)");
    let literal = |pattern: &mut String, text: &str| {
        for character in text.chars() {
            match character {
                '*' => pattern.push_str("[^/]*"),
                '?' => pattern.push_str("[^/]"),
                _ => pattern.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
            }
        }
    };
    let mut done = 0;
    while let Some((range, _)) = action(rest, done) {
        literal(&mut pattern, rest.get(done..range.start)?);
        done = range.end;
        pattern.push_str("[^/]+");
    }
    literal(&mut pattern, rest.get(done..)?.trim_end_matches('/'));
    pattern.push_str("(?:/|$)");
    Regex::new(&pattern).ok()
}

/// Returns the object with what is told of its annotations.
fn with(object: &Tree, told: &Texts) -> Tree {
    let mut filled = object.clone();
    map_values(&mut filled, &mut |value| {
        let whole = in_one_piece(value);
        let asks = |text: &str| told.keys().any(|name| text.contains(last_part(name)));
        if !asks(&whole.pattern()) {
            return;
        }
        *value = rewrite(&whole, |text, place| replace(text, place, told));
    });
    filled
}

/// Returns a text with the parameters put in that are known.
fn replaced(text: &str, known: &Texts) -> String {
    let pieces = replace(text, None, known).into_iter();
    let texts = pieces.map(|piece| match piece {
        Piece::Literal { text, .. } => text.to_string(),
        Piece::Hole => String::new(),
    });
    texts.collect()
}

fn replace(text: &str, place: Option<&Place>, known: &Texts) -> Vec<Piece> {
    let (mut pieces, mut done, mut from) = (Vec::new(), 0, 0);
    while let Some((range, expression)) = action(text, from) {
        from = range.end;
        if let Some(value) = known.get(&parameter_name(expression)) {
            pieces.push(Piece::part(text, place, done, range.start));
            pieces.push(Piece::Literal { text: value.as_str().into(), place: None });
            done = range.end;
        }
    }
    pieces.push(Piece::part(text, place, done, text.len()));
    pieces
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
