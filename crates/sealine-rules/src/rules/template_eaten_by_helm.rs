//! # template-eaten-by-helm
//!
//! ## What it finds
//!
//! An `ExternalSecret` in a Helm chart whose template for External Secrets Operator stands there
//! unescaped, so that Helm carries it out first.
//!
//! ## Why it matters
//!
//! Both use `{{ }}`. Helm's own map has no such field, so Helm prints nothing, without an error: the
//! Secret gets `postgresql://app:@db/app`. A function that wants a text, or that only the operator knows,
//! makes the chart fail instead.
//!
//! ## Example
//!
//! ```text
//! //- Chart.yaml
//! apiVersion: v2
//! name: app
//! version: 1.0.0
//! //- templates/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         URI: "postgresql://app:{{ .password | urlquery }}@db/app"
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- Chart.yaml
//! apiVersion: v2
//! name: app
//! version: 1.0.0
//! //- templates/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         URI: "postgresql://app:{{ `{{ .password | urlquery }}` }}@db/app"
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! The file is a template of a chart; the action stands below `template:` of an `ExternalSecret` and
//! outside of `range`, `with` and `define`, so that its dot is Helm's own map; that map has no such
//! field; the `ExternalSecret` fetches a key of that name, or fetches with `dataFrom`. The repair is offered
//! where the line of the manifest reads back as it was meant with the actions in it; a value that begins
//! with one gets quotes.
//!
//! ## When to allow it
//!
//! Never: Helm has nothing to print for it.

use sealine_model::delivery::MishapKind;
use sealine_model::{Finding, Fix, Safety, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "template-eaten-by-helm",
    severity: Severity::Error,
    summary: "Helm carries out a template that is meant for External Secrets Operator",
    replaces: &["template-unused-data"],
    source: include_str!("template_eaten_by_helm.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mishaps = context.facts.iter().flat_map(|facts| &facts.mishaps);
    for mishap in mishaps.filter(|mishap| mishap.kind == MishapKind::EatenByHelm) {
        let file = &mishap.place.file;
        let mut finding = Finding::new(
            mishap.place.clone(),
            format!("helm/{}/{}/{}", file.repo, file.path, mishap.words),
            format!(
                "Helm carries out `{}`, which is meant for External Secrets Operator",
                mishap.words
            ),
        )
        .label(format!("in the template of {}", mishap.object))
        .help("escape it, so that Helm prints the action itself: {{ `{{ .key }}` }}");
        for place in &mishap.also {
            finding = finding.related(place.clone(), "the same here");
        }
        // What Helm took is what makes the data look unused.
        for external in context.facts.iter().flat_map(|facts| &facts.external_secrets) {
            if external.place.file != mishap.place.file {
                continue;
            }
            for (key, _) in external.reads.iter().filter_map(|read| read.secret_key.as_ref()) {
                let (namespace, name) = (&external.scope.namespace, &external.name);
                finding = finding.subject(format!("external-secret/{namespace}/{name}#data.{key}"));
            }
        }
        let fix = (!mishap.edits.is_empty()).then(|| Fix {
            title: "escape it for Helm".to_owned(),
            safety: Safety::Safe,
            edits: mishap.edits.clone(),
        });
        report.add(finding.fix(fix));
    }
}
