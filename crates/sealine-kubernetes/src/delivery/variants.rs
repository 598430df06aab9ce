//! Charts that no root delivers, rendered with other values than their own: those of the files beside
//! them, and with all switched on that their own switch off.
//!
//! Invariant: what is found here is shown and not judged.

use std::collections::HashSet;
use std::fmt::Debug;

use sealine_model::Facts;
use sealine_model::kubernetes::Scope;
use sealine_model::tree::Tree;

use super::inventory::{RepoId, file_name};
use super::lookup::Lookup;
use super::object::is_object;
use super::visit::read_objects;
use crate::helm::{self, Loaded};

/// How many values files of one chart are tried.
const MOST_FILES: usize = 24;

/// Adds to the facts of a chart what it brings with other values.
pub(super) fn read(
    lookup: &Lookup<'_>,
    (repo, folder): (RepoId, &str),
    loaded: &Loaded,
    scope: &Scope,
    facts: &mut Facts,
) {
    let release = helm::Release::unknown();
    let files = values_files(lookup, repo, folder).into_iter().take(MOST_FILES);
    let mut more = Facts::default();
    for given in files.chain(helm::switched_on(&loaded.chart.values)) {
        let rendered = helm::render(loaded, &[given], None, &release, lookup.inventory.project);
        read_objects(lookup, &rendered.objects, scope, &mut more);
    }
    add(&mut facts.external_secrets, more.external_secrets);
    add(&mut facts.stores, more.stores);
    add(&mut facts.pushes, more.pushes);
    add(&mut facts.secrets, more.secrets);
    add(&mut facts.uses, more.uses);
    add(&mut facts.entry_reads, more.entry_reads);
}

/// Returns what the values files beside a chart hold, less its own values.
fn values_files(lookup: &Lookup<'_>, repo: RepoId, folder: &str) -> Vec<Tree> {
    let paths = helm::values_files(lookup.inventory, repo, folder).into_iter();
    let others = paths.filter(|path| !["values.yaml", "values.yml"].contains(&file_name(path)));
    let files = others.filter_map(|path| lookup.inventory.file(repo, &path));
    let trees = files.filter_map(|file| file.first());
    trees.filter(|tree| matches!(tree, Tree::Map(_)) && !is_object(tree)).collect()
}

/// Adds those that say something new.
fn add<T: Debug>(known: &mut Vec<T>, more: Vec<T>) {
    let mut seen: HashSet<String> = known.iter().map(|fact| format!("{fact:?}")).collect();
    known.extend(more.into_iter().filter(|fact| seen.insert(format!("{fact:?}"))));
}
