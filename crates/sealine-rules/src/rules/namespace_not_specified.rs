//! # namespace-not-specified
//!
//! ## What it finds
//!
//! A namespaced object that a Flux Kustomization brings to the cluster without a namespace. All such
//! objects of one Kustomization are one finding.
//!
//! ## Why it matters
//!
//! Unlike `kubectl` and Argo CD, Flux has no default namespace: it refuses the object with "namespace not
//! specified", and applies nothing of the Kustomization.
//!
//! ## Example
//!
//! ```text
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
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
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//!   targetNamespace: app
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
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
//! A kind that is known to have namespaces; no `targetNamespace`, and no `namespace` in a kustomization on
//! the way; nothing of the build stayed unknown.
//!
//! ## When to allow it
//!
//! When something that Sealine cannot see patches the Kustomization.

use sealine_model::delivery::MishapKind;
use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "namespace-not-specified",
    severity: Severity::Error,
    summary: "Flux refuses a namespaced object that has no namespace",
    replaces: &[],
    source: include_str!("namespace_not_specified.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mishaps = context.facts.iter().flat_map(|facts| &facts.mishaps);
    for mishap in mishaps.filter(|mishap| mishap.kind == MishapKind::NoNamespace) {
        let file = &mishap.place.file;
        let mut finding = Finding::new(
            mishap.place.clone(),
            format!("namespace/{}/{}", file.repo, file.path),
            format!("nothing says in which namespace {} stands, so Flux refuses it", mishap.object),
        )
        .label(format!("brought by {}", mishap.words))
        .help(
            "set `targetNamespace` in the Kustomization, or `namespace` in the kustomization file",
        );
        for place in &mishap.also {
            finding = finding.related(place.clone(), "concerned, too");
        }
        report.add(finding);
    }
}
