//! The generators of an `ApplicationSet`: the parameter sets that they make, as far as files tell.
//!
//! Invariant: what is not told is absent from a set, so that whoever uses it meets a hole; the
//! number of sets is bounded however generators are put together.

use std::collections::BTreeSet;

use sealine_model::Value;
use sealine_model::tree::Tree;
use sealine_source::{ancestors, folder_of, join};

use super::glob::PathGlob;
use super::selector;
use super::set::Parameters;
use crate::delivery::inventory::{RepoId, file_name};
use crate::delivery::lookup::Lookup;
use crate::delivery::nested;
use crate::delivery::object::value_at;
use crate::delivery::tree::map_values;

/// How deep generators may stand in each other; Argo CD allows two.
const MAX_DEPTH: usize = 4;
/// How many parameter sets one generator may make.
const MAX_SETS: usize = 2_000;

/// Returns the parameter sets of a generator. One whose sets only a cluster or a service tells makes
/// a single one, of which nothing is known but what stands beside it.
pub(super) fn parameters(generator: &Tree, home: RepoId, lookup: &Lookup<'_>) -> Vec<Parameters> {
    sets(generator, home, lookup, MAX_DEPTH)
}

fn sets(generator: &Tree, home: RepoId, lookup: &Lookup<'_>, depth: usize) -> Vec<Parameters> {
    let found = depth.checked_sub(1).and_then(|below| {
        if let Some(matrix) = generator.get("matrix") {
            return Some(matrix_sets(matrix, home, lookup, below));
        }
        if let Some(merge) = generator.get("merge") {
            return merge_sets(merge, home, lookup, below);
        }
        Some(match teller(generator, home, lookup)? {
            Teller::List(sets) => sets,
            Teller::Git(git, repo) => git_sets(git, repo, lookup),
        })
    });
    let mut found = found.unwrap_or_else(|| vec![labels(generator)]);
    let kind = ["list", "git", "clusters"].iter().find_map(|kind| generator.get(kind));
    if let Some(values) = kind.and_then(|kind| kind.get("values")) {
        for set in &mut found {
            let values = flat(values).into_iter();
            let values: Vec<(String, Value)> = values
                .map(|(key, value)| (format!("values.{key}"), super::set::filled(&value, set)))
                .collect();
            set.extend(values);
        }
    }
    if let Some(chooser) = generator.get("selector") {
        let open = is_open_at(generator, home, lookup, depth);
        found.retain(|set| selector::may_choose(chooser, set, open));
    }
    found.truncate(MAX_SETS);
    found
}

/// Returns what is known of each cluster that a generator chooses by its labels.
fn labels(generator: &Tree) -> Parameters {
    let labels = generator.at(&["clusters", "selector", "matchLabels"]);
    let labels = labels.map(Tree::entries).unwrap_or_default().iter();
    let key = |key: &str| format!("metadata.labels.{key}");
    labels.filter_map(|label| Some((key(&label.key), label.value.value()?.clone()))).collect()
}

/// Returns whether the sets of a generator may have parameters that files do not tell.
pub(super) fn is_open(generator: &Tree, home: RepoId, lookup: &Lookup<'_>) -> bool {
    is_open_at(generator, home, lookup, MAX_DEPTH)
}

fn is_open_at(generator: &Tree, home: RepoId, lookup: &Lookup<'_>, depth: usize) -> bool {
    let Some(below) = depth.checked_sub(1) else { return true };
    let inner = ["matrix", "merge"].iter().find_map(|kind| generator.get(kind));
    match inner.and_then(|inner| inner.get("generators")) {
        Some(inner) => inner.items().iter().any(|one| is_open_at(one, home, lookup, below)),
        None => teller(generator, home, lookup).is_none(),
    }
}

/// Each set of the first generator with each of the second, which may use the first one's.
fn matrix_sets(matrix: &Tree, home: RepoId, lookup: &Lookup<'_>, depth: usize) -> Vec<Parameters> {
    let mut found = vec![Parameters::new()];
    for generator in matrix.get("generators").map(Tree::items).unwrap_or_default() {
        let mut next = Vec::new();
        for set in &found {
            let mut generator = generator.clone();
            map_values(&mut generator, &mut |value| {
                // What the first does not know may be a parameter of the second itself.
                if value.pattern().contains("{{") {
                    *value = super::set::filled(value, set);
                }
            });
            for own in sets(&generator, home, lookup, depth) {
                let mut both = set.clone();
                both.extend(own);
                next.push(both);
            }
            if next.len() > MAX_SETS {
                break;
            }
        }
        found = next;
    }
    found
}

/// The sets of the first generator, with what sets of the others with the same keys say.
fn merge_sets(
    merge: &Tree,
    home: RepoId,
    lookup: &Lookup<'_>,
    depth: usize,
) -> Option<Vec<Parameters>> {
    let keys = merge.get("mergeKeys").map(Tree::items).unwrap_or_default();
    let keys: Vec<String> = keys.iter().filter_map(Tree::text).collect();
    let (first, others) = merge.get("generators")?.items().split_first()?;
    let mut found = sets(first, home, lookup, depth);
    let at = |set: &Parameters| -> Option<Vec<String>> {
        keys.iter().map(|key| set.get(key)?.text()).collect()
    };
    for other in others.iter().flat_map(|other| sets(other, home, lookup, depth)) {
        let own = at(&other);
        for set in &mut found {
            match (&own, at(set)) {
                (Some(own), Some(wanted)) if *own == wanted => set.extend(other.clone()),
                (Some(_), Some(_)) => {}
                // It may say anything of this one.
                _ => set.retain(|key, _| keys.contains(key)),
            }
        }
    }
    Some(found)
}

