//! # unknown-store
//!
//! ## What it finds
//!
//! A `secretStoreRef` that names no `SecretStore` of its namespace, or no `ClusterSecretStore`.
//!
//! ## Why it matters
//!
//! The `ExternalSecret` is never ready: `could not get ClusterSecretStore`.
//!
//! ## Example
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: .
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
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
//!   secretStoreRef: {name: kv-apps, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: .
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
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
//! The `ExternalSecret` is delivered by a visible root, the name is known in full, and stores of
//! that kind are declared in sight, so that they are visibly managed here, or a store of the other kind has
//! the name in the same cluster: without `kind: ClusterSecretStore` a `SecretStore` is meant. Where several name the
//! store, and something is delivered that Sealine cannot look into, it is a warning.
//!
//! ## When to allow it
//!
//! When the store is made by hand or by a repository that is not loaded.

use std::collections::BTreeMap;

use sealine_model::delivery::Delivery;
use sealine_model::kubernetes::{Scope, Store, StoreReference};
use sealine_model::{Finding, Severity};
use sealine_source::Place;

use crate::chain::read_of;
use crate::evidence::{cluster, is_delivered, opaque_delivery_in, surely_same_cluster};
use crate::similar::nearest;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unknown-store",
    severity: Severity::Error,
    summary: "an ExternalSecret names a store that nothing declares",
    replaces: &[],
    source: include_str!("unknown_store.rs"),
    check,
};

/// One name that is not declared, with whoever uses it.
struct Unknown<'a> {
    reference: &'a StoreReference,
    known: Vec<String>,
    /// Where it is named, and by whom; never empty.
    users: BTreeMap<Place, String>,
    scope: &'a Scope,
    /// The store of the other kind that has this name.
    twin: Option<&'a Store>,
}

fn check(context: &Context<'_>, report: &mut Report) {
    let declared: Vec<&Store> = context.facts.iter().flat_map(|facts| &facts.stores).collect();
    // A store of a name that is not known may be any of them.
    if declared.iter().any(|store| !store.name.is_known()) {
        return;
    }
    let mut found: BTreeMap<(&str, String, String), Unknown<'_>> = BTreeMap::new();
    for link in &context.links.reads {
        let (external, read) = read_of(context, link);
        if !link.stores.is_empty() || !is_delivered(&external.scope) {
            continue;
        }
        let Some(reference) = read.store.as_ref().or(external.store.as_ref()) else { continue };
        let Some(name) = reference.name.text() else { continue };
        let same_kind = |store: &&&Store| {
            store.cluster_wide == reference.cluster_wide
                && (store.cluster_wide || store.scope.namespace == external.scope.namespace)
        };
        let alike = declared.iter().filter(same_kind);
        let mut known: Vec<String> = alike.clone().filter_map(|store| store.name.text()).collect();
        // What nobody delivers, an example of a chart perhaps, does not show who manages stores here.
        let are_managed = alike.clone().any(|store| is_delivered(&store.scope));
        let twin =
            declared.iter().find(|store| is_twin(context, store, reference, &external.scope));
        // A store of that name in another cluster is no store here, but too little to be sure of.
        if !(are_managed || twin.is_some()) || known.contains(&name) {
            continue;
        }
        // Those of the same cluster are meant rather than others.
        let near =
            alike.clone().filter(|it| surely_same_cluster(context, &it.scope, &external.scope));
        let near: Vec<String> = near.filter_map(|store| store.name.text()).collect();
        if !near.is_empty() {
            known = near;
        }
        let namespace = if reference.cluster_wide {
            String::new()
        } else {
            external.scope.namespace.to_string()
        };
        let key = (cluster(context, &external.scope).unwrap_or_default(), namespace, name);
        let scope = &external.scope;
        let unknown = found.entry(key).or_insert_with(|| Unknown {
            reference,
            known,
            users: BTreeMap::new(),
            scope,
            twin: twin.copied(),
        });
        let user = format!("named by {} `{}`", external.kind, external.name);
        unknown.users.entry(reference.place.clone()).or_insert(user);
    }
    for ((_, _, name), unknown) in found {
        let severity = severity(context, &unknown);
        if let Some(finding) = finding(&name, unknown) {
            report.add_as(severity, finding);
        }
    }
}

/// Whether a store has the name that is asked for, in the same cluster and within reach, and is of the other kind.
fn is_twin(context: &Context<'_>, store: &Store, asked: &StoreReference, scope: &Scope) -> bool {
    let is_near = store.cluster_wide || store.scope.namespace == scope.namespace;
    store.cluster_wide != asked.cluster_wide
        && store.name.text().is_some_and(|name| asked.name.text() == Some(name))
        && is_near
        && surely_same_cluster(context, &store.scope, scope)
}

/// Hardly a slip of the pen, where several name it: what nobody can look into may bring it.
fn severity(context: &Context<'_>, unknown: &Unknown<'_>) -> Severity {
    let mut deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
    let is_hidden = if unknown.reference.cluster_wide {
        deliveries.any(Delivery::is_opaque)
    } else {
        opaque_delivery_in(context, unknown.scope)
    };
    if is_hidden && unknown.users.len() > 1 { Severity::Warning } else { Severity::Error }
}

fn finding(name: &str, unknown: Unknown<'_>) -> Option<Finding> {
    let Unknown { reference, known, mut users, twin, .. } = unknown;
    let (place, user) = users.pop_first()?;
    let kind = if reference.cluster_wide { "ClusterSecretStore" } else { "SecretStore" };
    let mut finding = Finding::new(
        place,
        format!("{}/{name}", kind.to_ascii_lowercase()),
        format!("nothing declares the {kind} `{name}`"),
    )
    .label(user);
    for (place, user) in users {
        finding = finding.related(place, user);
    }
    if let Some(twin) = twin {
        let kind = if twin.cluster_wide { "ClusterSecretStore" } else { "SecretStore" };
        return Some(
            finding.related(twin.place.clone(), format!("this {kind} has the name")).help(format!(
                "write `kind: {kind}` beside the name; without it a SecretStore is meant"
            )),
        );
    }
    let near = nearest(name, known.iter().map(String::as_str), None);
    let near = near.map_or_else(
        || known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "),
        |(near, _)| format!("`{near}`"),
    );
    Some(finding.help(format!("declared here: {near}")))
}
