//! Joins `ExternalSecret`s through their stores to vault entries.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::graph::{FactId, ReadLink};
use crate::kubernetes::{ExternalSecret, Scope, Store, StoreReference};
use crate::link::entry_index::{EntryIndex, tells_much};
use crate::link::names::push_id;
use crate::link::{Clusters, copies};
use crate::settings::Settings;
use crate::vault::{Entry, EntryObject, EntryOrigin, Filling, VaultIdentity, VaultKind};
use crate::{Alphabets, Certainty, Facts, Piece, Value};

/// All stores by name; those whose name is known in part only stand apart.
#[derive(Debug, Default)]
pub(super) struct StoreIndex {
    by_name: HashMap<String, Vec<FactId>>,
    patterns: Vec<FactId>,
}

impl StoreIndex {
    pub(super) fn of(facts: &[Facts]) -> Self {
        let mut index = Self::default();
        for (unit, facts) in facts.iter().enumerate() {
            for (item, store) in facts.stores.iter().enumerate() {
                let id = FactId { unit, item };
                match store.name.text() {
                    Some(name) => index.by_name.entry(name).or_default().push(id),
                    None => index.patterns.push(id),
                }
            }
        }
        index
    }

    /// Returns the stores that `reference`, made in `scope` of a unit, may mean: of those with the same
    /// name that is known in part, as what a chart calls after its release, the ones of its own unit.
    fn find(
        &self,
        facts: &[Facts],
        (unit, scope): (usize, &Scope),
        reference: &StoreReference,
        clusters: &Clusters,
    ) -> Vec<FactId> {
        let fits = |id: &&FactId| {
            let store = store(facts, **id);
            store.cluster_wide == reference.cluster_wide
                && store.name.unify(&reference.name).is_some()
                && if store.cluster_wide {
                    clusters.same_cluster(&store.scope, scope)
                } else {
                    clusters.unify(&store.scope, scope).is_some()
                }
        };
        let named = reference.name.text().and_then(|name| self.by_name.get(&name));
        let mut found: Vec<FactId> = named.into_iter().flatten().filter(fits).copied().collect();
        if found.is_empty() {
            found = self.patterns.iter().filter(fits).copied().collect();
        }
        let is_own = |id: &FactId| {
            let name = &store(facts, *id).name;
            id.unit == unit && name.pattern() == reference.name.pattern()
        };
        if !reference.name.is_known() && found.iter().any(is_own) {
            found.retain(is_own);
        }
        found
    }
}

fn store(facts: &[Facts], id: FactId) -> &Store {
    &facts[id.unit].stores[id.item]
}

/// The vault that a store reference leads to: what all candidate stores agree on, else what the
/// configuration says of the store's name.
fn vault_of(
    facts: &[Facts],
    stores: &[FactId],
    reference: Option<&StoreReference>,
    settings: &Settings,
) -> Option<VaultIdentity> {
    let configured = reference.and_then(|reference| {
        let vault = settings.stores.get(&reference.name.text()?)?;
        let said = settings.vaults.get(vault)?;
        Some(configured_identity(vault, said))
    });
    configured.or_else(|| {
        let mut identities = stores.iter().filter_map(|id| store(facts, *id).vault.as_ref());
        let first = identities.next()?;
        identities.all(|other| other.says_the_same(first)).then(|| first.clone())
    })
}

