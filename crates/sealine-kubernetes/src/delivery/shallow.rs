//! `ExternalSecret`s in a folder below one that an Argo CD Application takes without the folders
//! below it, as it does unless `directory.recurse` is set.
//!
//! Invariant: nothing is said where anything else may take the folder up: a root whose path is not
//! known, another file that names it, or a folder that by its name is not meant for a cluster.

use std::collections::BTreeSet;

use sealine_model::Facts;
use sealine_model::delivery::{Undelivered, UndeliveredCause};
use sealine_source::{Place, is_among_examples, is_archived, is_below};

use super::World;
use super::inventory::{Inventory, RepoId, ancestors, file_name, in_folder};
use super::lookup::Lookup;
use super::object::{Object, place_of, value_at};
use super::root::{Folder, Plain};

/// Names of folders whose manifests nobody means to deliver as they are, beside those of archives and
/// examples.
const KEPT_BACK: &[&str] = &["template", "templates", "test", "tests"];

/// A folder that an Application takes without those below it.
#[derive(Clone, Debug)]
pub(crate) struct Shallow {
    repo: RepoId,
    folder: String,
    /// Where the Application names it.
    place: Place,
}

impl Shallow {
    /// Returns the folder, where it is certain that no more than its own manifests are read.
    pub(super) fn of(inventory: &Inventory<'_>, folder: &Folder) -> Option<Self> {
        let Plain::Directory { leaves_out: Some(place), .. } = &folder.plain else { return None };
        let is_plain = inventory.kustomization_in(folder.repo, &folder.path).is_none();
        // The top of a repository holds anything.
        (is_plain && !folder.path.is_empty()).then(|| Self {
            repo: folder.repo,
            folder: folder.path.clone(),
            place: place.clone(),
        })
    }

    /// Returns the first folder below this one on the way to `path`, when only that way leads
    /// there: no chart and no kustomization.
    fn below<'a>(&self, inventory: &Inventory<'_>, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.folder.as_str())?.strip_prefix('/')?;
        let (name, _) = rest.split_once('/')?;
        let is_read_otherwise =
            ancestors(path).take_while(|above| above.len() > self.folder.len()).any(|above| {
                inventory.is_chart(self.repo, above)
                    || inventory.kustomization_in(self.repo, above).is_some()
            });
        let (folders, _) = path.rsplit_once('/')?;
        let mut parts = folders.split('/');
        let is_kept_back = is_archived(folders)
            || is_among_examples(folders)
            || parts.any(|part| part.starts_with(['.', '_']) || KEPT_BACK.contains(&part));
        (!is_read_otherwise && !is_kept_back).then_some(name)
    }
}

/// Looks through the loose objects of a repository.
pub(super) fn find(
    lookup: &Lookup<'_>,
    repo: RepoId,
    objects: &[Object],
    world: &World,
    facts: &mut Facts,
) {
    if world.may_take_any {
        return;
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    for object in objects.iter().filter(|object| super::undelivered::is_external_secret(object)) {
        let Some(document) = &object.document else { continue };
        let mut found = world.shallow.iter().filter(|shallow| shallow.repo == repo);
        let found = found
            .find_map(|shallow| Some((shallow, shallow.below(lookup.inventory, &document.path)?)));
        let Some((shallow, name)) = found else { continue };
        let folder = in_folder(&shallow.folder, name);
        if told.contains(&folder) || is_named_elsewhere(lookup, shallow, &folder) {
            continue;
        }
        let (Some(place), Some(value)) =
            (place_of(&object.tree), value_at(&object.tree, &["metadata", "name"]))
        else {
            continue;
        };
        facts.undelivered.push(Undelivered {
            place: place.clone(),
            name: value,
            cause: UndeliveredCause::BelowApplication,
            by: shallow.place.clone(),
            entry: folder.clone(),
            edit: None,
        });
        told.insert(folder);
    }
}

/// Returns whether a file outside of the folder speaks of it, or of applying the one above it.
fn is_named_elsewhere(lookup: &Lookup<'_>, shallow: &Shallow, folder: &str) -> bool {
    let above = file_name(&shallow.folder);
    let words = format!("{above}/{}", file_name(folder));
    let names = |text: &str| {
        text.contains(&words)
            || text.lines().any(|line| line.contains("kubectl") && line.contains(above))
    };
    let sources = lookup
        .inventory
        .shelves
        .iter()
        .enumerate()
        .flat_map(|(repo, shelf)| shelf.repository.files().map(move |source| (repo, source)));
    sources
        .filter(|(repo, source)| *repo != shallow.repo || !is_below(source.path(), folder))
        .any(|(_, source)| names(source.text()))
}
