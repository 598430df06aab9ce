//! From an evaluated module to facts.
//!
//! Invariant: a root is evaluated once for each set of variable values, and what several of them
//! give alike is listed once.

mod applications;
mod asking;
mod azure_flux;
mod backend;
mod cluster;
mod entries;
mod module;
mod output_secrets;
mod passing;
mod places;
mod resource;
mod told_secrets;
mod tree;
mod view;
mod workloads;

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use sealine_model::kubernetes::Secret;
use sealine_model::terraform::{ModuleCall, Passing, SourceKind};
use sealine_model::tree::Embedded;
use sealine_model::vault::{Entry, VaultIdentity};
use sealine_model::{Coverage, Facts, Note, Problem, ProblemKind};

use crate::config::Config;
use crate::evaluate::{Evaluator, Instance, Part, Scope, Slot};
use crate::references::Named;
use crate::roots;
use crate::world::{ConfigId, World};
use view::View;

#[cfg(test)]
mod tests;

/// What one module gives.
pub(crate) struct Unit {
    pub(crate) facts: Facts,
    pub(crate) embedded: Vec<Embedded>,
}

/// Reads a module: a root with all it calls, or a module that nobody calls by itself. Of a module
/// that others call only its own text is read; its resources belong to the roots.
pub(crate) fn read(world: &World<'_>, id: ConfigId) -> Option<Unit> {
    let config = world.config(id)?;
    // What `terraform init` installed belongs to others; it is read where it is called.
    if config.folder.split('/').any(|part| part == ".terraform") {
        return None;
    }
    let sign = world.roots.sign(id);
    let what = if sign.is_some() { "root" } else { "module" };
    let unit = format!("terraform {what} {}", config.label());
    let mut facts =
        Facts { repo: config.repository.name.clone(), unit: unit.clone(), ..Facts::default() };
    problems(world, config, &mut facts);
    let mut module = module::module(world, config, sign);
    let sensitive = module.variables.iter().filter(|variable| variable.sensitive);
    facts.secret_texts.extend(sensitive.filter_map(|variable| variable.literal_default.clone()));
    let credentials = module.credentials.iter().map(|(_, given)| given.place.clone());
    facts.secret_texts.extend(credentials);
    let mut embedded = Vec::new();
    let mut opaque = false;
    if sign.is_some() || !world.roots.is_called(id) {
        let automatic = roots::automatic_values(world, config);
        let alternatives = match sign {
            Some(_) => roots::alternatives(world, config),
            None => vec![roots::Alternative::default()],
        };
        let several = alternatives.len() > 1;
        let mut gathered = Gathered::default();
        for alternative in alternatives {
            let mut files = automatic.clone();
            files.extend(&alternative.files);
            reads(world, config, &files, &mut facts);
            let (evaluator, root) = Evaluator::new(world, config, alternative.name, &files);
            let mut walk = Walk { evaluator: &evaluator, unit: &unit, gathered: &mut gathered };
            walk.instance(&root, 0);
            gathered.exhausted |= evaluator.exhausted.get();
            for used in evaluator.configs() {
                reads(world, config, &used.files, &mut facts);
            }
            for (repo, path) in evaluator.reads.take() {
                facts.reads.push(read_name(config, &repo, &path));
            }
            entries::join_versions(&mut gathered.vaults);
            gathered.finish(several);
        }
        opaque = gathered.unloaded > 0;
        if gathered.exhausted {
            let message = "the evaluation of this module was stopped at its limit; names it makes \
                           may be missing";
            let (place, message) = (module.place.clone(), message.to_owned());
            facts.problems.push(Problem { kind: ProblemKind::Limit, place, message });
        }
        let showing = world.options.showing;
        gathered.into_facts(&mut facts, &mut module, &mut embedded, (sign.is_some(), showing));
    }
    facts.coverage = Coverage { documents: 1, understood: usize::from(!opaque) };
    facts.terraform.push(module);
    facts.reads.sort_unstable();
    facts.reads.dedup();
    facts.shrink_to_fit();
    Some(Unit { facts, embedded })
}

