//! # prefix-breaks-external-secret
//!
//! ## What it finds
//!
//! A `namePrefix` or `nameSuffix` that renames an `ExternalSecret`, and with it the Secret it makes, but
//! not what reads that Secret; or one that renames a store, but not the `secretStoreRef` to it.
//!
//! ## Why it matters
//!
//! Kustomize follows a new name only through fields that it knows, from objects that it knows. It does
//! not know that the `ExternalSecret` `db` makes the Secret `db`: once it is called `dev-db`, the Secret
//! is `dev-db`, too, and the pod still asks for `db`.
//!
//! ## Example
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! namespace: app
//! namePrefix: dev-
//! resources:
//!   - external-secret.yaml
//!   - deployment.yaml
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: PASSWORD
//!       remoteRef:
//!         key: app-password
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           envFrom:
//!             - secretRef:
//!                 name: db
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! namespace: app
//! namePrefix: dev-
//! resources:
//!   - external-secret.yaml
//!   - deployment.yaml
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     name: db
//!   data:
//!     - secretKey: PASSWORD
//!       remoteRef:
//!         key: app-password
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           envFrom:
//!             - secretRef:
//!                 name: db
//! ```
//!
//! ## Evidence it needs
//!
//! One root brings both; the `ExternalSecret` names no target of its own; nothing makes the Secret that
//! the reader names, which is the name before the prefix; and nothing of the root stayed unknown.
//!
//! ## When to allow it
//!
//! When the Secret of the old name is made by hand.

use std::collections::BTreeSet;

use sealine_model::kubernetes::UseKind;
use sealine_model::{Finding, Piece, Severity, Value};
use sealine_source::Place;

use crate::chain::{read_of, use_of};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "prefix-breaks-external-secret",
    severity: Severity::Error,
    summary: "a prefix renames a Secret or store, but not what refers to it",
    replaces: &["missing-secret", "unknown-store"],
    source: include_str!("prefix_breaks_external_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    secrets(context, report);
    stores(context, report);
}

fn secrets(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for link in context.links.uses.iter().filter(|link| link.producers.is_empty()) {
        let reader = use_of(context, link);
        let Some(name) = reader.secret.text() else { continue };
        let guessed = matches!(reader.kind, UseKind::Probable | UseKind::ChartValue);
        if guessed || reader.optional || !is_seen_whole(context, link.reader.unit) {
            continue;
        }
        let renamed =
            context.facts[link.reader.unit].external_secrets.iter().find_map(|external| {
                let is_default = external.target.place == external.place;
                let (original, affix) = renamed(&external.name, &external.place)?;
                let meant = original == name
                    && is_default
                    && external.scope.namespace == reader.scope.namespace;
                meant.then_some((external, affix))
            });
        let Some((external, affix)) = renamed else { continue };
        if !seen.insert(reader.place.clone()) {
            continue;
        }
        report.add(
            Finding::new(
                reader.place.clone(),
                format!("secret/{}/{name}", reader.scope.namespace),
                format!("the Secret `{name}` is called `{}` once it is built", external.name),
            )
            .label(format!("read by {} `{}`", reader.consumer.kind, reader.consumer.name))
            .related(affix, "renames the ExternalSecret, and not this")
            .related(
                external.place.clone(),
                format!("names no target, so it makes `{}`", external.name),
            )
            .help(format!(
                "set `spec.target.name: {name}` in the ExternalSecret: Kustomize leaves that alone"
            )),
        );
    }
}

fn stores(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for link in context.links.reads.iter().filter(|link| link.stores.is_empty()) {
        let (external, read) = read_of(context, link);
        let Some(reference) = read.store.as_ref().or(external.store.as_ref()) else { continue };
        let Some(name) = reference.name.text() else { continue };
        let unit = link.external_secret.unit;
        let found = context.facts[unit].stores.iter().find_map(|store| {
            let (original, affix) = renamed(&store.name, &store.place)?;
            (original == name && store.cluster_wide == reference.cluster_wide)
                .then_some((store, affix))
        });
        let Some((store, affix)) = found.filter(|_| is_seen_whole(context, unit)) else { continue };
        if !seen.insert(reference.place.clone()) {
            continue;
        }
        let kind = if reference.cluster_wide { "ClusterSecretStore" } else { "SecretStore" };
        report.add(
            Finding::new(
                reference.place.clone(),
                format!("{}/{name}", kind.to_ascii_lowercase()),
                format!("the {kind} `{name}` is called `{}` once it is built", store.name),
            )
            .label(format!("named by {} `{}`", external.kind, external.name))
            .related(affix, "renames the store, and not this")
            .help("keep the store in a kustomization without a prefix, or refer to its new name"),
        );
    }
}

/// Whether all that a unit brings was seen, by a tool that puts affixes to names.
fn is_seen_whole(context: &Context<'_>, unit: usize) -> bool {
    let delivery = context.facts[unit].deliveries.first();
    delivery.is_some_and(|delivery| !delivery.is_opaque() && delivery.release.is_none())
}

/// The name an object had before something was put around it, and where that stands.
fn renamed<'v>(name: &'v Value, place: &Place) -> Option<(&'v str, Place)> {
    let mut original = None;
    let mut affix = None;
    for piece in name.pieces() {
        let Piece::Literal { text, place: Some(at) } = piece else { return None };
        // All that is written there, but for quotes.
        let is_all = text.len() + 2 >= (place.end - place.start) as usize;
        match place.contains(at) {
            true if is_all && original.is_none() => original = Some(text.as_str()),
            true => return None,
            false if text.is_empty() => {}
            false => affix = Some(at.clone()),
        }
    }
    original.zip(affix)
}
