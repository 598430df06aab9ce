//! From a project's files to facts: which root brings which object to which cluster and namespace.
//!
//! The steps: all YAML is sorted ([`inventory`]); the roots at the top are found ([`plan`]); each root
//! is carried out, then the roots it brought ([`visit`]); what no root brought is read by itself
//! ([`loose`]). A manifest is parsed by who reads it first ([`content`]).
//!
//! Invariants: reading never fails and ends on any input; the facts do not depend on the order of
//! files.

mod charts;
mod content;
mod devtron;
mod embedded;
pub(crate) mod folders;
pub(crate) mod handed;
mod idle;
pub(crate) mod inventory;
mod left_out;
pub(crate) mod lookup;
mod loose;
pub(crate) mod mishaps;
pub(crate) mod nested;
pub(crate) mod object;
pub(crate) mod plan;
pub(crate) mod printed;
mod quotes;
mod recent;
mod resource_set;
pub(crate) mod root;
mod shallow;
pub(crate) mod substitution;
mod template;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
mod undelivered;
mod variants;
mod visit;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::Embedded;
use sealine_source::Project;

use crate::helmfile;
use inventory::{DocumentId, Inventory, RepoId};
use lookup::Lookup;
use plan::Top;
use visit::{Visit, Visited};

/// How many roots may stand above one another.
const MAX_DEPTH: usize = 16;
/// How many roots one run may have.
const MAX_ROOTS: usize = 20_000;

/// What is seen of a project beyond its files, and how much of it is kept.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Manifests and Helm releases that stand in Terraform.
    pub embedded: Vec<Embedded>,
    /// The names of the Secrets that Terraform makes without a manifest.
    pub secret_names: BTreeSet<String>,
    /// What the facts are for.
    pub purpose: Purpose,
}

/// What the facts of manifests are read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To be judged.
    #[default]
    Judging,
    /// To render `ExternalSecret`s: most of their trees are kept.
    Rendering,
    /// To show the chain: of charts that nobody delivers the parts are read, too, that are switched off, and
    /// values files that nobody takes up.
    Showing,
}

/// What was read of a project.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// One unit for each delivery root, for each chart that no root delivers, and for the loose
    /// manifests of each repository.
    pub facts: Vec<Facts>,
}

/// What the roots brought, taken together.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// The facts so far.
    pub(crate) facts: Vec<Facts>,
    /// The documents that some root brings.
    pub(crate) documents: HashSet<DocumentId>,
    /// The files that some root read.
    pub(crate) files: HashSet<(RepoId, String)>,
    /// The folders that Applications take without those below them.
    shallow: Vec<shallow::Shallow>,
    /// Whether some root may take up any folder.
    may_take_any: bool,
    /// The charts that some root renders.
    pub(crate) charts: BTreeSet<(RepoId, String)>,
    /// The kustomizations that no root named when the roots were looked for: the index of their
    /// facts, and their file.
    unnamed: Vec<(usize, (RepoId, String))>,
    /// The files that the other roots read.
    named_files: HashSet<(RepoId, String)>,
}

impl World {
    /// Takes what a root brought, and returns the roots among it.
    fn take(&mut self, visit: &Visit, done: Visited) -> Vec<Top> {
        let is_unnamed = visit.top.root.kind == DeliveryKind::Kustomization
            && visit.depth == 0
            && done.children.is_empty();
        if is_unnamed {
            let file = &visit.top.root.place.file;
            self.unnamed.push((self.facts.len(), (visit.top.repo, file.path.clone())));
        } else {
            self.named_files.extend(done.files.iter().cloned());
        }
        self.facts.push(done.facts);
        self.documents.extend(done.documents);
        self.files.extend(done.files);
        self.charts.extend(done.charts);
        self.shallow.extend(done.shallow);
        self.may_take_any |= done.may_take_any;
        done.children
    }

    /// Drops the kustomizations that a root which a chart made has named after all.
    fn drop_named(&mut self) {
        let is_named = |(_, file): &&(usize, (RepoId, String))| self.named_files.contains(file);
        let dropped: BTreeSet<usize> =
            self.unnamed.iter().filter(is_named).map(|(index, _)| *index).collect();
        let mut index = 0;
        self.facts.retain(|_| {
            index += 1;
            !dropped.contains(&(index - 1))
        });
    }
}

