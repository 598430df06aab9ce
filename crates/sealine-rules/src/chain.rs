//! Joints of the chain as rules look at them: grouped by root cause.
//!
//! Invariant: one root cause is one group, however many places show it.

use std::collections::BTreeMap;

use sealine_model::graph::{FactId, ProducerId, ReadLink, UseLink};
use sealine_model::kubernetes::{ExternalSecret, Keys, RemoteRead, Scope, SecretUse};
use sealine_model::vault::{Entry, VaultIdentity};
use sealine_model::{Piece, Value};
use sealine_source::Place;

use crate::Context;
use crate::evidence::{World, cluster, vault_world};

/// Returns the `ExternalSecret` and the item of a resolved read.
pub(crate) fn read_of<'a>(
    context: &Context<'a>,
    link: &ReadLink,
) -> (&'a ExternalSecret, &'a RemoteRead) {
    let unit = &context.facts[link.external_secret.unit];
    let external = &unit.external_secrets[link.external_secret.item];
    (external, &external.reads[link.read])
}

/// Returns the entry of this id.
pub(crate) fn entry_of<'a>(context: &Context<'a>, id: FactId) -> &'a Entry {
    &context.facts[id.unit].entries[id.item]
}

/// Returns the use of a resolved read of a Secret.
pub(crate) fn use_of<'a>(context: &Context<'a>, link: &UseLink) -> &'a SecretUse {
    &context.facts[link.reader.unit].uses[link.reader.item]
}

/// A key of a vault that nothing in sight creates, with all who read it.
#[derive(Debug)]
pub(crate) struct UnresolvedKey<'a> {
    /// The vault.
    pub(crate) vault: &'a VaultIdentity,
    /// The vault's name for people.
    pub(crate) label: String,
    /// The entry's name.
    pub(crate) name: String,
    /// The cluster that reads it, when that is known.
    pub(crate) cluster: Option<&'a str>,
    /// What is known of who creates entries there. Never open.
    pub(crate) world: World,
    /// The readers, each place once, in the order of their places.
    pub(crate) readers: Vec<(&'a ExternalSecret, &'a RemoteRead)>,
}

impl UnresolvedKey<'_> {
    /// Returns the id of the entry that is missing.
    pub(crate) fn subject(&self) -> String {
        let entry = format!("vault/{}/{}", self.label, self.name);
        match self.cluster {
            Some(cluster) => format!("{entry}@{cluster}"),
            None => entry,
        }
    }
}

/// Returns the names that entries have by the default of a variable of their root, with a hole for
/// what a run may give instead, and their vaults; and those that other values would make, where these
/// make none. A name that is such a default and nothing else may be any name, and is left out.
fn names_by_default<'a>(context: &'a Context<'_>) -> Vec<(&'a VaultIdentity, Value)> {
    let mut found = Vec::new();
    for facts in context.facts {
        let roots = facts.terraform.iter().filter(|module| module.root.is_some());
        let dormant = roots.flat_map(|module| &module.dormant_entries);
        let dormant = dormant.filter(|entry| !entry.name.is_unknown());
        found.extend(dormant.map(|entry| (&entry.vault, entry.name.clone())));
        let defaults = facts.defaults();
        if defaults.is_empty() {
            continue;
        }
        let is_default = |place: &Place| defaults.iter().any(|default| default.contains(place));
        for entry in &facts.entries {
            let name = Value::from_pieces(entry.name.pieces().iter().map(|piece| match piece {
                Piece::Literal { place: Some(place), .. } if is_default(place) => Piece::Hole,
                other => other.clone(),
            }));
            if !name.is_known() && !name.is_unknown() {
                found.push((&entry.vault, name));
            }
        }
    }
    found
}

