//! One layer of a build after the other: what `resources` and `components` name is put together.
//!
//! Invariant: the stack of folders under construction never holds a folder twice, and the budgets
//! bound what a diamond of layers can cost.

use std::collections::HashSet;
use std::sync::Arc;

pub(super) use super::build::Build;
use super::build::Extent;
use super::config::{self, Config};
use super::fields::Field;
use super::file::{Item, Kustomization, Overrides};
use super::identity::{Identity, TypeName, current};
use super::names::{End, NamespaceStep, Subjects};
use super::patches::{self, Sort};
use super::variables::{self, Variable};
use super::{charts, generators, marks, names, plugins, references, replacements};
use crate::delivery::inventory::{DocumentId, KUSTOMIZATION_NAMES, in_folder};
use crate::delivery::object::{Object, is_object};
use sealine_model::tree::Tree;
use sealine_source::is_below;

/// How deep layers may nest.
const MAX_DEPTH: usize = 32;
/// How many layers one build may have.
const MAX_LAYERS: u32 = 5_000;

/// What was put together so far.
pub(super) struct Accumulated {
    /// The objects.
    pub(super) objects: Vec<Object>,
    /// The fields that steps change.
    pub(super) config: Arc<Config>,
    /// The variables that were declared.
    pub(super) variables: Vec<Variable>,
}

impl Default for Accumulated {
    fn default() -> Self {
        Self { objects: Vec::new(), config: Config::builtin(), variables: Vec::new() }
    }
}

impl Accumulated {
    fn merge_config(&mut self, other: &Arc<Config>) {
        let is_builtin = Arc::ptr_eq(other, &Config::builtin());
        if !is_builtin && !Arc::ptr_eq(&self.config, other) {
            Arc::make_mut(&mut self.config).merge(other);
        }
    }
}

/// What a layer has in the way of the objects of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A kustomization: it begins with nothing.
    Own,
    /// A component: it goes on with what is there.
    Component,
}

