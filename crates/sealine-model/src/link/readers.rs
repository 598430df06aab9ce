//! What reads entries and is no `ExternalSecret`, and the volumes that show it.
//!
//! Invariant: copies of one object, as for clusters that nothing tells apart, are nodes of their own.

use crate::graph::Stage;
use crate::link::build::{Builder, declared, entry_node, sure_of, undeclared};
use crate::link::copies::Classes;
use crate::link::entries::assumed_entries;
use crate::link::entry_index::EntryIndex;
use crate::link::names::{Names, terraform_id};
use crate::vault::{EntryRead, ReadingObject};
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
            reading_object(builder, names, read, object)
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

/// Adds an object that reads entries, and the Secrets that it copies them to.
fn reading_object(
    builder: &mut Builder,
    names: &Names<'_>,
    read: &EntryRead,
    object: &ReadingObject,
) -> String {
    let namespace = object.scope.namespace.pattern();
    let place = Some(declared(&object.place, &object.asked));
    let name = object.name.pattern();
    let from = builder.node(names.reading(object), Stage::ExternalSecret, &name, &namespace, place);
    for copy in &object.copies {
        let id = names.copied(read, object, copy);
        let place = Some(declared(&copy.place, &copy.asked));
        let to = builder.node(id, Stage::Secret, &copy.name.pattern(), &namespace, place);
        builder.edges((&from, &to), &copy.place, &copy.asked, Certainty::Exact);
    }
    from
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
