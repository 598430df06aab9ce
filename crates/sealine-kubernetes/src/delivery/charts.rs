//! Charts that no root delivers: rendered once with their own values; and the values files beside
//! all charts.
//!
//! Invariant: nothing that is found here stands in a namespace or release that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use sealine_model::kubernetes::{Consumer, Scope, SecretUse};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};
use sealine_source::{FileName, Place};

use super::handed::Sight;
use super::inventory::{RepoId, file_name, in_folder, is_test_data};
use super::lookup::Lookup;
use super::nested;
use super::object::Object;
use super::plan::{Top, roots_of};
use super::root::Part;
use super::variants;
use super::visit::read_objects;
use super::{Purpose, World};
use crate::helm;
use crate::manifest::note_entries;

/// What a chart without a root came to.
struct Unowned {
    key: (RepoId, String),
    facts: Facts,
    children: Vec<Top>,
}

impl Unowned {
    /// Returns the charts that the roots among its objects render.
    fn brings(&self) -> impl Iterator<Item = (RepoId, String)> {
        self.children.iter().flat_map(|top| &top.root.parts).filter_map(|part| match part {
            Part::Chart(chart) => Some((chart.repo, chart.folder.clone())),
            _ => None,
        })
    }
}

/// Renders the charts that no root renders and that are no part of another one; returns the roots
/// among their objects.
pub(crate) fn render_rest(lookup: &Lookup<'_>, world: &mut World) -> Vec<Top> {
    let charts: Vec<(RepoId, String)> =
        all(lookup).into_iter().filter(|key| !world.charts.contains(key)).collect();
    let rendered: Vec<Unowned> =
        charts.par_iter().filter_map(|(repo, folder)| render(lookup, *repo, folder)).collect();
    let mut children = Vec::new();
    for unowned in tops(rendered) {
        world.facts.push(unowned.facts);
        children.extend(unowned.children);
    }
    children
}

/// Keeps the charts that no other one brings, and one of each circle.
fn tops(rendered: Vec<Unowned>) -> Vec<Unowned> {
    let brings: BTreeMap<(RepoId, String), BTreeSet<(RepoId, String)>> =
        rendered.iter().map(|unowned| (unowned.key.clone(), unowned.brings().collect())).collect();
    let brought: BTreeSet<&(RepoId, String)> = brings
        .iter()
        .flat_map(|(key, found)| found.iter().filter(move |other| *other != key))
        .collect();
    let mut kept: BTreeSet<&(RepoId, String)> =
        brings.keys().filter(|key| !brought.contains(key)).collect();
    let mut reached: BTreeSet<&(RepoId, String)> = BTreeSet::new();
    let mut open: Vec<&(RepoId, String)> = kept.iter().copied().collect();
    let mut rest = brings.keys();
    loop {
        while let Some(key) = open.pop() {
            if reached.insert(key) {
                open.extend(brings.get(key).into_iter().flatten());
            }
        }
        let Some(next) = rest.find(|key| !reached.contains(key)) else { break };
        kept.insert(next);
        open.push(next);
    }
    let kept: BTreeSet<(RepoId, String)> = kept.into_iter().cloned().collect();
    rendered.into_iter().filter(|unowned| kept.contains(&unowned.key)).collect()
}

/// Returns the charts that are no part of another one and not made for tests.
fn all(lookup: &Lookup<'_>) -> Vec<(RepoId, String)> {
    let shelves = lookup.inventory.shelves.iter().enumerate();
    let charts: Vec<(RepoId, &str)> = shelves
        .flat_map(|(repo, shelf)| shelf.charts.iter().map(move |folder| (repo, *folder)))
        .filter(|(_, folder)| !is_test_data(&in_folder(folder, "Chart.yaml")))
        .collect();
    let parts: BTreeSet<(RepoId, String)> = charts
        .par_iter()
        .flat_map_iter(|(repo, folder)| {
            let parts = helm::parts(lookup.inventory, *repo, folder);
            parts.into_iter().map(|part| (*repo, part))
        })
        .collect();
    let own = charts.into_iter().map(|(repo, folder)| (repo, folder.to_owned()));
    own.filter(|key| !parts.contains(key)).collect()
}

