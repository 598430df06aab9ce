//! # changes-every-refresh
//!
//! ## What it finds
//!
//! A template that calls a random or time function (`randAlphaNum`, `uuidv4`, `now`, `htpasswd`,
//! `bcrypt`, `genPrivateKey` …) in an `ExternalSecret` that is refreshed.
//!
//! ## Why it matters
//!
//! Every refresh gives the Secret another value. Whatever read the old one is locked out, and a
//! reloader restarts the workload each time.
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
//!   refreshInterval: 1h
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         auth: '{{ htpasswd "admin" .password }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! Make it once, or keep the result in the vault.
//!
//! ```text
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   refreshPolicy: CreatedOnce
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         auth: '{{ htpasswd "admin" .password }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A text that parses. `refreshPolicy: CreatedOnce` or `OnChange`, or a `refreshInterval` of
//! zero, is no refresh.
//!
//! ## When to allow it
//!
//! When the value is meant to change, such as the time of the last refresh.

use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::templates::read_texts;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "changes-every-refresh",
    severity: Severity::Warning,
    summary: "a template gives another value at every refresh",
    replaces: &[],
    source: include_str!("changes_every_refresh.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context).filter(|(text, _)| text.external.refreshes) {
        for (function, range) in &read.analysis.functions {
            if function.deterministic {
                continue;
            }
            let name = function.name;
            let subject = format!("{}/{name}", text.subject());
            once.note(&text.text.place_of(*range), subject, |place, subject| {
                let message =
                    format!("`{name}` gives {} another value at every refresh", text.label());
                Finding::new(place, subject, message)
                    .help("keep the result in the vault, or set `refreshPolicy: CreatedOnce`")
            });
        }
    }
    once.report(report);
}