fn problems(world: &World<'_>, config: &Config<'_>, facts: &mut Facts) {
    reads(world, config, &config.files, facts);
    for file in &config.files {
        if let Some(file) = world.files.get(*file as usize) {
            facts.problems.extend(file.parsed.problems.iter().cloned());
        }
    }
}

/// Notes which files were read.
fn reads(world: &World<'_>, config: &Config<'_>, files: &[u32], facts: &mut Facts) {
    for file in files {
        if let Some(source) = world.file(*file) {
            facts.reads.push(read_name(config, source.repo(), source.path()));
        }
    }
}

/// Names a file as `reads` does: by its path, with the repository before it when it is another.
fn read_name(config: &Config<'_>, repo: &str, path: &str) -> String {
    if repo == config.repository.name { path.to_owned() } else { format!("{repo}:{path}") }
}

/// What the walks over all alternatives gave.
#[derive(Default)]
struct Gathered {
    vaults: entries::Found,
    cluster: cluster::Found,
    resources: Vec<sealine_model::terraform::Resource>,
    calls: Vec<ModuleCall>,
    /// Where the calls stand that were read.
    called: HashSet<sealine_source::Place>,
    problems: Vec<Problem>,
    notes: Vec<Note>,
    secret_texts: BTreeSet<sealine_source::Place>,
    /// How many calls of modules that are not loaded.
    unloaded: usize,
    exhausted: bool,
    /// The addresses of entries that something uses.
    used: BTreeSet<String>,
    /// What Secrets take from other resources.
    passings: BTreeSet<Passing>,
    /// What is given the names of entries.
    asking: BTreeSet<asking::Asking>,
    /// The types of resources that have no instance.
    dormant: BTreeSet<String>,
    /// The entries of vaults that these would make.
    dormant_entries: Vec<Entry>,
    /// The Secrets that these would make.
    dormant_secrets: Vec<Secret>,
    /// What stands in these; nothing unless it is to be shown.
    dormant_embedded: Vec<Embedded>,
    /// What earlier alternatives gave.
    done: Done,
}

#[derive(Default)]
struct Done {
    seen: HashSet<String>,
    vaults: entries::Found,
    cluster: cluster::Found,
    resources: Vec<sealine_model::terraform::Resource>,
}

impl Gathered {
    /// Moves what this alternative gave to what is done; of several, less what is known already.
    fn finish(&mut self, several: bool) {
        let Done { seen, vaults, cluster, resources } = &mut self.done;
        if !several {
            *vaults = std::mem::take(&mut self.vaults);
            *cluster = std::mem::take(&mut self.cluster);
            *resources = std::mem::take(&mut self.resources);
            return;
        }
        let mut is_new = |key: String| seen.insert(key);
        for vault in self.vaults.vaults.drain(..) {
            if is_new(format!("{} {}", vault.identity.label(), vault.address)) {
                vaults.vaults.push(vault);
            }
        }
        for entry in self.vaults.entries.drain(..) {
            let vault = entry.vault.label();
            if is_new(format!("{vault} {} {} {:?}", entry.name, entry.address, entry.object)) {
                vaults.entries.push(entry);
            }
        }
        for vault in self.vaults.open.drain(..) {
            if !vaults.open.contains(&vault) {
                vaults.open.push(vault);
            }
        }
        for read in self.vaults.reads.drain(..) {
            let vault = read.vault.as_ref().map(VaultIdentity::label);
            if is_new(format!("{vault:?} {} {}", read.name, read.reader)) {
                vaults.reads.push(read);
            }
        }
        for secret in self.cluster.secrets.drain(..) {
            if is_new(format!("{} {} {}", secret.scope.namespace, secret.name, secret.maker)) {
                cluster.secrets.push(secret);
            }
        }
        for object in self.cluster.objects.drain(..) {
            if is_new(format!("{} {} {}", object.kind, object.scope.namespace, object.name)) {
                cluster.objects.push(object);
            }
        }
        for object in self.cluster.embedded.drain(..) {
            if is_new(format!("{}{:?}", object.address, object.content)) {
                cluster.embedded.push(object);
            }
        }
        for resource in self.resources.drain(..) {
            if is_new(format!("{} {} {:?}", resource.address, resource.place, resource.attributes))
            {
                resources.push(resource);
            }
        }
    }

