//! Kustomize, built natively: a folder's kustomization with its layers becomes a list of objects.
//!
//! Each layer ([`layer`]) runs the same steps in the order of the real tool: resources, generators,
//! components, patches, namespace, prefix, suffix, labels, operations, replacements, plugins. After
//! the outermost layer generated names get their hashes, and what names a renamed object follows
//! ([`references`]), then variables. A further step is one function over the list of objects.
//!
//! Invariants: a build ends, whatever the kustomizations name (layers and objects are budgeted,
//! cycles are noticed); nothing outside of the repository is ever looked up; what cannot be built
//! is left out with a note and never invented; no value of a Secret is in the result.

mod build;
mod charts;
mod config;
mod field_path;
mod fields;
mod file;
mod generators;
mod hash;
mod identity;
mod json;
mod json_patch;
mod layer;
mod marks;
mod merge_keys;
mod merge_patch;
mod names;
mod patches;
mod plugins;
mod references;
mod replacements;
mod selector;
mod shape;
mod tables;
#[cfg(test)]
mod tests;
mod unseen;
mod value_add;
mod variables;

use std::collections::BTreeSet;

use sealine_model::delivery::Mishap;
use sealine_model::tree::Tree;
use sealine_model::{Note, Problem, Value};
use sealine_source::Project;

pub(crate) use build::Extent;
pub(crate) use file::{Item, Kustomization, Overrides, items};
pub(crate) use identity::Trail;

use crate::delivery::inventory::{Inventory, RepoId};
use crate::delivery::object::{Made, Object};

/// What a kustomization by itself comes to.
#[derive(Clone, Debug, Default)]
pub struct Kustomized {
    /// The objects, in the order of the build. The values of Secrets are left out.
    pub objects: Vec<Tree>,
    /// Why there may be more or other objects than these; empty when all was understood.
    pub opaque: Vec<String>,
    /// What could not be understood.
    pub notes: Vec<Note>,
    /// Faults of the texts.
    pub problems: Vec<Problem>,
}

/// Builds the kustomization in a folder of a repository, as the real tool does when it is asked
/// for that folder; `None` where there is none.
pub fn kustomize(project: &Project, repository: &str, folder: &str) -> Option<Kustomized> {
    let inventory = Inventory::new(project);
    let repo = inventory.repo_id(repository)?;
    let built = build(&inventory, repo, folder, &Overrides::default(), Extent::Whole)?;
    let objects = built.objects.into_iter().filter(|object| object.made != Made::Patched);
    Some(Kustomized {
        objects: objects.map(|object| object.tree).collect(),
        opaque: built.opaque,
        notes: built.notes,
        problems: built.problems,
    })
}

/// What a build came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Built {
    /// The objects, in the order of the build.
    pub(crate) objects: Vec<Object>,
    /// Why there may be more or other objects than these; empty when all was understood.
    pub(crate) opaque: Vec<String>,
    /// What could not be understood.
    pub(crate) notes: Vec<Note>,
    /// What the tool does that nobody can have meant.
    pub(crate) mishaps: Vec<Mishap>,
    /// Faults of the texts.
    pub(crate) problems: Vec<Problem>,
    /// The files that were read or looked for.
    pub(crate) reads: BTreeSet<(RepoId, String)>,
    /// The charts that are not in the repository.
    pub(crate) charts: Vec<RemoteChart>,
}

/// A chart that cannot be rendered, with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct RemoteChart {
    /// Its name, at the place that names it.
    pub(crate) name: Item,
    /// The namespace of what it makes; `None` when nothing says.
    pub(crate) namespace: Option<Value>,
    /// Its values, the weakest first.
    pub(crate) values: Vec<Tree>,
}

/// Builds the kustomization in `folder`, with what a delivery writes into it; `None` where there
/// is none.
pub(crate) fn build(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    overrides: &Overrides,
    extent: Extent,
) -> Option<Built> {
    inventory.kustomization_in(repo, folder)?;
    let mut build = layer::Build::new(inventory, repo, extent);
    let done = build.folder(folder, Some(overrides));
    let objects = build.finish(done);
    Some(build.into_built(objects))
}

/// Does to objects that are there already what a kustomization without files says: a post-renderer
/// of Flux.
pub(crate) fn transform(
    inventory: &Inventory<'_>,
    repo: RepoId,
    kustomization: &Kustomization,
    built: &mut Built,
) {
    let mut build = layer::Build::new(inventory, repo, Extent::Whole);
    // A patch may be for what nobody here sees.
    build.built.opaque = std::mem::take(&mut built.opaque);
    let done = build.over("", kustomization, std::mem::take(&mut built.objects));
    built.objects = build.finish(done);
    built.opaque = std::mem::take(&mut build.built.opaque);
    built.notes.append(&mut build.built.notes);
}

/// Builds a list of files and folders as if a kustomization named them: what Flux does with a
/// folder that has none.
pub(crate) fn build_list(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    kustomization: &Kustomization,
    extent: Extent,
) -> Built {
    let mut build = layer::Build::new(inventory, repo, extent);
    let done = build.layer(folder, kustomization);
    let objects = build.finish(done);
    build.into_built(objects)
}
