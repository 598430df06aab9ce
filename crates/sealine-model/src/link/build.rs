//! Makes nodes and edges of the resolved joints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sealine_source::Place;

use crate::graph::{Edge, Graph, Links, Node, ProducerId, ReadLink, Stage, UseLink};
use crate::kubernetes::{Consumer, ExternalSecret, Scope, Secret, SecretUse, StoreReference};
use crate::link::copies::{self, Classes, Made, Stores};
use crate::link::dormant::Dormant;
use crate::link::entry_index::EntryIndex;
use crate::link::names::{Names, entry_id, terraform_id};
use crate::link::readers;
use crate::link::secrets::{is_guess, producer, producers};
use crate::vault::{Entry, EntryOrigin, VaultIdentity};
use crate::{Asked, Certainty, Facts, Value};

/// Collects nodes and edges by id; positions are given once all ids are known and sorted.
#[derive(Default)]
pub(super) struct Builder {
    nodes: BTreeMap<String, Node>,
    edges: BTreeSet<(String, String, Place, Certainty)>,
}

/// Returns what orders the places of one node: what also lies packed in a chart is edited where it does not.
fn rank(place: &Place) -> (bool, &Place) {
    (place.file.is_packed(), place)
}

impl Builder {
    /// Adds a node, or tells an already mentioned one where it is declared.
    pub(super) fn node(
        &mut self,
        id: String,
        stage: Stage,
        name: &str,
        scope: &str,
        declared: Option<&Place>,
    ) -> String {
        let node = self.nodes.entry(id.clone()).or_insert_with(|| Node {
            id: id.clone(),
            stage,
            name: name.to_owned(),
            scope: scope.to_owned(),
            declared: None,
        });
        match (&node.declared, declared) {
            (Some(known), Some(place)) if rank(place) < rank(known) => {
                node.declared = Some(place.clone());
            }
            (None, Some(place)) => node.declared = Some(place.clone()),
            _ => {}
        }
        id
    }

    pub(super) fn edge(&mut self, from: &str, to: &str, at: &Place, certainty: Certainty) {
        self.edges.insert((from.to_owned(), to.to_owned(), at.clone(), certainty));
    }

    /// Adds an edge for where the value is written, and one for where it is asked for.
    pub(super) fn edges(
        &mut self,
        ends: (&str, &str),
        place: &Place,
        asked: &Asked,
        certainty: Certainty,
    ) {
        for at in [Some(place), asked.as_deref()].into_iter().flatten() {
            self.edge(ends.0, ends.1, at, certainty);
        }
    }

    fn finish(self) -> Graph {
        let nodes: Vec<Node> = self.nodes.into_values().collect();
        let index = |id: &str| nodes.binary_search_by(|node| node.id.as_str().cmp(id)).ok();
        let edges: BTreeSet<Edge> = self
            .edges
            .into_iter()
            .filter_map(|(from, to, at, certainty)| {
                Some(Edge { from: index(&from)?, to: index(&to)?, at, certainty })
            })
            .collect();
        let edges = edges.into_iter().collect();
        Graph { nodes, edges }
    }
}

/// Returns the chain that these facts and their joints make.
pub fn graph(facts: &[Facts], links: &Links) -> Graph {
    let mut builder = Builder::default();
    let names = Names::of(facts, links);
    let entries = EntryIndex::of(facts);
    let dormant = Dormant::of(facts);
    let classes = Classes::of(&names, facts);
    for unit in facts {
        vaults_and_entries(&mut builder, unit);
        stores(&mut builder, &names, unit);
        readers::entry_reads(&mut builder, &names, facts, &entries, unit);
        readers::class_mounts(&mut builder, &names, &classes, unit);
    }
    let made = Made::of(&names, facts, links);
    let of_name = Stores::of(&names, facts);
    for unit in facts {
        finds(&mut builder, &names, facts, &of_name, unit);
    }
    for read in &links.reads {
        external_read(&mut builder, &names, facts, (&made, &dormant, &of_name), read);
    }
    // A guess says where a Secret is declared only where nothing else does.
    let (guesses, sure): (Vec<_>, Vec<_>) = producers(facts).partition(|id| is_guess(facts, *id));
    for id in sure.into_iter().chain(guesses) {
        produced_secret(&mut builder, &names, facts, id);
    }
    for link in &links.uses {
        secret_use(&mut builder, &names, facts, (links, &dormant), link);
    }
    readers::makers(&mut builder, &names, facts, links);
    // They begin at nodes that something else has made.
    for unit in facts {
        passings(&mut builder, unit);
    }
    builder.finish()
}

