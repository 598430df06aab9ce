//! # suppression-without-reason
//!
//! ## What it finds
//!
//! A permission without a reason after the parenthesis.
//!
//! ## Why it matters
//!
//! The next reader cannot tell whether it still holds.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! # sealine: allow(unprovisioned-key)
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
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
//! ```
//!
//! ## Evidence it needs
//!
//! The text itself.
//!
//! ## When to allow it
//!
//! It cannot be allowed; write the reason.

use sealine_model::Severity;

use crate::{Context, Report, Rule};

/// The rule. Permissions are applied after all other rules have run, so its findings are made
/// there: see `sealine_engine::suppress`.
pub static RULE: Rule = Rule {
    name: "suppression-without-reason",
    severity: Severity::Warning,
    summary: "a permission gives no reason",
    replaces: &[],
    source: include_str!("suppression_without_reason.rs"),
    check,
};

fn check(_context: &Context<'_>, _report: &mut Report) {}
