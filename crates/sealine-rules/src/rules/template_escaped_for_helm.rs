//! # template-escaped-for-helm
//!
//! ## What it finds
//!
//! A template of an `ExternalSecret` that is escaped for Helm, in a manifest that Helm never renders.
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
//! A visible root delivers the manifest; the action prints one literal, which is an action itself.
//!
//! ## When to allow it
//!
//! When the Secret is itself the source of templates that something else carries out.

use sealine_model::{Finding, Fix, Safety, Severity};
use sealine_source::TextRange;
use sealine_template::syntax::{Block, Node, OperandKind};

use crate::evidence::is_delivered;
use crate::template_edits::edits;
use crate::templates::read_texts;
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
        let mut escaped = Vec::new();
        collect(&read.template.body, &mut escaped);
        for (range, literal) in escaped {
            let fix = edits(text.text, &[(range, literal.clone())]).map(|edits| Fix {
                title: "write the action itself".to_owned(),
                safety: Safety::Safe,
                edits,
            });
            report.add(
                Finding::new(
                    text.text.place_of(range),
                    text.subject(),
                    format!("{} prints `{literal}` as it is: nothing renders it", text.label()),
                )
                .label("escaped for Helm, which does not see this manifest")
                .help("write the action without the escape")
                .fix(fix.filter(|_| !literal.contains('"'))),
            );
        }
    }
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
