//! # error-becomes-value
//!
//! ## What it finds
//!
//! A template that prints what `b64dec`, `b32dec` or `hexdec` make of a value of the vault.
//!
//! ## Why it matters
//!
//! When the value is not encoded as they expect, they do not fail: the text of the error becomes the
//! value, `illegal base64 data at input byte 0`. The `ExternalSecret` stays ready, and the workload
//! logs in with that.
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
//!         keystore: '{{ .keystore | b64dec }}'
//!   data:
//!     - secretKey: keystore
//!       remoteRef:
//!         key: app-keystore
//! ```
//!
//! ## Use instead
//!
//! `decodingStrategy` decodes, too, and fails where it cannot.
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
//!         keystore: '{{ .keystore }}'
//!   data:
//!     - secretKey: keystore
//!       remoteRef:
//!         key: app-keystore
//!         decodingStrategy: Base64
//! ```
//!
//! ## Evidence it needs
//!
//! A text that parses and prints the result. A result that is given to a function which fails on a
//! text of its own, such as `fromJson` or `filterPEM`, is not judged.
//!
//! ## When to allow it
//!
//! When whatever fills the vault always encodes.

use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::templates::{key_places, printed, read_texts};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "error-becomes-value",
    severity: Severity::Info,
    summary: "a template prints the text of an error when a value is not encoded",
    replaces: &[],
    source: include_str!("error_becomes_value.rs"),
    check,
};

/// What gives the text of its error.
const DECODERS: &[&str] = &["b32dec", "b64dec", "hexdec"];

/// What may stand beside a decoder without looking at what it gave.
const BLIND: &[&str] = &[
    "default",
    "index",
    "lower",
    "nospace",
    "print",
    "printf",
    "quote",
    "replace",
    "squote",
    "toJson",
    "toRawJson",
    "toString",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "upper",
    "urlquery",
];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let analysis = &read.analysis;
        for printed in printed(analysis) {
            let decoder = printed.functions.iter().find(|name| DECODERS.contains(name));
            let blind = |name: &&str| BLIND.contains(name) || DECODERS.contains(name);
            let (Some(decoder), true) = (decoder, printed.functions.iter().all(blind)) else {
                continue;
            };
            let keys = printed.keys.join("`, `");
            if keys.is_empty() {
                continue;
            }
            let subject = format!("{}/{keys}", text.subject());
            once.note(&text.text.place_of(printed.range), subject, |place, subject| {
                let message = format!("`{decoder}` writes its error into {}", text.label());
                let finding = Finding::new(place, subject, message)
                    .label(format!("when `{keys}` is not encoded"))
                    .help("set `decodingStrategy` where it is fetched, which fails instead");
                key_places(text.external, &printed.keys).fold(finding, |finding, (key, place)| {
                    finding.related(place.clone(), format!("`{key}` is fetched here"))
                })
            });
        }
    }
    once.report(report);
}
