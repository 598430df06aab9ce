//! # unprovisioned-key
//!
//! ## What it finds
//!
//! A `remoteRef.key` or an extract key of an `ExternalSecret` that nothing in sight creates in its
//! vault. The target of a `PushSecret` counts as created, and so do entries that `sealine.yaml`
//! lists for people. All readers of one missing entry are one finding.
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
//!       api-token: {owner: platform, reason: issued by the vendor}
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
//! warning when Terraform visibly declares some of its entries. A key with a hole, an id that Bitwarden gave
//! to an entry, an entry whose
//! name has a hole that may fit, or an entry in a vault that may be the same one: nothing is said. Nor where
//! Terraform makes an entry of an unknown name in that vault, or gives the vault to a module that is not
//! loaded, or where the configured vault may be one of several that stores read.
//! The same holds where an entry's name would fit if a run gave another text than the default to a
//! variable of its root, where a resource that its `count` or `for_each` leaves out would make it, and where all readers lie among examples, test data or in an archive and no root
//! in use delivers them.
//!
//! ## When to allow it
//!
//! While the change that creates the entry waits in another repository that is not loaded.

use sealine_model::vault::{EntryOrigin, VaultIdentity};
use sealine_model::{Finding, Severity};

use crate::chain::unresolved_keys;
use crate::evidence::World;
use crate::placeholders::begins_with;
use crate::rules::misnamed_key::Declared;
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
    let shelf = &context.shelf;
    let mut declared = Declared::new(context);
    for mut key in unresolved_keys(context) {
        key.readers.retain(|(external, read)| {
            !shelf.is_sample(&external.scope, &read.place) && !shelf.is_archived(&read.place)
        });
        let Some(((external, read), others)) = key.readers.split_first() else { continue };
        let (name, label) = (&key.name, &key.label);
        let environment = key.cluster.map(|cluster| format!(" of `{cluster}`")).unwrap_or_default();
        let mut finding = Finding::new(
            read.place.clone(),
            key.subject(),
            format!("nothing creates the entry `{name}` in the vault `{label}`{environment}"),
        )
        .label(format!("read by {} `{}`", external.kind, external.name))
        .subject(format!("vault/{label}/{name}"));
        for (external, read) in others {
            finding =
                finding.related(read.place.clone(), format!("also read by `{}`", external.name));
        }
        if let Some(near) = declared.similar(&key) {
            finding = near.beside(finding);
        }
        finding = finding.help(match convention(context, key.vault) {
            Some(prefix) => format!("entries people fill carry {prefix} in this vault"),
            None => {
                "declare it in Terraform, or list it under `entries` of the vault in sealine.yaml"
                    .to_owned()
            }
        });
        // An edge to another vault that is only assumed to be this one carries no error.
        let severity = match key.world {
            World::Closed => Severity::Error,
            World::Partial | World::Open => Severity::Warning,
        };
        report.add_as(severity, finding);
    }
}

/// The convention's prefix, when the vault has entries that people fill, and all of them carry it.
fn convention<'a>(context: &Context<'a>, vault: &VaultIdentity) -> Option<&'a str> {
    let prefix = context.settings.conventions.placeholder_prefix.as_deref()?;
    let entries = context.facts.iter().flat_map(|facts| &facts.entries);
    let filled = entries
        .filter(|entry| entry.origin == EntryOrigin::Terraform && entry.ignores_value)
        .filter(|entry| entry.vault.unify(vault).is_some());
    let mut carry = filled.map(|entry| begins_with(&entry.name, prefix)).peekable();
    (carry.peek().is_some() && carry.all(|carries| carries)).then_some(prefix)
}