    fn into_facts(
        self,
        facts: &mut Facts,
        module: &mut sealine_model::terraform::Module,
        embedded: &mut Vec<Embedded>,
        (is_root, showing): (bool, bool),
    ) {
        module.resources = self.done.resources;
        module.resources.shrink_to_fit();
        module.calls = self.calls;
        module.used_entries = self.used;
        module.passings = self.passings;
        module.dormant = self.dormant;
        module.dormant_entries = self.dormant_entries;
        module.dormant_secrets = self.dormant_secrets;
        facts.problems.extend(self.problems);
        facts.notes.extend(self.notes);
        facts.secret_texts.extend(self.secret_texts);
        let Done { vaults, cluster, .. } = self.done;
        // Where nobody runs a module, nothing of it is known to exist.
        if is_root {
            facts.vaults = vaults.vaults;
            facts.entries = vaults.entries;
            facts.open_vaults = vaults.open;
            facts.secrets = cluster.secrets;
            facts.objects = cluster.objects;
        } else if showing {
            module.dormant_entries.extend(vaults.entries);
            module.dormant_secrets.extend(cluster.secrets);
        }
        if is_root || showing {
            let asked = asking::reads(self.asking, &facts.entries);
            facts.entry_reads = vaults.reads;
            facts.entry_reads.extend(asked);
            let resources = module.resources.iter();
            facts.uses = resources.flat_map(|it| workloads::uses(module, it)).collect();
            *embedded = cluster.embedded;
            embedded.extend(self.dormant_embedded);
        }
    }
}

/// Walks over the instances of a module and of those it calls.
struct Walk<'a, 'e, 'w> {
    evaluator: &'e Evaluator<'w>,
    unit: &'a str,
    gathered: &'a mut Gathered,
}

impl<'w> Walk<'_, '_, 'w> {
    /// Recurses as deep as modules are nested, which has a limit.
    fn instance(&mut self, instance: &Rc<Instance<'w>>, level: usize) {
        for index in 0..instance.config.resources.len() {
            let expansion = self.evaluator.expand(instance, Part::Resource(index));
            if expansion.slots.is_empty() {
                self.dormant(instance, index, &Rc::new(Slot::unknown()));
            }
            for slot in &expansion.slots {
                if !self.evaluator.spend(10) {
                    return;
                }
                let view = View::new(self.evaluator, instance, index, slot);
                if let Some(view) = view {
                    self.resource(&view);
                }
            }
        }
        for (index, call) in instance.config.calls.iter().enumerate() {
            self.call(instance, call);
            let expansion = self.evaluator.expand(instance, Part::Call(index));
            if expansion.slots.is_empty() {
                let slot = Rc::new(Slot::unknown());
                let called = self.evaluator.called(instance, index, &slot);
                if let Some(called) = called.filter(|_| level < 32) {
                    self.asleep(&called, level + 1);
                }
            }
            for slot in &expansion.slots {
                match self.evaluator.called(instance, index, slot) {
                    Some(called) if level < 32 => self.instance(&called, level + 1),
                    _ => self.unloaded(instance, index, slot),
                }
            }
        }
    }

    /// Notes what a module would make whose call has no instance.
    fn asleep(&mut self, instance: &Rc<Instance<'w>>, level: usize) {
        let slot = Rc::new(Slot::unknown());
        for index in 0..instance.config.resources.len() {
            if !self.evaluator.spend(10) {
                return;
            }
            self.dormant(instance, index, &slot);
        }
        for index in 0..instance.config.calls.len() {
            match self.evaluator.called(instance, index, &slot) {
                Some(called) if level < 32 => self.asleep(&called, level + 1),
                _ => {}
            }
        }
    }

    /// Notes what a resource would make that has no instance.
    fn dormant(&mut self, instance: &Rc<Instance<'w>>, index: usize, slot: &Rc<Slot>) {
        let Some(view) = View::new(self.evaluator, instance, index, slot) else { return };
        let mut found = entries::Found::default();
        entries::read(&view, &mut found);
        self.gathered.dormant_entries.append(&mut found.entries);
        if self.evaluator.world.options.showing {
            let mut found = cluster::Found::default();
            cluster::read(&view, self.unit, &mut found);
            self.gathered.dormant_secrets.append(&mut found.secrets);
            self.gathered.dormant_embedded.append(&mut found.embedded);
        }
        self.gathered.dormant.insert(view.config.kind.to_owned());
    }