/// Returns the keys that nothing in sight creates, in vaults of which that can be said. A key that
/// an entry would have if a run gave another value to a variable is none of them.
pub(crate) fn unresolved_keys<'a>(context: &'a Context<'_>) -> Vec<UnresolvedKey<'a>> {
    let mut worlds: BTreeMap<&VaultIdentity, World> = BTreeMap::new();
    let mut groups: BTreeMap<(String, String, Option<&str>), UnresolvedKey<'a>> = BTreeMap::new();
    for link in &context.links.reads {
        let Some(vault) = &link.vault else { continue };
        let Some(name) = link.name.text() else { continue };
        if !link.entries.is_empty() || vault.kind.is_own_id(&name) {
            continue;
        }
        let world = *worlds.entry(vault).or_insert_with(|| vault_world(context, vault));
        if world == World::Open {
            continue;
        }
        let (external, read) = read_of(context, link);
        let cluster = cluster(context, &external.scope);
        let label = vault.label();
        let key = (label.clone(), name.clone(), cluster);
        let group = groups.entry(key).or_insert_with(|| UnresolvedKey {
            vault,
            label,
            name,
            cluster,
            world,
            readers: Vec::new(),
        });
        if !group.readers.iter().any(|(_, known)| known.place == read.place) {
            group.readers.push((external, read));
        }
    }
    let mut keys: Vec<UnresolvedKey<'a>> = groups.into_values().collect();
    let other_names = names_by_default(context);
    keys.retain(|key| {
        let may_make = |(vault, name): &(&VaultIdentity, Value)| {
            vault.unify(key.vault).is_some() && name.fits(&key.name)
        };
        !other_names.iter().any(may_make)
    });
    for key in &mut keys {
        key.readers.sort_by(|(_, one), (_, two)| one.place.cmp(&two.place));
    }
    keys
}

/// Readers of one Secret that nothing in their scope makes.
#[derive(Debug)]
pub(crate) struct UnresolvedSecret<'a> {
    /// The scope of the first reader.
    pub(crate) scope: &'a Scope,
    /// The namespace.
    pub(crate) namespace: String,
    /// The Secret's name.
    pub(crate) name: String,
    /// The readers, each place once, in the order of their places.
    pub(crate) readers: Vec<&'a SecretUse>,
}

/// Returns the Secrets that readers name in full and that nothing in their scope makes.
pub(crate) fn unresolved_secrets<'a>(
    context: &'a Context<'_>,
    counts: impl Fn(&SecretUse) -> bool,
) -> Vec<UnresolvedSecret<'a>> {
    let mut groups: BTreeMap<(Option<&str>, String, String), UnresolvedSecret<'a>> =
        BTreeMap::new();
    for link in &context.links.uses {
        let reader = use_of(context, link);
        if !link.producers.is_empty() || !counts(reader) {
            continue;
        }
        let (Some(name), Some(namespace)) = (reader.secret.text(), reader.scope.namespace.text())
        else {
            continue;
        };
        if name.is_empty() || namespace.is_empty() {
            continue;
        }
        let key = (cluster(context, &reader.scope), namespace.clone(), name.clone());
        let group = groups.entry(key).or_insert_with(|| UnresolvedSecret {
            scope: &reader.scope,
            namespace,
            name,
            readers: Vec::new(),
        });
        if !group.readers.iter().any(|known| known.place == reader.place) {
            group.readers.push(reader);
        }
    }
    let mut secrets: Vec<UnresolvedSecret<'a>> = groups.into_values().collect();
    for secret in &mut secrets {
        secret.readers.sort_by(|one, two| one.place.cmp(&two.place));
    }
    secrets
}

/// Returns the keys of the Secret that a maker makes, and where it is made.
pub(crate) fn made_by<'a>(context: &Context<'a>, id: ProducerId) -> (&'a Keys, &'a Place) {
    let fact = id.fact();
    let unit = &context.facts[fact.unit];
    match id {
        ProducerId::External(_) => {
            let target = &unit.external_secrets[fact.item].target;
            (&target.keys, &target.place)
        }
        ProducerId::Other(_) => {
            let secret = &unit.secrets[fact.item];
            (&secret.keys, &secret.place)
        }
    }
}