fn vaults_and_entries(builder: &mut Builder, unit: &Facts) {
    for vault in &unit.vaults {
        let label = vault.identity.label();
        let declared = vault.created.then_some(&vault.place);
        builder.node(format!("vault/{label}"), Stage::Vault, &label, "", declared);
    }
    for entry in &unit.entries {
        let id = declared_entry(builder, unit, entry, Certainty::Exact);
        let label = entry.vault.label();
        let vault = builder.node(format!("vault/{label}"), Stage::Vault, &label, "", None);
        builder.edge(&vault, &id, &entry.place, Certainty::Exact);
    }
}

/// Adds an entry and what creates it, as surely as `most`, and returns the entry's id.
fn declared_entry(builder: &mut Builder, unit: &Facts, entry: &Entry, most: Certainty) -> String {
    let id = entry_node(builder, entry);
    let source = match entry.origin {
        EntryOrigin::Terraform => {
            Some((terraform_id(unit, &entry.address), Stage::TerraformResource))
        }
        EntryOrigin::PushSecret => Some((entry.address.clone(), Stage::ExternalSecret)),
        EntryOrigin::Configured => None,
    };
    if let Some((source, stage)) = source {
        let from = builder.node(source, stage, &entry.address, &unit.repo, Some(&entry.place));
        let at = entry.name_place.as_ref().unwrap_or(&entry.place);
        let sure = if entry.name.is_known() { Certainty::Exact } else { Certainty::Pattern };
        builder.edge(&from, &id, at, sure.min(most));
    }
    id
}

/// What Secrets of Terraform take from entries and from what reads these.
fn passings(builder: &mut Builder, unit: &Facts) {
    for passing in unit.terraform.iter().flat_map(|module| &module.passings) {
        let whole = terraform_id(unit, &passing.from);
        // Of several instances each gives its own to the one with the same key, where there is one.
        let key = passing.to.find('[').and_then(|at| passing.to.get(at..)).unwrap_or_default();
        let same = format!("{whole}{key}");
        let instances =
            builder.nodes.range(format!("{whole}[")..format!("{whole}\\")).map(|it| it.0);
        let from: Vec<String> = [&whole, &same]
            .into_iter()
            .find(|id| builder.nodes.contains_key(*id))
            .map_or_else(|| instances.cloned().collect(), |id| vec![id.clone()]);
        let sure = if from.len() > 1 { Certainty::Pattern } else { Certainty::Exact };
        let id = terraform_id(unit, &passing.to);
        for from in from {
            let stage = Stage::TerraformResource;
            let to = builder.node(id.clone(), stage, &passing.to, &unit.repo, None);
            builder.edge(&from, &to, &passing.at, sure);
        }
    }
}

pub(super) fn entry_node(builder: &mut Builder, entry: &Entry) -> String {
    let id = entry_id(&entry.vault, &entry.name);
    let scope = entry.vault.label();
    let place = entry.listed().unwrap_or(&entry.place);
    builder.node(id, Stage::VaultEntry, &entry.name.pattern(), &scope, Some(place))
}

fn stores(builder: &mut Builder, names: &Names<'_>, unit: &Facts) {
    for store in &unit.stores {
        let id = names.declared_store(store);
        let namespace = store.scope.namespace.pattern();
        let place = Some(declared(&store.place, &store.asked));
        let to = builder.node(id, Stage::Store, &store.name.pattern(), &namespace, place);
        if let Some(vault) = &store.vault {
            let label = vault.label();
            let from = builder.node(format!("vault/{label}"), Stage::Vault, &label, "", None);
            builder.edge(&from, &to, &store.place, Certainty::Exact);
        }
    }
}

/// Joins stores to whoever looks for entries there, whatever is found.
fn finds(builder: &mut Builder, names: &Names<'_>, facts: &[Facts], stores: &Stores, unit: &Facts) {
    for external in &unit.external_secrets {
        for reference in external.finds.iter().filter(|reference| reference.name.is_known()) {
            let to = external_node(builder, names, external);
            read_through(
                builder,
                stores.nearest(names, facts, external, reference),
                reference,
                &to,
            );
        }
    }
}

