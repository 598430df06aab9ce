//! `ApplicationSet`: the Applications that its generators make, as far as files tell.
//!
//! Invariant: what a generator would learn from a cluster or a service is a hole in the
//! Application, so that nothing is said about a path or name that is not known.

use std::collections::BTreeMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::{Place, join};

use super::matches_glob;
use crate::delivery::inventory::{RepoId, file_name};
use crate::delivery::lookup::Lookup;
use crate::delivery::object::{place_of, value_at};
use crate::delivery::tree::{map_at, map_values, rewrite, set, sub_piece, text_at};

/// The parameters of one Application, by path: `path.basename`, `cluster`.
type Parameters = BTreeMap<String, Value>;

/// How many Applications one set may make.
const MAX_APPLICATIONS: usize = 2_000;

/// Returns the Applications of a set.
pub(crate) fn applications(object: &Tree, home: RepoId, lookup: &Lookup<'_>) -> Vec<Tree> {
    let (Some(spec), Some(place)) = (object.get("spec"), place_of(object)) else {
        return Vec::new();
    };
    let Some(template) = spec.get("template") else { return Vec::new() };
    let mut sets: Vec<Option<Parameters>> = Vec::new();
    for generator in spec.get("generators").map(Tree::items).unwrap_or_default() {
        match parameters(generator, home, lookup) {
            Some(found) => sets.extend(found.into_iter().map(Some)),
            None => sets.push(None),
        }
    }
    // What cannot be told makes one Application of which little is known.
    sets.truncate(MAX_APPLICATIONS);
    let made =
        sets.iter().map(|parameters| application(object, template, parameters.as_ref(), place));
    made.collect()
}

fn application(
    object: &Tree,
    template: &Tree,
    parameters: Option<&Parameters>,
    place: &Place,
) -> Tree {
    let mut tree = map_at(
        [
            ("apiVersion".to_owned(), text_at("argoproj.io/v1alpha1", place)),
            ("kind".to_owned(), text_at("Application", place)),
        ],
        place,
    );
    for key in ["metadata", "spec"] {
        let part = template.get(key).cloned().unwrap_or(Tree::Null);
        set(&mut tree, &[key], part, place);
    }
    if let Some(namespace) = object.at(&["metadata", "namespace"]) {
        set(&mut tree, &["metadata", "namespace"], namespace.clone(), place);
    }
    map_values(&mut tree, &mut |value| *value = filled(value, parameters));
    tree
}

/// Returns a value with the parameters put in for `{{ … }}`.
fn filled(value: &Value, parameters: Option<&Parameters>) -> Value {
    rewrite(value, |text, place| {
        let mut pieces = Vec::new();
        let mut done = 0;
        while let Some(found) = text.get(done..).and_then(|rest| rest.find("{{")) {
            let start = done + found;
            let Some(length) = text.get(start..).and_then(|rest| rest.find("}}")) else { break };
            let expression = text.get(start + 2..start + length).unwrap_or_default();
            pieces.push(sub_piece(text, place, done, start));
            match parameters.and_then(|parameters| expanded(expression, parameters)) {
                Some(value) => pieces.extend(value.pieces().iter().cloned()),
                None => pieces.push(Piece::Hole),
            }
            done = start + length + 2;
        }
        pieces.push(sub_piece(text, place, done, text.len()));
        pieces
    })
}

/// Returns what a simple expression of either template language comes to.
fn expanded(expression: &str, parameters: &Parameters) -> Option<Value> {
    let expression = expression.trim_matches(['-', ' ']);
    let name = match expression.strip_prefix("index .path.segments ") {
        Some(index) => format!("path[{}]", index.trim()),
        None => expression.strip_prefix('.').unwrap_or(expression).to_owned(),
    };
    parameters.get(&name).cloned()
}

/// Returns the parameter sets of a generator; `None` when files do not tell them.
fn parameters(generator: &Tree, home: RepoId, lookup: &Lookup<'_>) -> Option<Vec<Parameters>> {
    if let Some(list) = generator.get("list") {
        if list.get("elementsYaml").is_some() {
            return None;
        }
        let elements = list.get("elements")?.items();
        return Some(elements.iter().map(flat).collect());
    }
    let git = generator.get("git")?;
    let url = value_at(git, &["repoURL"]);
    let repo = lookup.repository(url.as_ref(), "", home).ok()?;
    let mut found = Vec::new();
    if let Some(directories) = git.get("directories") {
        for folder in folders(directories, repo, lookup) {
            found.push(of_path(&folder));
        }
    }
    if let Some(files) = git.get("files") {
        for path in paths(files, repo, lookup) {
            let Some(file) = lookup.inventory.file(repo, &path) else { continue };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for document in &file.content().documents {
                // A file may hold a list of parameter sets.
                let items = document.items();
                let trees: Vec<&Tree> =
                    if items.is_empty() { vec![document.as_ref()] } else { items.iter().collect() };
                for tree in trees {
                    let mut parameters = flat(tree);
                    parameters.extend(of_path(folder));
                    parameters.insert("path.filename".to_owned(), file_name(&path).into());
                    found.push(parameters);
                }
            }
        }
    }
    Some(found)
}

