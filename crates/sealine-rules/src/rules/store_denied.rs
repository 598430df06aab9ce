//! # store-denied
//!
//! ## What it finds
//!
//! An `ExternalSecret` in a namespace that none of the conditions of its `ClusterSecretStore`
//! allow.
//!
//! ## Why it matters
//!
//! The operator refuses: `using cluster store is not allowed from namespace: denied by
//! spec.condition`.
//!
//! ## Example
//!
//! ```text
//! //- store.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ClusterSecretStore
//! metadata:
//!   name: kv-app
//! spec:
//!   provider:
//!     azurekv:
//!       vaultUrl: https://kv-app.vault.azure.net
//!   conditions:
//!     - namespaces: [other]
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
//! //- store.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ClusterSecretStore
//! metadata:
//!   name: kv-app
//! spec:
//!   provider:
//!     azurekv:
//!       vaultUrl: https://kv-app.vault.azure.net
//!   conditions:
//!     - namespaces: [app]
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
//! The namespace is known, the store is the only one that may be meant, and its conditions hold
//! names and expressions only: a label selector may allow anything.
//!
//! ## When to allow it
//!
//! Never; add the namespace to the conditions.

use std::collections::BTreeSet;

use sealine_model::kubernetes::AllowedNamespaces;
use sealine_model::{Finding, Severity};

use crate::chain::read_of;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "store-denied",
    severity: Severity::Error,
    summary: "a ClusterSecretStore does not allow the namespace that uses it",
    replaces: &[],
    source: include_str!("store_denied.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for link in &context.links.reads {
        let (external, read) = read_of(context, link);
        let Some(namespace) = external.scope.namespace.text().filter(|name| !name.is_empty())
        else {
            continue;
        };
        let [id] = link.stores.as_slice() else { continue };
        let store = &context.facts[id.unit].stores[id.item];
        let Some(allowed) = &store.allowed_namespaces else { continue };
        let Some(reference) = read.store.as_ref().or(external.store.as_ref()) else { continue };
        if allows(allowed, &namespace) || !seen.insert(reference.place.clone()) {
            continue;
        }
        let at = allowed.place.clone().unwrap_or_else(|| store.place.clone());
        report.add(
            Finding::new(
                reference.place.clone(),
                format!("externalsecret/{namespace}/{}", external.name),
                format!(
                    "the ClusterSecretStore `{}` does not allow the namespace `{namespace}`",
                    store.name
                ),
            )
            .label(format!("used by {} `{}`", external.kind, external.name))
            .related(at, "its conditions")
            .help(format!("add `{namespace}` to `namespaces`")),
        );
    }
}

fn allows(allowed: &AllowedNamespaces, namespace: &str) -> bool {
    let by_expression = |expression: &String| {
        // Go searches unanchored. What this engine cannot compile may allow anything.
        regex::Regex::new(expression).map_or(true, |expression| expression.is_match(namespace))
    };
    allowed.by_selector
        || allowed.names.iter().any(|name| name == namespace)
        || allowed.expressions.iter().any(by_expression)
}
