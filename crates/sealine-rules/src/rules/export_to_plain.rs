//! # export-to-plain
//!
//! ## What it finds
//!
//! An export whose target no creation rule of `.sops.yaml` encrypts.
//!
//! ## Why it matters
//!
//! What is exported stands in git in clear, for everybody who can read the repository, and stays in
//! its history. `sealine export` refuses to write a sensitive output there.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   database: {from: terraform, to: gitops/database-values.yaml}
//! //- .sops.yaml
//! creation_rules:
//!   - path_regex: secrets/.*\.yaml$
//!     age: age1example
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {}
//! }
//! output "password" {
//!   value     = random_password.database.result
//!   sensitive = true
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! export:
//!   database: {from: terraform, to: gitops/database-values.yaml}
//! //- .sops.yaml
//! creation_rules:
//!   - path_regex: (secrets/.*|-values)\.yaml$
//!     age: age1example
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {}
//! }
//! output "password" {
//!   value     = random_password.database.result
//!   sensitive = true
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! The export stands in `sealine.yaml`; the target is not encrypted, and no rule of the nearest
//! `.sops.yaml` is for it. It is an error when an output is marked `sensitive`, or the export wants it
//! encrypted; else it is an info, for an address is no secret. Nothing is said where a pattern of the
//! rules cannot be followed.
//!
//! ## When to allow it
//!
//! Say `encrypted: false` for each output that may stand in clear; then the rule is silent.

use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "export-to-plain",
    severity: Severity::Error,
    summary: "an export goes to a file that nobody encrypts",
    replaces: &[],
    source: include_str!("export_to_plain.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for export in context.facts.iter().flat_map(|facts| &facts.exports) {
        let is_meant = export.wants_clear && export.guarded.is_empty();
        if export.is_encrypted != Some(false) || is_meant {
            continue;
        }
        let subject = format!("export/{}/{}", export.name, export.target);
        let (severity, message) = match export.guarded.first() {
            Some((output, _)) => (
                Severity::Error,
                format!(
                    "the sensitive output `{output}` goes to `{}`, which nobody encrypts",
                    export.target
                ),
            ),
            None => (
                Severity::Info,
                format!("no creation rule encrypts the target `{}`", export.target),
            ),
        };
        let mut finding = Finding::new(export.place.clone(), subject, message).help(
            "add a creation rule for it to `.sops.yaml`, or say `encrypted: false` for each output",
        );
        for (_, place) in &export.guarded {
            if let Some(place) = place {
                finding = finding.related(place.clone(), "the sensitive output");
            }
        }
        report.add_as(severity, finding);
    }
}
