//! What no root brings: loose manifests, and what is wrong with the texts.
//!
//! Invariant: a document is read here exactly when no root brought it and it does not serve as a
//! patch; a fault of a text is reported once, whoever read the file.

use std::collections::BTreeSet;

use sealine_model::kubernetes::Scope;
use sealine_model::{Facts, Note, Problem, ProblemKind, Value};
use sealine_source::{Source, join};
use sealine_yaml::ProblemKind as Fault;

use super::World;
use super::inventory::{DocumentId, File, RepoId, Role};
use super::lookup::{Lookup, documents_of};
use super::object::{Object, is_object};
use super::visit::{read_objects, read_paths};
use super::{shallow, undelivered};
use crate::kustomize::Kustomization;

/// Reads the loose manifests of one repository.
pub(crate) fn read(lookup: &Lookup<'_>, repo: RepoId, world: &World) -> Facts {
    let inventory = lookup.inventory;
    let mut facts = Facts {
        repo: inventory.repo_name(repo).to_owned(),
        unit: "loose manifests".to_owned(),
        ..Facts::default()
    };
    let named = named_files(lookup, repo);
    let is_loose = |document: &DocumentId| {
        !world.documents.contains(document)
            && !named.contains(&*document.path)
            && !world.files.contains(&(repo, document.path.to_string()))
    };
    let mut objects = Vec::new();
    let mut files = BTreeSet::new();
    for (document, tree) in documents_of(inventory, repo).filter(|(document, _)| is_loose(document))
    {
        if is_object(&tree) {
            files.insert((repo, document.path.to_string()));
            objects.push(Object::written((*tree).clone(), document));
        }
    }
    read_objects(&objects, &Scope::undelivered(Value::unknown()), &mut facts);
    undelivered::find(lookup, repo, &objects, &mut facts);
    shallow::find(lookup, repo, &objects, world, &mut facts);
    if let Some(shelf) = inventory.shelves.get(repo) {
        for file in shelf.files.values() {
            read_faults(file, &mut facts);
        }
    }
    facts.reads = read_paths(lookup, repo, &files);
    facts.shrink_to_fit();
    facts
}

/// Returns the files that the kustomizations of a repository name, components included.
fn named_files(lookup: &Lookup<'_>, repo: RepoId) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let Some(shelf) = lookup.inventory.shelves.get(repo) else { return named };
    for file in shelf.files.values().filter(|file| file.role == Role::Kustomization) {
        let Some(tree) = file.content().documents.first() else { continue };
        let kustomization = Kustomization::read(tree);
        // Resources of a component that nothing uses are loose; its patches are patches.
        let patches = kustomization.patch_files();
        let folder = file.source.name().folder();
        named.extend(patches.filter_map(|item| join(folder, &item.text()?)));
    }
    named
}

/// Adds what is wrong with the text of a file that was parsed.
fn read_faults(file: &File, facts: &mut Facts) {
    let Some(content) = file.parsed() else { return };
    let matters = match file.role {
        Role::Manifest => {
            content.documents.is_empty() || content.documents.iter().any(|tree| is_object(tree))
        }
        Role::Kustomization | Role::Other => true,
        Role::ChartPart | Role::TestData => false,
    };
    if !matters || content.problems.is_empty() {
        return;
    }
    if let Some(reason) = templated(&file.source) {
        let message = format!("skipped: {reason}");
        facts.notes.push(Note { place: file.source.top(), message });
        return;
    }
    facts.problems.extend(content.problems.iter().map(|fault| Problem {
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
        let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(upper))
    };
    let filled = has("{{") || has("{%") || has("<%") || source.text().lines().any(is_mark);
    filled.then_some("a template of some tool, no YAML by itself")
}