/// Returns the identity of a vault as the configuration names it.
pub fn configured_identity(name: &str, said: &crate::settings::VaultSettings) -> VaultIdentity {
    const PARTS: [&str; 6] = ["name", "account", "region", "project", "address", "mount"];
    let mut parts: Vec<(&'static str, Value)> = PARTS
        .iter()
        .filter_map(|part| Some((*part, Value::from(said.identity.get(*part)?.as_str()))))
        .collect();
    if said.kind == VaultKind::Azure && !said.identity.contains_key("name") {
        parts.push(("name", Value::from(name)));
    }
    if said.kind == VaultKind::Gcp && !said.identity.contains_key("project") {
        parts.push(("project", Value::from(name)));
    }
    VaultIdentity::new(said.kind.clone(), parts)
}

/// Returns the name of the entry that `key` means in a vault of this kind, and what kind of object:
/// Azure keys may carry `secret/`, `cert/` or `key/`; those of AWS may be ARNs; a HashiCorp path may
/// repeat the mount and `data/`, begin with a `/`, or have `data/` behind a mount that the store does
/// not name; those of Scaleway say how they name an entry.
pub fn entry_name(vault: &VaultIdentity, key: &Value) -> (Value, EntryObject) {
    let strip = |prefix: &str| {
        let text = key.head().strip_prefix(prefix)?.to_owned();
        let mut pieces = key.pieces().to_vec();
        if let Some(crate::Piece::Literal { text: head, place }) = pieces.first_mut() {
            let cut = (head.len() - text.len()) as u32;
            *head = text.into();
            if let Some(place) = place {
                place.start += cut;
                place.column += cut;
            }
        }
        Some(Value::from_pieces(pieces))
    };
    match vault.kind {
        VaultKind::Azure => {
            for (prefix, object) in [
                ("secret/", EntryObject::Secret),
                ("cert/", EntryObject::Certificate),
                ("key/", EntryObject::Key),
            ] {
                if let Some(name) = strip(prefix) {
                    return (name, object);
                }
            }
            (key.clone(), EntryObject::Secret)
        }
        VaultKind::HashiCorp => {
            let mount = vault.parts.get("mount").and_then(Value::text).unwrap_or_default();
            let below =
                |part: &str| (!mount.is_empty()).then(|| strip(&format!("{mount}/{part}")))?;
            let without = below("data/").or_else(|| below("")).or_else(|| strip("data/"));
            let without = without.or_else(|| without_data(key).filter(|_| mount.is_empty()));
            // The operator puts the key into a URL, whose paths have no empty parts.
            let name = without.or_else(|| strip("/")).unwrap_or_else(|| key.clone());
            (name, EntryObject::Secret)
        }
        VaultKind::AwsSecretsManager => {
            (without_arn(key).unwrap_or_else(|| key.clone()), EntryObject::Secret)
        }
        VaultKind::Other(ref provider) if provider == "scaleway" => {
            // The store reads `name:NAME`, `path:/FOLDER/NAME` or `id:ID`; an id tells no name.
            let by_path = key.head().starts_with("path:").then(|| key.tail().rfind('/')).flatten();
            let name = match by_path {
                Some(slash) if key.is_known() => Value::from(&key.tail()[slash + 1..]),
                _ => strip("name:").unwrap_or_else(|| key.clone()),
            };
            (name, EntryObject::Secret)
        }
        _ => (key.clone(), EntryObject::Secret),
    }
}

/// Returns the name in an ARN of AWS Secrets Manager, which ends in `-` and six characters that are no
/// part of it.
fn without_arn(key: &Value) -> Option<Value> {
    const MARK: &str = ":secret:";
    if !key.head().starts_with("arn:aws") {
        return None;
    }
    let found = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(MARK));
    let at = key.pieces().iter().position(found)?;
    let (first, rest) = key.pieces().get(at..)?.split_first()?;
    let Piece::Literal { text, place } = first else { return None };
    let name = text.find(MARK)? + MARK.len();
    let mut pieces = vec![Piece::part(text, place.as_ref(), name, text.len())];
    pieces.extend(rest.iter().cloned());
    let hidden = pieces.pop_if(|last| matches!(last, Piece::Hole)).is_some();
    match pieces.pop() {
        Some(Piece::Literal { text, place }) => {
            let end = text.rfind('-').filter(|dash| is_suffix(&text[dash + 1..], hidden));
            let end = end.unwrap_or(text.len());
            pieces.push(Piece::part(&text, place.as_ref(), 0, end));
            if hidden && end == text.len() {
                pieces.push(Piece::Hole);
            }
        }
        last => pieces.extend(last),
    }
    Some(Value::from_pieces(pieces))
}

