//! # template-may-hang
//!
//! ## What it finds
//!
//! A template that makes as much as a value of the vault says (`repeat`, `until`, `seq`,
//! `randAlphaNum`, `range` over a number …), or more than a Secret holds, or that calls itself.
//!
//! ## Why it matters
//!
//! The operator has no limit: it renders until its memory is gone, and is restarted to do it again.
//! All `ExternalSecret`s of the cluster wait meanwhile.
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
//!         padding: '{{ repeat (.length | int) "x" }}'
//!   data:
//!     - secretKey: length
//!       remoteRef:
//!         key: app-length
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
//!         padding: '{{ repeat (min 64 (.length | int) | int) "x" }}'
//!   data:
//!     - secretKey: length
//!       remoteRef:
//!         key: app-length
//! ```
//!
//! ## Evidence it needs
//!
//! The number stands there, or comes from the source map without passing `min`, `len` or `mod`. A
//! Secret holds 1 MiB. A template that calls itself does so under no condition.
//!
//! ## When to allow it
//!
//! When nobody but the owner of the cluster can write the entry.

use std::collections::BTreeSet;

use sealine_model::{Finding, Severity};
use sealine_source::TextRange;
use sealine_template::Template;
use sealine_template::syntax::{Block, Node};

use crate::once::OncePerPlace;
use crate::templates::{Counted, Judged, read_texts};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-may-hang",
    severity: Severity::Warning,
    summary: "a template may take all memory of the operator",
    replaces: &[],
    source: include_str!("template_may_hang.rs"),
    check,
};

/// What a Secret holds.
const MOST: i64 = 1 << 20;

/// What gives no more than it is told.
const BOUNDING: &[&str] = &["len", "min", "mod"];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let bounded =
            |counted: &Counted| BOUNDING.iter().any(|name| counted.functions.contains(name));
        for counted in &read.analysis.counted {
            let why = match counted.number {
                Some(number) if number > MOST => {
                    format!("to {number}, which is more than a Secret holds")
                }
                None if !counted.keys.is_empty() && !bounded(counted) => {
                    format!("as often as `{}` says", counted.keys.join("`, `"))
                }
                _ => continue,
            };
            let what = format!("`{}` goes on {why}", counted.function);
            note(text, counted.range, &what, &mut once);
        }
        if let Some(range) = calls_itself(&read.template) {
            note(text, range, "a template calls itself, under no condition", &mut once);
        }
    }
    once.report(report);
}

fn note(text: &Judged<'_>, range: TextRange, what: &str, once: &mut OncePerPlace) {
    let subject = format!("{}/{}", text.subject(), range.start);
    once.note(&text.text.place_of(range), subject, |place, subject| {
        Finding::new(place, subject, format!("{what}, in {}", text.label()))
            .label("the operator has no limit")
            .help("bound it: `min 64 (… | int)`")
    });
}

/// Returns the call with which a template comes back to itself.
fn calls_itself(template: &Template) -> Option<TextRange> {
    let body = |name: &str| template.defines.iter().find(|define| define.name == name);
    template.defines.iter().find_map(|define| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Block> = vec![&define.body];
        while let Some(block) = next.pop() {
            for node in &block.nodes {
                let Node::Template(call) = node else { continue };
                if call.name == define.name {
                    return Some(call.range);
                }
                if let Some(other) = body(&call.name).filter(|_| seen.insert(call.name.as_str())) {
                    next.push(&other.body);
                }
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use sealine_template::{Functions, parse};

    use super::*;

    #[test]
    fn calls_under_a_condition_are_not_judged() {
        for (text, expected) in [
            (
                "{{ define \"a\" }}{{ template \"b\" }}{{ end }}{{ define \"b\" }}{{ template \"a\" }}{{ end }}",
                true,
            ),
            ("{{ define \"a\" }}{{ if .x }}{{ template \"a\" }}{{ end }}{{ end }}", false),
            ("{{ define \"a\" }}x{{ end }}{{ template \"a\" }}{{ template \"a\" }}", false),
        ] {
            let template = parse("t", text, Functions::eso()).unwrap();
            assert_eq!(calls_itself(&template).is_some(), expected, "{text}");
        }
    }
}
