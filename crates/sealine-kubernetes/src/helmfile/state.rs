//! A Helmfile read for one environment: what it says, and the values of the environment.
//!
//! Invariant: the parts of a file are filled one after the other, each with the values that those
//! before it brought.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use sealine_model::Note;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::{folder_of, join};

use super::files_at;
use super::view::View;
use crate::delivery::inventory::{RepoId, has_extension};
use crate::delivery::lookup::Lookup;
use crate::helm::merge;

/// The environment where none is named.
pub(super) const DEFAULT: &str = "default";

/// How many parts a file may have.
const MAX_PARTS: usize = 64;

/// Lists that grow where a file is based on another one.
const LISTS: [&str; 3] = ["releases", "repositories", "helmfiles"];

/// What a file says.
#[derive(Debug)]
pub(super) struct State {
    /// Its documents, laid over each other and over those it is based on.
    pub(super) tree: Tree,
    /// The values of the environment.
    pub(super) values: Tree,
    /// Why more may be said than is seen.
    pub(super) opaque: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        Self { tree: Tree::Null, values: Tree::Null, opaque: Vec::new() }
    }
}

/// Reads files for one environment.
pub(super) struct Reader<'a> {
    /// The files.
    pub(super) lookup: &'a Lookup<'a>,
    /// The repository.
    pub(super) repo: RepoId,
    /// The environment.
    pub(super) environment: &'a str,
    /// What could not be filled.
    pub(super) notes: &'a RefCell<Vec<Note>>,
    /// How many files may still be read.
    pub(super) left: &'a Cell<usize>,
}

/// How files of values are looked for.
pub(super) struct Files<'a> {
    /// The folder that their paths lead from.
    pub(super) home: &'a str,
    /// Whether Helmfile goes on without one that is not there.
    pub(super) may_be_missing: bool,
}

/// Returns whether what lists files says that Helmfile goes on without one that is not there.
pub(super) fn may_be_missing(tree: &Tree) -> bool {
    let handler = tree.get("missingFileHandler").and_then(Tree::text);
    handler.is_some_and(|handler| handler != "Error")
}

/// What became of a file of values.
pub(super) enum Loaded {
    /// What it holds.
    Values(Vec<Tree>),
    /// There is none in the repository.
    Missing(String),
    /// It is not known, or not to be read here.
    Unread(String),
}

impl Reader<'_> {
    /// Notes what could not be filled, once.
    pub(super) fn note(&self, note: Note) {
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Reads a file that is given values; `None` where there is none or it cannot be read.
    pub(super) fn read(&self, path: &str, given: &Tree) -> Option<State> {
        self.read_file(path, folder_of(path), given, true)
    }

    /// Reads a file; the paths in one that others are based on lead from their folder.
    fn read_file(&self, path: &str, home: &str, given: &Tree, has_bases: bool) -> Option<State> {
        self.left.set(self.left.get().checked_sub(1)?);
        let source = self.lookup.inventory.source(self.repo, path)?;
        let text = source.text();
        let mut state = State { values: given.clone(), ..State::default() };
        for part in parts(text).into_iter().take(MAX_PARTS) {
            let page = alone(text, part);
            let mut tree = self.part(path, home, &page, &state);
            let bases = if has_bases { self.bases(home, &tree, &mut state) } else { Tree::Null };
            let known = state.values.clone();
            let mut whole = bases.clone();
            append(&mut whole, &tree);
            self.take_values(home, &whole, &mut state);
            // What it says may depend on the values that it brings.
            if known != state.values && page.contains("{{") {
                tree = self.part(path, home, &page, &state);
                whole = bases;
                append(&mut whole, &tree);
            }
            if !whole.entries().is_empty() {
                merge(&mut state.tree, [&whole]);
            }
        }
        Some(state)
    }

    /// Returns what a part of a file says, with these values; nothing where that cannot be told.
    fn part(&self, path: &str, home: &str, page: &str, state: &State) -> Tree {
        let view = View::of(self.environment, &state.values);
        let mut whole = Tree::Null;
        for tree in view.page(self, path, home, Some(page)).unwrap_or_default() {
            append(&mut whole, &tree);
        }
        whole
    }

    /// Returns the files that a part is based on, laid over each other.
    fn bases(&self, home: &str, tree: &Tree, state: &mut State) -> Tree {
        let mut whole = Tree::Null;
        for base in tree.get("bases").map(Tree::items).unwrap_or_default() {
            let named = base.text().and_then(|base| join(home, &base));
            let read = named.and_then(|named| self.read_file(&named, home, &state.values, false));
            match read {
                Some(below) => {
                    append(&mut whole, &below.tree);
                    state.values = below.values;
                    state.opaque.extend(below.opaque);
                }
                None => state.opaque.push("a base of the Helmfile is not in sight".to_owned()),
            }
        }
        whole
    }

    /// Takes up the values of the environment that a part tells.
    fn take_values(&self, home: &str, tree: &Tree, state: &mut State) {
        let files = Files { home, may_be_missing: may_be_missing(tree) };
        let mut values = state.listed(self, &files, tree.get("values"));
        merge_values(&mut values, &state.values);
        let environment = tree.get("environments").and_then(|all| all.get(self.environment));
        if let Some(environment) = environment {
            let may_be_missing = [environment, tree].into_iter().any(may_be_missing);
            for key in ["values", "secrets"] {
                let files = Files { home, may_be_missing };
                let listed = state.listed(self, &files, environment.get(key));
                merge_values(&mut values, &listed);
            }
        }
        state.values = values;
    }

    /// Returns what a file of values holds that is named from the folder `home`.
    pub(super) fn values_file(&self, home: &str, named: &str, view: &View<'_>) -> Loaded {
        if named.contains("::") || named.contains("://") || named.starts_with("ref+") {
            return Loaded::Unread(format!("the values `{named}` are not in the repository"));
        }
        let Some(file) = join(home, named) else {
            return Loaded::Unread(format!(
                "the values file `{named}` is outside of the repository"
            ));
        };
        let files = files_at(self.lookup, self.repo, &file);
        if files.is_empty() {
            return Loaded::Missing(format!("the values file `{file}` is not in sight"));
        }
        let mut trees = Vec::new();
        for file in files {
            if !has_extension(&file, "gotmpl") {
                let file = self.lookup.inventory.file(self.repo, &file);
                trees.extend(file.and_then(|file| file.first()));
                continue;
            }
            match view.page(self, &file, folder_of(&file), None) {
                Some(filled) => trees.extend(filled.into_iter().next()),
                None => {
                    return Loaded::Unread(format!("the values file `{file}` cannot be filled"));
                }
            }
        }
        Loaded::Values(trees)
    }
}

