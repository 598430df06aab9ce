//! `ExternalSecret`s that lie beside a kustomization which does not list them.
//!
//! Invariant: the edit adds one entry to the list as its neighbours are written, or there is none.

use std::sync::Arc;

use sealine_model::Facts;
use sealine_model::delivery::Undelivered;
use sealine_source::{Edit, Origin};

use super::inventory::{RepoId, file_name, in_folder};
use super::lookup::Lookup;
use super::object::{Object, place_of, value_at};

/// Looks through the loose objects of a repository.
pub(crate) fn find(lookup: &Lookup<'_>, repo: RepoId, objects: &[Object], facts: &mut Facts) {
    let mut last = None;
    for object in objects {
        let Some(document) = &object.document else { continue };
        let is_secret = object.group() == "external-secrets.io"
            && matches!(object.kind().as_str(), "ExternalSecret" | "ClusterExternalSecret");
        if !is_secret || last == Some(&document.path) {
            continue;
        }
        let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(path) = lookup.inventory.kustomization_in(repo, folder) else { continue };
        let Some(source) = lookup.inventory.source(repo, &path) else { continue };
        let parsed = sealine_yaml::parse(source.text());
        let Some(list) = parsed.root().and_then(|root| root.entry("resources")) else { continue };
        let neighbours = list.value.items();
        // A list of folders alone says nothing of the files here: they may be the output of a build.
        let is_own = |text: &str| {
            let name = text.trim_start_matches("./");
            let path = in_folder(folder, name);
            !name.contains('/') && lookup.inventory.source(repo, &path).is_some()
        };
        if !neighbours.iter().any(|item| item.as_str().is_some_and(is_own)) {
            continue;
        }
        last = Some(&document.path);
        let dotted = |text: &str| text.starts_with("./");
        let is_dotted = neighbours.iter().any(|item| item.as_str().is_some_and(dotted));
        let name = file_name(&document.path);
        let entry = if is_dotted { format!("./{name}") } else { name.to_owned() };
        let edit = sealine_yaml::edit::append_item(source.text(), &list.value, &entry);
        let origin = Origin::File(Arc::clone(source));
        let (Some(place), Some(value)) =
            (place_of(&object.tree), value_at(&object.tree, &["metadata", "name"]))
        else {
            continue;
        };
        facts.undelivered.push(Undelivered {
            place: place.clone(),
            name: value,
            kustomization: origin.place(list.key.range),
            entry,
            edit: edit.map(|(range, text)| Edit { place: source.place(range), text }),
        });
    }
}
