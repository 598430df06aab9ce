//! # key-not-valid-for-provider
//!
//! ## What it finds
//!
//! A key that its vault's provider does not allow: Azure Key Vault takes 1 to 127 letters, digits
//! and `-`, after `secret/`, `cert/` or `key/`; Google Secret Manager takes letters, digits, `_`
//! and `-`; AWS has charsets of its own, and its services call what they keep after themselves
//! (`rds!db-1`), which can only be read. And names of two entries of one Azure vault that differ in
//! case only: they are one entry.
//!
//! ## Why it matters
//!
//! The entry cannot exist, so the `ExternalSecret` can never be ready, and Terraform fails at
//! apply.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! vaults:
//!   kv-app: {kind: azure, ownership: terraform}
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
//!         key: api_token
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! vaults:
//!   kv-app: {kind: azure, ownership: terraform}
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
//! A store whose provider is known and a key that is known in full. Where the vault holds an entry
//! of nearly that name, as `misnamed-key` looks for it, the finding shows it and offers the rename;
//! neither `misnamed-key` nor `unprovisioned-key` speaks of that key then.
//!
//! ## When to allow it
//!
//! Never.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use sealine_model::vault::{Entry, VaultKind};
use sealine_model::{Finding, Severity};

use super::misnamed_key::{Declared, Near};
use crate::chain::{read_of, unresolved_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "key-not-valid-for-provider",
    severity: Severity::Error,
    summary: "a key that the vault of its store cannot hold",
    replaces: &["misnamed-key", "unprovisioned-key"],
    source: include_str!("key_not_valid_for_provider.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    // Few repositories have such a key.
    let near = LazyCell::new(|| near_entries(context));
    for link in &context.links.reads {
        let (Some(vault), Some(name)) = (&link.vault, link.name.text()) else { continue };
        let (external, read) = read_of(context, link);
        let Some(why) = fault(&vault.kind, own_part(&vault.kind, &name)) else { continue };
        if seen.insert(read.place.clone()) {
            let subject = format!("vault/{}/{name}", vault.label());
            let near = near.get(&subject);
            let finding = Finding::new(
                read.place.clone(),
                subject,
                format!("`{name}` cannot be the name of an entry: {why}"),
            )
            .label(format!("read by {} `{}`", external.kind, external.name));
            report.add(match near {
                Some(near) => near.shown(finding).fix(near.fix(&name, [read])),
                None => finding,
            });
        }
    }
    let mut twins: BTreeMap<(String, String), (&str, &Entry)> = BTreeMap::new();
    for entry in context.facts.iter().flat_map(|facts| &facts.entries) {
        let Some(name) = entry.name.single_place().and_then(|_| entry.name.text()) else {
            continue;
        };
        if let Some(why) = fault(&entry.vault.kind, &name)
            && seen.insert(entry.place.clone())
        {
            report.add(
                Finding::new(
                    entry.place.clone(),
                    format!("vault/{}/{name}", entry.vault.label()),
                    format!("`{name}` cannot be the name of an entry: {why}"),
                )
                .label(format!("declared as `{}`", entry.address)),
            );
        }
        if entry.vault.kind == VaultKind::Azure {
            let key = (entry.vault.label(), name.to_ascii_lowercase());
            match twins.get(&key) {
                Some((_, other)) if other.name.text().as_deref() != Some(&name) => report.add(
                    Finding::new(
                        entry.place.clone(),
                        format!("vault/{}/{name}", entry.vault.label()),
                        format!("`{name}` differs from another entry of its vault in case only"),
                    )
                    .related(other.place.clone(), "the other one"),
                ),
                Some(_) => {}
                None => {
                    twins.insert(key, (entry.address.as_str(), entry));
                }
            }
        }
    }
}

/// The entries that readers of missing ones may mean, by the ids of the missing ones.
fn near_entries<'a>(context: &'a Context<'a>) -> BTreeMap<String, Near<'a>> {
    let mut declared = Declared::new(context);
    let keys = unresolved_keys(context).into_iter();
    let near = keys.filter_map(|key| {
        let near = declared.near(&key)?;
        Some((format!("vault/{}/{}", key.label, key.name), near))
    });
    near.collect()
}

/// What is left of a name without the service that made the entry: `rds!cluster-1` is one that RDS keeps,
/// of a name that nobody else can give.
fn own_part<'a>(kind: &VaultKind, name: &'a str) -> &'a str {
    match name.split_once('!') {
        Some((service, rest))
            if *kind == VaultKind::AwsSecretsManager
                && !service.is_empty()
                && service.bytes().all(|it| it.is_ascii_lowercase() || it == b'-') =>
        {
            rest
        }
        _ => name,
    }
}

/// Why a provider cannot hold an entry of this name.
fn fault(kind: &VaultKind, name: &str) -> Option<String> {
    let (longest, extra, provider) = match kind {
        VaultKind::Azure => (127, "-", "Azure Key Vault"),
        VaultKind::Gcp => (255, "-_", "Google Secret Manager"),
        VaultKind::AwsSecretsManager if !name.starts_with("arn:") => {
            (512, "/_+=.@-", "AWS Secrets Manager")
        }
        _ => return None,
    };
    // Google's provider also takes the full resource name.
    let name = name
        .strip_prefix("projects/")
        .filter(|_| *kind == VaultKind::Gcp)
        .map_or(name, |rest| rest.rsplit('/').next().unwrap_or(rest));
    let wrong = name.chars().find(|c| !c.is_ascii_alphanumeric() && !extra.contains(*c));
    if let Some(wrong) = wrong {
        return Some(format!("{provider} does not allow `{wrong}`"));
    }
    let length = name.len();
    (length == 0 || length > longest).then(|| format!("{provider} takes 1 to {longest} characters"))
}
