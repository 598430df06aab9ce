//! # template-missing-field
//!
//! ## What it finds
//!
//! A template that reads `.key` though `data` has no item of that `secretKey`.
//!
//! ## Why it matters
//!
//! The operator renders with `missingkey=error`: no key of the Secret is updated any more, and
//! `default` cannot help.
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
//!         URL: "https://{{ .usernme }}.example.com"
//!   data:
//!     - secretKey: username
//!       remoteRef:
//!         key: app-username
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
//!         URL: "https://{{ .username }}.example.com"
//!   data:
//!     - secretKey: username
//!       remoteRef:
//!         key: app-username
//! ```
//!
//! ## Evidence it needs
//!
//! All keys of the source map are known: any `dataFrom` leaves them open. A key that the same
//! text also reads with `index` is taken for guarded. A read that only happens under a condition
//! is a warning. The repair is offered for exactly one near key.
//!
//! ## When to allow it
//!
//! Never: remove the read, or add the item.

use std::collections::BTreeMap;

use sealine_model::{Finding, Safety, Severity};

use crate::similar::nearest;
use crate::template_edits::mended;
use crate::templates::{How, Judged, Reference, is_identifier, read_texts, source_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-missing-field",
    severity: Severity::Error,
    summary: "a template reads a key that the ExternalSecret does not fetch",
    replaces: &[],
    source: include_str!("template_missing_field.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = std::collections::BTreeSet::new();
    for (text, read) in read_texts(context) {
        let Some(keys) = source_keys(text.external) else { continue };
        let keys: Vec<&str> = keys.into_iter().map(|(key, _)| key).collect();
        let analysis = &read.analysis;
        let mut missing: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
        for reference in &analysis.references {
            let key = reference.key.as_str();
            let indexed = |other: &Reference| other.how == How::Index && other.key == key;
            if reference.how == How::Field
                && !keys.contains(&key)
                && !analysis.references.iter().any(indexed)
            {
                missing.entry(key).or_default().push(reference);
            }
        }
        for (key, references) in missing {
            let Some(first) = references.first() else { continue };
            let place = text.text.place_of(first.range);
            if seen.insert((place.clone(), key.to_owned())) {
                let always = references.iter().any(|reference| !reference.guarded);
                let severity = if always { Severity::Error } else { Severity::Warning };
                report.add_as(severity, finding(text, key, &references, &keys));
            }
        }
    }
}

fn finding(text: &Judged<'_>, key: &str, references: &[&Reference], keys: &[&str]) -> Finding {
    let place = text.text.place_of(references[0].range);
    let known = keys.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "nothing".to_owned() } else { known };
    let near = nearest(key, keys.iter().copied(), None).map(|(near, _)| near);
    let near = near.filter(|near| is_identifier(near));
    let finding = Finding::new(
        place,
        format!("{}/{key}", text.subject()),
        format!("{} reads `{key}`, which is not fetched", text.label()),
    )
    .label("rendering fails here")
    .related(text.external.place.clone(), format!("`{}` fetches {known}", text.external.name));
    let Some(near) = near else { return finding };
    let changes: Vec<_> =
        references.iter().map(|found| (found.range, format!(".{near}"))).collect();
    mended(finding, text.text, &changes, format!("read `{near}`"), Safety::Unsafe)
}
