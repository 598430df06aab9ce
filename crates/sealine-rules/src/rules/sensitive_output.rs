//! # sensitive-output
//!
//! ## What it finds
//!
//! An output of a root module that passes on a secret and is not marked `sensitive`.
//!
//! ## Why it matters
//!
//! Every plan and apply prints it: into the log of each run, where all can read it who may see the
//! workflow, for as long as logs are kept.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! resource "random_password" "database" {
//!   length = 32
//! }
//!
//! output "database_password" {
//!   description = "The database's password."
//!   value       = nonsensitive(random_password.database.result)
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! resource "random_password" "database" {
//!   length = 32
//! }
//!
//! output "database_password" {
//!   description = "The database's password."
//!   value       = nonsensitive(random_password.database.result)
//!   sensitive   = true
//! }
//! ```
//!
//! Better still, remove the output and let its reader take the secret from a vault: `sensitive`
//! hides it in output only, the state keeps it in plain text.
//!
//! ## Evidence it needs
//!
//! An output whose expression leads to an attribute from the list of those that hold secrets.
//! Outputs of modules that are called are not judged: they pass values on without printing them.
//! Nothing is said where `nonsensitive` stands around a parameter or an entry whose name, or that of
//! its data source, says the same: `ingress-fqdn`, `db-host`.
//! Among examples it is an info, among test data nothing.
//!
//! ## When to allow it
//!
//! For a value that is public by design.

use sealine_model::{Finding, Fix, Safety, Severity};

use crate::terraform::{report_written, roots};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "sensitive-output",
    severity: Severity::Warning,
    summary: "an output shows a secret",
    replaces: &[],
    source: include_str!("sensitive_output.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for root in roots(context) {
        for output in &root.module.outputs {
            let Some(source) = &output.secret_source else { continue };
            if output.sensitive || output.ephemeral {
                continue;
            }
            let message = format!("the output `{}` shows `{source}`", output.name);
            let subject = root.id(&format!("output.{}", output.name));
            let fix = output.insert.as_ref().map(|insert| Fix {
                title: "mark the output `sensitive`".to_owned(),
                safety: Safety::Safe,
                edits: vec![insert.attribute("sensitive", "true")],
            });
            let finding = Finding::new(output.place.clone(), subject, message).help(
                "mark it `sensitive`, or better remove it: `sensitive` hides it in output only, \
                 the state keeps it",
            );
            report_written(report, finding.fix(fix));
        }
    }
}
