//! # duplicate-key
//!
//! ## What it finds
//!
//! A YAML mapping holds the same key twice.
//!
//! ## Why it matters
//!
//! Readers differ: some take the last one, some the first, some refuse the file. One of the two
//! values is not used, and nothing says which was meant.
//!
//! ## Example
//!
//! ```text
//! //- configmap.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata:
//!   name: app
//!   name: other
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- configmap.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata:
//!   name: other
//! ```
//!
//! ## Evidence it needs
//!
//! The text itself.
//!
//! ## When to allow it
//!
//! Never.

use sealine_model::{ProblemKind, Severity};

use crate::look::report_problems;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "duplicate-key",
    severity: Severity::Warning,
    summary: "a mapping has a key twice",
    replaces: &[],
    source: include_str!("duplicate_key.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    report_problems(context, report, ProblemKind::DuplicateKey);
}
