//! One layer of a build after the other: what `resources` and `components` name is put together.
//!
//! Invariant: the stack of folders under construction never holds a folder twice, and the budgets
//! bound what a diamond of layers can cost.

use std::sync::Arc;

use sealine_model::{Note, Problem, ProblemKind};
use sealine_source::{Place, join};

use super::file::{Effect, Item, Kustomization};
use super::{Built, generators, names, patches};
use crate::delivery::inventory::{DocumentId, Inventory, RepoId};
use crate::delivery::object::{Object, is_object};

/// How deep layers may nest.
const MAX_DEPTH: usize = 32;
/// How many layers one build may have.
const MAX_LAYERS: u32 = 5_000;
/// How many objects one build may have.
const MAX_OBJECTS: usize = 100_000;

/// A build under way.
pub(super) struct Build<'a> {
    pub(super) inventory: &'a Inventory<'a>,
    pub(super) repo: RepoId,
    pub(super) built: Built,
    stack: Vec<String>,
    layers: u32,
    objects: usize,
}

impl<'a> Build<'a> {
    pub(super) fn new(inventory: &'a Inventory<'a>, repo: RepoId) -> Self {
        let (built, stack) = (Built::default(), Vec::new());
        Self { inventory, repo, built, stack, layers: 0, objects: 0 }
    }

    /// Builds the kustomization in `folder`.
    pub(super) fn folder(
        &mut self,
        folder: &str,
        overrides: Option<&Kustomization>,
    ) -> Vec<Object> {
        self.kustomization(folder, overrides, Vec::new()).unwrap_or_default()
    }

    /// Runs the steps of the kustomization in `folder`: over what it names, and for a component
    /// over what was put together before it. `None` where there is no kustomization.
    fn kustomization(
        &mut self,
        folder: &str,
        overrides: Option<&Kustomization>,
        before: Vec<Object>,
    ) -> Option<Vec<Object>> {
        let path = self.inventory.kustomization_in(self.repo, folder)?;
        self.read(&path);
        let file = self.inventory.file(self.repo, &path)?;
        let content = file.content();
        let Some(tree) = content.documents.first() else {
            self.opaque(format!("`{path}` does not parse"));
            return Some(before);
        };
        let mut kustomization = Kustomization::read(tree);
        if let Some(overrides) = overrides {
            kustomization.override_with(overrides);
        }
        Some(self.guarded(folder, &kustomization, before))
    }

    /// Runs the steps of a kustomization that stands in no file.
    pub(super) fn layer(&mut self, folder: &str, kustomization: &Kustomization) -> Vec<Object> {
        self.guarded(folder, kustomization, Vec::new())
    }

    /// Runs the steps of a kustomization that stands in no file over objects.
    pub(super) fn over(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        objects: Vec<Object>,
    ) -> Vec<Object> {
        self.guarded(folder, kustomization, objects)
    }

    fn guarded(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        before: Vec<Object>,
    ) -> Vec<Object> {
        self.layers += 1;
        if self.stack.len() >= MAX_DEPTH || self.layers > MAX_LAYERS {
            self.opaque(format!("`{folder}` has more layers than are followed"));
            return before;
        }
        self.stack.push(folder.to_owned());
        let objects = self.steps(folder, kustomization, before);
        self.stack.pop();
        objects
    }

    /// The steps of one layer, in the order of the real tool.
    fn steps(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        before: Vec<Object>,
    ) -> Vec<Object> {
        let layer = self.layers;
        let mut objects = before;
        for item in &kustomization.resources {
            self.resource(folder, item, &mut objects);
        }
        generators::generate(self, folder, kustomization, &mut objects);
        for item in &kustomization.components {
            objects = self.component(folder, item, objects);
        }
        patches::apply(self, folder, kustomization, &mut objects);
        names::set_namespace(kustomization, &mut objects);
        names::add_affixes(kustomization, &mut objects);
        for (field, place, effect) in &kustomization.unsupported {
            self.note(place, format!("`{field}` of a kustomization is not carried out"));
            if *effect == Effect::AddsObjects {
                self.opaque(format!("`{field}` may add objects"));
            }
        }
        for object in &mut objects {
            object.layers.push(layer);
        }
        objects
    }

    /// Adds what one entry of `resources` names.
    fn resource(&mut self, folder: &str, item: &Item, objects: &mut Vec<Object>) {
        let Some(path) = self.path(folder, item) else { return };
        if self.inventory.file(self.repo, &path).is_some() {
            self.read(&path);
            self.documents(&path, item, objects);
        } else if self.inventory.kustomization_in(self.repo, &path).is_some() {
            if self.stack.contains(&path) {
                self.note(&item.place, format!("`{path}` includes itself"));
                self.opaque(format!("`{path}` includes itself"));
                return;
            }
            let found = self.folder(&path, None);
            objects.extend(found);
        } else {
            self.missing(item, &path);
        }
    }

    fn component(&mut self, folder: &str, item: &Item, objects: Vec<Object>) -> Vec<Object> {
        let Some(path) = self.path(folder, item) else { return objects };
        if self.inventory.kustomization_in(self.repo, &path).is_none() {
            self.missing(item, &path);
            return objects;
        }
        if self.stack.contains(&path) {
            self.note(&item.place, format!("`{path}` includes itself"));
            return objects;
        }
        let kept = objects.len();
        let mut before = objects;
        let layers: Vec<Vec<u32>> = before.iter().map(|object| object.layers.clone()).collect();
        before = self.kustomization(&path, None, before).unwrap_or_default();
        // What was there before the component is no part of its layer.
        for (object, layers) in before.iter_mut().take(kept).zip(layers) {
            object.layers = layers;
        }
        before
    }

    /// Adds the objects of a file.
    fn documents(&mut self, path: &str, item: &Item, objects: &mut Vec<Object>) {
        let Some(file) = self.inventory.file(self.repo, path) else { return };
        let content = file.content();
        if !content.problems.is_empty() && content.documents.is_empty() {
            self.opaque(format!("`{path}` does not parse"));
        }
        let shared: Arc<str> = path.into();
        for (index, tree) in content.documents.iter().enumerate() {
            if !is_object(tree) {
                self.note(&item.place, format!("`{path}` holds a document that is no object"));
                continue;
            }
            self.objects += 1;
            if self.objects > MAX_OBJECTS {
                self.opaque("more objects than are followed".to_owned());
                return;
            }
            let id = DocumentId { repo: self.repo, path: Arc::clone(&shared), index };
            objects.push(Object::written((**tree).clone(), id));
        }
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
        path
    }

    fn missing(&mut self, item: &Item, path: &str) {
        self.read(path);
        let why = if self.inventory.exists(self.repo, path) {
            "holds no kustomization"
        } else {
            "does not exist"
        };
        self.note(&item.place, format!("`{path}` {why}"));
        self.opaque(format!("`{path}` {why}"));
    }

    pub(super) fn read(&mut self, path: &str) {
        self.built.reads.insert((self.repo, path.to_owned()));
    }

    pub(super) fn opaque(&mut self, reason: String) {
        if !self.built.opaque.contains(&reason) {
            self.built.opaque.push(reason);
        }
    }

    pub(super) fn note(&mut self, place: &Place, message: String) {
        self.built.notes.push(Note { place: place.clone(), message });
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
