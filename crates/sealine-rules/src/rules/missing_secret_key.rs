//! # missing-secret-key
//!
//! ## What it finds
//!
//! A reader names a key of a Secret that is made in sight, and whose keys are all known, but that
//! key is not among them.
//!
//! ## Why it matters
//!
//! The pod waits in `CreateContainerConfigError`: the Secret is there, the key is not.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: token
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
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: token
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
//!                   key: token
//! ```
//!
//! ## Evidence it needs
//!
//! Every maker of that Secret in the reader's scope is known, and so are all keys of each:
//! `dataFrom` and merged Secrets leave them open. Nothing is said of a reader that starts without
//! the key, nor where the maker is only assumed. Among examples and documentation that nothing
//! delivers, only what stands in one file goes together.
//!
//! ## When to allow it
//!
//! When a controller adds the key later.

use std::collections::BTreeSet;

use sealine_model::kubernetes::UseKind;
use sealine_model::{Certainty, Finding, Fix, Safety, Severity};
use sealine_source::Edit;

use crate::chain::{made_by, use_of};
use crate::similar::nearest;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "missing-secret-key",
    severity: Severity::Error,
    summary: "a workload needs a key that its Secret does not have",
    replaces: &[],
    source: include_str!("missing_secret_key.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for link in &context.links.uses {
        let reader = use_of(context, link);
        let Some((key, place)) = &reader.key else { continue };
        let Some(key) = key.text() else { continue };
        let sure = link.producers.iter().all(|(_, certainty)| *certainty > Certainty::Assumed);
        let judged = !matches!(reader.kind, UseKind::Probable | UseKind::Bootstrap);
        if link.producers.is_empty() || !sure || !judged || reader.optional {
            continue;
        }
        let made: Vec<_> = link.producers.iter().map(|(id, _)| made_by(context, *id)).collect();
        let has = made
            .iter()
            .any(|(keys, _)| keys.open || keys.known.iter().any(|(known, _)| *known == key));
        // Samples in several files need not go together.
        let apart = context.shelf.is_sample(&reader.scope, place)
            && made.iter().all(|(_, at)| at.file != place.file);
        if has || apart || !seen.insert((place.clone(), key.clone())) {
            continue;
        }
        let mut known: Vec<&str> = made
            .iter()
            .flat_map(|(keys, _)| keys.known.iter().map(|(known, _)| known.as_str()))
            .collect();
        // A base and its patch may both give a key.
        let mut told = BTreeSet::new();
        known.retain(|key| told.insert(*key));
        let mut finding = Finding::new(
            place.clone(),
            format!("secret/{}/{}#{key}", reader.scope.namespace, reader.secret),
            format!("the Secret `{}` has no key `{key}`", reader.secret),
        )
        .label(format!("needed by {} `{}`", reader.consumer.kind, reader.consumer.name));
        if let Some((_, at)) = made.first() {
            let keys =
                known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            let keys = if keys.is_empty() { "no key".to_owned() } else { keys };
            finding = finding.related((*at).clone(), format!("made here with {keys}"));
        }
        let near = match known.as_slice() {
            [only] => Some(*only),
            _ => nearest(&key, known.iter().copied(), None).map(|(near, _)| near),
        };
        let literal =
            reader.key.as_ref().and_then(|(key, _)| key.single_place()).filter(|_| reader.editable);
        finding = finding.fix(near.zip(literal).map(|(near, literal)| Fix {
            title: format!("read the key `{near}`"),
            safety: Safety::Unsafe,
            edits: vec![Edit { place: literal.clone(), text: near.to_owned() }],
        }));
        report.add(finding);
    }
}
