//! # template-syntax
//!
//! ## What it finds
//!
//! A template text of an `ExternalSecret` that does not parse, or that calls a function which
//! External Secrets Operator does not have.
//!
//! ## Why it matters
//!
//! The `ExternalSecret` never becomes ready: `could not update secret`, with the reason in an
//! event only. The Secret keeps its old values, or is never made.
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
//!         PASSWORD: "{{ .db-password }}"
//!   data:
//!     - secretKey: db-password
//!       remoteRef:
//!         key: app-db-password
//! ```
//!
//! ## Use instead
//!
//! A key that is no identifier is read with `index`.
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
//!         PASSWORD: '{{ index . "db-password" }}'
//!   data:
//!     - secretKey: db-password
//!       remoteRef:
//!         key: app-db-password
//! ```
//!
//! ## Evidence it needs
//!
//! A text that is wholly known and an engine of version `v2`. The functions are those of External
//! Secrets Operator 2.9. An action with a variable of Flux in it (`{{ ${name} }}`) is not judged. Delimiters that the controller may be started with are not seen. The
//! repair is offered for keys of `data`.
//!
//! ## When to allow it
//!
//! When the controller runs with other delimiters, or a newer release brings the function.

use sealine_model::{Finding, Safety, Severity};
use sealine_source::TextRange;
use sealine_template::{Functions, parse};

use crate::once::OncePerPlace;
use crate::template_edits::mended;
use crate::templates::{Judged, is_identifier, texts};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-syntax",
    severity: Severity::Error,
    summary: "a template of an ExternalSecret does not parse",
    replaces: &[],
    source: include_str!("template_syntax.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for text in texts(context) {
        let Err(error) = text.read() else { continue };
        if is_filled_in(&text.text.text, error.range) {
            continue;
        }
        once.note(&text.text.place_of(error.range), text.subject(), |place, subject| {
            let message = format!("{} does not parse: {}", text.label(), error.message);
            let changes = indexed(text);
            let mut finding = Finding::new(place, subject, message);
            if !changes.is_empty() {
                finding = finding
                    .help("a key with `-` or `.`, or with a digit in front, is read with `index`");
            }
            mended(finding, text.text, &changes, "read the key with `index`", Safety::Safe)
        });
    }
    once.report(report);
}

/// Whether the action at fault holds a variable of Flux, which is put in before anybody parses it.
fn is_filled_in(text: &str, fault: TextRange) -> bool {
    let from = text.get(..fault.end as usize).and_then(|before| before.rfind("{{"));
    let action = from.and_then(|from| text.get(from..)).unwrap_or_default();
    action.split("}}").next().is_some_and(|action| action.contains("${"))
}

/// The changes that read keys which are no identifiers with `index`, when the text parses with
/// them.
fn indexed(text: &Judged<'_>) -> Vec<(TextRange, String)> {
    let source = &text.text.text;
    // Below `with` and `range` the dot is another one, `$` is not.
    let map = if source.contains("with ") || source.contains("range ") { "$" } else { "." };
    let mut changes: Vec<(TextRange, String)> = Vec::new();
    let keys = text.external.reads.iter().filter_map(|read| read.secret_key.as_ref());
    for (key, _) in keys.filter(|(key, _)| !is_identifier(key)) {
        let field = format!(".{key}");
        for (start, _) in source.match_indices(&field) {
            let end = start + field.len();
            let before = &source[..start];
            let opened = before.rfind("{{");
            let inside = opened > before.rfind("}}") && opened.is_some();
            let joined = |c: char| c.is_ascii_alphanumeric() || "_-.$)\"'`".contains(c);
            let apart = !before.ends_with(joined)
                && !source[end..]
                    .starts_with(|c: char| c.is_ascii_alphanumeric() || "_-.".contains(c));
            if inside && apart {
                let first = before.trim_end_matches('-').trim_end().ends_with("{{")
                    || before.trim_end().trim_end_matches('-').ends_with("{{");
                let new = format!("index {map} \"{key}\"");
                let new = if first { new } else { format!("({new})") };
                changes.push((TextRange::new(start, end), new));
            }
        }
    }
    changes.sort_by_key(|(range, _)| range.start);
    let mut whole = String::new();
    let mut at = 0;
    for (range, new) in &changes {
        whole.push_str(source.get(at..range.bytes().start).unwrap_or_default());
        whole.push_str(new);
        at = range.bytes().end;
    }
    whole.push_str(source.get(at..).unwrap_or_default());
    // In a `define` both mean what the caller passes.
    let repaired = !source.contains("define ") && parse("", whole, Functions::eso()).is_ok();
    if repaired { changes } else { Vec::new() }
}
