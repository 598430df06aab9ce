//! Helmfile: releases of charts as delivery roots, one for each environment.
//!
//! The steps: the files that nobody else names are found ([`tops`]); each is read for each of its
//! environments ([`state`]), templates filled ([`view`]); what it lists becomes roots ([`release`]).
//!
//! Invariants: nothing is run, and nothing outside of the repository is read: what a program, a
//! variable of the environment or a file elsewhere would say is not known. What decides what is
//! delivered and is not known makes the root opaque.

mod release;
mod state;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use sealine_model::tree::{Tree, TreeEntry};
use sealine_model::{Facts, Value};
use sealine_source::{Place, folder_of, join};

use crate::argo::Glob;
use crate::delivery::inventory::{RepoId, file_name, has_extension, is_test_data};
use crate::delivery::lookup::Lookup;
use crate::delivery::plan::Top;
use crate::delivery::root::Root;
use release::Releases;
use state::{DEFAULT, Files, Reader, State};

/// How many environments of a file are read.
const MAX_ENVIRONMENTS: usize = 8;
/// An environment that nobody tells.
const ANOTHER: &str = "another";
/// How deep files name each other.
const MAX_DEPTH: usize = 4;
/// How many files one file may name.
const MAX_FILES: usize = 500;
/// How often files of one repository are read, each for its environments.
const MAX_READ: usize = 20_000;

/// Returns the releases of all Helmfiles, in a fixed order, and a unit with notes of what could not be
/// filled, for each repository that has such.
pub(crate) fn tops(lookup: &Lookup<'_>) -> (Vec<Top>, Vec<Facts>) {
    let mut found = Vec::new();
    let mut unread = Vec::new();
    for (repo, shelf) in lookup.inventory.shelves.iter().enumerate() {
        let mut files: Vec<&str> =
            shelf.repository.paths().filter(|path| is_helmfile(path)).collect();
        files.retain(|path| lists_something(lookup, repo, path));
        files.sort_unstable();
        let (notes, left) = (RefCell::default(), Cell::new(MAX_READ));
        let reader = Reader { lookup, repo, environment: DEFAULT, notes: &notes, left: &left };
        let nested: BTreeSet<String> = files
            .iter()
            .flat_map(|path| {
                let state = reader.read(path, &Tree::Null).unwrap_or_default();
                nested(&reader, path, &state).into_iter().map(|below| below.path)
            })
            .collect();
        for path in files.into_iter().filter(|path| !nested.contains(*path)) {
            let roots = releases(&reader, path);
            found.extend(roots.into_iter().map(|root| Top {
                repo,
                document: None,
                root: Box::new(root),
            }));
        }
        let notes = notes.into_inner();
        if !notes.is_empty() {
            let (repo, unit) = (shelf.repository.name.clone(), "Helmfiles".to_owned());
            unread.push(Facts { repo, unit, notes, ..Facts::default() });
        }
    }
    (found, unread)
}

/// Whether a file is called as Helmfile looks for one.
fn is_helmfile(path: &str) -> bool {
    let name = file_name(path);
    is_text(name)
        && (name.starts_with("helmfile") || file_name(folder_of(path)) == "helmfile.d")
        && !is_test_data(path)
}

fn is_text(path: &str) -> bool {
    ["yaml", "yml", "gotmpl"].iter().any(|extension| has_extension(path, extension))
}

fn lists_something(lookup: &Lookup<'_>, repo: RepoId, path: &str) -> bool {
    let repository = lookup.inventory.shelves.get(repo).map(|shelf| shelf.repository);
    let source = repository.and_then(|repository| repository.read(path));
    source.is_some_and(|source| {
        source.text().lines().any(|line| {
            ["releases:", "helmfiles:"].iter().any(|word| line.trim_start().starts_with(word))
        })
    })
}

