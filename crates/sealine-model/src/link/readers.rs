//! What reads entries and is no `ExternalSecret`, and the volumes that show it.
//!
//! Invariant: copies of one object, as for clusters that nothing tells apart, are nodes of their own.

use std::collections::HashSet;

use sealine_source::Place;

use crate::graph::{Links, ProducerId, Stage};
use crate::kubernetes::Carrier;
use crate::link::build::{Builder, declared, entry_node, sure_of, undeclared};
use crate::link::copies::Classes;
use crate::link::entries::assumed_entries;
use crate::link::entry_index::EntryIndex;
use crate::link::names::{Names, terraform_id};
use crate::link::secrets::{is_guess, producers};
use crate::{Certainty, Facts};

/// The kind that volumes name.
pub(super) const PROVIDER_CLASS: &str = "SecretProviderClass";

/// Joins data sources, and objects that copy or show entries, to what they read.
pub(super) fn entry_reads(
    builder: &mut Builder,
    names: &Names<'_>,
    facts: &[Facts],
    entries: &EntryIndex,
    unit: &Facts,
) {
    for read in &unit.entry_reads {
        let to = if let Some(object) = &read.object {
            carrier(builder, names, object)
        } else {
            let id = terraform_id(unit, &read.reader);
            let (stage, at) = (Stage::TerraformResource, Some(&read.place));
            builder.node(id, stage, &read.reader, &unit.repo, at)
        };
        let meant = match &read.vault {
            Some(vault) => entries.find(facts, vault, &read.name),
            None => assumed_entries(facts, entries, &read.name),
        };
        for (entry, certainty) in &meant {
            let from = entry_node(builder, &facts[entry.unit].entries[entry.item]);
            builder.edges((&from, &to), &read.place, &read.asked, *certainty);
        }
        if meant.is_empty() {
            let (scope, id) = undeclared(read.vault.as_ref(), &read.name);
            let from = builder.node(id, Stage::VaultEntry, &read.name.pattern(), &scope, None);
            // That the values of a chart name an entry is a guess.
            let is_guess = read.object.as_ref().is_some_and(|object| object.name.is_unknown());
            let certainty = if is_guess { Certainty::Assumed } else { sure_of(&read.name) };
            builder.edges((&from, &to), &read.place, &read.asked, certainty);
        }
    }
}

/// Adds an object that carries values.
pub(super) fn carrier(builder: &mut Builder, names: &Names<'_>, object: &Carrier) -> String {
    let namespace = object.scope.namespace.pattern();
    let place = Some(declared(&object.place, &object.asked));
    let name = object.name.pattern();
    let is_code = Carrier::CODE.contains(&object.kind.as_str());
    let stage = if is_code { Stage::Workload } else { Stage::ExternalSecret };
    builder.node(names.carrier(object), stage, &name, &namespace, place)
}

/// Joins objects to the Secrets that operators make for them. One that reads such a Secret merely has it made on
/// its way.
pub(super) fn makers(builder: &mut Builder, names: &Names<'_>, facts: &[Facts], links: &Links) {
    let reads = links.uses.iter().flat_map(|link| {
        let reader = &facts[link.reader.unit].uses[link.reader.item].consumer.place;
        link.producers.iter().map(move |(id, _)| (*id, reader))
    });
    let reads: HashSet<(ProducerId, &Place)> = reads.collect();
    for id in producers(facts).filter(|id| !is_guess(facts, *id)) {
        let ProducerId::Other(fact) = id else { continue };
        let secret = &facts[fact.unit].secrets[fact.item];
        let Some(object) = &secret.by else { continue };
        if !reads.contains(&(id, &object.place)) {
            let from = carrier(builder, names, object);
            let to = names.copy_made(facts, id);
            builder.edges((&from, &to), &secret.place, &secret.asked, Certainty::Exact);
        }
    }
}

/// Joins provider classes to who shows them in a volume.
pub(super) fn class_mounts(
    builder: &mut Builder,
    names: &Names<'_>,
    classes: &Classes<'_>,
    unit: &Facts,
) {
    for mount in &unit.class_mounts {
        let namespace = mount.scope.namespace.pattern();
        let (id, name) = (names.consumer(&mount.scope, &mount.consumer), &mount.consumer.name);
        let place = Some(&mount.consumer.place);
        let to = builder.node(id, Stage::Workload, &name.pattern(), &namespace, place);
        let class = mount.class.pattern();
        for id in classes.nearest(names, mount) {
            let from = builder.node(id, Stage::ExternalSecret, &class, &namespace, None);
            builder.edges((&from, &to), &mount.place, &mount.asked, mount.certainty);
        }
    }
}
