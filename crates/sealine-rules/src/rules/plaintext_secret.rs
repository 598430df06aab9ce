//! # plaintext-secret
//!
//! ## What it finds
//!
//! A Secret manifest with values in clear, and a file that a creation rule of `.sops.yaml` says
//! must be encrypted and that is not.
//!
//! ## Why it matters
//!
//! Base64 is no encryption: everybody who can read the repository has the secret, and it stays in
//! git's history.
//!
//! ## Example
//!
//! ```text
//! //- database.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: database
//!   namespace: app
//! stringData:
//!   password: Harbour-Tulip-7
//! ```
//!
//! ## Use instead
//!
//! Keep the value in a vault and let an `ExternalSecret` copy it, or encrypt the file with SOPS.
//! Change the secret: its old value stays in the history.
//!
//! ```text
//! //- database.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: database
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: vault, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: database-password
//! ```
//!
//! ## Evidence it needs
//!
//! A manifest that a person wrote, with at least one value that is neither empty nor a placeholder
//! of a known tool (`<path:...>`, `ref+...`, `${...}`). A certificate, a public key, a style sheet, the name of an
//! algorithm, or SQL without a word for a credential, is none, nor is what Prometheus scrapes, what roles of
//! Elasticsearch may do or a pipeline of Logstash, as long as no credential stands in it. What a chart
//! renders is not judged, nor are SOPS files and `SealedSecret`s. Among examples and documentation it is
//! an info, among test data nothing: that is also what stands beside a `chainsaw-test.yaml` or the steps
//! of KUTTL (`00-assert.yaml`).
//!
//! ## When to allow it
//!
//! For values that are public, such as a key of a local test cluster.

use sealine_model::kubernetes::{Secret, SecretOrigin};
use sealine_model::{Finding, Severity};
use sealine_source::Place;

use crate::once::OncePerPlace;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "plaintext-secret",
    severity: Severity::Error,
    summary: "the values of a Secret stand in the repository in clear",
    replaces: &[],
    source: include_str!("plaintext_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    // A manifest that several roots deliver is one manifest.
    let mut found = OncePerPlace::default();
    for secret in context.facts.iter().flat_map(|facts| &facts.secrets) {
        if secret.origin != SecretOrigin::Manifest || !secret.plaintext || secret.rendered {
            continue;
        }
        let subject = format!("secret/{}/{}", secret.scope.namespace, secret.name);
        found.note(where_values_stand(secret), subject, |place, subject| {
            let message = format!("the values of the Secret `{}` stand here in clear", secret.name);
            Finding::new(place, subject, message).help(
                "move them to a vault behind an ExternalSecret or encrypt the file, and change \
                 them: git keeps the old ones",
            )
        });
    }
    for (file, rule) in context.facts.iter().flat_map(|facts| &facts.sops.unencrypted) {
        let reason = "this rule says that it must be encrypted";
        if let Some(finding) = found.in_file(&file.file).next() {
            if !finding.related.iter().any(|(place, _)| place == rule) {
                finding.related.push((rule.clone(), reason.to_owned()));
            }
            continue;
        }
        let subject = format!("file/{}/{}", file.file.repo, file.file.path);
        found.note(file, subject, |place, subject| {
            Finding::new(place, subject, "this file must be encrypted, and is not")
                .related(rule.clone(), reason)
                .help("encrypt it with `sops --encrypt --in-place`, and change what it held")
        });
    }
    found.report(report);
}

/// Returns where the Secret is named, or the first of its keys where a patch in another file gives them.
fn where_values_stand(secret: &Secret) -> &Place {
    let mut keys = secret.keys.known.iter().map(|(_, place)| place).peekable();
    let first = keys.peek().copied().unwrap_or(&secret.place);
    if keys.any(|place| place.file == secret.place.file) { &secret.place } else { first }
}
