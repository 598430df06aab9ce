//! Changes that nobody made yet: what if this went, what if that had another name?

use sealine_model::graph::{FactId, Node, Stage};
use sealine_model::kubernetes::{Keys, Secret, SecretOrigin};
use sealine_model::link::{Names, entry_id, terraform_id};
use sealine_model::vault::{Entry, EntryObject, EntryOrigin, Filling};
use sealine_model::{Alphabets, Facts, Value};

use crate::{Analysis, Config};

/// A change that is supposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supposition {
    /// The node of this id goes.
    Remove(String),
    /// The node of this id gets this name.
    Rename(String, String),
}

/// Changes the facts of an analysis as supposed, and links them anew. Readers stay as they are: who
/// is left without a secret is the question.
pub fn suppose(analysis: &mut Analysis, config: &Config, suppositions: &[Supposition]) {
    let names = Names::of(&analysis.facts, &analysis.links);
    for supposition in suppositions {
        let (id, name) = match supposition {
            Supposition::Remove(id) => (id, None),
            Supposition::Rename(id, name) => (id, Some(Value::from(name.as_str()))),
        };
        let Some(node) = analysis.graph().node(id) else { continue };
        let node = analysis.graph().nodes[node].clone();
        for unit in &mut analysis.facts {
            change(unit, &names, &node, name.as_ref());
        }
    }
    // Linking makes the entries of PushSecrets again.
    for unit in &mut analysis.facts {
        unit.entries.retain(|entry| entry.origin != EntryOrigin::PushSecret);
    }
    analysis.relink(config);
}

/// Takes it that something out of sight makes these nodes, where nothing in sight does: whoever asks
/// what becomes of an entry or a Secret says that it is there.
pub fn presume(analysis: &mut Analysis, config: &Config, ids: &[String]) {
    let mut unit = Facts { unit: "what is out of sight".to_owned(), ..Facts::default() };
    let names = Names::of(&analysis.facts, &analysis.links);
    for id in ids {
        let Some(node) = analysis.graph().node(id).map(|node| &analysis.graph().nodes[node]) else {
            continue;
        };
        match node.stage {
            _ if node.declared.is_some() => {}
            Stage::VaultEntry => unit.entries.extend(unseen_entry(analysis, id)),
            Stage::Secret => unit.secrets.extend(unseen_secret(analysis, &names, id)),
            _ => {}
        }
    }
    if unit.entries.is_empty() && unit.secrets.is_empty() {
        return;
    }
    for unit in &mut analysis.facts {
        unit.entries.retain(|entry| entry.origin != EntryOrigin::PushSecret);
    }
    analysis.facts.push(unit);
    analysis.relink(config);
}

/// The entry of this id, as its first reader knows it.
fn unseen_entry(analysis: &Analysis, id: &str) -> Option<Entry> {
    analysis.links.reads.iter().find_map(|link| {
        let vault = link.vault.as_ref().filter(|vault| entry_id(vault, &link.name) == id)?;
        let FactId { unit, item } = link.external_secret;
        let read = &analysis.facts[unit].external_secrets[item].reads[link.read];
        Some(Entry {
            vault: vault.clone(),
            name: link.name.clone(),
            object: EntryObject::Secret,
            origin: EntryOrigin::Configured,
            address: id.to_owned(),
            place: read.place.clone(),
            name_place: None,
            properties: None,
            alphabets: Alphabets::default(),
            filling: Filling::Unknown,
            ignores_value: true,
            block: None,
        })
    })
}

/// The Secret of this id, as its first reader knows it.
fn unseen_secret(analysis: &Analysis, names: &Names<'_>, id: &str) -> Option<Secret> {
    let mut uses = analysis.facts.iter().flat_map(|unit| &unit.uses);
    let reader = uses.find(|reader| names.object("Secret", &reader.scope, &reader.secret) == id)?;
    Some(Secret {
        scope: reader.scope.clone(),
        name: reader.secret.clone(),
        place: reader.place.clone(),
        origin: SecretOrigin::Cluster,
        maker: "something out of sight".to_owned(),
        keys: Keys::unknown(),
        plaintext: false,
        read_by_controller: false,
        asked: None,
        by: None,
        rendered: false,
    })
}

/// Takes the node out of a unit's facts, or gives it another name.
fn change(unit: &mut Facts, names: &Names<'_>, node: &Node, name: Option<&Value>) {
    let id = node.id.as_str();
    match node.stage {
        Stage::VaultEntry => each(
            &mut unit.entries,
            name,
            |entry| names.entry(entry) == id,
            |entry, name| {
                entry.name = name;
            },
        ),
        Stage::Vault => {
            unit.vaults.retain(|vault| vault.identity.label() != node.name);
            unit.entries.retain(|entry| entry.vault.label() != node.name);
        }
        Stage::TerraformResource => {
            let own: Vec<String> =
                unit.entries.iter().map(|entry| terraform_id(unit, &entry.address)).collect();
            let mut own = own.into_iter();
            unit.entries.retain(|_| own.next().as_deref() != Some(id));
            let own: Vec<String> =
                unit.secrets.iter().map(|secret| terraform_id(unit, &secret.maker)).collect();
            let mut own = own.into_iter();
            unit.secrets.retain(|_| own.next().as_deref() != Some(id));
        }
        Stage::Store => each(
            &mut unit.stores,
            name,
            |store| names.declared_store(store) == id,
            |store, name| {
                store.name = name;
            },
        ),
        Stage::ExternalSecret => {
            each(
                &mut unit.external_secrets,
                name,
                |external| names.external(external) == id,
                |external, name| {
                    external.name = name;
                },
            );
            each(&mut unit.pushes, name, |it| names.push(it) == id, |it, name| it.name = name);
        }
        Stage::Secret => {
            each(
                &mut unit.secrets,
                name,
                |secret| names.object("Secret", &secret.scope, &secret.name) == id,
                |secret, name| secret.name = name,
            );
            each(
                &mut unit.external_secrets,
                name,
                |external| names.object("Secret", &external.scope, &external.target.name) == id,
                |external, name| external.target.name = name,
            );
        }
        Stage::Workload => {
            unit.uses.retain(|reader| names.consumer(&reader.scope, &reader.consumer) != id);
        }
    }
}

/// Renames the items that are meant, or takes them out.
fn each<T>(
    items: &mut Vec<T>,
    name: Option<&Value>,
    is_meant: impl Fn(&T) -> bool,
    rename: impl Fn(&mut T, Value),
) {
    match name {
        None => items.retain(|item| !is_meant(item)),
        Some(name) => {
            for item in items.iter_mut().filter(|item| is_meant(item)) {
                rename(item, name.clone());
            }
        }
    }
}