fn external_node(builder: &mut Builder, names: &Names<'_>, external: &ExternalSecret) -> String {
    let (name, namespace) = (external.name.pattern(), external.scope.namespace.pattern());
    let place = Some(declared(&external.place, &external.asked));
    let id = names.external(external);
    builder.node(id, Stage::ExternalSecret, &name, &namespace, place)
}

/// Joins the stores that a reference means to who reads through them.
fn read_through(
    builder: &mut Builder,
    stores: BTreeSet<String>,
    reference: &StoreReference,
    to: &str,
) {
    for id in stores {
        let from = builder.node(id, Stage::Store, &reference.name.pattern(), "", None);
        builder.edges((&from, to), &reference.place, &reference.asked, Certainty::Exact);
    }
}

fn external_read(
    builder: &mut Builder,
    names: &Names<'_>,
    facts: &[Facts],
    (made, dormant, stores): (&Made, &Dormant<'_>, &Stores),
    link: &ReadLink,
) {
    let unit = &facts[link.external_secret.unit];
    let external = &unit.external_secrets[link.external_secret.item];
    let read = &external.reads[link.read];
    let to = external_node(builder, names, external);
    if let Some(reference) = read.store.as_ref().or(external.store.as_ref()) {
        let meant = match link.stores.as_slice() {
            [only] if !reference.name.is_known() => {
                BTreeSet::from([names.declared_store(&facts[only.unit].stores[only.item])])
            }
            _ => stores.nearest(names, facts, external, reference),
        };
        read_through(builder, meant, reference, &to);
    }
    for (entry, certainty) in &link.entries {
        let from = entry_node(builder, &facts[entry.unit].entries[entry.item]);
        builder.edges((&from, &to), &read.place, &read.asked, *certainty);
    }
    let asleep = if link.entries.is_empty() { dormant.entries(link) } else { Vec::new() };
    for (unit, entry) in &asleep {
        let from = declared_entry(builder, unit, entry, Certainty::Assumed);
        builder.edges((&from, &to), &read.place, &read.asked, Certainty::Assumed);
    }
    if link.entries.is_empty() && asleep.is_empty() {
        let (scope, id) = undeclared(link.vault.as_ref(), &link.name);
        let from = builder.node(id, Stage::VaultEntry, &link.name.pattern(), &scope, None);
        builder.edges((&from, &to), &read.place, &read.asked, sure_of(&link.name));
        // The entry is a Secret of the cluster.
        let own = link.vault.as_ref().and_then(VaultIdentity::namespace_of_secrets);
        if let Some(namespace) = own {
            let scope = Scope { namespace: namespace.clone(), ..external.scope.clone() };
            let id = names.object("Secret", &scope, &link.name);
            let reader = (&external.scope, &external.place);
            let mut near = copies::nearest(names, facts, reader, made.get(&id));
            if near.is_empty() {
                near.push((id, sure_of(&link.name)));
            }
            let (name, namespace) = (link.name.pattern(), namespace.pattern());
            for (id, certainty) in near {
                let secret = builder.node(id, Stage::Secret, &name, &namespace, None);
                builder.edge(&secret, &from, &read.place, certainty);
            }
        }
    }
}

/// Returns the scope and the id of an entry that nobody in sight declares.
pub(super) fn undeclared(vault: Option<&VaultIdentity>, name: &Value) -> (String, String) {
    match vault {
        Some(vault) => (vault.label(), entry_id(vault, name)),
        None => ("?".to_owned(), format!("vault/?/{name}")),
    }
}

/// Returns how sure it is that what nobody in sight declares is the entry of this name: all that have an
/// unknown one are one node.
pub(super) fn sure_of(name: &Value) -> Certainty {
    match name.is_known() {
        true => Certainty::Exact,
        false if name.is_unknown() => Certainty::Assumed,
        false => Certainty::Pattern,
    }
}

fn produced_secret(builder: &mut Builder, names: &Names<'_>, facts: &[Facts], id: ProducerId) {
    let fact = id.fact();
    let unit = &facts[fact.unit];
    let (scope, name) = producer(facts, id);
    let namespace = scope.namespace.pattern();
    let secret = names.copy_made(facts, id);
    match id {
        ProducerId::External(_) => {
            let external = &unit.external_secrets[fact.item];
            let from = external_node(builder, names, external);
            let target = &external.target;
            let place = Some(declared(&target.place, &target.asked));
            let to = builder.node(secret, Stage::Secret, &name.pattern(), &namespace, place);
            builder.edges((&from, &to), &target.place, &target.asked, Certainty::Exact);
        }
        ProducerId::Other(_) => {
            let fact = &unit.secrets[fact.item];
            let is_declared = |node: &Node| node.declared.is_some();
            let is_second =
                is_guess(facts, id) && builder.nodes.get(&secret).is_some_and(is_declared);
            let place = (!is_second).then(|| declared(&fact.place, &fact.asked));
            let to = builder.node(secret, Stage::Secret, &name.pattern(), &namespace, place);
            if fact.origin == crate::kubernetes::SecretOrigin::Terraform {
                let from = terraform_id(unit, &fact.maker);
                let from = builder.node(
                    from,
                    Stage::TerraformResource,
                    &fact.maker,
                    &unit.repo,
                    Some(&fact.place),
                );
                builder.edge(&from, &to, &fact.place, Certainty::Exact);
            }
        }
    }
}

/// Returns where an object stands: where it asks for its name, when that is written elsewhere and what asks
/// is no member of a packed chart, which nobody opens.
pub(super) fn declared<'a>(place: &'a Place, asked: &'a Asked) -> &'a Place {
    asked.as_deref().filter(|asked| !asked.file.is_packed()).unwrap_or(place)
}

/// Whether a module would make the Secret that it reads itself.
fn is_beside(secret: &Secret, reader: &SecretUse) -> bool {
    let (made, read) = (&secret.place.file, &reader.consumer.place.file);
    made.repo == read.repo
        && made.folder() == read.folder()
        && Path::new(&read.path).extension().is_some_and(|it| it == "tf")
}

fn secret_use(
    builder: &mut Builder,
    names: &Names<'_>,
    facts: &[Facts],
    (links, dormant): (&Links, &Dormant<'_>),
    link: &UseLink,
) {
    let reader = &facts[link.reader.unit].uses[link.reader.item];
    if reader.secret.is_unknown() {
        return;
    }
    let stage = match reader.consumer.kind.as_str() {
        "ExternalSecret" | "ClusterExternalSecret" | "PushSecret" | "ClusterPushSecret" => {
            Stage::ExternalSecret
        }
        "SecretStore" | "ClusterSecretStore" => Stage::Store,
        Consumer::TERRAFORM => Stage::TerraformResource,
        _ => Stage::Workload,
    };
    let id = names.consumer(&reader.scope, &reader.consumer);
    let namespace = reader.scope.namespace.pattern();
    let place = Some(&reader.consumer.place);
    let to = if stage == Stage::TerraformResource {
        let repo = &facts[link.reader.unit].repo;
        builder.node(id, stage, &reader.consumer.part, repo, place)
    } else {
        builder.node(id, stage, &reader.consumer.name.pattern(), &namespace, place)
    };
    let mut asleep = dormant.secrets(links, reader);
    let is_guessed = link.producers.iter().all(|(_, certainty)| *certainty == Certainty::Assumed);
    let beside = |(_, secret): &(&Facts, &Secret)| is_beside(secret, reader);
    let is_own = !link.producers.is_empty() && is_guessed && asleep.iter().any(beside);
    if is_own {
        asleep.retain(beside);
    } else {
        let at = (&reader.scope, &reader.consumer.place);
        for (from, certainty) in copies::nearest(names, facts, at, &link.producers) {
            builder.edges((&from, &to), &reader.place, &reader.asked, certainty);
        }
    }
    if link.producers.is_empty() || is_own {
        let from = names.object("Secret", &reader.scope, &reader.secret);
        let from = builder.node(from, Stage::Secret, &reader.secret.pattern(), &namespace, None);
        let sure = if is_own { sure_of(&reader.secret) } else { reader.certainty };
        builder.edges((&from, &to), &reader.place, &reader.asked, sure.min(reader.certainty));
        for (unit, secret) in asleep {
            let id = terraform_id(unit, &secret.maker);
            let (stage, place) = (Stage::TerraformResource, Some(&secret.place));
            let maker = builder.node(id, stage, &secret.maker, &unit.repo, place);
            builder.edge(&maker, &from, &secret.place, Certainty::Assumed);
        }
    }
}
