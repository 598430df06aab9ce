//! What no root brings: loose manifests, and what is wrong with the texts.
//!
//! Invariant: a document is read here exactly when no root brought it and it does not serve as a
//! patch; a fault of a text is reported once, whoever read the file.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use sealine_model::kubernetes::Scope;
use sealine_model::{Facts, Note, Problem, ProblemKind, Value};
use sealine_source::Source;
use sealine_yaml::ProblemKind as Fault;

use super::World;
use super::inventory::{File, RepoId, Role};
use super::lookup::{Lookup, documents_of};
use super::object::{Object, is_object};
use super::resource_set;
use super::visit::{ConfigMaps, read_object, read_paths};
use super::{shallow, undelivered};
use crate::manifest::{config_map, is_variable, prow};

/// How many manifests are parsed, and then read, at a time.
const WINDOW: usize = 512;

/// Reads the loose manifests of one repository.
pub(crate) fn read(lookup: &Lookup<'_>, repo: RepoId, world: &World) -> Facts {
    let inventory = lookup.inventory;
    let mut facts = Facts {
        repo: inventory.repo_name(repo).to_owned(),
        unit: "loose manifests".to_owned(),
        ..Facts::default()
    };
    let Some(shelf) = inventory.shelves.get(repo) else { return facts };
    let is_loose = |(path, file): &(&&str, &Arc<File>)| {
        file.role == Role::Manifest
            && !shelf.patches.contains(**path)
            && !world.files.contains(&(repo, (**path).to_owned()))
    };
    let files: Vec<&File> =
        shelf.files.iter().filter(is_loose).map(|(_, file)| file.as_ref()).collect();
    let objects = |file: &&File| -> Vec<Object> {
        let documents = documents_of(repo, file).into_iter();
        let own = documents.filter(|(id, tree)| !world.documents.contains(id) && is_object(tree));
        let mut own: Vec<Object> =
            own.map(|(id, tree)| Object::written((*tree).clone(), id)).collect();
        own.extend(resource_set::objects(&own));
        own
    };
    let maps = files.iter().filter(|file| file.has_config_maps).flat_map(objects);
    let config_maps: ConfigMaps = maps.filter_map(|object| config_map(&object.tree)).collect();
    let scope = Scope::undelivered(Value::unknown());
    let mut read = BTreeSet::new();
    let mut external = Vec::new();
    for window in files.chunks(WINDOW) {
        let objects: Vec<Vec<Object>> = window.par_iter().map(objects).collect();
        for object in objects.into_iter().flatten() {
            read_object(lookup, &object, &config_maps, &scope, &mut facts);
            read.extend(object.document.as_ref().map(|id| (repo, id.path.to_string())));
            // What a set brings has no file of its own.
            let is_own = |it: &Object| it.document.is_some() && undelivered::is_external_secret(it);
            external.extend(Some(object).filter(is_own));
        }
    }
    let others = shelf.files.values().filter(|file| file.role == Role::Other);
    for file in others.filter(|file| prow::may_hold_jobs(file.source.text().as_bytes())) {
        for (_, tree) in &documents_of(repo, file) {
            prow::read(tree, &mut facts);
        }
    }
    undelivered::find(lookup, repo, &external, &mut facts);
    shallow::find(lookup, repo, &external, world, &mut facts);
    // Those that nobody read are parsed for what is wrong with them.
    shelf.files.par_iter().for_each(|(_, file)| {
        if matches!(file.role, Role::Manifest | Role::Kustomization) {
            file.summary();
        }
    });
    for file in shelf.files.values() {
        read_faults(file, &mut facts);
    }
    facts.reads = read_paths(lookup, repo, &read);
    facts.shrink_to_fit();
    facts
}

/// Adds what is wrong with the text of a file that was parsed.
fn read_faults(file: &File, facts: &mut Facts) {
    let Some(summary) = file.summary_if_parsed() else { return };
    let matters = match file.role {
        Role::Manifest => summary.may_hold_objects,
        Role::Kustomization | Role::Other => true,
        Role::ChartPart | Role::TestData => false,
    };
    if !matters || summary.problems.is_empty() {
        return;
    }
    if let Some(reason) = templated(&file.source) {
        let message = format!("skipped: {reason}");
        facts.notes.push(Note { place: file.source.top(), message });
        return;
    }
    facts.problems.extend(summary.problems.iter().map(|fault| Problem {
        kind: match fault.kind {
            Fault::DuplicateKey => ProblemKind::DuplicateKey,
            Fault::LimitExceeded => ProblemKind::Limit,
            Fault::Syntax | Fault::UnknownAlias | Fault::Cycle | Fault::Encoding => {
                ProblemKind::Syntax
            }
        },
        place: file.source.place(fault.range),
        message: fault.message.clone(),
    }));
}

/// Returns why a file that does not parse need not be YAML.
fn templated(source: &Source) -> Option<&'static str> {
    let text = source.text();
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let is_mark = |line: &str| {
        let name = line.trim().strip_prefix('<').and_then(|line| line.strip_suffix('>'));
        // `{NAME}`, but not the `${NAME}` that YAML may hold.
        let mut braced =
            line.split('{').zip(line.split('{').skip(1)).filter_map(|(before, after)| {
                after.split_once('}').map(|(name, _)| name).filter(|_| !before.ends_with('$'))
            });
        name.is_some_and(is_variable) || braced.any(is_variable)
    };
    let filled = ["{{", "{%", "<%", "<#", "%{"].into_iter().any(has) || text.lines().any(is_mark);
    filled.then_some("a template of some tool, no YAML by itself")
}
