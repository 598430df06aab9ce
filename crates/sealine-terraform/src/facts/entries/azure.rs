//! Azure Key Vault.
//!
//! Invariant: a vault is known by its name; an id leads to the resource or data source it is of.

use sealine_model::Value;
use sealine_model::vault::{EntryObject, Vault, VaultIdentity};

use super::{Content, Found, content, entry, entry_read, no_content, part_after, target};
use crate::data::{Data, Kind};
use crate::evaluate::Evaluator;
use crate::facts::view::View;

/// Resources whose id or URI names a vault.
const VAULTS: &[&str] = &["azurerm_key_vault", "azapi_resource"];

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    match (view.config.kind, view.is_data()) {
        ("azurerm_key_vault", is_data) => found.vaults.push(Vault {
            identity: VaultIdentity::azure(view.value("name")),
            address: view.address.clone(),
            created: !is_data,
            place: view.place.clone(),
        }),
        ("azurerm_key_vault_secret", false) => {
            declare(view, EntryObject::Secret, content(view, "value", "value_wo"), found);
        }
        ("azurerm_key_vault_certificate", false) => {
            declare(view, EntryObject::Certificate, computed_content(view), found);
        }
        ("azurerm_key_vault_key", false) => {
            declare(view, EntryObject::Key, computed_content(view), found);
        }
        (
            "azurerm_key_vault_secret"
            | "azurerm_key_vault_certificate"
            | "azurerm_key_vault_key"
            | "azurerm_key_vault_certificate_data",
            true,
        ) => {
            let vault = vault_of(view);
            found.reads.push(entry_read(view, vault, view.value("name")));
        }
        _ => {}
    }
}

fn declare(view: &View<'_, '_>, object: EntryObject, content: Content, found: &mut Found) {
    let declared = entry(view, vault_of(view), view.value("name"), content);
    found.entries.push(sealine_model::vault::Entry { object, ..declared });
}

/// Certificates and keys are made in the vault.
fn computed_content(view: &View<'_, '_>) -> Content {
    Content { filling: sealine_model::vault::Filling::Computed, ..no_content(view) }
}

fn vault_of(view: &View<'_, '_>) -> VaultIdentity {
    VaultIdentity::azure(name_of_vault(view.evaluator, &view.given("key_vault_id")))
}

/// Returns the name of the vault that an argument of a module gives: by a resource, by an id, or by its name where
/// the argument is called after a vault.
pub(super) fn vault_in(evaluator: &Evaluator<'_>, argument: &str, given: &Data) -> Option<Value> {
    let by_name = || {
        let is_name = matches!(&given.kind, Kind::Text(_)) && argument.contains("vault");
        is_name.then(|| evaluator.value(given))
    };
    let by_id = name_of_vault(evaluator, given);
    if by_id.is_unknown() { by_name() } else { Some(by_id) }
}

/// Returns the name of the vault that an id means.
fn name_of_vault(evaluator: &Evaluator<'_>, id: &Data) -> Value {
    if let Some(vault) = target(evaluator, id, VAULTS) {
        return evaluator.value(&evaluator.resource_attribute(&vault, "name"));
    }
    let Kind::Text(text) = &id.kind else { return Value::unknown() };
    match part_after(text, "/vaults/") {
        Some(name) => evaluator.value_of(&name),
        None => Value::unknown(),
    }
}
