//! # missing-secret
//!
//! ## What it finds
//!
//! A workload, a DAG's task or a custom resource reads a Secret that nothing in its namespace
//! makes: no `ExternalSecret`, no manifest, no operator. A reader that starts without it
//! (`optional: true`) is honoured. All readers of one missing Secret are one finding. A name that
//! Kustomize generates with a hash at its end is missing to fields that Kustomize does not rename.
//!
//! ## Why it matters
//!
//! The pod waits in `CreateContainerConfigError` or `ContainerCreating`; an Airflow task stays
//! queued until it times out.
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
//!                   name: app-token
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
//! The reader is delivered by a visible root, or is a DAG whose namespace the configuration gives;
//! something in sight makes Secrets in that namespace, other than certificates; the name and the namespace are known in
//! full; nothing there is delivered from where Sealine cannot look, such as a repository that is
//! not loaded; no `Role` there lets a program create Secrets while it runs; a chart that is not in
//! sight may make Secrets named after its release or after itself, and any that the templates of a chart which depends on
//! it read, and the Service Connector of Azure makes those called `sc-…-secret`. Image pull secrets, and credentials of stores and delivery roots, are set up by hand: nothing
//! is said of them. Where a script makes a Secret of this name (`kubectl create secret`), or a comment
//! says how to, it is an info.
//!
//! ## When to allow it
//!
//! When the Secret is made by hand on purpose, with its owner as the reason.

use std::cell::LazyCell;
use std::collections::HashMap;

use sealine_model::kubernetes::{Secret, SecretOrigin, SecretUse};
use sealine_model::{Finding, Severity};

use crate::chain::{UnresolvedSecret, unresolved_secrets};
use crate::evidence::{ManagedNamespaces, is_delivered, makers_in, may_be_made_unseen};
use crate::similar::likeliest;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "missing-secret",
    severity: Severity::Error,
    summary: "a workload needs a Secret that nothing in its scope makes",
    replaces: &[],
    source: include_str!("missing_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let managed = LazyCell::new(|| ManagedNamespaces::of(context));
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for secret in unresolved_secrets(context, |reader| counts(context, reader)) {
        if !managed.holds(context, secret.scope) || may_be_made_unseen(context, &secret) {
            continue;
        }
        let Some((first, others)) = secret.readers.split_first() else { continue };
        let (name, namespace) = (&secret.name, &secret.namespace);
        let mut finding = Finding::new(
            first.place.clone(),
            format!("secret/{namespace}/{name}"),
            format!("nothing makes the Secret `{name}` in the namespace `{namespace}`"),
        )
        .label(format!("needed by {}", reader_name(first)));
        for other in others {
            finding =
                finding.related(other.place.clone(), format!("needed by {}", reader_name(other)));
        }
        let known = names
            .entry(namespace.clone())
            .or_insert_with(|| makers_in(context, secret.scope).map(|(_, name)| name).collect());
        if let Some(made) = hashed(context, &secret) {
            finding = finding.related(made.place.clone(), "made here with a hash at its end").help(
                "the name that Kustomize generates is not followed in this field; set \
                 `options.disableNameSuffixHash: true`, or name the field in `configurations`",
            );
        } else if let Some(near) =
            likeliest(name, known.iter().map(String::as_str).filter(|known| known != name))
        {
            finding = finding.help(format!("this namespace has `{near}`; was that meant?"));
        } else {
            finding = finding.help(
                "make it with an ExternalSecret, or allow this with the name of whoever makes it",
            );
        }
        match context.links.mentions.made_by_scripts.get(name) {
            Some(made) => {
                let finding =
                    finding.related(made.clone(), "this makes one of this name, or says how to");
                report.add_as(Severity::Info, finding);
            }
            None => report.add(finding),
        }
    }
}

/// Whether the absence of what this reader needs would be a fault that can be known.
fn counts(context: &Context<'_>, reader: &SecretUse) -> bool {
    let placed = is_delivered(&reader.scope)
        || reader.consumer.kind == "DAG" && context.settings.airflow.namespace.is_some();
    placed && reader.is_required()
}

fn reader_name(reader: &SecretUse) -> String {
    let consumer = &reader.consumer;
    let part =
        if consumer.part.is_empty() { String::new() } else { format!(", `{}`", consumer.part) };
    format!("{} `{}`{part}", consumer.kind, consumer.name)
}

/// The Secret that a generator makes under this name with a hash at its end.
fn hashed<'a>(context: &Context<'a>, secret: &UnresolvedSecret<'_>) -> Option<&'a Secret> {
    let is_hash = |text: &str| {
        text == "*" || text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    context.facts.iter().flat_map(|facts| &facts.secrets).find(|made| {
        let name = made.name.pattern();
        let suffix = name.strip_prefix(&secret.name).and_then(|rest| rest.strip_prefix('-'));
        made.origin == SecretOrigin::Generator
            && suffix.is_some_and(is_hash)
            && made.scope.namespace.unify(&secret.scope.namespace).is_some()
    })
}
