//! # unused-entry
//!
//! ## What it finds
//!
//! An entry that Terraform declares in a vault which a loaded store reads, while no
//! `ExternalSecret`, data source or other operator reads that entry, and nothing in Terraform refers
//! to it.
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
//! something lists the vault (`dataFrom.find`), reads a name with a hole that may be this one, or an id that
//! Bitwarden gave to an entry, nor
//! when the configuration itself uses the entry: another resource, a data source, a module call or
//! an output of the root refers to its id, name or value. What fills or rotates it does not count.
//! Info; a warning for a placeholder, which people were asked to fill.
//!
//! ## When to allow it
//!
//! When a program reads the entry through the vault's own interface.

use std::collections::{BTreeMap, HashMap, HashSet};

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
            if !from_terraform || !readable || !reads.has_store_of(&entry.vault) {
                continue;
            }
            let mut modules = facts.terraform.iter();
            let used = modules.any(|module| module.used_entries.contains(&entry.address));
            if !used && !reads.may_mean(id, entry, &name) {
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

/// What is loaded and read, gathered once.
struct Reads<'a> {
    /// The vaults of the stores.
    stores: Vec<&'a VaultIdentity>,
    entries: HashSet<FactId>,
    names: HashSet<String>,
    /// Reads whose vault or key is not known, or which give an id: they may mean any entry that fits.
    vague: Vec<&'a ReadLink>,
    /// The vaults, where they are told, of what is read outside of `ExternalSecret`s, by the name read.
    others: HashMap<String, Vec<Option<&'a VaultIdentity>>>,
    /// The same where the name is not known.
    vague_others: Vec<(Option<&'a VaultIdentity>, &'a Value)>,
    listed: Listed<'a>,
}

/// The vaults of which something takes all entries.
enum Listed<'a> {
    /// It may be any vault.
    Any,
    These(Vec<&'a VaultIdentity>),
}

impl<'a> Reads<'a> {
    fn of(context: &'a Context<'_>) -> Self {
        let links = || context.links.reads.iter();
        let entries: HashSet<FactId> =
            links().flat_map(|link| link.entries.iter().map(|(id, _)| *id)).collect();
        let names =
            entries.iter().filter_map(|id| crate::chain::entry_of(context, *id).name.text());
        let names = names.collect();
        let is_vague =
            |link: &&ReadLink| link.vault.is_none() || !link.name.is_known() || is_by_id(link);
        let vague = links().filter(is_vague).collect();
        let stores = context.facts.iter().flat_map(|facts| &facts.stores);
        let stores = VaultIdentity::distinct(stores.filter_map(|store| store.vault.as_ref()));
        let mut others: HashMap<String, Vec<Option<&VaultIdentity>>> = HashMap::new();
        let mut vague_others = Vec::new();
        for facts in context.facts {
            for read in &facts.entry_reads {
                let (vault, name) = (read.vault.as_ref(), &read.name);
                match name.text() {
                    Some(name) => others.entry(name).or_default().push(vault),
                    None => vague_others.push((vault, name)),
                }
            }
        }
        let listed = Listed::of(context);
        Self { stores, entries, names, vague, others, vague_others, listed }
    }

    fn may_mean(&self, id: FactId, entry: &Entry, name: &str) -> bool {
        let is_vault = |vault: &VaultIdentity| vault.unify(&entry.vault).is_some();
        let vaguely = |link: &&ReadLink| {
            link.vault.as_ref().is_none_or(is_vault)
                && (is_by_id(link) || link.name.unify(&entry.name).is_some())
        };
        let mut by_others = self.others.get(name).into_iter().flatten();
        self.entries.contains(&id)
            || self.names.contains(name)
            || self.vague.iter().any(vaguely)
            || by_others.any(|vault| vault.is_none_or(is_vault))
            || self.vague_others.iter().any(|(vault, name)| {
                vault.is_none_or(is_vault) && name.unify(&entry.name).is_some()
            })
            || self.listed.contains(&entry.vault)
    }

    fn has_store_of(&self, vault: &VaultIdentity) -> bool {
        self.stores.iter().any(|store| store.unify(vault).is_some())
    }
}

/// Whether a read names its entry by an id of the vault: which it is, is not known.
fn is_by_id(link: &ReadLink) -> bool {
    let Some((vault, name)) = link.vault.as_ref().zip(link.name.text()) else { return false };
    vault.kind.is_own_id(&name)
}

impl<'a> Listed<'a> {
    fn of(context: &'a Context<'_>) -> Self {
        let all = context.facts.iter().flat_map(|facts| &facts.external_secrets);
        let finding = all.filter(|external| {
            external.open_keys && external.reads.iter().all(|read| !read.extract)
        });
        let mut vaults = Vec::new();
        let of_all = finding.filter_map(|external| external.store.as_ref());
        let externals = context.facts.iter().flat_map(|facts| &facts.external_secrets);
        for reference in of_all.chain(externals.flat_map(|external| &external.finds)) {
            let stores = context.facts.iter().flat_map(|facts| &facts.stores);
            for store in stores.filter(|store| store.name.unify(&reference.name).is_some()) {
                match &store.vault {
                    Some(vault) => vaults.push(vault),
                    None => return Self::Any,
                }
            }
        }
        Self::These(VaultIdentity::distinct(vaults))
    }

    fn contains(&self, vault: &VaultIdentity) -> bool {
        match self {
            Self::Any => true,
            Self::These(vaults) => vaults.iter().any(|listed| listed.unify(vault).is_some()),
        }
    }
}