/// Returns the scalars of a map by path.
fn flat(tree: &Tree) -> Parameters {
    let mut found = Parameters::new();
    let mut open: Vec<(String, &Tree)> = vec![(String::new(), tree)];
    while let Some((path, tree)) = open.pop() {
        match tree {
            Tree::Scalar { value, .. } => {
                found.insert(path, value.clone());
            }
            Tree::Map(map) => {
                for entry in &map.entries {
                    let path = if path.is_empty() {
                        entry.key.clone()
                    } else {
                        format!("{path}.{}", entry.key)
                    };
                    open.push((path, &entry.value));
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns the parameters that a folder gives, in both template languages.
fn of_path(folder: &str) -> Parameters {
    let known = |text: &str| Value::known(text, None);
    let base = file_name(folder);
    let normal: String = base
        .to_ascii_lowercase()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .collect();
    let mut found = Parameters::from([
        ("path".to_owned(), known(folder)),
        ("path.path".to_owned(), known(folder)),
        ("path.basename".to_owned(), known(base)),
        ("path.basenameNormalized".to_owned(), known(&normal)),
    ]);
    for (index, part) in folder.split('/').enumerate() {
        found.insert(format!("path[{index}]"), known(part));
    }
    found
}

/// Returns the folders that the globs of a list name and none of its exclusions does.
fn folders(list: &Tree, repo: RepoId, lookup: &Lookup<'_>) -> Vec<String> {
    let Some(shelf) = lookup.inventory.shelves.get(repo) else { return Vec::new() };
    let mut all: Vec<&str> = Vec::new();
    for path in shelf.repository.paths_below("") {
        let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        while !folder.is_empty() && all.last() != Some(&folder) {
            all.push(folder);
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        }
    }
    all.sort_unstable();
    all.dedup();
    chosen(list, &all)
}

fn paths(list: &Tree, repo: RepoId, lookup: &Lookup<'_>) -> Vec<String> {
    let Some(shelf) = lookup.inventory.shelves.get(repo) else { return Vec::new() };
    chosen(list, &shelf.repository.paths_below(""))
}

fn chosen(list: &Tree, all: &[&str]) -> Vec<String> {
    let entries = list.items().iter().filter_map(|entry| {
        let path = entry.get("path")?.text()?;
        let excludes = crate::delivery::tree::is_true(entry.get("exclude"));
        Some((join("", &path)?, excludes))
    });
    let entries: Vec<(String, bool)> = entries.collect();
    let is = |path: &str, excludes: bool| {
        entries.iter().any(|(glob, own)| *own == excludes && matches_path(glob, path))
    };
    all.iter()
        .filter(|path| is(path, false) && !is(path, true))
        .map(|path| (*path).to_owned())
        .collect()
}

/// Returns whether a glob matches a path part by part; `**` stands for any number of parts.
fn matches_path(glob: &str, path: &str) -> bool {
    let globs: Vec<&str> = glob.split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    // The reachable numbers of parts that the globs so far can stand for.
    let mut reached = vec![0usize];
    for glob in globs {
        let mut next = Vec::new();
        for at in reached {
            if glob == "**" {
                next.extend(at..=parts.len());
            } else if parts.get(at).is_some_and(|part| matches_glob(glob, part)) {
                next.push(at + 1);
            }
        }
        next.sort_unstable();
        next.dedup();
        reached = next;
    }
    reached.contains(&parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_part_by_part() {
        for (glob, path, expected) in [
            ("apps/*", "apps/web", true),
            ("apps/*", "apps/web/base", false),
            ("apps/**/config.json", "apps/a/b/config.json", true),
            ("apps/**/config.json", "apps/config.json", true),
            ("*/config.yaml", "a/b/config.yaml", false),
        ] {
            assert_eq!(matches_path(glob, path), expected, "{glob} {path}");
        }
    }
}