    fn resource(&mut self, view: &View<'_, 'w>) {
        let before = self.gathered.vaults.entries.len();
        entries::read(view, &mut self.gathered.vaults);
        self.uses(before, &view.instance, Named::Resource(view.config.kind, view.config.name));
        cluster::read(view, self.unit, &mut self.gathered.cluster);
        if cluster::SECRETS.contains(&view.config.kind) && !view.is_data() {
            passing::read(view, cluster::DATA, &mut self.gathered.passings);
        }
        let Gathered { asking, passings, .. } = &mut *self.gathered;
        if !view.is_data() {
            asking::read(view, asking, passings);
        }
        let (resource, secrets) = resource::resource(view);
        self.gathered.resources.push(resource);
        self.gathered.secret_texts.extend(secrets);
    }

    /// Reads what a call says itself, once for all instances of its module.
    fn call(&mut self, instance: &Rc<Instance<'w>>, call: &(&'w str, crate::config::Declared<'w>)) {
        let path = instance.call_path(call.0);
        let root = (instance.root_config(), path.as_str());
        let found = module::call(self.evaluator.world, instance.config, call, root);
        let Some((call, problem)) = found else { return };
        if !self.gathered.called.insert(call.place.clone()) {
            return;
        }
        let leaves = problem.is_some();
        self.gathered.problems.extend(problem);
        if call.resolved.is_none() && !leaves {
            let is_here = call.kind == SourceKind::Local;
            let why = if is_here { "was not found" } else { "is not loaded" };
            let message = format!("the module `{}` {why}; what it makes is unknown", call.source);
            self.gathered.notes.push(Note { place: call.place.clone(), message });
        }
        self.gathered.calls.push(call);
    }

    /// Reads a call whose module is not loaded.
    fn unloaded(
        &mut self,
        instance: &Rc<Instance<'w>>,
        index: usize,
        slot: &Rc<crate::evaluate::Slot>,
    ) {
        self.gathered.unloaded += 1;
        let Some((name, declared)) = instance.config.calls.get(index) else { return };
        let source = declared.attribute("source").and_then(|it| it.expression.literal_text());
        let (Some(source), Some(file)) = (source, self.evaluator.source(declared.file)) else {
            return;
        };
        let mut scope = Scope::new(instance, declared.file);
        scope.slot = Some(Rc::clone(slot));
        let argument = |name: &str| {
            let data = self.evaluator.attribute(&scope, declared, name);
            let value = self.evaluator.value(&data);
            (data, value)
        };
        let address = format!("{}module.{name}{}", instance.prefix, slot.key.suffix());
        let place = file.place(declared.block.head);
        let own = ["source", "version", "count", "for_each", "providers", "depends_on"];
        let given = declared.attributes().into_iter().map(|(_, attribute)| &*attribute.name);
        let given = given.filter(|name| !own.contains(name));
        let given: Vec<_> = given.map(|name| (name, argument(name).0)).collect();
        let told = told_secrets::told(self.evaluator, (&address, &place), &given);
        self.gathered.cluster.secrets.extend(told);
        let vaults = &mut self.gathered.vaults;
        let before = vaults.entries.len();
        if !entries::read_call(&source, &address, &place, argument, vaults) {
            vaults.open.extend(entries::open_vaults(self.evaluator, (name, &source), &given));
        }
        self.uses(before, instance, Named::Call(name, None));
    }

    /// Notes whether something uses the entries that were found since there were `before`.
    fn uses(&mut self, before: usize, instance: &Rc<Instance<'w>>, named: Named<'w>) {
        let Gathered { vaults, used, .. } = &mut *self.gathered;
        let new = vaults.entries.get(before..).unwrap_or_default();
        if !new.is_empty() && self.evaluator.is_used(instance, named) {
            used.extend(new.iter().map(|entry| entry.address.clone()));
        }
    }
}
