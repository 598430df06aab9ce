//! # module-ref-missing
//!
//! ## What it finds
//!
//! A module call whose git `ref` does not exist in the loaded repository, or at which the module's
//! folder does not exist.
//!
//! ## Why it matters
//!
//! `terraform init` fails: often only in production, where the new tag is used first.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! repos:
//!   modules: {path: modules, remote: github.com/example/modules}
//!   infrastructure: {path: infrastructure}
//! //- git modules v1.4.0
//! //- modules:secrets/main.tf
//! variable "key_vault_id" {
//!   type = string
//! }
//! //- infrastructure:main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! module "secrets" {
//!   source       = "github.com/example/modules.git//secrets?ref=v1.4.1"
//!   key_vault_id = "any"
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! repos:
//!   modules: {path: modules, remote: github.com/example/modules}
//!   infrastructure: {path: infrastructure}
//! //- git modules v1.4.0
//! //- modules:secrets/main.tf
//! variable "key_vault_id" {
//!   type = string
//! }
//! //- infrastructure:main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! module "secrets" {
//!   source       = "github.com/example/modules.git//secrets?ref=v1.4.0"
//!   key_vault_id = "any"
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! The repository is loaded with its git data, and that data holds its tags and branches. A plain
//! folder, or a shallow checkout that cannot tell, says nothing.
//!
//! ## When to allow it
//!
//! While the tag is cut after this change is merged.

use sealine_model::terraform::ReferenceState;
use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::terraform::modules;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "module-ref-missing",
    severity: Severity::Error,
    summary: "a module's git ref, or its folder at that ref, does not exist",
    replaces: &[],
    source: include_str!("module_ref_missing.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut found = OncePerPlace::default();
    for site in modules(context) {
        for call in &site.module.calls {
            let Some(reference) = &call.reference else { continue };
            let remote = call.remote.as_deref().unwrap_or(&call.source);
            let path = &call.path;
            let (message, help) = match call.reference_state {
                Some(ReferenceState::Missing) => (
                    format!("`{remote}` has no tag, branch or commit `{reference}`"),
                    "cut the tag first, or use one that exists",
                ),
                Some(ReferenceState::PathMissing) => (
                    format!("`{remote}` has no folder `{path}` at `{reference}`"),
                    "use a tag that was cut after the module was added",
                ),
                Some(ReferenceState::Present) | None => continue,
            };
            let subject = site.id(&format!("module.{}", call.name));
            found.note(&call.place, subject, |place, subject| {
                Finding::new(place, subject, message).help(help)
            });
        }
    }
    found.report(report);
}