impl State {
    /// Returns the values that a list of files and maps gives, later ones over earlier ones.
    pub(super) fn listed(
        &mut self,
        reader: &Reader<'_>,
        files: &Files<'_>,
        list: Option<&Tree>,
    ) -> Tree {
        let mut values = Tree::Map(TreeMap::default());
        for item in list.map(Tree::items).unwrap_or_default() {
            if let Tree::Map(_) = item {
                merge(&mut values, [item]);
                continue;
            }
            let Some(named) = item.text() else {
                self.opaque.push("values of the Helmfile are not known".to_owned());
                continue;
            };
            let view = View::of(reader.environment, &self.values);
            match reader.values_file(files.home, &named, &view) {
                Loaded::Values(found) => {
                    for tree in &found {
                        merge_values(&mut values, tree);
                    }
                }
                Loaded::Missing(_) if files.may_be_missing => {}
                Loaded::Missing(why) | Loaded::Unread(why) => self.opaque.push(why),
            }
        }
        values
    }
}

fn merge_values(values: &mut Tree, over: &Tree) {
    if matches!(over, Tree::Map(_)) {
        merge(values, [over]);
    }
}

/// Lays a file over what it is based on: lists of releases and the like grow.
fn append(whole: &mut Tree, over: &Tree) {
    lay_over(whole, over, |key| LISTS.contains(&key));
}

/// Lays a map over another one: lists under keys that say so grow, all else is merged.
pub(super) fn lay_over(whole: &mut Tree, over: &Tree, grows: impl Fn(&str) -> bool) {
    let mut over = over.clone();
    let Tree::Map(map) = &mut over else { return };
    for entry in map.entries.iter_mut().filter(|entry| grows(&entry.key)) {
        if let (Some(Tree::List(below)), Tree::List(items)) = (whole.get(&entry.key), &entry.value)
        {
            entry.value = Tree::List(below.iter().chain(items.iter()).cloned().collect());
        }
    }
    merge(whole, [&over]);
}

/// Returns where the parts of a file stand, between lines of `---`.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    parts.push(start..at);
    parts.retain(|part| text.get(part.clone()).is_some_and(|part| !part.trim().is_empty()));
    parts
}

/// Returns a part of a text at its own positions, blanks in the place of all before it.
fn alone(text: &str, part: Range<usize>) -> String {
    let before = text.get(..part.start).unwrap_or_default();
    let blank: String = before.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    blank + text.get(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stays_where_it_stands() {
        let text = "a: ü\n---\n\nb: 2\n--- \nc: 3\n";
        let parts = parts(text);
        let alone: Vec<String> = parts.iter().map(|part| alone(text, part.clone())).collect();
        assert_eq!(alone.len(), 3);
        assert_eq!(alone[1].find("b: 2"), text.find("b: 2"));
        assert_eq!(alone[2].trim(), "c: 3");
        assert!(parts.iter().all(|part| text.get(part.clone()).is_some()));
    }
}