impl Build<'_> {
    /// Builds the kustomization in `folder`.
    pub(super) fn folder(&mut self, folder: &str, overrides: Option<&Overrides>) -> Accumulated {
        self.kustomization(folder, overrides, Kind::Own, Accumulated::default())
    }

    /// Runs the steps of a kustomization that stands in no file.
    pub(super) fn layer(&mut self, folder: &str, kustomization: &Kustomization) -> Accumulated {
        self.guarded(folder, kustomization, Accumulated::default())
    }

    /// Runs the steps of the kustomization in `folder` over what was put together before.
    fn kustomization(
        &mut self,
        folder: &str,
        overrides: Option<&Overrides>,
        kind: Kind,
        before: Accumulated,
    ) -> Accumulated {
        let Some(path) = self.inventory.kustomization_in(self.repo, folder) else { return before };
        self.read(path);
        let Some(file) = self.inventory.file(self.repo, path) else { return before };
        let files = KUSTOMIZATION_NAMES.iter().map(|name| in_folder(folder, name));
        if files.filter(|path| self.inventory.exists(self.repo, path)).count() > 1 {
            self.fail(&file.source.top(), format!("`{folder}` has several kustomizations"));
        }
        let content = file.content();
        let Some(tree) = content.first() else {
            self.fail(&file.source.top(), format!("`{path}` does not parse"));
            return before;
        };
        let mut kustomization = Kustomization::read_whole(tree, file.source.text());
        if content.is_broken() {
            self.fail(&file.source.top(), format!("`{path}` does not parse"));
        }
        if kustomization.is_component != (kind == Kind::Component) && self.stack_depth() > 0 {
            let is = if kustomization.is_component { "a component" } else { "no component" };
            self.fail(&file.source.top(), format!("`{folder}` is {is}"));
        }
        if let Some(overrides) = overrides {
            kustomization.override_with(overrides);
        }
        self.guarded(folder, &kustomization, before)
    }

    fn stack_depth(&self) -> usize {
        self.stack.len()
    }

    /// Runs the steps of a kustomization that stands in no file over objects.
    pub(super) fn over(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        objects: Vec<Object>,
    ) -> Accumulated {
        self.guarded(folder, kustomization, Accumulated { objects, ..Accumulated::default() })
    }

    fn guarded(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        before: Accumulated,
    ) -> Accumulated {
        self.layers += 1;
        if self.stack.len() >= MAX_DEPTH || self.layers > MAX_LAYERS {
            self.opaque(format!("`{folder}` has more layers than are followed"));
            return before;
        }
        self.faults(kustomization);
        if let Some(place) = &kustomization.openapi {
            let message = "`openapi` is not looked at: lists merge by Kustomize's own schema";
            self.note(place, message.to_owned());
        }
        self.stack.push(folder.to_owned());
        self.namespaces.push(kustomization.namespace.clone());
        let done = self.steps(folder, kustomization, before);
        self.namespaces.pop();
        self.stack.pop();
        done
    }

    /// The steps of one layer, in the order of the real tool.
    fn steps(
        &mut self,
        folder: &str,
        kustomization: &Kustomization,
        before: Accumulated,
    ) -> Accumulated {
        let mut done = before;
        if self.extent == Extent::Sought {
            for item in &kustomization.resources {
                self.resource(folder, item, &mut done);
            }
            for item in &kustomization.components {
                done = self.component(folder, item, done);
            }
            return done;
        }
        self.resources(folder, &kustomization.resources, &mut done);
        self.configure(folder, kustomization, &mut done);
        let options = kustomization.generator_options.as_ref();
        for generator in &kustomization.generators {
            generators::run(self, folder, generator, options, &mut done.objects);
        }
        for chart in &kustomization.charts {
            let home = kustomization.chart_home.as_ref();
            charts::inflate(self, folder, home, chart, &mut done.objects);
        }
        for plugin in plugins::load(self, folder, &kustomization.external_generators) {
            plugins::generate(self, folder, &plugin, &mut done.objects);
        }
        for item in &kustomization.components {
            done = self.component(folder, item, done);
        }
        self.transform(folder, kustomization, &mut done);
        for plugin in plugins::load(self, folder, &kustomization.transformers) {
            plugins::transform(self, folder, &plugin, &mut done.objects);
        }
        // Validators change nothing that lasts.
        for plugin in plugins::load(self, folder, &kustomization.validators) {
            plugins::validate(self, &plugin);
        }
        let (known, objects) = (&mut done.variables, &mut done.objects);
        variables::declare(self, &kustomization.variables, known, objects);
        done
    }

    fn transform(&mut self, folder: &str, kustomization: &Kustomization, done: &mut Accumulated) {
        let config = Arc::clone(&done.config);
        let objects = &mut done.objects;
        for patch in &kustomization.merges {
            patches::apply(self, folder, patch, Sort::Merges, objects);
        }
        for patch in &kustomization.patches {
            patches::apply(self, folder, patch, Sort::Any, objects);
        }
        if let Some(namespace) = &kustomization.namespace {
            let fields = &config.namespace;
            let subjects = Subjects::Default;
            let step = NamespaceStep { namespace, fields, subjects, unset_only: false };
            names::set_namespace(self, step, objects);
        }
        if let Some(prefix) = &kustomization.name_prefix {
            names::add_affix(self, End::Front, prefix, &config.name_prefix, objects);
        }
        if let Some(suffix) = &kustomization.name_suffix {
            names::add_affix(self, End::Back, suffix, &config.name_suffix, objects);
        }
        for labels in &kustomization.labels {
            let mut fields = labels.fields.clone();
            Field::merge(&mut fields, config.labels.iter().cloned());
            if labels.selectors {
                Field::merge(&mut fields, config.common_labels.iter().cloned());
            } else {
                if labels.templates {
                    Field::merge(&mut fields, config.template_labels.iter().cloned());
                }
                let own = Field::new(TypeName::default(), "metadata/labels", true);
                Field::merge(&mut fields, [own]);
            }
            marks::set(self, &labels.pairs, &fields, objects);
        }
        marks::set(self, &kustomization.common_labels, &config.common_labels, objects);
        marks::set(self, &kustomization.common_annotations, &config.common_annotations, objects);
        for patch in &kustomization.json_patches {
            patches::apply(self, folder, patch, Sort::Operations, objects);
        }
        replacements::apply(self, folder, &kustomization.replacements, objects);
    }

    /// Adds what `configurations` and `crds` say of fields.
    fn configure(&mut self, folder: &str, kustomization: &Kustomization, done: &mut Accumulated) {
        let files = kustomization.configurations.iter().map(|item| (item, false));
        let definitions = kustomization.definitions.iter().map(|item| (item, true));
        for (item, is_definition) in files.chain(definitions) {
            let Some(path) = self.file_path(folder, item) else { continue };
            let Some(trees) = self.documents_of(&path, &item.place) else { continue };
            let Some(tree) = trees.first() else { continue };
            let read =
                if is_definition { config::read_definitions(tree) } else { Config::read(tree) };
            Arc::make_mut(&mut done.config).merge(&read);
        }
    }

    /// Adds what entries of `resources` name.
    pub(super) fn resources(&mut self, folder: &str, items: &[Item], done: &mut Accumulated) {
        let mut seen: HashSet<Identity> =
            done.objects.iter().map(|object| current(object).key()).collect();
        for item in items {
            let known = done.objects.len();
            self.resource(folder, item, done);
            let mut twice = None;
            for object in done.objects.iter().skip(known) {
                let identity = current(object).key();
                if !identity.name.contains('*') && !seen.insert(identity.clone()) {
                    twice = Some(identity);
                }
            }
            if let Some(identity) = twice {
                self.fail(&item.place, format!("{identity} is there twice"));
            }
        }
    }

    fn resource(&mut self, folder: &str, item: &Item, done: &mut Accumulated) {
        let Some(path) = self.path(folder, item) else { return };
        if self.inventory.file(self.repo, &path).is_some() {
            let Some(path) = self.file_path(folder, item) else { return };
            self.read(&path);
            self.documents(&path, item, &mut done.objects);
        } else if self.inventory.kustomization_in(self.repo, &path).is_some() {
            if self.is_cycle(&path, item) {
                return;
            }
            let below = self.folder(&path, None);
            done.objects.extend(below.objects);
            done.merge_config(&below.config);
            variables::join(self, &mut done.variables, below.variables);
        } else {
            self.missing(item, &path);
        }
    }

    fn component(&mut self, folder: &str, item: &Item, done: Accumulated) -> Accumulated {
        let Some(path) = self.path(folder, item) else { return done };
        if self.inventory.kustomization_in(self.repo, &path).is_none() {
            self.missing(item, &path);
            return done;
        }
        if self.is_cycle(&path, item) {
            return done;
        }
        self.kustomization(&path, None, Kind::Component, done)
    }

    /// Returns whether a folder is or holds one that is being built, and says so.
    fn is_cycle(&mut self, path: &str, item: &Item) -> bool {
        let is_cycle = self.stack.iter().any(|folder| is_below(folder, path));
        if is_cycle {
            self.fail(&item.place, format!("`{path}` includes itself"));
        }
        is_cycle
    }

    /// Adds the objects of a file.
    fn documents(&mut self, path: &str, item: &Item, objects: &mut Vec<Object>) {
        let Some(file) = self.inventory.file(self.repo, path) else { return };
        if self.extent == Extent::Sought && !file.is_sought {
            return;
        }
        let content = file.content();
        if content.is_broken() {
            self.fail(&item.place, format!("`{path}` does not parse"));
        } else if !content.problems.is_empty() {
            // In a patch or a kustomization the last one counts.
            self.fail(&item.place, format!("`{path}` has a key twice"));
        }
        let shared: Arc<str> = path.into();
        for (index, tree) in content.documents.iter().enumerate() {
            let has_name = tree.at(&["metadata", "name"]).is_some_and(|name| *name != Tree::Null);
            let is_list =
                tree.get("kind").and_then(Tree::text).is_some_and(|kind| kind.ends_with("List"));
            if !is_object(tree) || !(has_name || is_list) {
                self.fail(&item.place, format!("`{path}` holds a document that is no object"));
            }
            if !is_object(tree) {
                continue;
            }
            if !self.count() {
                return;
            }
            let id = DocumentId { repo: self.repo, path: Arc::clone(&shared), index };
            objects.push(Object::written((**tree).clone(), id));
        }
    }

    /// The steps after all layers: names get their hashes, then references and variables follow.
    pub(super) fn finish(&mut self, done: Accumulated) -> Vec<Object> {
        let Accumulated { mut objects, config, variables } = done;
        if self.extent == Extent::Sought {
            return objects;
        }
        generators::add_hashes(&mut objects);
        references::follow(self, &config, &mut objects);
        variables::resolve(self, &config, &variables, &mut objects);
        objects.retain(|object| {
            let local = ["metadata", "annotations", "config.kubernetes.io/local-config"];
            object.tree.at(&local).and_then(Tree::text).is_none_or(|text| text == "false")
        });
        objects
    }
}
