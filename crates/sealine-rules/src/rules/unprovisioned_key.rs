//! # unprovisioned-key
//!
//! ## What it finds
//!
//! A `remoteRef.key` or an extract key of an `ExternalSecret` that nothing in sight creates in its
//! vault. The target of a `PushSecret` counts as created, and so do entries that `sealine.yaml`
//! lists for people.
//!
//! ## Why it matters
//!
//! The `ExternalSecret` never becomes ready, the Secret is never made, and the pod waits in
//! `CreateContainerConfigError`. Or somebody makes the entry by hand, outside the audit trail, and
//! the next environment lacks it.
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
//! Declare the entry in Terraform, or list it under `entries` with its owner and reason.
//!
//! ```text
//! //- sealine.yaml
//! vaults:
//!   kv-app:
//!     kind: azure
//!     ownership: terraform
//!     entries:
//!       api-token: {owner: platform, reason: issued by the vendor's portal}
//! //- store.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ClusterSecretStore
//! metadata:
//!   name: kv-app
//! spec:
//!   provider:
//!     azurekv:
//!       vaultUrl: https://kv-app.vault.azure.net
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
//! A configuration file, a store whose vault is known, a key that is known in full, and a vault of
//! known ownership: an error when the vault is owned by Terraform or its entries are listed, a
//! warning when Terraform visibly declares some of its entries. A key with a hole, an entry whose
//! name has a hole that may fit, or an entry in a vault that may be the same one: nothing is said.
//!
//! ## When to allow it
//!
//! While the change that creates the entry waits in another repository that is not loaded.

use sealine_model::vault::EntryOrigin;
use sealine_model::{Finding, Severity};

use crate::evidence::{World, vault_world};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unprovisioned-key",
    severity: Severity::Error,
    summary: "an ExternalSecret reads a vault entry that nothing creates",
    replaces: &[],
    source: include_str!("unprovisioned_key.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for read in &context.graph.reads {
        let Some(vault) = &read.vault else { continue };
        let Some(name) = read.name.text() else { continue };
        if !read.entries.is_empty() {
            continue;
        }
        let severity = match vault_world(context, vault) {
            World::Closed => Severity::Error,
            World::Partial => Severity::Warning,
            World::Open => continue,
        };
        let unit = &context.facts[read.external_secret.unit];
        let external = &unit.external_secrets[read.external_secret.item];
        let item = &external.reads[read.read];
        let label = vault.label();
        let mut finding = Finding::new(
            item.place.clone(),
            format!("vault/{label}/{name}"),
            format!("nothing creates the entry `{name}` in the vault `{label}`"),
        )
        .label(format!("read by {} `{}`", external.kind, external.name));
        if let Some(prefix) = convention(context, vault) {
            finding = finding.help(format!("entries people fill carry {prefix} in this vault"));
        } else {
            finding = finding.help(
                "declare it in Terraform, or list it under `entries` of the vault in sealine.yaml",
            );
        }
        report.add_as(severity, finding);
    }
}

/// The convention's prefix, when all entries that Terraform declares as placeholders carry it.
fn convention<'a>(
    context: &Context<'a>,
    vault: &sealine_model::vault::VaultIdentity,
) -> Option<&'a str> {
    let prefix = context.settings.conventions.placeholder_prefix.as_deref()?;
    let entries = context.facts.iter().flat_map(|facts| &facts.entries);
    let mut filled = entries
        .filter(|entry| entry.origin == EntryOrigin::Terraform && entry.ignores_value)
        .filter(|entry| entry.vault.unify(vault).is_some())
        .peekable();
    filled.peek()?;
    filled.all(|entry| entry.name.head().starts_with(prefix)).then_some(prefix)
}
