//! What a delivery root brings of a folder: a built kustomization, or the manifests that lie there.
//!
//! Invariant: a folder is read as the tool of the root would read it; files that the tool does not
//! read are no part of the delivery.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use sealine_source::{Place, in_folder};

use super::inventory::{DocumentId, File, Inventory, RepoId, Role, ancestors, file_name};
use super::object::{Object, is_object};
use super::root::{Folder, Plain};
use crate::argo::Glob;
use crate::kustomize::{self, Built, Extent, Item, Kustomization};

/// Returns what a root delivers of a folder.
pub(crate) fn build(inventory: &Inventory<'_>, folder: &Folder) -> Built {
    build_to(inventory, folder, Extent::Whole)
}

/// Returns the documents that a root takes from a folder and that others may seek, whatever becomes
/// of them, and the files that it reads.
pub(crate) fn sought(
    inventory: &Inventory<'_>,
    folder: &Folder,
) -> (Vec<DocumentId>, BTreeSet<(RepoId, String)>) {
    let built = build_to(inventory, folder, Extent::Sought);
    let documents = built.objects.into_iter().filter_map(|object| object.document);
    (documents.collect(), built.reads)
}

fn build_to(inventory: &Inventory<'_>, folder: &Folder, extent: Extent) -> Built {
    let (repo, path) = (folder.repo, folder.path.as_str());
    if let Some(built) = kustomize::build(inventory, repo, path, &folder.overrides, extent) {
        return built;
    }
    match &folder.plain {
        Plain::Everything => everything(inventory, folder, extent),
        Plain::Directory { recurse, include, exclude, .. } => {
            let include = include.as_deref().map(FileGlob::new);
            let exclude = exclude.as_deref().map(FileGlob::new);
            let chosen = |path: &str| {
                let rest = below(path, &folder.path);
                (*recurse || !rest.contains('/'))
                    && include.as_ref().is_none_or(|glob| glob.matches(rest))
                    && !exclude.as_ref().is_some_and(|glob| glob.matches(rest))
            };
            directory(inventory, repo, path, chosen, extent)
        }
    }
}

/// Returns the part of `path` that lies below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> &'a str {
    path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/')
}

/// Argo CD matches the path below the folder; a glob without `/` is also tried on the name.
struct FileGlob {
    glob: Glob,
    matches_names: bool,
}

impl FileGlob {
    fn new(glob: &str) -> Self {
        Self { glob: Glob::new(glob), matches_names: !glob.contains('/') }
    }

    fn matches(&self, path: &str) -> bool {
        self.glob.matches(path) || self.matches_names && self.glob.matches(file_name(path))
    }
}

/// Writes a kustomization over all YAML below a folder, as Flux does.
fn everything(inventory: &Inventory<'_>, folder: &Folder, extent: Extent) -> Built {
    let mut kustomization = Kustomization::default();
    let mut item = |path: &str, place: Place| {
        let value = below(path, &folder.path).into();
        kustomization.resources.push(Item { value, place });
    };
    let mut last_built = None;
    for (path, file) in manifests_below(inventory, folder.repo, &folder.path) {
        let own = ancestors(path)
            .take_while(|above| *above != folder.path)
            .filter(|above| inventory.kustomization_in(folder.repo, above).is_some())
            .last();
        match own {
            Some(own) if last_built == Some(own) => {}
            Some(own) => {
                last_built = Some(own);
                item(own, file.source.top());
            }
            None if file.role != Role::Kustomization && !has_extension(path, "json") => {
                item(path, file.source.top());
            }
            None => {}
        }
    }
    kustomization.override_with(&folder.overrides);
    kustomize::build_list(inventory, folder.repo, &folder.path, &kustomization, extent)
}

/// Returns the files below a folder that may hold manifests.
fn manifests_below<'a>(
    inventory: &'a Inventory<'a>,
    repo: RepoId,
    folder: &str,
) -> Vec<(&'a str, &'a Arc<File>)> {
    let Some(shelf) = inventory.shelves.get(repo) else { return Vec::new() };
    let prefix = in_folder(folder, "");
    let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
    let files = shelf.files.range::<str, _>(from).map(|(path, file)| (*path, file));
    let is_read = |role| matches!(role, Role::Manifest | Role::TestData | Role::Kustomization);
    files
        .take_while(|(path, _)| path.starts_with(&prefix))
        .filter(|(_, file)| is_read(file.role))
        .collect()
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, own)| own == extension)
}

fn directory(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    chosen: impl Fn(&str) -> bool,
    extent: Extent,
) -> Built {
    let mut built = Built::default();
    for (path, file) in manifests_below(inventory, repo, folder) {
        if file.role == Role::Kustomization || !chosen(path) {
            continue;
        }
        built.reads.insert((repo, path.to_owned()));
        if extent == Extent::Sought && !file.is_sought {
            continue;
        }
        let shared: Arc<str> = path.into();
        for (index, tree) in file.content().documents.iter().enumerate() {
            if is_object(tree) {
                let id = DocumentId { repo, path: Arc::clone(&shared), index };
                built.objects.push(Object::written((**tree).clone(), id));
            }
        }
    }
    let has_code = inventory
        .files_in(repo, folder)
        .iter()
        .any(|path| has_extension(path, "jsonnet") && chosen(path));
    if has_code {
        built.opaque.push("Jsonnet is not evaluated".to_owned());
    }
    built
}
