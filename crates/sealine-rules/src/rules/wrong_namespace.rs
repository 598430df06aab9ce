//! # wrong-namespace
//!
//! ## What it finds
//!
//! A reader names a Secret that nothing makes in its namespace, while something in sight makes one
//! of that name in another namespace of the same cluster; or an `ExternalSecret` names a
//! `SecretStore` that stands in another namespace.
//!
//! ## Why it matters
//!
//! Secrets and `SecretStore`s are read in their own namespace only. The pod waits, though the
//! Secret is there for all to see.
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
//!   namespace: apps
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! //- db.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
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
//! //- db.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
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
//! The same as `missing-secret`, and a maker whose namespace is known and that stands in the same
//! cluster for sure: the configuration says so, or the same root, the same parent or a root of the same
//! folder brings both. Nothing copies Secrets between namespaces (reflectors are makers, too), and no
//! script makes one of this name, which is left to `missing-secret`.
//!
//! ## When to allow it
//!
//! When something that is not in sight copies the Secret.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::HashMap;

use sealine_model::kubernetes::{Scope, SecretUse};
use sealine_model::{Finding, Severity};
use sealine_source::Place;

use crate::chain::unresolved_secrets;
use crate::evidence::{ManagedNamespaces, is_delivered, may_be_made_unseen, surely_same_cluster};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "wrong-namespace",
    severity: Severity::Error,
    summary: "a workload needs a Secret that is made in another namespace only",
    replaces: &["missing-secret"],
    source: include_str!("wrong_namespace.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    // Most trees have no unresolved Secret, and nothing to look up here.
    let managed = LazyCell::new(|| ManagedNamespaces::of(context));
    let made = LazyCell::new(|| makers(context));
    for secret in unresolved_secrets(context, counts) {
        let elsewhere = made.get(secret.name.as_str()).into_iter().flatten().find(|maker| {
            maker.namespace != secret.namespace
                && surely_same_cluster(context, secret.scope, maker.scope)
        });
        let (Some(maker), Some((first, others))) = (elsewhere, secret.readers.split_first()) else {
            continue;
        };
        let by_script = context.links.mentions.made_by_scripts.contains_key(&secret.name);
        if !managed.holds(context, secret.scope)
            || by_script
            || may_be_made_unseen(context, &secret)
        {
            continue;
        }
        let (name, namespace) = (&secret.name, &secret.namespace);
        let mut finding = Finding::new(
            first.place.clone(),
            format!("secret/{namespace}/{name}"),
            format!(
                "the Secret `{name}` is made in `{}`, and needed in `{namespace}`",
                maker.namespace
            ),
        )
        .label(format!(
            "needed by {} `{}` in `{namespace}`",
            first.consumer.kind, first.consumer.name
        ))
        .related(maker.place.clone(), format!("made in `{}`", maker.namespace))
        .help(format!("make it in `{namespace}`, too, or move the reader"));
        // A namespace that is set elsewhere is repaired there.
        if let Some(set) = secret.scope.namespace.single_place()
            && set.file != first.place.file
        {
            finding = finding.related(set.clone(), "sets the namespace of the reader");
        }
        for other in others {
            finding = finding.related(other.place.clone(), "needed here, too");
        }
        report.add(finding);
    }
}

fn counts(reader: &SecretUse) -> bool {
    is_delivered(&reader.scope) && reader.is_required()
}

struct Maker<'a> {
    scope: &'a Scope,
    namespace: Cow<'a, str>,
    place: &'a Place,
}

/// The makers in delivered, known namespaces, by the Secret's name.
fn makers<'a>(context: &Context<'a>) -> HashMap<Cow<'a, str>, Vec<Maker<'a>>> {
    let mut made: HashMap<Cow<'a, str>, Vec<Maker<'a>>> = HashMap::new();
    for external in context.facts.iter().flat_map(|facts| &facts.external_secrets) {
        let namespace = external.scope.namespace.known_text().filter(|name| !name.is_empty());
        if let (Some(namespace), Some(name)) = (namespace, external.target.name.known_text())
            && is_delivered(&external.scope)
        {
            let maker = Maker { scope: &external.scope, namespace, place: &external.target.place };
            made.entry(name).or_default().push(maker);
        }
    }
    made
}
