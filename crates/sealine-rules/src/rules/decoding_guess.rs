//! # decoding-guess
//!
//! ## What it finds
//!
//! `decodingStrategy: Auto` of an `ExternalSecret`.
//!
//! ## Why it matters
//!
//! The operator decodes whatever can be read as base64, and ordinary text can: `password` becomes six
//! bytes that are no text. Whether a value arrives as it is depends on its letters and its length, and
//! changes with a rotation.
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
//!     - secretKey: keystore
//!       remoteRef:
//!         key: app-keystore
//!         decodingStrategy: Auto
//! ```
//!
//! ## Use instead
//!
//! Say which it is: `Base64` where the vault holds it encoded, `None` where it does not.
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
//!     - secretKey: keystore
//!       remoteRef:
//!         key: app-keystore
//!         decodingStrategy: Base64
//! ```
//!
//! ## Evidence it needs
//!
//! The word `Auto` as it stands in a `remoteRef`, an `extract` or a `find`. A strategy that is not
//! known from the files is not judged.
//!
//! ## When to allow it
//!
//! When each value has letters that base64 does not know, such as PEM, or all are encoded.

use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "decoding-guess",
    severity: Severity::Warning,
    summary: "values are decoded when they happen to look like base64",
    replaces: &[],
    source: include_str!("decoding_guess.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for external in context.facts.iter().flat_map(|facts| &facts.external_secrets) {
        for (what, place) in &external.guesses {
            let of = format!("external-secret/{}/{}", external.scope.namespace, external.name);
            once.note(place, format!("{of}#{what}"), |place, subject| {
                let message = format!("{what} is decoded when it happens to look like base64");
                Finding::new(place, subject, message)
                    .label("ordinary text may look like it, too")
                    .help("write `Base64` or `None`, whichever the vault holds")
            });
        }
    }
    once.report(report);
}
