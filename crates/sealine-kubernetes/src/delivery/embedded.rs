//! Manifests and Helm releases that stand in Terraform.
//!
//! Invariant: what Terraform brings stands in no delivery of GitOps; it is said who declares it.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::{Embedded, EmbeddedContent, HelmRelease, Tree};
use sealine_model::{Facts, Value};

use super::content::names_of_secrets;
use super::handed::{self, Sight};
use super::inventory::RepoId;
use super::lookup::Lookup;
use super::object::{Made, Object};
use super::plan::{Top, roots_of};
use super::visit::read_objects;
use super::{Options, World};
use crate::helm;
use crate::manifest::hide_values;

/// Reads what stands in Terraform; returns the roots among its objects.
pub(crate) fn read(lookup: &Lookup<'_>, embedded: &[Embedded], world: &mut World) -> Vec<Top> {
    let mut units: BTreeMap<(&str, &str), Facts> = BTreeMap::new();
    let mut children = Vec::new();
    let beside = manifests_of_units(embedded);
    for item in embedded {
        let Some(repo) = lookup.inventory.repo_id(&item.repo) else { continue };
        let facts = units.entry((&item.repo, &item.unit)).or_insert_with(|| Facts {
            repo: item.repo.clone(),
            unit: item.unit.clone(),
            ..Facts::default()
        });
        let (objects, scope) = match &item.content {
            EmbeddedContent::Manifest(tree) => {
                let mut tree = tree.clone();
                hide_values(&mut tree);
                (vec![Object::made(tree, Made::Terraform)], Scope::undelivered(Value::unknown()))
            }
            EmbeddedContent::Helm(release) => {
                let scope = Scope::undelivered(release.namespace.clone());
                (self::release(lookup, repo, release, &scope, facts, world), scope)
            }
        };
        read_objects(lookup, &objects, &scope, facts);
        let beside = match &item.content {
            EmbeddedContent::Manifest(_) => beside.get(&(&*item.repo, &*item.unit)),
            EmbeddedContent::Helm(_) => None,
        };
        let beside = beside.unwrap_or(&objects);
        children.extend(objects.iter().flat_map(|object| {
            let roots = roots_of(&object.tree, &scope.namespace, repo, lookup, beside);
            roots.into_iter().map(move |root| Top { repo, document: None, root: Box::new(root) })
        }));
    }
    world.facts.extend(units.into_values());
    children
}

/// Returns the manifests that each unit makes: a source of Flux may be one beside what is brought from it.
fn manifests_of_units(embedded: &[Embedded]) -> BTreeMap<(&str, &str), Vec<Object>> {
    let mut found: BTreeMap<(&str, &str), Vec<Object>> = BTreeMap::new();
    for item in embedded {
        if let EmbeddedContent::Manifest(tree) = &item.content {
            let mut tree = tree.clone();
            hide_values(&mut tree);
            let made = Object::made(tree, Made::Terraform);
            found.entry((&item.repo, &item.unit)).or_default().push(made);
        }
    }
    found
}

/// Returns the names that Terraform gives to the Secrets it makes, by a manifest or without one.
pub(crate) fn secret_names(options: &Options) -> BTreeSet<String> {
    let manifests = options.embedded.iter().filter_map(|item| match &item.content {
        EmbeddedContent::Manifest(tree) => Some(tree),
        EmbeddedContent::Helm(_) => None,
    });
    manifests.flat_map(names_of_secrets).chain(options.secret_names.iter().cloned()).collect()
}

/// Renders a release whose chart is in a loaded repository; of another one the values are read by
/// the names that people give them.
fn release(
    lookup: &Lookup<'_>,
    repo: RepoId,
    release: &HelmRelease,
    scope: &Scope,
    facts: &mut Facts,
    world: &mut World,
) -> Vec<Object> {
    let consumer = Consumer {
        kind: "helm_release".to_owned(),
        name: release.name.clone(),
        part: String::new(),
        place: release.name_place.clone(),
    };
    let published = || {
        let chart = release.chart.text()?;
        let version = release.version.as_ref().and_then(Value::text);
        let (url, name) = match chart.rsplit_once('/').filter(|_| chart.starts_with("oci://")) {
            Some((url, name)) => (url.to_owned(), name),
            None => (release.repository.as_ref()?.text()?, chart.as_str()),
        };
        lookup.published_chart(&url, name, version.as_deref())
    };
    let name = release.name.text();
    let local = release.chart_path.as_ref().map(|path| (repo, path.clone()));
    let found = local.or_else(published);
    let loaded = found.and_then(|(repo, folder)| {
        let loaded = lookup.chart(repo, &folder)?;
        world.charts.insert((repo, folder));
        Some(loaded)
    });
    let read_values = |values: &[Tree], beside: &[Object], facts: &mut Facts| {
        let sight = Sight::new(lookup.inventory, beside);
        handed::read_values(values, name.as_deref(), scope, &consumer, &sight, facts)
    };
    let Some(loaded) = loaded else { return read_values(&release.values, &[], facts) };
    let who = helm::Release::new(release.name.clone(), release.namespace.clone());
    let project = lookup.inventory.project;
    let rendered = helm::render(&loaded, &release.values, None, &who, project);
    facts.notes.extend(loaded.all_notes());
    facts.notes.extend(rendered.notes);
    facts.mishaps.extend(loaded.mishaps.iter().cloned());
    facts.reads.extend(loaded.reads.iter().cloned());
    let mut objects = rendered.objects;
    let handed = read_values(&rendered.unread, &objects, facts);
    objects.extend(handed);
    objects
}
