//! A build under way: its files, its limits, and what it could not understand.
//!
//! Invariants: nothing outside of the repository is ever looked up; what the real tool refuses is
//! told at its place and makes the build opaque, so that nobody takes the rest for all there is.

use sealine_model::tree::Tree;
use sealine_model::{Note, Problem, ProblemKind};
use sealine_source::{Place, is_below, join};

use super::file::Item;
use super::{Built, Kustomization};
use crate::delivery::inventory::{Inventory, RepoId};
use crate::delivery::object::Object;

/// How many objects one build may have.
const MAX_OBJECTS: usize = 100_000;

/// How far a build goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// To its end.
    Whole,
    /// To the documents that others may seek, as resources and components bring them, unchanged.
    Sought,
}

/// A build under way.
pub(super) struct Build<'a> {
    pub(super) inventory: &'a Inventory<'a>,
    pub(super) repo: RepoId,
    pub(super) extent: Extent,
    pub(super) built: Built,
    /// The folders whose layers are being put together, the outermost first.
    pub(super) stack: Vec<String>,
    /// The namespaces that those layers set.
    pub(super) namespaces: Vec<Option<Item>>,
    /// How many layers there were.
    pub(super) layers: u32,
    objects: usize,
}

impl<'a> Build<'a> {
    pub(super) fn new(inventory: &'a Inventory<'a>, repo: RepoId, extent: Extent) -> Self {
        Self {
            inventory,
            repo,
            extent,
            built: Built::default(),
            stack: Vec::new(),
            namespaces: Vec::new(),
            layers: 0,
            objects: 0,
        }
    }

    /// Returns the documents of a file that is no resource: a patch, a configuration.
    pub(super) fn documents_of(&mut self, path: &str, place: &Place) -> Option<Vec<Tree>> {
        self.read(path);
        let Some(file) = self.inventory.file(self.repo, path) else {
            self.fail(place, format!("`{path}` does not exist"));
            return None;
        };
        let content = file.content();
        if content.is_broken() {
            self.fail(place, format!("`{path}` does not parse"));
            return None;
        }
        Some(content.documents.iter().map(|tree| (**tree).clone()).collect())
    }

    /// Counts an object; returns whether there may be more.
    pub(super) fn count(&mut self) -> bool {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            self.opaque("more objects than are followed".to_owned());
        }
        self.objects <= MAX_OBJECTS
    }

    /// Returns the path in the repository that an item of `folder` means.
    pub(super) fn path(&mut self, folder: &str, item: &Item) -> Option<String> {
        let Some(text) = item.text() else {
            self.opaque(format!("`{}` is not known", item.value));
            return None;
        };
        let path = join(folder, &text);
        let is_local = path.as_deref().is_some_and(|path| self.inventory.exists(self.repo, path));
        if !is_local && is_remote(&text) {
            self.note(&item.place, format!("`{text}` is remote and was not read"));
            self.opaque(format!("`{text}` is remote"));
            return None;
        }
        if path.is_none() {
            let message = format!("`{text}` leads out of the repository");
            self.opaque(message.clone());
            let place = item.place.clone();
            self.built.problems.push(Problem { kind: ProblemKind::PathEscape, place, message });
        }
        Some(self.inventory.real(self.repo, path?))
    }

    /// Returns the path of a file, which Flux may take from anywhere in the repository and
    /// Kustomize by itself only from the folder or below.
    pub(super) fn file_path(&mut self, folder: &str, item: &Item) -> Option<String> {
        let path = self.path(folder, item)?;
        if !is_below(&path, folder) {
            let message =
                format!("`{path}` lies outside of `{folder}`, where Kustomize reads no file");
            self.note(&item.place, message);
        }
        Some(path)
    }

    /// Notes that what an item names is not there.
    pub(super) fn missing(&mut self, item: &Item, path: &str) {
        self.read(path);
        let there = self.inventory.exists(self.repo, path);
        let why = if there { "holds no kustomization" } else { "does not exist" };
        self.fail(&item.place, format!("`{path}` {why}"));
    }

    pub(super) fn read(&mut self, path: &str) {
        self.built.reads.insert((self.repo, path.to_owned()));
    }

    /// Says why there may be more or other objects.
    pub(super) fn opaque(&mut self, reason: String) {
        if !self.built.opaque.contains(&reason) {
            self.built.opaque.push(reason);
        }
    }

    /// Returns whether there may be more or other objects.
    pub(super) fn is_opaque(&self) -> bool {
        !self.built.opaque.is_empty()
    }

    pub(super) fn note(&mut self, place: &Place, message: String) {
        let note = Note { place: place.clone(), message };
        if !self.built.notes.contains(&note) {
            self.built.notes.push(note);
        }
    }

    /// Notes what the real tool refuses the build for.
    pub(super) fn fail(&mut self, place: &Place, message: String) {
        self.note(place, message.clone());
        self.opaque(message);
    }

    /// Notes the faults of a kustomization.
    pub(super) fn faults(&mut self, kustomization: &Kustomization) {
        for (place, message) in &kustomization.faults {
            self.fail(place, message.clone());
        }
    }

    /// Returns the result, with these objects.
    pub(super) fn into_built(self, objects: Vec<Object>) -> Built {
        Built { objects, ..self.built }
    }
}

/// Returns whether a resource is meant to be fetched.
fn is_remote(text: &str) -> bool {
    text.contains("://")
        || text.starts_with("git@")
        || text.contains("?ref=")
        || text.split('/').next().is_some_and(|host| {
            host.contains('.') && !host.starts_with('.') && text.matches('/').count() >= 2
        })
}
