//! Which roots stand at the top: those that no other one brings.
//!
//! A first look follows what each root and each kustomization names, only to see which documents it
//! takes up: nothing is patched, generated or rendered for it.
//!
//! Invariant: every root and every kustomization (components aside) is reached from a top; of
//! roots that bring each other, the one with the shortest path is the top.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::Tree;
use sealine_source::{folder_of, join};

use super::folders;
use super::inventory::{DocumentId, Inventory, RepoId, Role};
use super::left_out::{self, Chosen};
use super::lookup::{Lookup, sought_documents};
use super::object::{Object, value_at};
use super::root::{Folder, Part, Plain, Root};
use crate::kustomize::{Kustomization, Overrides};
use crate::{argo, flux};

/// A root to begin with.
#[derive(Clone, Debug)]
pub(crate) struct Top {
    /// The repository it is declared in.
    pub(crate) repo: RepoId,
    /// The document that declares it; `None` for a kustomization.
    pub(crate) document: Option<DocumentId>,
    /// The root, which is let go of once it is carried out.
    pub(crate) root: Box<Root>,
}

/// A root, or a kustomization that no root names, with what it reaches.
pub(super) struct Candidate {
    pub(super) top: Top,
    /// The documents among them that declare roots.
    documents: BTreeSet<DocumentId>,
    /// The files that it reads.
    pub(super) files: BTreeSet<(RepoId, String)>,
    rank: (usize, String),
}

/// Returns the roots that an object is: itself, or what an `ApplicationSet` makes.
pub(crate) fn roots_of(
    tree: &Tree,
    default_namespace: &Value,
    home: RepoId,
    lookup: &Lookup<'_>,
    siblings: &[Object],
) -> Vec<Root> {
    if argo::is_kind(tree, "ApplicationSet") {
        return argo::roots_of_set(tree, default_namespace, home, lookup);
    }
    let flux = || flux::root(tree, default_namespace, home, lookup, siblings);
    argo::root(tree, default_namespace, home, lookup).or_else(flux).into_iter().collect()
}

/// Returns the tops, in a fixed order, with those of `made`, which stand in no document, where nothing brings
/// them.
pub(crate) fn tops(lookup: &Lookup<'_>, made: Vec<Top>) -> Vec<Top> {
    let inventory = lookup.inventory;
    let written: Vec<_> = sought_documents(inventory).collect();
    let declared = written.par_iter().flat_map_iter(|(document, tree, _)| {
        let roots = roots_of(tree, &Value::unknown(), document.repo, lookup, &[]).into_iter();
        roots.map(|root| Top {
            repo: document.repo,
            document: Some(document.clone()),
            root: Box::new(root),
        })
    });
    let declared: Vec<Top> = declared.collect();
    let roots: HashSet<DocumentId> =
        declared.iter().filter_map(|top| top.document.clone()).collect();
    let candidate = |top| candidate(inventory, top, &roots);
    let known: Vec<Top> = declared.into_iter().chain(made).collect();
    let mut candidates: Vec<Candidate> = known.into_par_iter().map(candidate).collect();
    let seen: BTreeSet<(RepoId, String)> =
        candidates.iter().flat_map(|candidate| candidate.files.iter().cloned()).collect();
    let unnamed = unnamed_kustomizations(inventory, &seen);
    if candidates.is_empty() {
        return unnamed;
    }
    candidates.par_extend(unnamed.into_par_iter().map(candidate));
    choose(inventory, candidates, &roots)
}

fn candidate(inventory: &Inventory<'_>, top: Top, roots: &HashSet<DocumentId>) -> Candidate {
    let mut documents = BTreeSet::new();
    let mut files = BTreeSet::new();
    let mut shortest = usize::MAX;
    for part in &top.root.parts {
        if let Part::Folder(folder) = part {
            let (brought, read) = folders::sought(inventory, folder);
            documents.extend(brought.into_iter().filter(|document| roots.contains(document)));
            files.extend(read);
            shortest = shortest.min(folder.path.split('/').count());
        }
    }
    let rank = (shortest, top.root.place.to_string());
    Candidate { top, documents, files, rank }
}

