//! # substitution-eats-template
//!
//! ## What it finds
//!
//! A `${…}` in an `ExternalSecret`, a store or a Secret that Flux takes for one of its post-build
//! variables: one that is not defined and has no default, one that it cannot parse, or one whose value
//! has several lines.
//!
//! ## Why it matters
//!
//! Flux puts nothing in the place of a variable that it does not know, without a word. `${1}` of a
//! rewrite is one. What it cannot parse makes it refuse the whole Kustomization. It takes all line
//! breaks out of values, which destroys a certificate or a key.
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
//!   targetNamespace: app
//!   postBuild:
//!     substitute:
//!       cluster: west
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   dataFrom:
//!     - find:
//!         name: {regexp: ^app-}
//!       rewrite:
//!         - regexp:
//!             source: ^app-(.*)$
//!             target: ${1}
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
//!   postBuild:
//!     substitute:
//!       cluster: west
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   dataFrom:
//!     - find:
//!         name: {regexp: ^app-}
//!       rewrite:
//!         - regexp:
//!             source: ^app-(.*)$
//!             target: $${1}
//! ```
//!
//! ## Evidence it needs
//!
//! The Kustomization defines variables, and all of them are known, or no variable can have that name;
//! the object does not carry `kustomize.toolkit.fluxcd.io/substitute: disabled`.
//!
//! ## When to allow it
//!
//! When the text is meant to be empty there.

use sealine_model::delivery::{Mishap, MishapKind};
use sealine_model::{Finding, Fix, Safety, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "substitution-eats-template",
    severity: Severity::Warning,
    summary: "Flux takes text for a variable that is not one of its own",
    replaces: &[],
    source: include_str!("substitution_eats_template.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for mishap in context.facts.iter().flat_map(|facts| &facts.mishaps) {
        let words = &mishap.words;
        let (message, help) = match mishap.kind {
            MishapKind::EatenBySubstitution => (
                format!("Flux puts nothing in the place of `{words}`: no such variable is defined"),
                format!(
                    "write `${words}` where the text is meant as it is, or define the variable"
                ),
            ),
            MishapKind::RefusedBySubstitution => (
                format!("Flux cannot parse `{words}` and refuses the whole Kustomization"),
                "write `$${` for a `${` that is meant as it is".to_owned(),
            ),
            MishapKind::JoinedBySubstitution => (
                format!("Flux takes the line breaks out of the value of `{words}`"),
                "keep texts of several lines in a Secret or ConfigMap, or encode them".to_owned(),
            ),
            _ => continue,
        };
        report.add(finding(mishap, message).help(help).fix(fix(mishap)));
    }
}

fn finding(mishap: &Mishap, message: String) -> Finding {
    let file = &mishap.place.file;
    let subject = format!("substitution/{}/{}/{}", file.repo, file.path, mishap.words);
    Finding::new(mishap.place.clone(), subject, message).label(format!("in {}", mishap.object))
}

fn fix(mishap: &Mishap) -> Option<Fix> {
    (!mishap.edits.is_empty()).then(|| Fix {
        title: "escape it for Flux".to_owned(),
        safety: Safety::Unsafe,
        edits: mishap.edits.clone(),
    })
}