/// Whether this stands behind the last `-` of an ARN; `hidden` when the end of it is not known.
fn is_suffix(text: &str, hidden: bool) -> bool {
    let length = if hidden { text.is_empty() } else { text.len() == 6 };
    length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns a path without the `data/` that follows its mount, where it has one: the operator puts it
/// there where nobody has written it.
fn without_data(path: &Value) -> Option<Value> {
    let (first, rest) = path.pieces().split_first()?;
    let Piece::Literal { text, place } = first else { return None };
    let mount = text.find('/')? + 1;
    let below = mount + "data/".len();
    if text.get(mount..below)? != "data/" {
        return None;
    }
    let part = |from, to| Piece::part(text, place.as_ref(), from, to);
    let pieces = [part(0, mount), part(below, text.len())];
    Some(Value::from_pieces(pieces.into_iter().chain(rest.iter().cloned())))
}

/// The key with the store's prefix before it.
fn prefixed(facts: &[Facts], stores: &[FactId], key: &Value) -> Value {
    match stores.first().map(|id| store(facts, *id).key_prefix.as_str()) {
        Some(prefix) if !prefix.is_empty() => Value::from(prefix).concat(key.clone()),
        _ => key.clone(),
    }
}

/// Resolves every read of every `ExternalSecret`.
pub(super) fn resolve(
    facts: &[Facts],
    stores: &StoreIndex,
    clusters: &Clusters,
    settings: &Settings,
) -> Vec<ReadLink> {
    let index = EntryIndex::of(facts);
    let of_unit = |(unit, of_unit): (usize, &Facts)| {
        let mut links = Vec::new();
        for (item, external) in of_unit.external_secrets.iter().enumerate() {
            for read in 0..external.reads.len() {
                let id = FactId { unit, item };
                links.push(resolve_read(
                    facts, id, external, read, stores, clusters, settings, &index,
                ));
            }
        }
        links
    };
    facts.par_iter().enumerate().flat_map_iter(of_unit).collect()
}

#[expect(clippy::too_many_arguments, reason = "one call site; all of it is the linker's state")]
fn resolve_read(
    facts: &[Facts],
    id: FactId,
    external: &ExternalSecret,
    read: usize,
    stores: &StoreIndex,
    clusters: &Clusters,
    settings: &Settings,
    index: &EntryIndex,
) -> ReadLink {
    let item = &external.reads[read];
    let reference = item.store.as_ref().or(external.store.as_ref());
    let found = reference
        .map(|reference| stores.find(facts, (id.unit, &external.scope), reference, clusters))
        .unwrap_or_default();
    let vault = vault_of(facts, &found, reference, settings);
    let key = prefixed(facts, &found, &item.key);
    let (name, entries) = if let Some(vault) = &vault {
        let (name, _) = entry_name(vault, &key);
        let entries = index.find(facts, vault, &name);
        (name, entries)
    } else {
        let of_copies = entries_of_copies(facts, &found, external, index, &key);
        let any = || assumed_entries(facts, index, &key);
        (key.clone(), if of_copies.is_empty() { any() } else { of_copies })
    };
    ReadLink { external_secret: id, read, stores: found, vault, name, entries }
}

/// Where copies of a store lead to several vaults, as for clusters that nothing tells apart, the entries
/// of those that are nearest are assumed to be meant.
fn entries_of_copies(
    facts: &[Facts],
    stores: &[FactId],
    external: &ExternalSecret,
    index: &EntryIndex,
    key: &Value,
) -> Vec<(FactId, Certainty)> {
    let nearest = copies::nearest_stores(facts, stores, external).into_iter();
    let found = nearest.filter_map(|store| store.vault.as_ref()).flat_map(|vault| {
        let (name, _) = entry_name(vault, key);
        index.find(facts, vault, &name)
    });
    let entries: BTreeSet<FactId> = found.map(|(id, _)| id).collect();
    entries.into_iter().map(|id| (id, Certainty::Assumed)).collect()
}

/// Where the vault is unknown, a known key that exactly one vault holds is assumed to mean it, as is one that
/// is known in part where it fits a single entry, or is made of the same parts as the name of one.
pub(super) fn assumed_entries(
    facts: &[Facts],
    index: &EntryIndex,
    key: &Value,
) -> Vec<(FactId, Certainty)> {
    let mut found: Vec<(FactId, Certainty)> = Vec::new();
    if key.is_known() || tells_much(key) {
        for kind in &index.kinds {
            let any = VaultIdentity::new(kind.clone(), []);
            let (name, _) = entry_name(&any, key);
            let sure = index.find(facts, &any, &name);
            found.extend(
                sure.into_iter().filter(|(id, _)| facts[id.unit].entries[id.item].name.is_known()),
            );
        }
    }
    let entry = |id: FactId| &facts[id.unit].entries[id.item];
    if !key.is_known() && found.is_empty() {
        let told = key.pieces().iter().any(|piece| match piece {
            Piece::Literal { text, .. } => text.contains(char::is_alphanumeric),
            Piece::Hole => false,
        });
        let alike = index.known_in_part().filter(|id| told && entry(*id).name.reads_like(key));
        found.extend(alike.map(|id| (id, Certainty::Assumed)));
    }
    let is_one = |pair: &[(FactId, Certainty)]| {
        let (one, two) = (entry(pair[0].0), entry(pair[1].0));
        one.vault.says_the_same(&two.vault) && one.name.text() == two.name.text()
    };
    if !found.windows(2).all(is_one) {
        found.clear();
    }
    found.into_iter().map(|(id, _)| (id, Certainty::Assumed)).collect()
}

/// Adds the targets of `PushSecret`s to the entries of their units.
pub(super) fn declare_pushed(
    facts: &mut [Facts],
    stores: &StoreIndex,
    clusters: &Clusters,
    settings: &Settings,
) {
    let mut pushed: Vec<(usize, Entry)> = Vec::new();
    for (unit, of_unit) in facts.iter().enumerate() {
        for push in &of_unit.pushes {
            for reference in &push.stores {
                let found = stores.find(facts, (unit, &push.scope), reference, clusters);
                let Some(vault) = vault_of(facts, &found, Some(reference), settings) else {
                    continue;
                };
                let key = prefixed(facts, &found, &push.remote_key);
                let (name, object) = entry_name(&vault, &key);
                pushed.push((
                    unit,
                    Entry {
                        vault,
                        name,
                        object,
                        origin: EntryOrigin::PushSecret,
                        address: push_id(clusters, push),
                        place: push.place.clone(),
                        name_place: None,
                        properties: None,
                        alphabets: Alphabets::default(),
                        filling: Filling::Computed,
                        ignores_value: true,
                        block: None,
                    },
                ));
            }
        }
    }
    for (unit, entry) in pushed {
        facts[unit].entries.push(entry);
    }
}
