//! # unescaped-in-uri
//!
//! ## What it finds
//!
//! A template that prints a value of the vault into the user info or a query value of a URI,
//! without percent-encoding it.
//!
//! ## Why it matters
//!
//! A password with `/`, `#`, `?` or `%` breaks the URI: the port no longer parses, or the rest of
//! the password becomes the path. Airflow then says that the connection is not defined. It works
//! until the day of a rotation.
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
//!         DATABASE_URL: "postgresql://app:{{ .password }}@db.app.svc:5432/app"
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! In user info `+` is a plus and a space is `%20`, but `urlquery` writes a space as `+`; so that
//! is replaced.
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
//!         DATABASE_URL: 'postgresql://app:{{ .password | urlquery | replace "+" "%20" }}@db.app.svc:5432/app'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! Literal text around the value that makes it user info (`scheme://…@`) or a query value. Hosts,
//! ports and paths are not judged, nor what stands in a comment (`# …`, `// …`), nor values that pass through any function which may encode
//! them, nor keys that say that their values are encoded (`PASSWORD_URL_ENCODED`) or one plain word
//! (`sslmode`, `region`), nor what is known to hold nothing to encode: what Terraform draws
//! (`random_password` with `special = false`) or says, or a generator of External Secrets Operator brings
//! (`symbols: 0`). The repair is offered where the text stands in a file as it is, and where it was tried
//! out: the URI is rendered with values that break what is not made for them, and read again; in a chart,
//! where the chart rendered with it says what was meant. It is safe
//! for a connection of Airflow, which is known to decode it.
//!
//! ## When to allow it
//!
//! When the consumer decodes nothing, or the vault holds the value encoded.

use std::collections::BTreeMap;

use sealine_model::{Alphabet, Finding, Safety, Severity, names_plain_word};
use sealine_render::surroundings::Surroundings;
use sealine_source::TextRange;

use crate::alphabets::alphabet;
use crate::once::OncePerPlace;
use crate::template_edits::mended;
use crate::templates::{Judged, Printed, Tried, key_places, read_texts, tried, tried_in_uris};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unescaped-in-uri",
    severity: Severity::Error,
    summary: "a template prints a value into a URI without percent-encoding it",
    replaces: &[],
    source: include_str!("unescaped_in_uri.rs"),
    check,
};

const ENCODE: &str = " | urlquery | replace \"+\" \"%20\"";

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let analysis = &read.analysis;
        let mut by_keys: BTreeMap<String, Vec<&Printed>> = BTreeMap::new();
        for printed in Surroundings::new(&text.text.text, analysis).raw_in_uris() {
            let is_plain = printed.keys.iter().all(|key| names_plain_word(key) || is_encoded(key))
                || alphabet(context, text, &printed.keys) == Some(Alphabet::Unreserved);
            if !is_plain {
                by_keys.entry(printed.keys.join("`, `")).or_default().push(printed);
            }
        }
        for (keys, all) in by_keys {
            let Some(first) = all.first() else { continue };
            let place = text.text.place_of(first.range);
            let subject = format!("{}/{keys}", text.subject());
            // Trying out takes time, and one text is often delivered many times.
            let repair =
                if once.knows(&place) { Repair::default() } else { Repair::of(text, &all) };
            if repair.is_needless {
                continue;
            }
            once.note(&place, subject, |place, subject| {
                let plain = Finding::new(place, subject, message(&keys, text));
                finding(text, &keys, &all, &repair, plain)
            });
        }
    }
    once.report(report);
}

/// Whether a key says that its value is encoded already: `SMTP_PASSWORD_URL_ENCODED`.
fn is_encoded(key: &str) -> bool {
    let bare = key.replace(['-', '_', '.'], "").to_ascii_lowercase();
    ["encode", "encoded"].iter().any(|end| {
        let before = bare.strip_suffix(end).unwrap_or_default();
        ["percent", "uri", "url"].iter().any(|what| before.ends_with(what))
    })
}

fn message(keys: &str, text: &Judged<'_>) -> String {
    format!("`{keys}` stands in a URI without percent-encoding, in {}", text.label())
}

/// What would encode the values.
#[derive(Default)]
struct Repair {
    changes: Vec<(TextRange, String)>,
    /// Whether they arrive without it, too.
    is_needless: bool,
    /// Whether they arrive with it, as was tried out.
    passes: bool,
}

impl Repair {
    fn of(text: &Judged<'_>, all: &[&Printed]) -> Self {
        let mut changes: Vec<(TextRange, String)> = all
            .iter()
            .map(|printed| {
                let end = printed.pipeline.end;
                (TextRange { start: end, end }, ENCODE.to_owned())
            })
            .collect();
        changes.sort_by_key(|(range, _)| range.start);
        let keys: Vec<String> = all.iter().flat_map(|printed| printed.keys.clone()).collect();
        let arrive = |changes: &[(TextRange, String)]| match tried(text, changes, &keys) {
            Tried::Unknown => tried_in_uris(text, changes, &keys) == Tried::Passes,
            told => told == Tried::Passes,
        };
        let (is_needless, passes) = (arrive(&[]), arrive(&changes));
        Self { changes, is_needless, passes }
    }
}

fn finding(
    text: &Judged<'_>,
    keys: &str,
    all: &[&Printed],
    repair: &Repair,
    finding: Finding,
) -> Finding {
    // Airflow decodes what it reads; another consumer may not, or the vault may hold it encoded.
    let decodes = text.text.key.starts_with("AIRFLOW_CONN_");
    let mut finding = finding
        .label("a `/`, `#`, `?` or `%` in it breaks the URI")
        .help(format!("percent-encode it: `{}`", ENCODE.trim_start_matches(" | ")));
    if repair.passes {
        let safety = if decodes { Safety::Safe } else { Safety::Unsafe };
        let title = format!("percent-encode `{keys}`");
        finding = mended(finding, text.text, &repair.changes, title, safety);
    }
    for (key, place) in key_places(text.external, &all[0].keys) {
        finding = finding.related(place.clone(), format!("`{key}` comes from here as it is"));
    }
    finding
}
