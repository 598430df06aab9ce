//! `ExternalSecret`s that lie beside a kustomization which does not list them, or in a folder that
//! the delivered kustomization above it leaves out.
//!
//! Invariant: the edit adds one entry to the list as its neighbours are written, or there is none.

use std::sync::Arc;

use sealine_model::Facts;
use sealine_model::delivery::{Undelivered, UndeliveredCause};
use sealine_source::{Edit, Origin, Source, folder_of};
use sealine_yaml::Node;

use super::World;
use super::inventory::{RepoId, file_name, in_folder};
use super::left_out::named_in_comments;
use super::lookup::Lookup;
use super::object::{Object, place_of, value_at};

/// Looks through the loose objects of a repository.
pub(crate) fn find(lookup: &Lookup<'_>, repo: RepoId, objects: &[Object], facts: &mut Facts) {
    let mut last = None;
    for object in objects {
        let Some(document) = &object.document else { continue };
        if !is_external_secret(object) || last == Some(&document.path) {
            continue;
        }
        let folder = folder_of(&document.path);
        let Some(path) = lookup.inventory.kustomization_in(repo, folder) else { continue };
        let Some(source) = lookup.inventory.source(repo, path) else { continue };
        let parsed = sealine_yaml::parse(source.text());
        let Some(list) = parsed.root().and_then(|root| root.entry("resources")) else { continue };
        let neighbours = list.value.items();
        // A list of folders alone says nothing of the files here: they may be the output of a build.
        let is_own = |text: &str| {
            let name = text.trim_start_matches("./");
            let path = in_folder(folder, name);
            !name.contains('/') && lookup.inventory.source(repo, &path).is_some()
        };
        let name = file_name(&document.path);
        // The list may name it, and be read by no root that is known.
        let is_listed = |text: &str| text.trim_start_matches("./") == name;
        // What stands in a comment was left out on purpose.
        let texts = || neighbours.iter().filter_map(|item| item.as_str());
        if !texts().any(is_own)
            || texts().any(is_listed)
            || named_in_comments(source.text()).any(|path| path == name)
        {
            continue;
        }
        last = Some(&document.path);
        let (entry, edit) = addition(source, &list.value, name);
        let origin = Origin::File(Arc::clone(source));
        let (Some(place), Some(value)) =
            (place_of(&object.tree), value_at(&object.tree, &["metadata", "name"]))
        else {
            continue;
        };
        facts.undelivered.push(Undelivered {
            place: place.clone(),
            name: value,
            cause: UndeliveredCause::File,
            by: origin.place(list.key.range),
            entry,
            edit,
        });
    }
}

/// Returns whether an object is an `ExternalSecret`, or makes some.
pub(super) fn is_external_secret(object: &Object) -> bool {
    object.group() == "external-secrets.io"
        && matches!(object.kind().as_str(), "ExternalSecret" | "ClusterExternalSecret")
}

/// Returns the entry for `name` as its neighbours are written, and the edit that adds it.
fn addition(source: &Arc<Source>, list: &Node, name: &str) -> (String, Option<Edit>) {
    let dotted = |text: &str| text.starts_with("./");
    let is_dotted = list.items().iter().any(|item| item.as_str().is_some_and(dotted));
    let entry = if is_dotted { format!("./{name}") } else { name.to_owned() };
    let edit = sealine_yaml::edit::append_item(source.text(), list, &entry);
    let edit = edit.map(|(range, text)| Edit { place: source.place(range), text });
    (entry, edit)
}

/// Looks through the kustomizations that no root reaches: one whose neighbours the kustomization
/// above lists, where a root delivers that one, was left out.
pub(crate) fn find_folders(lookup: &Lookup<'_>, world: &mut World) {
    let World { facts, named_files, .. } = world;
    for unit in facts {
        let Some(delivery) = unit.deliveries.first() else { continue };
        let repo = delivery.repo.as_deref().and_then(|name| lookup.inventory.repo_id(name));
        let (Some(repo), Some(path)) =
            (repo.filter(|_| delivery.is_unnamed()), delivery.path.text())
        else {
            continue;
        };
        let Some((above, name)) = path.rsplit_once('/') else { continue };
        let kustomization = lookup.inventory.kustomization_in(repo, above);
        let Some(kustomization) = kustomization.filter(|path| {
            let file = (repo, (*path).to_owned());
            named_files.contains(&file)
        }) else {
            continue;
        };
        let Some(source) = lookup.inventory.source(repo, kustomization) else { continue };
        let parsed = sealine_yaml::parse(source.text());
        let Some(list) = parsed.root().and_then(|root| root.entry("resources")) else { continue };
        let is_neighbour = |text: &str| {
            let neighbour = text.trim_start_matches("./").trim_end_matches('/');
            let folder = in_folder(above, neighbour);
            !neighbour.contains('/') && lookup.inventory.kustomization_in(repo, &folder).is_some()
        };
        let neighbours = list.value.items();
        let neighbours = neighbours.iter().filter_map(|item| item.as_str());
        // A name that stands in a comment was left out on purpose.
        if neighbours.filter(|text| is_neighbour(text)).count() < 2 || source.text().contains(name)
        {
            continue;
        }
        let Some(external) = unit.external_secrets.first() else { continue };
        let (entry, edit) = addition(source, &list.value, name);
        unit.undelivered.push(Undelivered {
            place: external.place.clone(),
            name: external.name.clone(),
            cause: UndeliveredCause::Folder,
            by: source.place(list.key.range),
            entry,
            edit,
        });
    }
}
