//! # expired-suppression
//!
//! ## What it finds
//!
//! A permission whose `until=YYYY-MM-DD` lies in the past, or is no date. The finding that it
//! allowed is shown again.
//!
//! ## Why it matters
//!
//! A permission with an end is a promise to look again.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! # sealine: allow(unprovisioned-key) until=2020-01-31 made by hand until the module is merged
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
//! The date of the run.
//!
//! ## When to allow it
//!
//! It cannot be allowed; mend the cause, or set a new date with a new reason.

use sealine_model::Severity;

use crate::{Context, Report, Rule};

/// The rule. Permissions are applied after all other rules have run, so its findings are made
/// there: see `sealine_engine::suppress`.
pub static RULE: Rule = Rule {
    name: "expired-suppression",
    severity: Severity::Warning,
    summary: "a permission has ended",
    replaces: &[],
    source: include_str!("expired_suppression.rs"),
    check,
};

fn check(_context: &Context<'_>, _report: &mut Report) {}
