//! # template-never-renders
//!
//! ## What it finds
//!
//! A template that fails whatever the vault holds: a field of a text, an argument of the wrong type, too
//! many arguments, `fail` under no condition.
//!
//! ## Why it matters
//!
//! The operator makes no Secret at all, or leaves an old one as it is. Nobody can mend that by filling in
//! another value.
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
//!         PASSWORD: '{{ .database.password }}'
//!   data:
//!     - secretKey: database
//!       remoteRef:
//!         key: app-database
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
//!         PASSWORD: '{{ (.database | fromJson).password }}'
//!   data:
//!     - secretKey: database
//!       remoteRef:
//!         key: app-database
//! ```
//!
//! ## Evidence it needs
//!
//! What fails is reached whatever the values are: it stands under no condition, and only functions whose
//! result has one type lead to it. It failed alike with values of twenty forms: empty, words, numbers,
//! JSON, keys.
//!
//! ## When to allow it
//!
//! Never: mend the template.

use sealine_model::{Finding, Severity};
use sealine_render::certain::{Failure, failure};

use crate::once::OncePerPlace;
use crate::templates::{Judged, Read, read_texts, source_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-never-renders",
    severity: Severity::Error,
    summary: "a template fails whatever the vault holds",
    replaces: &[],
    source: include_str!("template_never_renders.rs"),
    check,
};

/// What a chart's templates read: such a text is one that nobody has rendered yet.
const OF_HELM: &[&str] = &["Capabilities", "Chart", "Files", "Release", "Template", "Values"];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let keys = keys(text, read);
        if keys.iter().any(|key| OF_HELM.contains(key)) {
            continue;
        }
        let Some(failure) = failure(&read.template, keys) else { continue };
        once.note(&text.text.place_of(failure.range), text.subject(), |place, subject| {
            let message = format!("{} fails whatever the vault holds", text.label());
            let finding = Finding::new(place, subject, message);
            let finding = finding.label(if failure.is_refusal {
                "refused here, under no condition".to_owned()
            } else {
                failure.message.clone()
            });
            match help(&failure) {
                Some(help) => finding.help(help),
                None => finding,
            }
        });
    }
    once.report(report);
}

/// Returns the keys of the source map: those that are fetched, or, where that cannot be told, those that the
/// template reads.
fn keys<'a>(text: &Judged<'a>, read: &'a Read) -> Vec<&'a str> {
    let read = || read.analysis.references.iter().map(|found| found.key.as_str()).collect();
    source_keys(text.external)
        .map_or_else(read, |known| known.into_iter().map(|(key, _)| key).collect())
}

fn help(failure: &Failure) -> Option<&'static str> {
    failure.message.contains("can't evaluate field").then_some(
        "what a vault holds is a text: read a field of JSON as `(.key | fromJson).field`",
    )
}
