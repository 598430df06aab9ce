//! # unpinned-module
//!
//! ## What it finds
//!
//! A module from a git remote without `ref` or with a branch as `ref`, and a module from a registry
//! without `version`.
//!
//! ## Why it matters
//!
//! Each `terraform init` takes what the branch or the registry holds that day: two runs of the same
//! commit plan different things, and a change there reaches production unreviewed.
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
//! module "secrets" {
//!   source = "git::https://github.com/example/modules.git//secrets?depth=1"
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
//! module "secrets" {
//!   source = "git::https://github.com/example/modules.git//secrets?depth=1&ref=v1.4.0"
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A source that is a literal. Whether a `ref` is a branch is told by the usual names of branches
//! (`main`, `master`, `develop`, `trunk`, `HEAD`). Local paths, archives and OCI artefacts are not
//! judged. Among examples it is an info, among test data nothing.
//!
//! ## When to allow it
//!
//! For a module of one's own that is released by its branch on purpose.

use sealine_model::terraform::{ModuleCall, SourceKind};
use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::terraform::modules;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unpinned-module",
    severity: Severity::Warning,
    summary: "a module comes from a source that changes by itself",
    replaces: &[],
    source: include_str!("unpinned_module.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut found = OncePerPlace::default();
    for site in modules(context) {
        for call in &site.module.calls {
            let Some((message, help)) = unpinned(call) else { continue };
            let subject = site.id(&format!("module.{}", call.name));
            found.note(&call.place, subject, |place, subject| {
                Finding::new(place, subject, message).help(help)
            });
        }
    }
    found.report(report);
}

/// What is wrong with the source, and what to do.
fn unpinned(call: &ModuleCall) -> Option<(String, &'static str)> {
    const BRANCHES: [&str; 7] =
        ["HEAD", "dev", "develop", "development", "main", "master", "trunk"];
    let name = &call.name;
    match (call.kind, call.reference.as_deref()) {
        (SourceKind::Git, None) => Some((
            format!("the module `{name}` takes whatever the default branch holds"),
            "add `?ref=` with a tag or commit",
        )),
        (SourceKind::Git, Some(branch)) if BRANCHES.contains(&branch) => Some((
            format!("the module `{name}` follows the branch `{branch}`"),
            "give a tag or commit as `ref`",
        )),
        (SourceKind::Registry, _) if call.version.is_none() => Some((
            format!("the module `{name}` takes the newest version of the registry"),
            "add `version`",
        )),
        _ => None,
    }
}
