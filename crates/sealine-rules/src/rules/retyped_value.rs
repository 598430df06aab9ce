//! # retyped-value
//!
//! ## What it finds
//!
//! A value without quotes in a `literal` or `KeysAndValues` template: one of the vault, or one that
//! stands there and that YAML takes for something else.
//!
//! ## Why it matters
//!
//! The operator reads the rendered text as YAML 1.1 and writes what it has read: `0755` becomes
//! `493`, `1e3` becomes `1000`, `on` becomes `true`, `null` becomes empty. The
//! `ExternalSecret` is ready, and the pod runs with another value.
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
//!       templateFrom:
//!         - literal: |
//!             MODE: '0755'
//!             PASSWORD: {{ .password }}
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! `toJson` writes quotes, and escapes what they cannot hold.
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
//!       templateFrom:
//!         - literal: |
//!             MODE: '0755'
//!             PASSWORD: {{ .password | toJson }}
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A line `key: value` at the left of a text that is a map of keys. A value of the vault that passes
//! through a function which may quote it is not judged. What stands there is tried out: it is read as
//! the operator reads it, and must come out as it is written. `null`, `~` and nothing at all are
//! meant to be empty.
//!
//! ## When to allow it
//!
//! When the other value is meant.

use sealine_model::{Finding, Safety, Severity};
use sealine_render::surroundings::Surroundings;
use sealine_source::TextRange;
use sealine_template::source_keys::Values;
use sealine_template::target::{Item, SecretTemplate, secret};

use crate::once::OncePerPlace;
use crate::template_edits::mended;
use crate::templates::{Analysis, Judged, read_texts};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "retyped-value",
    severity: Severity::Warning,
    summary: "YAML takes a value without quotes for something else",
    replaces: &[],
    source: include_str!("retyped_value.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context).filter(|(text, _)| text.text.key.is_empty()) {
        of_vault(text, &read.analysis, &mut once);
        as_written(text, &mut once);
    }
    once.report(report);
}

/// Values of the vault without quotes.
fn of_vault(text: &Judged<'_>, analysis: &Analysis, once: &mut OncePerPlace) {
    for printed in Surroundings::new(&text.text.text, analysis).raw_yaml_values() {
        let keys = printed.keys.join("`, `");
        let subject = format!("{}/{keys}", text.subject());
        once.note(&text.text.place_of(printed.range), subject, |place, subject| {
            let end = printed.pipeline.end;
            let changes = [(TextRange { start: end, end }, " | toJson".to_owned())];
            let message = format!("`{keys}` is read as YAML again, without quotes");
            let finding = Finding::new(place, subject, message)
                .label("`null` becomes empty, `0755` becomes `493`")
                .help("let `toJson` quote it");
            let title = format!("quote `{keys}` with `toJson`");
            mended(finding, text.text, &changes, title, Safety::Safe)
        });
    }
}

/// Lines without an action that come out as something else.
fn as_written(text: &Judged<'_>, once: &mut OncePerPlace) {
    let whole = &text.text.text;
    // Inside of a block a line is a part of a value.
    if whole.contains(": |") || whole.contains(": >") || whole.contains("{{-") {
        return;
    }
    let mut at = 0;
    for line in whole.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((key, value)) = pair(line) else { continue };
        let Some((made_key, made)) = read_again(line) else { continue };
        let (written, became) =
            if made_key == key { (value, made.as_str()) } else { (key, made_key.as_str()) };
        if written == became {
            continue;
        }
        let offset = start + line.find(written).unwrap_or_default();
        let place = text.text.place_of(TextRange::new(offset, offset + written.len()));
        let subject = format!("{}/{key}", text.subject());
        once.note(&place, subject, |place, subject| {
            let message = format!("`{key}` has `{written}` without quotes, which YAML reads anew");
            Finding::new(place, subject, message)
                .label(format!("becomes `{became}`"))
                .help("put it in quotes")
        });
    }
}

/// Returns the key and the value of a line that stands at the left and has neither quotes, actions,
/// nor anything else than letters that are shown as they are.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim_end().split_once(": ")?;
    let is_plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c))
    };
    let value = value.trim();
    let is_empty = matches!(value.to_ascii_lowercase().as_str(), "null" | "~");
    (is_plain(key) && is_plain(value) && !is_empty).then_some((key, value))
}

/// Returns the key and the value that the operator makes of a line.
fn read_again(line: &str) -> Option<(String, String)> {
    let item = Item { text: line.to_owned(), ..Item::default() };
    let template = SecretTemplate { from: vec![item], ..SecretTemplate::default() };
    let made = secret(&template, &Values::new(), &Values::new()).ok()?;
    let (key, value) = made.data.into_iter().next()?;
    Some((key, String::from_utf8(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_as_the_operator_reads_them() {
        for (line, expected) in [
            ("MODE: 0755", Some(("MODE", "493"))),
            ("on: x", Some(("true", "x"))),
            ("A: yes", Some(("A", "true"))),
            ("A: 1.50", Some(("A", "1.5"))),
            ("A: true", Some(("A", "true"))),
            ("A: 5432", Some(("A", "5432"))),
        ] {
            let made = read_again(line);
            let made = made.as_ref().map(|(key, value)| (key.as_str(), value.as_str()));
            assert_eq!(made, expected, "{line}");
        }
        assert_eq!(pair("A: 'x'"), None);
        assert_eq!(pair("A: null"), None);
        assert_eq!(pair("  A: 0755"), None);
        assert_eq!(pair("A: 0755\n"), Some(("A", "0755")));
    }
}
