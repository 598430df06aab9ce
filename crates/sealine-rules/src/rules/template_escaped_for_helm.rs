//! # template-escaped-for-helm
//!
//! ## What it finds
//!
//! A template of an `ExternalSecret` that is escaped for Helm, in a manifest that Helm never renders,
//! and that reads what the `ExternalSecret` fetches.
//!
//! ## Why it matters
//!
//! External Secrets Operator prints the escaped text as it is: the Secret holds `{{ .password }}`
//! instead of the password.
//!
//! ## Example
//!
//! ```text
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//!   targetNamespace: app
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         URI: 'postgresql://app:{{ `{{ .password | urlquery }}` }}@db/app'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//!   targetNamespace: app
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         URI: 'postgresql://app:{{ .password | urlquery }}@db/app'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A visible root delivers the manifest; the action prints one literal, which is a template of External
//! Secrets Operator itself, and each field that it reads is a `secretKey` of the `ExternalSecret`. What a
//! third program is to carry out (`{{ .Status | toUpper }}` of Alertmanager, `{{y}}/{{MM}}`) reads other
//! fields or none, and has to be escaped. Where `dataFrom` brings keys that are not known, nothing is
//! said. The repair is never safe: a third program may have fields of the same names.
//!
//! ## When to allow it
//!
//! When the Secret is the source of templates that something else carries out, with the same names.

use sealine_model::{Finding, Safety, Severity};
use sealine_source::TextRange;
use sealine_template::syntax::{Block, Node, OperandKind};

use crate::evidence::is_delivered;
use crate::template_edits::mended;
use crate::templates::{Read, read_texts, source_keys};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-escaped-for-helm",
    severity: Severity::Error,
    summary: "a template is escaped for Helm, which never renders it",
    replaces: &[],
    source: include_str!("template_escaped_for_helm.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for (text, read) in read_texts(context) {
        if !is_delivered(&text.external.scope) {
            continue;
        }
        let Some(keys) = source_keys(text.external) else { continue };
        let keys: Vec<&str> = keys.into_iter().map(|(key, _)| key).collect();
        let mut escaped = Vec::new();
        collect(&read.template.body, &mut escaped);
        escaped.retain(|(_, literal)| reads_only(literal, &keys));
        for (range, literal) in escaped {
            let message =
                format!("{} prints `{literal}` as it is: nothing renders it", text.label());
            let finding = Finding::new(text.text.place_of(range), text.subject(), message)
                .label("escaped for Helm, which does not see this manifest")
                .help("write the action without the escape");
            let quoted = literal.contains('"');
            let changes = if quoted { vec![] } else { vec![(range, literal)] };
            let title = "write the action itself";
            report.add(mended(finding, text.text, &changes, title, Safety::Unsafe));
        }
    }
}

/// Whether the operator could carry the literal out, and it reads these keys and nothing else. Anything
/// else is meant for another program.
fn reads_only(literal: &str, keys: &[&str]) -> bool {
    let Ok(Read { analysis, .. }) = Read::of("literal", literal) else { return false };
    let mut fields = analysis.references.iter().map(|reference| reference.key.as_str());
    !analysis.whole && !analysis.references.is_empty() && fields.all(|key| keys.contains(&key))
}

/// Adds the actions that print one literal which is an action. Recurses no deeper than the parser
/// nests.
fn collect(block: &Block, found: &mut Vec<(TextRange, String)>) {
    for node in &block.nodes {
        match node {
            Node::Action(action) => {
                let [command] = action.pipeline.commands.as_slice() else { continue };
                let [operand] = command.operands.as_slice() else { continue };
                let OperandKind::Text { value, .. } = &operand.kind else { continue };
                let literal = String::from_utf8_lossy(value);
                let inner = literal.trim();
                if inner.starts_with("{{") && inner.ends_with("}}") {
                    found.push((action.range, literal.into_owned()));
                }
            }
            Node::If(branches) => {
                branches.arms.iter().for_each(|arm| collect(&arm.body, found));
                if let Some(otherwise) = &branches.otherwise {
                    collect(otherwise, found);
                }
            }
            _ => {}
        }
    }
}
