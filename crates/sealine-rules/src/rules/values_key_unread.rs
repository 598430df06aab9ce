//! # values-key-unread
//!
//! ## What it finds
//!
//! A key that `sealine export` writes and that no chart reads, and a key beside it that a chart reads
//! and that nobody gives.
//!
//! ## Why it matters
//!
//! Mostly it is one misspelled key seen from both sides. The chart renders with an empty value, and
//! nothing fails before the workload does.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   egress:
//!     from: terraform
//!     to: gitops/egress-values.yaml
//!     at: egress
//!     outputs:
//!       - {output: lb_ip, key: loadBalancerIP}
//!       - {output: vpc_cidr, key: vpcCidr}
//! //- gitops/egress-values.yaml
//! egress: {loadBalancerIP: 203.0.113.7, vpcCidr: 10.0.0.0/16}
//! //- gitops/application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata: {name: egress, namespace: argocd}
//! spec:
//!   source:
//!     repoURL: https://example.com/platform.git
//!     path: charts/egress
//!     helm: {valueFiles: [../../gitops/egress-values.yaml]}
//! //- charts/egress/Chart.yaml
//! name: egress
//! version: 1.0.0
//! //- charts/egress/templates/config.yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: egress}
//! data:
//!   ip: {{ .Values.egress.loadBalancerIp | quote }}
//!   cidr: {{ .Values.egress.vpcCidr | quote }}
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   egress:
//!     from: terraform
//!     to: gitops/egress-values.yaml
//!     at: egress
//!     outputs:
//!       - {output: lb_ip, key: loadBalancerIp}
//!       - {output: vpc_cidr, key: vpcCidr}
//! //- gitops/egress-values.yaml
//! egress: {loadBalancerIp: 203.0.113.7, vpcCidr: 10.0.0.0/16}
//! //- gitops/application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata: {name: egress, namespace: argocd}
//! spec:
//!   source:
//!     repoURL: https://example.com/platform.git
//!     path: charts/egress
//!     helm: {valueFiles: [../../gitops/egress-values.yaml]}
//! //- charts/egress/Chart.yaml
//! name: egress
//! version: 1.0.0
//! //- charts/egress/templates/config.yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: egress}
//! data:
//!   ip: {{ .Values.egress.loadBalancerIp | quote }}
//!   cidr: {{ .Values.egress.vpcCidr | quote }}
//! ```
//!
//! ## Evidence it needs
//!
//! The keys are written out in `sealine.yaml`; some file names the target; and a template of a chart
//! in sight reads another key of the same export by its name. A key is only called unread when its
//! name stands in no other file at all, and only nobody's when its name stands nowhere outside of
//! templates and the line that reads it has no default. Nothing is said where a template takes the
//! place as a whole (`toYaml .Values.egress`).
//!
//! ## When to allow it
//!
//! When something that Sealine does not see reads the file.

use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "values-key-unread",
    severity: Severity::Warning,
    summary: "an exported key that no chart reads, or one read that nobody exports",
    replaces: &[],
    source: include_str!("values_key_unread.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for export in context.facts.iter().flat_map(|facts| &facts.exports) {
        for key in &export.unread {
            let subject = format!("export/{}/{key}", export.name);
            let message = format!("no chart reads the exported key `{key}` of `{}`", export.target);
            let finding = Finding::new(export.place.clone(), subject, message)
                .help("give it the name that the chart reads, or do not export it");
            report.add(finding);
        }
        for (key, place) in &export.ungiven {
            let subject = format!("export/{}/{key}", export.name);
            let message = format!("a chart reads the key `{key}`, which nobody gives");
            let finding = Finding::new(place.clone(), subject, message)
                .related(export.place.clone(), "this export gives the keys beside it")
                .help("export it, or give it a value in `values.yaml`");
            report.add(finding);
        }
    }
}
