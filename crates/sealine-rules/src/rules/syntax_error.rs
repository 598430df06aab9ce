//! # syntax-error
//!
//! ## What it finds
//!
//! A file that the chain depends on (a manifest, a kustomization, Terraform, a DAG, a workflow)
//! does not parse, or is not UTF-8. What could be read of it was read; the rest of the run goes on.
//!
//! ## Why it matters
//!
//! What stands in the broken part is invisible to every check, and the tool that consumes the file
//! will refuse it.
//!
//! ## Example
//!
//! ```text
//! //- secret.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: [broken
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! ```
//!
//! ## Evidence it needs
//!
//! The file itself: templates outside of charts and files that no reader knows are not judged. Among
//! examples, documentation and test data it is info: what is left out there may be left out on purpose.
//!
//! ## When to allow it
//!
//! Never in a file that is used; exclude test data with `exclude` in `sealine.yaml`.

use sealine_model::{ProblemKind, Severity};

use crate::look::problems;
use crate::shelf::shows_only;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "syntax-error",
    severity: Severity::Error,
    summary: "a file that matters does not parse",
    replaces: &[],
    source: include_str!("syntax_error.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for finding in problems(context, ProblemKind::Syntax) {
        let is_shown = shows_only(&finding.place.file.path);
        report.add_as(if is_shown { Severity::Info } else { Severity::Error }, finding);
    }
}
