//! # unescaped-in-json
//!
//! ## What it finds
//!
//! A template whose text is a JSON document, and that prints a value of the vault inside a string
//! of it without escaping it.
//!
//! ## Why it matters
//!
//! A quote, a backslash or a line break in the value (every private key has line breaks) makes
//! the document unreadable, or lets the value add keys of its own.
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
//!         AIRFLOW_CONN_CRM: '{"conn_type": "http", "password": "{{ .password }}"}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! `toJson` writes the quotes, too.
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
//!         AIRFLOW_CONN_CRM: '{"conn_type": "http", "password": {{ .password | toJson }}}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A text that begins and ends as a JSON object or list, and whose strings all end. Values that
//! pass through any function which may encode them are not judged. A value inside a URI is left
//! to `unescaped-in-uri`. What Terraform draws (`random_password`) or says, or a generator of External
//! Secrets Operator brings, is not judged where it is known to hold nothing that JSON escapes. The repair is
//! offered where the value is the whole string, and where it
//! was tried out: the document is rendered with values that break what is not made for them, and
//! read again; in a chart, where the chart rendered with it says what was meant. It is not safe for a key or certificate in PEM, whose line breaks may stand escaped in the
//! vault.
//!
//! ## When to allow it
//!
//! When the value can hold neither quotes, backslashes nor line breaks, such as a number.

use std::collections::BTreeMap;

use sealine_model::{Alphabet, Finding, Fix, Safety, Severity};
use sealine_render::surroundings::{InJson, Surroundings};
use sealine_source::{Edit, TextRange};

use crate::alphabets::alphabet;
use crate::once::OncePerPlace;
use crate::template_edits::wanted;
use crate::templates::{Judged, Tried, key_places, read_texts, tried};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unescaped-in-json",
    severity: Severity::Error,
    summary: "a template prints a value into a JSON string without escaping it",
    replaces: &[],
    source: include_str!("unescaped_in_json.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let analysis = &read.analysis;
        let mut by_keys: BTreeMap<String, Vec<InJson<'_>>> = BTreeMap::new();
        for found in Surroundings::new(&text.text.text, analysis).raw_in_json() {
            if alphabet(context, text, &found.printed.keys) >= Some(Alphabet::Unquoted) {
                continue;
            }
            by_keys.entry(found.printed.keys.join("`, `")).or_default().push(found);
        }
        for (keys, all) in by_keys {
            let Some(first) = all.first() else { continue };
            let subject = format!("{}/{keys}", text.subject());
            once.note(&text.text.place_of(first.printed.range), subject, |place, subject| {
                let label = text.label();
                let message = format!("`{keys}` stands in a JSON string unescaped, in {label}");
                finding(text, &keys, &all, Finding::new(place, subject, message))
            });
        }
    }
    once.report(report);
}

/// Whether a key says that its value has line breaks, which people often put into a vault escaped:
/// `toJson` would escape them twice.
fn may_be_escaped(key: &str) -> bool {
    let name = key.to_ascii_lowercase();
    let mut words = name.split(['-', '_', '.']);
    words.any(|word| word == "pem") || name.replace(['-', '_', '.'], "").contains("privatekey")
}

fn finding(text: &Judged<'_>, keys: &str, all: &[InJson<'_>], finding: Finding) -> Finding {
    let edits: Option<Vec<Edit>> = all.iter().map(|found| edit(text, found)).collect();
    let edits = edits.filter(|_| passes(text, all));
    let is_escaped =
        all.iter().flat_map(|found| &found.printed.keys).any(|key| may_be_escaped(key));
    let mut finding = finding
        .label("a quote, a backslash or a line break in it breaks the document")
        .help("let `toJson` write the string with its quotes")
        .fix(edits.map(|edits| Fix {
            title: format!("write `{keys}` with `toJson`"),
            safety: if is_escaped { Safety::Unsafe } else { Safety::Safe },
            edits,
        }))
        .wanted(changes(all).and_then(|changes| wanted(text.text, &changes)));
    for (key, place) in key_places(text.external, &all[0].printed.keys) {
        finding = finding.related(place.clone(), format!("`{key}` comes from here as it is"));
    }
    finding
}

/// What lets `toJson` write the values, in the order of the text.
fn changes(all: &[InJson<'_>]) -> Option<Vec<(TextRange, String)>> {
    let mut changes = Vec::new();
    for found in all {
        let (string, pipeline) = (found.string?, found.printed.pipeline);
        let quote = |start: u32| (TextRange { start, end: start + 1 }, String::new());
        changes.push(quote(string.start));
        let end = pipeline.end;
        changes.push((TextRange { start: end, end }, " | toJson".to_owned()));
        changes.push(quote(string.end - 1));
    }
    changes.sort_by_key(|(range, _)| range.start);
    Some(changes)
}

/// Whether the values arrive once `toJson` writes them, as is tried out here.
fn passes(text: &Judged<'_>, all: &[InJson<'_>]) -> bool {
    let Some(changes) = changes(all) else { return false };
    let keys: Vec<String> = all.iter().flat_map(|found| found.printed.keys.clone()).collect();
    tried(text, &changes, &keys) == Tried::Passes
}

/// The edit that puts the action in the place of the string. What it keeps stands in the file byte
/// by byte, so that it needs no quoting anew.
fn edit(text: &Judged<'_>, found: &InJson<'_>) -> Option<Edit> {
    let string = found.string?;
    let place = text.text.exact_place(string)?;
    let (action, pipeline) = (found.printed.range, found.printed.pipeline);
    let slice = |start: u32, end: u32| text.text.text.get(TextRange { start, end }.bytes());
    let head = slice(action.start, pipeline.end)?;
    let tail = slice(pipeline.end, action.end)?;
    Some(Edit { place, text: format!("{head} | toJson{tail}") })
}
