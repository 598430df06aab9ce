//! # limit-exceeded
//!
//! ## What it finds
//!
//! A file was not read whole because it is too large, nested too deeply, expands too many aliases,
//! or renders too long.
//!
//! ## Why it matters
//!
//! What was left out is invisible to every check. Such files are generated, data, or hostile.
//!
//! ## Example
//!
//! ```text
//! //- deep.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: x}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- deep.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata: {name: app}
//! ```
//!
//! ## Evidence it needs
//!
//! The limits are fixed: 32 MiB a file, 128 levels of YAML, 100,000 nodes through aliases.
//!
//! ## When to allow it
//!
//! For generated files that hold nothing of the chain; better exclude them with `exclude` in
//! `sealine.yaml`.

use sealine_model::{ProblemKind, Severity};

use crate::look::report_problems;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "limit-exceeded",
    severity: Severity::Warning,
    summary: "a file is larger, deeper or costlier than the limits allow",
    replaces: &[],
    source: include_str!("limit_exceeded.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    report_problems(context, report, ProblemKind::Limit);
}
