//! # unused-secret
//!
//! ## What it finds
//!
//! The Secret of an `ExternalSecret` that no workload, no DAG and no custom resource in sight
//! reads.
//!
//! ## Why it matters
//!
//! It is copied into the cluster and refreshed for nobody, and everyone who may read Secrets in
//! that namespace can read it. Or its reader asks for another name.
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
//! //- other.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: other
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           env:
//!             - name: TOKEN
//!               valueFrom:
//!                 secretKeyRef:
//!                   name: app
//!                   key: TOKEN
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
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           env:
//!             - name: TOKEN
//!               valueFrom:
//!                 secretKeyRef:
//!                   name: app
//!                   key: TOKEN
//! ```
//!
//! ## Evidence it needs
//!
//! The `ExternalSecret` is delivered by a visible root. A warning where every reader in the
//! namespace is in sight; info where a chart or a path that is not in sight may read it, no workload
//! is seen there at all, or a `Repository` of Tekton brings runs from elsewhere. Nothing is said when the bare name stands anywhere else in what
//! was read or in a script beside it, nor where a generator of the kind `Webhook` is called, which may
//! do more than answer, nor of names by which programs look for their Secrets (`argocd-secret`, `cacerts`).
//!
//! ## When to allow it
//!
//! When people or a program outside the cluster read it.

use std::collections::{BTreeSet, HashSet};

use sealine_model::graph::{FactId, ProducerId};
use sealine_model::kubernetes::{ExternalSecret, Scope, SecretUse};
use sealine_model::vault::VaultIdentity;
use sealine_model::{Certainty, Finding, Severity, Value};

use crate::chain::use_of;
use crate::evidence::is_delivered;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unused-secret",
    severity: Severity::Info,
    summary: "an ExternalSecret makes a Secret that nothing reads",
    replaces: &[],
    source: include_str!("unused_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let used: HashSet<ProducerId> = context
        .links
        .uses
        .iter()
        .flat_map(|link| link.producers.iter().map(|(id, _)| *id))
        .collect();
    let vague = vague_uses(context);
    let copied = copied(context);
    let mut seen = BTreeSet::new();
    for (unit, facts) in context.facts.iter().enumerate() {
        for (item, external) in facts.external_secrets.iter().enumerate() {
            let id = ProducerId::External(FactId { unit, item });
            let target = &external.target;
            let Some(name) = target.name.text() else { continue };
            let quiet = target.manifest.is_some()
                || target.creation_policy == "None"
                || target.creation_policy == "Merge";
            if quiet
                || READ_BY_NAME.contains(&name.as_str())
                || !is_delivered(&external.scope)
                || used.contains(&id)
                || is_read_unseen(external)
            {
                continue;
            }
            let namespace = external.scope.namespace.pattern();
            let read_vaguely = vague.iter().any(|(scope, pattern)| {
                pattern.fits(&name) && scope.namespace.unify(&external.scope.namespace).is_some()
            });
            let is_copied = copied.iter().any(|(place, key)| {
                place.unify(&external.scope.namespace).is_some() && key.fits(&name)
            });
            let mentioned = context.links.mentions.unread.contains(&name);
            if read_vaguely || mentioned || is_copied || !seen.insert(target.place.clone()) {
                continue;
            }
            let finding = Finding::new(
                target.place.clone(),
                format!("secret/{namespace}/{name}"),
                format!("nothing reads the Secret `{name}` in the namespace `{namespace}`"),
            )
            .label(format!("made by {} `{}`", external.kind, external.name))
            .help("remove the ExternalSecret, or name the Secret where it is needed");
            let sure = all_readers_visible(context, &external.scope);
            report.add_as(if sure { Severity::Warning } else { Severity::Info }, finding);
        }
    }
}

/// The Secrets that stores of the kind `kubernetes` read: their namespaces and names.
fn copied<'a>(context: &'a Context<'_>) -> Vec<(&'a Value, &'a Value)> {
    let reads = context.links.reads.iter();
    let named = |vault: &'a VaultIdentity| vault.namespace_of_secrets();
    reads.filter_map(|link| Some((link.vault.as_ref().and_then(named)?, &link.name))).collect()
}

/// Uses whose Secret is known in part only, or that fit more Secrets than are joined: they may mean any that
/// fits.
fn vague_uses<'a>(context: &'a Context<'_>) -> Vec<(&'a Scope, &'a Value)> {
    let uses = context.facts.iter().flat_map(|facts| &facts.uses);
    let in_part = uses.filter(|reader| !reader.secret.is_known() && !reader.secret.is_unknown());
    let many = context.links.uses.iter().filter(|link| link.may_have_more());
    let many = many.map(|link| use_of(context, link));
    in_part.chain(many).map(|reader| (&reader.scope, &reader.secret)).collect()
}

/// Names by which programs look for their Secrets, whatever else is written: `OpenShift`'s monitoring and
/// pipelines, Argo CD and its notifications, Istio's and Linkerd's issuers, Open Cluster Management,
/// Tailscale's operator, Rook.
const READ_BY_NAME: [&str; 11] = [
    "alertmanager-config",
    "alertmanager-main",
    "argocd-notifications-secret",
    "argocd-secret",
    "cacerts",
    "linkerd-identity-issuer",
    "multiclusterhub-operator-pull-secret",
    "operator-oauth",
    "pipelines-as-code-secret",
    "rook-ceph-dashboard-password",
    "rook-ceph-external-cluster-details",
];

/// Secrets that a controller finds by type or label, without being named anywhere, and those that are
/// made for what making them does.
fn is_read_unseen(external: &ExternalSecret) -> bool {
    let template = external.target.template.as_ref();
    let secret_type = template.and_then(|template| template.secret_type.as_deref());
    secret_type.is_some_and(|kind| kind != "Opaque")
        || external.target.read_by_controller
        || external.has_effects()
}

fn all_readers_visible(context: &Context<'_>, scope: &Scope) -> bool {
    let opaque = context.facts.iter().flat_map(|facts| &facts.deliveries).any(|delivery| {
        delivery.is_opaque() && delivery.target_namespace.unify(&scope.namespace).is_some()
    });
    let reads = |reader: &SecretUse| {
        reader.scope.namespace.unify(&scope.namespace) == Some(Certainty::Exact)
    };
    let mut readers = context
        .facts
        .iter()
        .flat_map(|facts| &facts.uses)
        .filter(|reader| reads(reader))
        .peekable();
    // Tekton takes what it runs for a `Repository` from that repository.
    let is_brought = |reader: &SecretUse| reader.consumer.kind == "Repository";
    !opaque && readers.peek().is_some() && !readers.any(is_brought)
}