fn render(lookup: &Lookup<'_>, repo: RepoId, folder: &str) -> Option<Unowned> {
    let loaded = lookup.chart(repo, folder)?;
    let release = helm::Release::unknown();
    let project = lookup.inventory.project;
    let rendered = helm::render(&loaded, &[], None, &release, project);
    let mut facts = Facts {
        repo: lookup.inventory.repo_name(repo).to_owned(),
        unit: unit(lookup, repo, folder),
        ..Facts::default()
    };
    let scope = Scope::undelivered(Value::unknown());
    read_objects(lookup, &rendered.objects, &scope, &mut facts);
    if lookup.purpose == Purpose::Showing {
        variants::read(lookup, (repo, folder), &loaded, &scope, &mut facts);
    }
    facts.notes.extend(loaded.all_notes());
    facts.notes.extend(rendered.notes);
    facts.mishaps.extend(loaded.mishaps.iter().cloned());
    facts.reads.extend(loaded.reads.iter().cloned());
    if let Some(consumer) = consumer(lookup, repo, folder) {
        let sight = Sight::new(lookup.inventory, &rendered.objects);
        for values in &rendered.unread {
            nested::read_values(values, None, &scope, &consumer, &sight, &mut facts);
            note_entries(values, &scope, &consumer, &mut facts);
        }
    }
    let children = children(lookup, repo, &rendered.objects);
    Some(Unowned { key: (repo, folder.to_owned()), facts, children })
}

fn children(lookup: &Lookup<'_>, repo: RepoId, objects: &[Object]) -> Vec<Top> {
    let roots = objects
        .iter()
        .flat_map(|object| roots_of(&object.tree, &Value::unknown(), repo, lookup, objects));
    roots.map(|root| Top { repo, document: None, root: Box::new(root) }).collect()
}

fn unit(lookup: &Lookup<'_>, repo: RepoId, folder: &str) -> String {
    let name = if folder.is_empty() { lookup.inventory.repo_name(repo) } else { folder };
    format!("chart {name}")
}

fn consumer(lookup: &Lookup<'_>, repo: RepoId, folder: &str) -> Option<Consumer> {
    let path = in_folder(folder, "Chart.yaml");
    let file = lookup.inventory.file(repo, &path)?;
    let tree = file.first()?;
    let name = tree.get("name").and_then(Tree::text);
    let place = tree.get("name").and_then(Tree::place).cloned();
    let base = || file_name(folder).to_owned();
    Some(Consumer {
        kind: "Chart".to_owned(),
        name: Value::known(name.unwrap_or_else(base), place.clone()),
        part: String::new(),
        place: place.unwrap_or_else(|| file.source.top()),
    })
}

/// Where something stands that was read already.
pub(super) type Starts = BTreeSet<(Arc<FileName>, u32)>;

/// Returns where a place begins.
pub(super) fn start(place: &Place) -> (Arc<FileName>, u32) {
    (Arc::clone(&place.file), place.start)
}

/// Returns where the names of the Secrets stand that are read.
pub(super) fn names_read<'a>(facts: &'a Facts) -> impl Iterator<Item = &'a Place> {
    let places = |used: &'a SecretUse| used.secret.single_place().into_iter().chain([&used.place]);
    facts.uses.iter().flat_map(places)
}

/// Returns where the names of the entries stand that are read.
fn entries_read(facts: &Facts) -> impl Iterator<Item = &Place> {
    let externals = facts.external_secrets.iter().flat_map(|external| &external.reads);
    externals.map(|read| &read.place).chain(facts.entry_reads.iter().map(|read| &read.place))
}

/// Reads the values files beside all charts; what rendering has found stays out.
pub(crate) fn scan_values(lookup: &Lookup<'_>, world: &mut World) {
    let seen: Starts = world.facts.iter().flat_map(names_read).map(start).collect();
    let entries: Starts = world.facts.iter().flat_map(entries_read).map(start).collect();
    let charts = all(lookup);
    let scanned: Vec<Facts> = charts
        .par_iter()
        .filter_map(|(repo, folder)| {
            let consumer = consumer(lookup, *repo, folder)?;
            let mut facts = Facts {
                repo: lookup.inventory.repo_name(*repo).to_owned(),
                unit: format!("values of {}", unit(lookup, *repo, folder)),
                ..Facts::default()
            };
            let scope = Scope::undelivered(Value::unknown());
            helm::scan(lookup.inventory, *repo, folder, &scope, &consumer, &mut facts);
            facts.uses.retain(|used| !seen.contains(&start(&used.place)));
            facts.entry_reads.retain(|read| !entries.contains(&start(&read.place)));
            (!facts.uses.is_empty() || !facts.entry_reads.is_empty()).then_some(facts)
        })
        .collect();
    world.facts.extend(scanned);
}