/// Returns a root for each kustomization that no root reads and no other kustomization includes.
fn unnamed_kustomizations(
    inventory: &Inventory<'_>,
    seen: &BTreeSet<(RepoId, String)>,
) -> Vec<Top> {
    let mut found = Vec::new();
    for (repo, shelf) in inventory.shelves.iter().enumerate() {
        let mut includes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, file) in &shelf.files {
            let is_new =
                file.role == Role::Kustomization && !seen.contains(&(repo, (*path).to_owned()));
            let Some(tree) = is_new.then(|| file.first()).flatten() else { continue };
            let kustomization = Kustomization::read(&tree);
            let folder = file.source.name().folder();
            let named = kustomization.named_files().filter_map(|item| {
                let path = join(folder, &item.text()?)?;
                inventory.kustomization_in(repo, &path)
            });
            let named = named.collect();
            if !kustomization.is_component {
                includes.insert(path, named);
            }
        }
        let mut reached: BTreeSet<&str> = includes.values().flatten().copied().collect();
        let mut tops: Vec<&str> =
            includes.keys().copied().filter(|path| !reached.contains(*path)).collect();
        // What is left includes itself in a circle: the first of it stands for all.
        reached.clear();
        let mut open = tops.clone();
        let mut rest = includes.keys();
        loop {
            while let Some(path) = open.pop() {
                if reached.insert(path) {
                    open.extend(includes.get(path).into_iter().flatten());
                }
            }
            let Some(next) = rest.find(|path| !reached.contains(**path)) else { break };
            tops.push(next);
            open.push(next);
        }
        found.extend(tops.into_iter().map(|path| kustomization(inventory, repo, path)));
    }
    found
}

fn kustomization(inventory: &Inventory<'_>, repo: RepoId, path: &str) -> Top {
    let folder = folder_of(path);
    let place = inventory.source(repo, path).map_or_else(
        || sealine_source::Source::new(sealine_source::FileName::new("", path), "").top(),
        |source| source.top(),
    );
    let repo_name = inventory.repo_name(repo);
    let name =
        if folder.is_empty() { repo_name.to_owned() } else { format!("{repo_name}/{folder}") };
    let part = Folder {
        repo,
        path: folder.to_owned(),
        plain: Plain::Everything,
        overrides: Overrides::default(),
    };
    // All that it builds gets this one, seen or not.
    let tree = inventory.file(repo, path).and_then(|file| file.first());
    let namespace = tree.and_then(|tree| value_at(&tree, &["namespace"]));
    let name = Value::from(name.as_str());
    let mut root = Root::new(DeliveryKind::Kustomization, name, Value::default(), place);
    root.target_namespace = namespace.unwrap_or_else(Value::unknown);
    root.parts = vec![Part::Folder(Box::new(part))];
    Top { repo, document: None, root: Box::new(root) }
}

/// Keeps the candidates that no other one brings, and one of each circle.
fn choose(
    inventory: &Inventory<'_>,
    mut candidates: Vec<Candidate>,
    roots: &HashSet<DocumentId>,
) -> Vec<Top> {
    let mut by_document: HashMap<&DocumentId, Vec<usize>> = HashMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(document) = &candidate.top.document {
            by_document.entry(document).or_default().push(index);
        }
    }
    let brings: Vec<Vec<usize>> = candidates
        .iter()
        .map(|candidate| {
            let found = candidate.documents.iter().filter_map(|id| by_document.get(id));
            found.flatten().copied().collect()
        })
        .collect();
    let mut brought = vec![false; candidates.len()];
    for (index, targets) in brings.iter().enumerate() {
        for target in targets.iter().filter(|target| **target != index) {
            // An Application of a set that brings the set is still no top of its own kind.
            let same = candidates[*target].top.document == candidates[index].top.document;
            brought[*target] |= !same;
        }
    }
    let mut tops: Vec<usize> = (0..candidates.len()).filter(|index| !brought[*index]).collect();
    let mut reached: HashSet<usize> = HashSet::new();
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|one, two| candidates[*one].rank.cmp(&candidates[*two].rank));
    let mut open = tops.clone();
    let mut rest = order.into_iter();
    loop {
        while let Some(index) = open.pop() {
            if reached.insert(index) {
                open.extend(&brings[index]);
            }
        }
        let Some(next) = rest.find(|index| !reached.contains(index)) else { break };
        tops.push(next);
        open.push(next);
    }
    tops.sort_unstable();
    left_out::mark(inventory, &mut candidates, &Chosen { tops: &tops, brings: &brings }, roots);
    let mut kept: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    let taken = tops.into_iter().filter_map(|index| kept.get_mut(index)?.take());
    taken.map(|candidate| candidate.top).collect()
}
