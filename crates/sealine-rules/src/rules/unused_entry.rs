//! # unused-entry
//!
//! ## What it finds
//!
//! An entry that Terraform declares in a vault which a loaded store reads, while no
//! `ExternalSecret`, data source or other operator reads that entry.
//!
//! ## Why it matters
//!
//! Somebody keeps filling and rotating a secret that reaches nothing, or the reader asks for
//! another name.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! vaults:
//!   kv-app: {kind: azure, ownership: terraform}
//! conventions: {placeholder_prefix: manual-}
//! //- store.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ClusterSecretStore
//! metadata:
//!   name: kv-app
//! spec:
//!   provider:
//!     azurekv:
//!       vaultUrl: https://kv-app.vault.azure.net
//! //- main.tf
//! provider "azurerm" {
//!   features {}
//! }
//!
//! resource "azurerm_key_vault" "app" {
//!   name = "kv-app"
//! }
//!
//! resource "azurerm_key_vault_secret" "token" {
//!   name         = "api-token"
//!   value        = random_password.token.result
//!   key_vault_id = azurerm_key_vault.app.id
//! }
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: other-token
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! vaults:
//!   kv-app: {kind: azure, ownership: terraform}
//! conventions: {placeholder_prefix: manual-}
//! //- store.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ClusterSecretStore
//! metadata:
//!   name: kv-app
//! spec:
//!   provider:
//!     azurekv:
//!       vaultUrl: https://kv-app.vault.azure.net
//! //- main.tf
//! provider "azurerm" {
//!   features {}
//! }
//!
//! resource "azurerm_key_vault" "app" {
//!   name = "kv-app"
//! }
//!
//! resource "azurerm_key_vault_secret" "token" {
//!   name         = "api-token"
//!   value        = random_password.token.result
//!   key_vault_id = azurerm_key_vault.app.id
//! }
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! ```
//!
//! ## Evidence it needs
//!
//! A loaded store for the vault, and an entry whose name is known in full. Nothing is said when
//! something lists the vault (`dataFrom.find`), or reads a name with a hole that may be this one.
//! Info; a warning for a placeholder, which people were asked to fill.
//!
//! ## When to allow it
//!
//! When a program reads the entry through the vault's own interface.

use std::collections::{BTreeMap, HashSet};

use sealine_model::graph::{FactId, ReadLink};
use sealine_model::vault::{Entry, EntryObject, EntryOrigin, VaultIdentity};
use sealine_model::{Finding, Severity, Value};
use sealine_source::Place;

use crate::placeholders::is_placeholder;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unused-entry",
    severity: Severity::Info,
    summary: "Terraform declares a vault entry that nothing reads",
    replaces: &[],
    source: include_str!("unused_entry.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let reads = Reads::of(context);
    let mut unread: BTreeMap<&Place, Vec<(String, &Entry)>> = BTreeMap::new();
    for (unit, facts) in context.facts.iter().enumerate() {
        for (item, entry) in facts.entries.iter().enumerate() {
            let Some(name) = entry.name.text() else { continue };
            let id = FactId { unit, item };
            let from_terraform = entry.origin == EntryOrigin::Terraform;
            // A key is read by operations of the vault, not as a value.
            let readable = entry.object != EntryObject::Key;
            if !from_terraform || !readable || !store_is_loaded(context, entry) {
                continue;
            }
            if !reads.may_mean(context, id, entry, &name) {
                unread.entry(&entry.place).or_default().push((name, entry));
            }
        }
    }
    for (place, mut entries) in unread {
        entries.sort_by(|(one, _), (two, _)| one.cmp(two));
        entries.dedup_by(|(one, _), (two, _)| one == two);
        report_block(context, report, place, &entries);
    }
}

/// One block that declares several unread entries (`for_each`, environments) is one finding.
fn report_block(
    context: &Context<'_>,
    report: &mut Report,
    place: &Place,
    entries: &[(String, &Entry)],
) {
    let Some((first, entry)) = entries.first() else { return };
    let label = entry.vault.label();
    let names = entries.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>();
    let what = match names.as_slice() {
        [only] => format!("the entry {only}"),
        [one, two] => format!("the entries {one} and {two}"),
        [one, two, rest @ ..] => format!("the entries {one}, {two} and {} more", rest.len()),
        [] => return,
    };
    let mut finding = Finding::new(
        place.clone(),
        format!("vault/{label}/{first}"),
        format!("nothing reads {what} of the vault `{label}`"),
    )
    .label(format!("declared as `{}`", entry.address))
    .help("remove it, or name it in an ExternalSecret");
    for (name, _) in &entries[1..] {
        finding = finding.subject(format!("vault/{label}/{name}"));
    }
    let asked_for = entries.iter().any(|(_, entry)| is_placeholder(entry, context.settings));
    report.add_as(if asked_for { Severity::Warning } else { Severity::Info }, finding);
}

fn store_is_loaded(context: &Context<'_>, entry: &Entry) -> bool {
    let stores = context.facts.iter().flat_map(|facts| &facts.stores);
    stores.filter_map(|store| store.vault.as_ref()).any(|vault| vault.unify(&entry.vault).is_some())
}

/// What is read, gathered once.
struct Reads<'a> {
    entries: HashSet<FactId>,
    names: HashSet<String>,
    /// Reads whose vault or key is not known: they may mean any entry that fits.
    vague: Vec<&'a ReadLink>,
}

impl<'a> Reads<'a> {
    fn of(context: &'a Context<'_>) -> Self {
        let links = || context.graph.reads.iter();
        let entries: HashSet<FactId> =
            links().flat_map(|link| link.entries.iter().map(|(id, _)| *id)).collect();
        let names =
            entries.iter().filter_map(|id| crate::chain::entry_of(context, *id).name.text());
        let names = names.collect();
        let vague = links().filter(|link| link.vault.is_none() || !link.name.is_known()).collect();
        Self { entries, names, vague }
    }

    fn may_mean(&self, context: &Context<'_>, id: FactId, entry: &Entry, name: &str) -> bool {
        let vaguely = |link: &&ReadLink| {
            link.vault.as_ref().is_none_or(|vault| vault.unify(&entry.vault).is_some())
                && link.name.unify(&entry.name).is_some()
        };
        self.entries.contains(&id)
            || self.names.contains(name)
            || self.vague.iter().any(vaguely)
            || is_read_by_others(context, entry)
            || is_listed(context, entry)
    }
}

fn is_read_by_others(context: &Context<'_>, entry: &Entry) -> bool {
    let same = |vault: &VaultIdentity, name: &Value| {
        vault.unify(&entry.vault).is_some() && name.unify(&entry.name).is_some()
    };
    context.facts.iter().any(|facts| {
        let copied = facts.secrets.iter().filter_map(|secret| secret.from_entry.as_ref());
        facts.entry_reads.iter().any(|read| same(&read.vault, &read.name))
            || copied.into_iter().any(|(vault, name)| same(vault, name))
    })
}

/// Whether something takes all entries of the vault, or of a vault that may be this one.
fn is_listed(context: &Context<'_>, entry: &Entry) -> bool {
    context.facts.iter().flat_map(|facts| &facts.external_secrets).any(|external| {
        let finds = external.open_keys && external.reads.iter().all(|read| !read.extract);
        finds
            && external.store.as_ref().is_some_and(|reference| {
                let stores = context.facts.iter().flat_map(|facts| &facts.stores);
                let mut named = stores.filter(|store| store.name.unify(&reference.name).is_some());
                named.any(|store| {
                    store.vault.as_ref().is_none_or(|vault| vault.unify(&entry.vault).is_some())
                })
            })
    })
}
