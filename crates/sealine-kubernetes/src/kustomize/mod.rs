//! Kustomize, built natively: a folder's kustomization with its layers becomes a list of objects.
//!
//! Each layer runs the same steps in the order of the real tool: resources, generators, components,
//! patches, namespace, prefix and suffix; name references are followed once at the end, when all
//! objects have their final names. A further step is one function over the list of objects, called
//! in [`steps`].
//!
//! Invariants: a build ends, whatever the kustomizations name (layers and objects are budgeted,
//! cycles are noticed); nothing outside of the repository is ever looked up; what cannot be built
//! is left out with a note and never invented.

mod file;
mod generators;
mod json_patch;
mod layer;
mod merge_patch;
mod names;
mod patches;
mod references;

use std::collections::BTreeSet;

use sealine_model::delivery::Mishap;
use sealine_model::{Note, Problem};

pub(crate) use file::{Item, Kustomization, item, items, patch_entries};

use crate::delivery::inventory::{Inventory, RepoId};
use crate::delivery::object::Object;

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
}

/// Builds the kustomization in `folder`, with what a delivery writes into it; `None` where there
/// is none.
pub(crate) fn build(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    overrides: &Kustomization,
) -> Option<Built> {
    inventory.kustomization_in(repo, folder)?;
    let mut build = layer::Build::new(inventory, repo);
    let mut objects = build.folder(folder, Some(overrides));
    references::follow(&mut objects);
    Some(Built { objects, ..build.built })
}

/// Does to objects that are there already what a kustomization without files says: a post-renderer
/// of Flux.
pub(crate) fn transform(
    inventory: &Inventory<'_>,
    repo: RepoId,
    kustomization: &Kustomization,
    built: &mut Built,
) {
    let mut build = layer::Build::new(inventory, repo);
    let mut objects = build.over("", kustomization, std::mem::take(&mut built.objects));
    references::follow(&mut objects);
    built.objects = objects;
    built.opaque.append(&mut build.built.opaque);
    built.notes.append(&mut build.built.notes);
}

/// Builds a list of files and folders as if a kustomization named them: what Flux does with a
/// folder that has none.
pub(crate) fn build_list(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    kustomization: &Kustomization,
) -> Built {
    let mut build = layer::Build::new(inventory, repo);
    let mut objects = build.layer(folder, kustomization);
    references::follow(&mut objects);
    Built { objects, ..build.built }
}
