//! # unused-suppression
//!
//! ## What it finds
//!
//! A comment `# sealine: allow(rule) reason` or an annotation `sealine.dev/allow` that no finding
//! needs, or that names a rule which does not exist.
//!
//! ## Why it matters
//!
//! What it allowed is mended, or moved: the permission now only hides the next fault at that place.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! # sealine: allow(unprovisioned-key) made by hand
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
//! The rule it names ran in this look.
//!
//! ## When to allow it
//!
//! It cannot be allowed; remove the permission.

use sealine_model::Severity;

use crate::{Context, Report, Rule};

/// The rule. Permissions are applied after all other rules have run, so its findings are made
/// there: see `sealine_engine::suppress`.
pub static RULE: Rule = Rule {
    name: "unused-suppression",
    severity: Severity::Warning,
    summary: "a permission allows nothing",
    replaces: &[],
    source: include_str!("unused_suppression.rs"),
    check,
};

fn check(_context: &Context<'_>, _report: &mut Report) {}
