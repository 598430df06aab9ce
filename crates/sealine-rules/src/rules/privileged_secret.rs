//! # privileged-secret
//!
//! ## What it finds
//!
//! An `ExternalSecret` whose Secret would be a credential of the cluster itself: a token of a service
//! account (`kubernetes.io/service-account-token` with the account in an annotation), or a token with
//! which nodes join (`bootstrap.kubernetes.io/token`).
//!
//! ## Why it matters
//!
//! Kubernetes fills such a Secret with a token of that account, so that whoever may write an
//! `ExternalSecret` could take any account of the namespace. External Secrets Operator refuses it for that
//! reason (CVE-2026-42876); a version from before makes the token.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: deployer
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       type: kubernetes.io/service-account-token
//!       metadata:
//!         annotations:
//!           kubernetes.io/service-account.name: deployer
//!   data:
//!     - secretKey: note
//!       remoteRef:
//!         key: deployer-note
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- secret.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: deployer
//!   namespace: app
//!   annotations:
//!     kubernetes.io/service-account.name: deployer
//! type: kubernetes.io/service-account-token
//! ```
//!
//! ## Evidence it needs
//!
//! The type, and for a token of an account the annotation or a `templateFrom` with `target: Annotations`,
//! as they stand in the manifest.
//!
//! ## When to allow it
//!
//! Never: the operator refuses it.

use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "privileged-secret",
    severity: Severity::Error,
    summary: "an ExternalSecret would make a credential of the cluster itself",
    replaces: &[],
    source: include_str!("privileged_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    let all = context.facts.iter().flat_map(|facts| &facts.external_secrets);
    for external in all.filter(|external| external.target.manifest.is_none()) {
        let template = external.target.template.as_ref();
        let Some((why, place)) = template.and_then(|template| template.refused.as_ref()) else {
            continue;
        };
        let (namespace, name) = (&external.scope.namespace, &external.name);
        let subject = format!("external-secret/{namespace}/{name}#type");
        once.note(place, subject, |place, subject| {
            let message = format!("External Secrets Operator refuses `{name}`: {why}");
            Finding::new(place, subject, message)
                .label("a version that does not would give the token away")
                .help("declare such a Secret by itself; it needs nothing of a vault")
        });
    }
    once.report(report);
}