/// Returns the releases of a file over all of its environments. One that is the same in all of them
/// is one; the others go to the clusters of their environments.
fn releases(reader: &Reader<'_>, path: &str) -> Vec<Root> {
    let environments = environments(reader, path, 0);
    let count = environments.len();
    let mut found: BTreeMap<(Place, String, String), Vec<(String, Root)>> = BTreeMap::new();
    for environment in environments {
        let reader = Reader { environment: &environment, ..*reader };
        let mut roots = Vec::new();
        collect(&reader, path, &Tree::Null, 0, &mut roots);
        for root in roots {
            let key = (root.place.clone(), root.name.pattern(), root.target_namespace.pattern());
            found.entry(key).or_default().push((environment.clone(), root));
        }
    }
    let mut roots = Vec::new();
    for alike in found.into_values() {
        let mut own = alike.iter().map(|(_, root)| root);
        let first = own.next().cloned();
        if alike.len() == count && own.all(|root| Some(root) == first.as_ref()) {
            roots.extend(first);
            continue;
        }
        roots.extend(alike.into_iter().map(|(environment, mut root)| {
            if count > 1 {
                root.cluster = Value::from(environment.as_str());
            }
            root
        }));
    }
    roots
}

/// Adds the releases of a file, and of those it names.
fn collect(reader: &Reader<'_>, path: &str, given: &Tree, depth: usize, roots: &mut Vec<Root>) {
    let Some(mut state) = reader.read(path, given) else { return };
    for below in nested(reader, path, &state) {
        if depth < MAX_DEPTH {
            let files = Files { home: folder_of(path), may_be_missing: false };
            let values = state.listed(reader, &files, below.values.as_ref());
            collect(reader, &below.path, &values, depth + 1, roots);
        }
    }
    let releases = Releases::new(reader, path, &state);
    roots.extend(releases.roots());
}

/// A file that another one names.
struct Below {
    path: String,
    /// The values that it is given.
    values: Option<Tree>,
}

/// Returns the files of the same repository that a file names, in their order.
fn nested(reader: &Reader<'_>, path: &str, state: &State) -> Vec<Below> {
    let folder = folder_of(path);
    let entries = state.tree.get("helmfiles").map(Tree::items).unwrap_or_default().iter();
    let mut found = Vec::new();
    for entry in entries {
        let named = entry.text().or_else(|| entry.get("path")?.text());
        let Some(named) = named.and_then(|named| join(folder, &named)) else { continue };
        let values = entry.get("values").cloned();
        let below =
            files_at(reader.lookup, reader.repo, &named).into_iter().filter(|below| below != path);
        found.extend(below.map(|path| Below { path, values: values.clone() }));
    }
    found.truncate(MAX_FILES);
    found
}

/// Returns the files at a path, which may be a glob in its last part or a folder.
fn files_at(lookup: &Lookup<'_>, repo: RepoId, path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.contains('*') {
        let glob = Glob::new(name);
        let files = lookup.inventory.files_in(repo, folder).into_iter();
        return files.filter(|path| glob.matches(file_name(path))).collect();
    }
    if lookup.inventory.source(repo, path).is_some() {
        return vec![path.to_owned()];
    }
    let files = lookup.inventory.files_in(repo, path).into_iter();
    let mut files: Vec<String> = files.filter(|path| is_text(path)).collect();
    // Helmfile looks for one by its name, else it takes those of `helmfile.d`.
    if files.iter().any(|path| file_name(path).starts_with("helmfile.yaml")) {
        files.retain(|path| file_name(path).starts_with("helmfile.yaml"));
    }
    files
}

/// Returns the environments that a file tells: its own, else those of the files that it names.
fn environments(reader: &Reader<'_>, path: &str, depth: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // What a file tells may depend on whether the environment is the default one.
    for environment in [DEFAULT, ANOTHER] {
        let reader = Reader { environment, ..*reader };
        let state = reader.read(path, &Tree::Null).unwrap_or_default();
        let told = state.tree.get("environments").map(Tree::entries).unwrap_or_default();
        // The default one is always there; where others are told, nobody need mean it.
        let is_meant = |entry: &&TreeEntry| {
            entry.key != DEFAULT || told.len() == 1 || entry.value.get("values").is_some()
        };
        names.extend(told.iter().filter(is_meant).map(|entry| entry.key.to_string()));
        if names.is_empty() && depth < MAX_DEPTH {
            let below = nested(&reader, path, &state).into_iter();
            names.extend(
                below.flat_map(|below| self::environments(&reader, &below.path, depth + 1)),
            );
        }
    }
    if names.is_empty() {
        names.insert(DEFAULT.to_owned());
    }
    names.into_iter().take(MAX_ENVIRONMENTS).collect()
}
