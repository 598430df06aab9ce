//! # misnamed-key
//!
//! ## What it finds
//!
//! A key that nothing creates, while the vault holds an entry of nearly that name: with the
//! convention's prefix, with `_` for `-`, of another environment, or a slip of the hand. Both
//! positions are shown.
//!
//! ## Why it matters
//!
//! The entry was renamed, or the module with the prefix was added, and the reader still asks for
//! the old name: the sync stops as soon as the hand-made entry goes.
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
//!   name         = "manual-api-token"
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
//!   name         = "manual-api-token"
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
//!         key: manual-api-token
//! ```
//!
//! ## Evidence it needs
//!
//! The same as `unprovisioned-key`, and exactly one nearest entry. For another environment's name
//! and for slips that entry must be read by nobody else.
//!
//! ## When to allow it
//!
//! When both names are meant and the missing entry comes from elsewhere.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use sealine_model::kubernetes::RemoteRead;
use sealine_model::vault::{Entry, VaultIdentity};
use sealine_model::{Finding, Fix, Safety, Severity};
use sealine_source::Edit;

use crate::chain::{UnresolvedKey, unresolved_keys};
use crate::similar::{Miss, Name, nearest_of};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "misnamed-key",
    severity: Severity::Error,
    summary: "an ExternalSecret reads an entry under a name that nearly misses a declared one",
    replaces: &["unprovisioned-key", "unused-entry"],
    source: include_str!("misnamed_key.rs"),
    check,
};

/// An entry that the readers of a missing one may mean.
pub(super) struct Near<'a> {
    entry: &'a Entry,
    name: String,
    miss: Miss,
}

impl Near<'_> {
    /// Returns the finding with the entry beside it.
    pub(super) fn beside(&self, finding: Finding) -> Finding {
        finding.related(self.entry.place.clone(), format!("`{}` is declared here", self.name))
    }

    /// Returns the finding with the entry beside it, and with what to do.
    pub(super) fn shown(&self, finding: Finding) -> Finding {
        let near = &self.name;
        self.beside(finding)
            .help(format!("rename the key to `{near}` once the entry is applied and filled"))
    }

    /// Returns the repair that lets all these readers of `name` read the entry.
    pub(super) fn fix<'r>(
        &self,
        name: &str,
        readers: impl IntoIterator<Item = &'r RemoteRead>,
    ) -> Option<Fix> {
        let near = &self.name;
        let edits = readers.into_iter().map(|read| rename(read, name, near));
        Some(Fix {
            title: format!("rename the key to `{near}`"),
            safety: if self.miss == Miss::Prefix { Safety::Safe } else { Safety::Unsafe },
            edits: edits.collect::<Option<Vec<Edit>>>()?,
        })
    }
}

fn check(context: &Context<'_>, report: &mut Report) {
    let mut declared = Declared::new(context);
    for key in unresolved_keys(context) {
        if let Some(near) = declared.near(&key) {
            report.add(finding(&key, &near));
        }
    }
}

/// The entries of vaults by their names, looked up once for all keys that are missing.
pub(super) struct Declared<'a> {
    context: &'a Context<'a>,
    vaults: BTreeMap<&'a VaultIdentity, Vec<(Name, &'a Entry)>>,
    /// The vaults of the entries that are read, by their names.
    read: OnceCell<HashMap<String, BTreeSet<&'a VaultIdentity>>>,
}

impl<'a> Declared<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self { context, vaults: BTreeMap::new(), read: OnceCell::new() }
    }

    /// Returns the one entry of its vault that is named nearly like the missing one, and that nothing else reads
    /// unless the convention explains the name.
    pub(super) fn near(&mut self, key: &UnresolvedKey<'a>) -> Option<Near<'a>> {
        let found = self.similar(key)?;
        let sure = matches!(found.miss, Miss::Prefix | Miss::Separators);
        (sure || !self.is_read(&found.name, found.entry)).then_some(found)
    }

    /// Returns the one entry of its vault that is named nearly like the missing one, whoever reads it.
    pub(super) fn similar(&mut self, key: &UnresolvedKey<'a>) -> Option<Near<'a>> {
        let context = self.context;
        let prefix = context.settings.conventions.placeholder_prefix.as_deref();
        let declared = self.vaults.entry(key.vault).or_insert_with(|| in_vault(context, key.vault));
        let (near, miss) = nearest_of(&key.name, declared.iter().map(|(name, _)| name), prefix)?;
        let (_, entry) = declared.iter().find(|(name, _)| name.text() == near)?;
        Some(Near { entry, name: near.to_owned(), miss })
    }

    fn is_read(&self, name: &str, entry: &Entry) -> bool {
        let read = self.read.get_or_init(|| read_entries(self.context));
        let mut vaults = read.get(name).into_iter().flatten();
        vaults.any(|vault| vault.unify(&entry.vault).is_some())
    }
}

/// Returns the entries that may lie in a vault.
fn in_vault<'a>(context: &'a Context<'_>, vault: &VaultIdentity) -> Vec<(Name, &'a Entry)> {
    let entries = context.facts.iter().flat_map(|facts| &facts.entries);
    let entries = entries.filter(|entry| entry.vault.unify(vault).is_some());
    entries.filter_map(|entry| Some((Name::of(entry.name.text()?), entry))).collect()
}

fn read_entries<'a>(context: &'a Context<'_>) -> HashMap<String, BTreeSet<&'a VaultIdentity>> {
    let mut read: HashMap<String, BTreeSet<&VaultIdentity>> = HashMap::new();
    for (id, _) in context.links.reads.iter().flat_map(|link| &link.entries) {
        let entry = crate::chain::entry_of(context, *id);
        if let Some(name) = entry.name.text() {
            read.entry(name).or_default().insert(&entry.vault);
        }
    }
    read
}

fn finding(key: &UnresolvedKey<'_>, found: &Near<'_>) -> Finding {
    let (name, label, near) = (&key.name, &key.label, &found.name);
    let why = match found.miss {
        Miss::Prefix => "which differs in the convention's prefix",
        Miss::Separators => "which differs in its separators",
        Miss::Environment => "which is another environment's",
        Miss::Typing => "which is nearly the same",
    };
    let place = key.readers.first().map_or(&found.entry.place, |(_, read)| &read.place);
    let finding = Finding::new(
        place.clone(),
        key.subject(),
        format!("the vault `{label}` has no entry `{name}`, but has `{near}`, {why}"),
    )
    .label(format!("nothing creates `{name}`"))
    .subject(format!("vault/{label}/{name}"))
    .subject(format!("vault/{label}/{near}"));
    let mut finding = found.shown(finding);
    for (external, read) in key.readers.iter().skip(1) {
        finding = finding.related(read.place.clone(), format!("also read by `{}`", external.name));
    }
    finding.fix(found.fix(name, key.readers.iter().map(|(_, read)| *read)))
}

/// The edit of the key's literal, which may carry `secret/` before the name.
fn rename(read: &RemoteRead, name: &str, near: &str) -> Option<Edit> {
    let text = read.key.text()?;
    let place = read.key.single_place().filter(|_| read.editable)?;
    let before = text.strip_suffix(name)?;
    (place.end - place.start)
        .ge(&(text.len() as u32))
        .then(|| Edit { place: place.clone(), text: format!("{before}{near}") })
}
