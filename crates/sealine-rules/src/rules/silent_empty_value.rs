//! # silent-empty-value
//!
//! ## What it finds
//!
//! A hole through which a value gets lost without an error: `index . "key"` of a key that is not
//! fetched is empty, where `.key` would fail. As info, where the value in the vault decides: what
//! `fromJson` reads is printed, which is `<no value>` for what is no JSON; and `index` or `get` of a field
//! in what it reads, which a missing field does not make fail.
//!
//! ## Why it matters
//!
//! The `ExternalSecret` is ready, the Secret is made, and the pod runs with an empty password.
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
//!         PASSWORD: '{{ index . "pasword" }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
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
//!         PASSWORD: '{{ index . "password" }}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! All keys of the source map are known, and the read has no `default` and is no condition. What is read
//! from JSON counts where it is printed as it is, under no condition.
//!
//! ## When to allow it
//!
//! When an empty value is meant.

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::{Finding, Safety, Severity};
use sealine_source::TextRange;
use sealine_template::syntax::{Action, Node, OperandKind, Pipeline};

use crate::once::OncePerPlace;
use crate::similar::nearest;
use crate::template_edits::mended;
use crate::templates::{Analysis, How, Judged, Reference, is_identifier, read_texts, source_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "silent-empty-value",
    severity: Severity::Warning,
    summary: "a template loses a value without an error",
    replaces: &[],
    source: include_str!("silent_empty_value.rs"),
    check,
};

/// What gives a missing key another value.
const DEFAULTS: [&str; 4] = ["default", "coalesce", "ternary", "empty"];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    let mut holes = OncePerPlace::default();
    for (text, read) in read_texts(context) {
        let analysis = &read.analysis;
        missing(text, analysis, &mut once);
        for node in &read.template.body.nodes {
            if let Node::Action(action) = node
                && let Some(hole) = Hole::of(&text.text.text, action)
            {
                hole.note(text, &mut holes);
            }
        }
    }
    once.report(report);
    holes.report_as_info(report);
}

/// An action that prints nothing of use, and no error, for some values.
struct Hole {
    range: TextRange,
    message: String,
    label: &'static str,
    help: String,
}

impl Hole {
    fn of(text: &str, action: &Action) -> Option<Self> {
        let pipeline = &action.pipeline;
        let last = pipeline.commands.last().filter(|_| pipeline.variables.is_empty())?;
        let (first, given) = last.operands.split_first()?;
        let OperandKind::Function(function) = &first.kind else { return None };
        let slice = |range: TextRange| text.get(range.bytes()).unwrap_or_default();
        match (function.name, given) {
            ("fromJson", _) => Some(Self {
                range: pipeline.range,
                message: format!("`{}` prints what it reads", slice(pipeline.range)),
                label: "`<no value>`, without an error, where the value is no JSON",
                help: "let `mustFromJson` fail instead".to_owned(),
            }),
            ("index" | "get", [object, key]) if pipeline.commands.len() == 1 => {
                let OperandKind::Text { value, .. } = &key.kind else { return None };
                let field = std::str::from_utf8(value).ok().filter(|key| is_identifier(key))?;
                let OperandKind::Pipeline(inner) = &object.kind else { return None };
                reads_json(inner).then(|| Self {
                    range: pipeline.range,
                    message: format!("`{field}` may be missing in what is read from JSON"),
                    label: match function.name {
                        "get" => "empty then, without an error",
                        _ => "`<no value>` then, without an error",
                    },
                    help: format!("`{}.{field}` fails instead", slice(object.range)),
                })
            }
            _ => None,
        }
    }

    fn note(self, text: &Judged<'_>, once: &mut OncePerPlace) {
        let subject = format!("{}/{}", text.subject(), self.range.start);
        once.note(&text.text.place_of(self.range), subject, |place, subject| {
            let message = format!("{}, in {}", self.message, text.label());
            Finding::new(place, subject, message).label(self.label).help(self.help)
        });
    }
}

/// Whether a pipeline gives what a reader of JSON gives.
fn reads_json(pipeline: &Pipeline) -> bool {
    let last = pipeline.commands.last().and_then(|command| command.operands.first());
    let last = last.map(|operand| &operand.kind);
    matches!(last, Some(OperandKind::Function(function))
        if matches!(function.name, "fromJson" | "mustFromJson"))
}

/// `index . "key"` of keys that are not fetched.
fn missing(text: &Judged<'_>, analysis: &Analysis, once: &mut OncePerPlace) {
    let Some(keys) = source_keys(text.external) else { return };
    let keys: Vec<&str> = keys.into_iter().map(|(key, _)| key).collect();
    let indexed = |reference: &&Reference| reference.how == How::Index;
    for reference in analysis.references.iter().filter(indexed) {
        let key = reference.key.as_str();
        let tested = |other: &Reference| other.condition && other.key == key;
        let defaulted = reference.functions.iter().any(|name| DEFAULTS.contains(name));
        if keys.contains(&key) || defaulted || analysis.references.iter().any(tested) {
            continue;
        }
        let subject = format!("{}/{key}", text.subject());
        once.note(&text.text.place_of(reference.range), subject, |place, subject| {
            let message = format!("`{key}` is not fetched, so {} has nothing here", text.label());
            let near = nearest(key, keys.iter().copied(), None).map(|(near, _)| near);
            let finding = Finding::new(place, subject, message)
                .label("empty, without an error")
                .related(text.external.place.clone(), fetched(text.external, &keys));
            let Some(near) = near else { return finding };
            let changes = [(reference.range, near.to_owned())];
            mended(finding, text.text, &changes, format!("read `{near}`"), Safety::Unsafe)
        });
    }
}

fn fetched(external: &ExternalSecret, keys: &[&str]) -> String {
    let keys = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let keys = if keys.is_empty() { "nothing".to_owned() } else { keys };
    format!("`{}` fetches {keys}", external.name)
}
