//! Values files beside a chart, read by the names that people give values.
//!
//! Which file goes with which release is often decided elsewhere; the Secrets and the entries it names
//! are still read by somebody.
//!
//! Invariant: what is found here is assumed, and left out where rendering found the same place.

use sealine_model::Facts;
use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;

use crate::delivery::handed::Sight;
use crate::delivery::inventory::{Inventory, RepoId, file_name, is_yaml};
use crate::delivery::nested::read_values;
use crate::delivery::object::is_object;
use crate::manifest::note_entries;

/// Returns the values files of a chart: those beside `Chart.yaml`, and those in `values/`, or in a folder
/// whose name ends so (`public-values/`).
pub(crate) fn values_files(inventory: &Inventory<'_>, repo: RepoId, folder: &str) -> Vec<String> {
    let mut files = inventory.files_in(repo, folder);
    for below in inventory.folders_in(repo, folder) {
        let name = file_name(below);
        if matches!(name, "environments" | "envs") || name.ends_with("values") {
            files.extend(inventory.files_in(repo, below));
        }
    }
    files.retain(|path| {
        let name = file_name(path);
        is_yaml(path)
            && path.rsplit_once('.').is_some_and(|(_, extension)| extension != "json")
            && !["Chart.yaml", "requirements.yaml", "ct.yaml"].contains(&name)
            && !name.starts_with("kustomization.")
    });
    files
}

/// Reads the Secrets, and the entries of vaults, that the values files of a chart name.
pub(crate) fn scan(
    inventory: &Inventory<'_>,
    repo: RepoId,
    folder: &str,
    scope: &Scope,
    consumer: &Consumer,
    facts: &mut Facts,
) {
    let sight = Sight::new(inventory, &[]);
    for path in values_files(inventory, repo, folder) {
        facts.reads.push(path.clone());
        let Some(file) = inventory.file(repo, &path) else { continue };
        for tree in &file.content().documents {
            if matches!(**tree, Tree::Map(_)) && !is_object(tree) {
                read_values(tree, None, scope, consumer, &sight, facts);
                note_entries(tree, scope, consumer, facts);
            }
        }
    }
}