/// What tells the sets of a generator that stands for itself.
enum Teller<'a> {
    /// It says them itself.
    List(Vec<Parameters>),
    /// Folders and files of a repository.
    Git(&'a Tree, RepoId),
}

/// Returns what tells the sets of a generator that stands for itself; `None` when files do not.
fn teller<'a>(generator: &'a Tree, home: RepoId, lookup: &Lookup<'_>) -> Option<Teller<'a>> {
    if let Some(list) = generator.get("list") {
        let elements = list.get("elements").map(Tree::items).unwrap_or_default();
        let mut found: Vec<Parameters> = elements.iter().map(flat).collect();
        if let Some(text) = list.get("elementsYaml") {
            found.extend(elements_of(text, lookup)?);
        }
        return Some(Teller::List(found));
    }
    let git = generator.get("git")?;
    let url = value_at(git, &["repoURL"]);
    Some(Teller::Git(git, lookup.repository(url.as_ref(), &fixed_path(git), home).ok()?))
}

/// Returns where all that the first entry of a generator names lies: its path up to the first part
/// with a wildcard. It tells a copy of the repository from another one.
fn fixed_path(git: &Tree) -> String {
    let list = ["directories", "files"].iter().find_map(|kind| git.get(kind)?.items().first());
    let path = list.and_then(|entry| entry.get("path")?.text()).unwrap_or_default();
    let fixed: Vec<&str> =
        path.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
    fixed.join("/")
}

/// Returns the sets that folders and files of a repository tell.
fn git_sets(git: &Tree, repo: RepoId, lookup: &Lookup<'_>) -> Vec<Parameters> {
    let mut found = Vec::new();
    if let Some(directories) = git.get("directories") {
        let folders = folders(directories, repo, lookup);
        found.extend(folders.iter().map(|folder| of_path(folder)));
    }
    if let Some(files) = git.get("files") {
        for path in paths(files, repo, lookup) {
            found.extend(file_sets(&path, repo, lookup));
        }
    }
    if let Some(prefix) = git.get("pathParamPrefix").and_then(Tree::text) {
        for set in &mut found {
            let own = std::mem::take(set).into_iter();
            set.extend(own.map(|(key, value)| {
                let is_path = key.starts_with("path");
                (if is_path { format!("{prefix}.{key}") } else { key }, value)
            }));
        }
    }
    found
}

/// Returns the sets that one file tells: one for each document, or for each item of a list.
fn file_sets(path: &str, repo: RepoId, lookup: &Lookup<'_>) -> Vec<Parameters> {
    let Some(file) = lookup.inventory.file(repo, path) else { return Vec::new() };
    let folder = folder_of(path);
    let name = file_name(path);
    let set = |tree: &Tree| {
        let mut parameters = flat(tree);
        parameters.extend(of_path(folder));
        parameters.insert("path.filename".to_owned(), name.into());
        let normal = sealine_template::argo_name(name);
        parameters.insert("path.filenameNormalized".to_owned(), (&*normal).into());
        parameters
    };
    let mut found = Vec::new();
    for document in &file.content().documents {
        match document.items() {
            [] => found.push(set(document)),
            items => found.extend(items.iter().map(set)),
        }
    }
    found
}

/// Returns the elements in a text of YAML; `None` when a part of it is filled in later.
fn elements_of(text: &Tree, lookup: &Lookup<'_>) -> Option<Vec<Parameters>> {
    let Tree::Scalar { value, place } = text else { return None };
    if !value.is_known() || value.pattern().contains("{{") {
        return None;
    }
    let (documents, whole) = nested::parse(value, place, lookup.inventory.project);
    let elements = documents.first().filter(|_| whole)?;
    Some(elements.items().iter().map(flat).collect())
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
                        entry.key.to_string()
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
    let mut found = Parameters::from([
        ("path".to_owned(), known(folder)),
        ("path.path".to_owned(), known(folder)),
        ("path.basename".to_owned(), known(base)),
        ("path.basenameNormalized".to_owned(), known(&sealine_template::argo_name(base))),
    ]);
    for (index, part) in folder.split('/').enumerate() {
        found.insert(format!("path[{index}]"), known(part));
    }
    found
}

/// Returns the folders that the globs of a list name and none of its exclusions does.
fn folders(list: &Tree, repo: RepoId, lookup: &Lookup<'_>) -> Vec<String> {
    let Some(shelf) = lookup.inventory.shelves.get(repo) else { return Vec::new() };
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for path in shelf.repository.paths_below("") {
        // With a folder those above it are known, too.
        let mut folders = ancestors(path).take_while(|folder| !folder.is_empty());
        while folders.next().is_some_and(|folder| all.insert(folder)) {}
    }
    let all: Vec<&str> = all.into_iter().collect();
    chosen(list, &all, PathGlob::new)
}

fn paths(list: &Tree, repo: RepoId, lookup: &Lookup<'_>) -> Vec<String> {
    let Some(shelf) = lookup.inventory.shelves.get(repo) else { return Vec::new() };
    chosen(list, &shelf.repository.paths_below(""), PathGlob::of_files)
}

fn chosen(list: &Tree, all: &[&str], glob: fn(&str) -> PathGlob) -> Vec<String> {
    let entries = list.items().iter().filter_map(|entry| {
        let path = entry.get("path")?.text()?;
        let excludes = crate::delivery::tree::is_true(entry.get("exclude"));
        Some((glob(&join("", &path)?), excludes))
    });
    let entries: Vec<(PathGlob, bool)> = entries.collect();
    let is = |path: &str, excludes: bool| {
        entries.iter().any(|(glob, own)| *own == excludes && glob.matches(path))
    };
    all.iter()
        .filter(|path| is(path, false) && !is(path, true))
        .map(|path| (*path).to_owned())
        .collect()
}
