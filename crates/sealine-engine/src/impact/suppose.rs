//! Changes that nobody made yet: what if this went, what if that had another name?

use sealine_model::graph::{Node, Stage};
use sealine_model::link::{self, Names, terraform_id};
use sealine_model::vault::EntryOrigin;
use sealine_model::{Facts, Value};

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
    let names = Names::in_graph(&analysis.facts, &analysis.graph);
    for supposition in suppositions {
        let (id, name) = match supposition {
            Supposition::Remove(id) => (id, None),
            Supposition::Rename(id, name) => (id, Some(Value::from(name.as_str()))),
        };
        let Some(node) = analysis.graph.node(id) else { continue };
        let node = analysis.graph.nodes[node].clone();
        for unit in &mut analysis.facts {
            change(unit, &names, &node, name.as_ref());
        }
    }
    // Linking makes the entries of PushSecrets again.
    for unit in &mut analysis.facts {
        unit.entries.retain(|entry| entry.origin != EntryOrigin::PushSecret);
    }
    let mentioned = std::mem::take(&mut analysis.graph.mentioned);
    analysis.graph = link::link(&mut analysis.facts, &config.settings);
    analysis.graph.mentioned = mentioned;
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
            let push = |name: &Value, scope: &sealine_model::kubernetes::Scope| {
                names.object("PushSecret", scope, name) == id
            };
            each(&mut unit.pushes, name, |it| push(&it.name, &it.scope), |it, name| it.name = name);
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
