//! # template-unused-data
//!
//! ## What it finds
//!
//! An item of `data` that is fetched from the vault but that no template text reads, so that it
//! does not reach the Secret.
//!
//! ## Why it matters
//!
//! With a template the Secret holds what the template renders and nothing else. The item is a
//! leftover, or it was meant to be a key and is silently missing. And should its entry go, the
//! whole `ExternalSecret` fails for it.
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
//!         PASSWORD: "{{ .password }}"
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
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
//!         PASSWORD: "{{ .password }}"
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A template with texts of its own, all of them known, `mergePolicy: Replace`, and no text that
//! uses the map of keys as a whole.
//!
//! ## When to allow it
//!
//! While a change is under way.

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::templates::{Judged, judged};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-unused-data",
    severity: Severity::Info,
    summary: "an ExternalSecret fetches a key that its template does not use",
    replaces: &[],
    source: include_str!("template_unused_data.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (external, texts) in context.templates.by_external() {
        let Some(used) = used(external, texts) else { continue };
        for (key, place) in external.reads.iter().filter_map(|read| read.secret_key.as_ref()) {
            if used.contains(&key.as_str()) {
                continue;
            }
            let subject = format!(
                "external-secret/{}/{}#data.{key}",
                external.scope.namespace, external.name
            );
            once.note(place, subject, |place, subject| {
                let message = format!("`{key}` is fetched, but no template text reads it");
                Finding::new(place, subject, message)
                    .label("does not reach the Secret")
                    .help("remove the item, or write it in the template")
            });
        }
    }
    once.report(report);
}

/// The keys that the templates read, when it is known that they read no other.
fn used<'a>(external: &ExternalSecret, texts: &'a [Judged<'_>]) -> Option<Vec<&'a str>> {
    let template = judged(external)?;
    let writes = template.texts.iter().any(|text| !text.key.starts_with("metadata."));
    if template.merges || template.opaque || !writes {
        return None;
    }
    let mut used = Vec::new();
    for text in texts {
        let analysis = &text.read().ok()?.analysis;
        if analysis.whole {
            return None;
        }
        used.extend(analysis.references.iter().map(|reference| reference.key.as_str()));
    }
    Some(used)
}