/// Reads the manifests of a project, as its delivery roots bring them to clusters.
pub fn read(project: &Project, options: &Options) -> Reading {
    let inventory = Inventory::new(project).knowing(embedded::secret_names(options));
    let lookup = Lookup::new(&inventory, options.purpose);
    let mut world = World::default();
    let mut delivered = Deliverer::default();
    let from_terraform = embedded::read(&lookup, &options.embedded, &mut world);
    delivered.deliver(&lookup, plan::tops(&lookup, from_terraform), &mut world);
    let (releases, unread) = helmfile::tops(&lookup);
    world.facts.extend(unread);
    delivered.deliver(&lookup, releases, &mut world);
    let devtron = devtron::tops(&lookup, &world);
    delivered.deliver(&lookup, devtron, &mut world);
    let rest = charts::render_rest(&lookup, &mut world);
    delivered.deliver(&lookup, rest, &mut world);
    world.drop_named();
    undelivered::find_folders(&lookup, &mut world);
    charts::scan_values(&lookup, &mut world);
    idle::read(&lookup, &mut world);
    for repo in 0..inventory.shelves.len() {
        let facts = loose::read(&lookup, repo, &world);
        world.facts.push(facts);
    }
    world.facts.par_iter_mut().for_each(|facts| quotes::note(facts, project));
    drop(lookup);
    inventory.free();
    Reading { facts: world.facts }
}

/// How many roots are carried out before what they brought is taken together.
const VISITS_AT_ONCE: usize = 256;

/// What was carried out so far.
#[derive(Default)]
struct Deliverer {
    ids: Ids,
    seen: HashSet<(usize, Option<DocumentId>, String)>,
    trees: usize,
    count: usize,
}

impl Deliverer {
    /// Carries out roots, then the roots that those brought, level by level.
    fn deliver(&mut self, lookup: &Lookup<'_>, tops: Vec<Top>, world: &mut World) {
        let mut level: Vec<Visit> = Vec::with_capacity(tops.len());
        for top in tops {
            let tree = self.trees;
            self.trees += 1;
            level.extend(self.visit(top, None, tree));
        }
        while !level.is_empty() {
            // With room for the loose manifests: a list that grows by one makes room for as many again.
            world.facts.reserve_exact(level.len() + lookup.inventory.shelves.len());
            let mut below = Vec::new();
            let mut rest = level.into_iter();
            while !rest.as_slice().is_empty() {
                let visits: Vec<Visit> = rest.by_ref().take(VISITS_AT_ONCE).collect();
                let visited: Vec<Visited> =
                    visits.par_iter().map(|next| visit::visit(lookup, next)).collect();
                for (parent, done) in visits.iter().zip(visited) {
                    for top in world.take(parent, done) {
                        below.extend(self.visit(top, Some(parent), parent.tree));
                    }
                }
            }
            level = below;
        }
    }

    /// Returns the visit of a root, unless its tree has had it or the budgets are used up.
    fn visit(&mut self, top: Top, parent: Option<&Visit>, tree: usize) -> Option<Visit> {
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        let key = (tree, top.document.clone(), top.root.id());
        if depth > MAX_DEPTH || self.count >= MAX_ROOTS || !self.seen.insert(key) {
            return None;
        }
        self.count += 1;
        let parent = parent.map(|parent| Arc::clone(&parent.id));
        let id = self.ids.claim(&top, parent.as_deref());
        Some(Visit { id, parent, tree, depth, top })
    }
}

/// The ids given so far.
#[derive(Default)]
struct Ids {
    given: BTreeMap<String, usize>,
}

impl Ids {
    /// Returns an id that no other root has: a root whose name is taken is told apart by the root
    /// that brings it, or by its file.
    fn claim(&mut self, top: &Top, parent: Option<&str>) -> Arc<str> {
        let mut id = top.root.id();
        if self.given.contains_key(&id) {
            let file = &top.root.place.file;
            let file = format!("{}/{}", file.repo, file.path);
            id = format!("{id}@{}", parent.unwrap_or(&file));
        }
        let count = self.given.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            id = format!("{id}#{count}");
        }
        id.into()
    }
}
