//! # silent-empty-value
//!
//! ## What it finds
//!
//! A hole through which a value gets lost without an error: `index . "key"` of a key that is not
//! fetched is empty, where `.key` would fail.
//!
//! ## Why it matters
//!
//! The `ExternalSecret` is ready, the Secret is made, and the pod runs with an empty password.
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
//!   target:
//!     template:
//!       data:
//!         PASSWORD: '{{ index . "pasword" }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
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
//!   target:
//!     template:
//!       data:
//!         PASSWORD: '{{ index . "password" }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! All keys of the source map are known, and the read has no `default` and is no condition.
//!
//! ## When to allow it
//!
//! When an empty value is meant.

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::{Finding, Fix, Safety, Severity};

use crate::once::OncePerPlace;
use crate::similar::nearest;
use crate::template_edits::edits;
use crate::templates::{Analysis, How, Judged, Reference, read_texts, source_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "silent-empty-value",
    severity: Severity::Warning,
    summary: "a template loses a value without an error",
    replaces: &[],
    source: include_str!("silent_empty_value.rs"),
    check,
};

/// What gives a missing key another value.
const DEFAULTS: [&str; 4] = ["default", "coalesce", "ternary", "empty"];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let analysis = &read.analysis;
        missing(text, analysis, &mut once);
    }
    once.report(report);
}

/// `index . "key"` of keys that are not fetched.
fn missing(text: &Judged<'_>, analysis: &Analysis, once: &mut OncePerPlace) {
    let Some(keys) = source_keys(text.external) else { return };
    let keys: Vec<&str> = keys.into_iter().map(|(key, _)| key).collect();
    let indexed = |reference: &&Reference| reference.how == How::Index;
    for reference in analysis.references.iter().filter(indexed) {
        let key = reference.key.as_str();
        let tested = |other: &Reference| other.condition && other.key == key;
        let defaulted = reference.functions.iter().any(|name| DEFAULTS.contains(name));
        if keys.contains(&key) || defaulted || analysis.references.iter().any(tested) {
            continue;
        }
        let subject = format!("{}/{key}", text.subject());
        once.note(&text.text.place_of(reference.range), subject, |place, subject| {
            let message = format!("`{key}` is not fetched, so {} has nothing here", text.label());
            let near = nearest(key, keys.iter().copied(), None).map(|(near, _)| near);
            Finding::new(place, subject, message)
                .label("empty, without an error")
                .related(text.external.place.clone(), fetched(text.external, &keys))
                .fix(near.and_then(|near| {
                    Some(Fix {
                        title: format!("read `{near}`"),
                        safety: Safety::Unsafe,
                        edits: edits(text.text, &[(reference.range, near.to_owned())])?,
                    })
                }))
        });
    }
}

fn fetched(external: &ExternalSecret, keys: &[&str]) -> String {
    let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let keys = if keys.is_empty() { "nothing".to_owned() } else { keys };
    format!("`{}` fetches {keys}", external.name)
}
