//! What lies about and is not used: archives, and samples that only show something.
//!
//! Invariant: what a root in use delivers is in use, whatever its folder is called.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sealine_model::Facts;
use sealine_model::delivery::Delivery;
use sealine_model::kubernetes::Scope;
use sealine_source::{FileName, Place, is_among_examples, is_archived, is_below};

use crate::terraform::is_test_data;

/// Which manifests are in use.
#[derive(Debug)]
pub struct Shelf<'a> {
    /// The ids of the roots in use.
    roots: HashSet<&'a Arc<str>>,
    /// Folders in archives that they bring something from: repository and path.
    folders: HashSet<(&'a str, String)>,
}

impl<'a> Shelf<'a> {
    /// Looks at all roots, and at what they bring.
    pub fn of(facts: &'a [Facts]) -> Self {
        let deliveries = || facts.iter().flat_map(|facts| &facts.deliveries);
        let all = deliveries().map(|delivery| (&delivery.id, delivery)).collect();
        let used: Vec<&Delivery> = deliveries().filter(|one| is_used(one, &all)).collect();
        let roots: HashSet<&Arc<str>> = used.iter().map(|delivery| &delivery.id).collect();
        let named = used.iter().filter_map(|delivery| {
            Some((
                delivery.repo.as_deref()?,
                delivery.path.text().filter(|path| is_archived(path))?,
            ))
        });
        let objects = facts.iter().flat_map(|facts| &facts.objects);
        let brought = objects.filter(|object| {
            is_archived(&object.place.file.path)
                && object.scope.delivery.as_ref().is_some_and(|id| roots.contains(id))
        });
        let brought = brought.map(|object| {
            let file = &object.place.file;
            (file.repo.as_str(), file.folder().to_owned())
        });
        let folders = named.chain(brought).collect();
        Self { roots, folders }
    }

    /// Returns whether this place lies in a manifest of an archive that no root in use brings.
    pub(crate) fn is_archived(&self, place: &Place) -> bool {
        let file = &place.file;
        let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| file.path.ends_with(end));
        is_manifest && is_archived(&file.path) && !self.brings(file)
    }

    /// Whether something is brought from the folder of this file, above it or below.
    fn brings(&self, file: &FileName) -> bool {
        // That everything lies below the top says nothing.
        let holds = |above: &str, below: &str| {
            is_below(below, above) && (!above.is_empty() || below.is_empty())
        };
        self.folders.iter().any(|(repo, folder)| {
            *repo == file.repo && (holds(folder, file.folder()) || holds(file.folder(), folder))
        })
    }

    /// Returns whether a root is in use.
    pub(crate) fn uses(&self, root: &Delivery) -> bool {
        self.roots.contains(&root.id)
    }

    /// Returns whether an object, written here, only shows what people may write.
    pub(crate) fn is_sample(&self, scope: &Scope, place: &Place) -> bool {
        let is_used = scope.delivery.as_ref().is_some_and(|id| self.roots.contains(id));
        !is_used && (shows_only(&place.file.path) || place.file.is_sample())
    }
}

/// Whether a root is more than a sample or a memory of one: what another root brings is what that one is.
fn is_used(delivery: &Delivery, all: &HashMap<&Arc<str>, &Delivery>) -> bool {
    let mut top = delivery;
    // Roots may bring one another.
    let mut seen = HashSet::new();
    while let Some(parent) = top.parent.as_ref().and_then(|id| all.get(id))
        && seen.insert(&parent.id)
    {
        top = parent;
    }
    let path = &top.place.file.path;
    !is_archived(path) && !shows_only(path)
}

/// Returns whether a path lies among examples or test data.
pub(crate) fn shows_only(path: &str) -> bool {
    is_among_examples(path) || is_test_data(path)
}
