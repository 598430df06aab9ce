//! # local-backend
//!
//! ## What it finds
//!
//! A root module that keeps its state on the machine that runs it: `backend "local"`, or no backend
//! at all.
//!
//! ## Why it matters
//!
//! The state is lost with the machine, is not locked between two people, lies there in plain text,
//! and sooner or later somebody commits it.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "local" {
//!     path = "app.tfstate"
//!   }
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "s3" {
//!     bucket       = "state"
//!     key          = "app.tfstate"
//!     region       = "eu-central-1"
//!     encrypt      = true
//!     use_lockfile = true
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A `backend "local"` block; or a root without any backend that is really used: its state file
//! lies beside it, a workflow plans or applies it, it has values (`*.tfvars`) or a lock file. A
//! root that is only known by its configured providers gives an info. Nothing is said of a backend
//! that may come from elsewhere (Terragrunt, `-backend-config`), nor of test data, nor of examples
//! that have no state beside them.
//!
//! ## When to allow it
//!
//! For what makes the state's own bucket, and for experiments that are thrown away.

use sealine_model::{Finding, Severity};

use crate::terraform::{Site, configured_outside, is_sample, is_test_data, roots, runs_in, steps};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "local-backend",
    severity: Severity::Warning,
    summary: "a root module keeps its state on the machine that runs it",
    replaces: &[],
    source: include_str!("local_backend.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for root in roots(context) {
        let module = root.module;
        let (severity, place, message) = match &module.backend {
            Some(backend) if backend.kind == "local" && !is_shown_only(context, root) => {
                let message = "the backend `local` keeps the state on one machine".to_owned();
                (Severity::Warning, &backend.place, message)
            }
            Some(_) => continue,
            None => {
                let Some(severity) = use_of(context, root) else { continue };
                let folder = root.folder();
                let message = format!(
                    "the root module `{folder}` has no backend: its state stays on one machine"
                );
                (severity, &module.place, message)
            }
        };
        let finding = Finding::new(place.clone(), root.id("backend"), message).help(
            "add a backend that is shared and locked, then run `terraform init -migrate-state`",
        );
        report.add_as(severity, finding);
    }
}

/// Whether the root is an example or a test without any state of its own.
fn is_shown_only(context: &Context<'_>, root: Site<'_>) -> bool {
    let folder = &root.module.folder;
    is_test_data(folder) || is_sample(folder) && !has_state(context, root)
}

/// Whether a state file lies beside the root.
fn has_state(context: &Context<'_>, root: Site<'_>) -> bool {
    let mut states = context.facts.iter().flat_map(|facts| &facts.state_files);
    states.any(|state| {
        state.place.file.repo == root.unit.repo && state.place.file.folder() == root.module.folder
    })
}

/// How surely somebody keeps state for a root without a backend; `None` when that cannot be told.
fn use_of(context: &Context<'_>, root: Site<'_>) -> Option<Severity> {
    let module = root.module;
    if module.backend_elsewhere || configured_outside(context, root) {
        return None;
    }
    if is_shown_only(context, root) {
        return None;
    }
    if has_state(context, root) {
        return Some(Severity::Warning);
    }
    let run = steps(context, &root.unit.repo)
        .filter(|(_, step)| matches!(step.command.as_str(), "plan" | "apply"))
        .any(|(_, step)| runs_in(step, root) == Some(true));
    let sign = module.root.as_deref().unwrap_or_default();
    let only_providers = sign.contains("provider");
    Some(if run || !only_providers { Severity::Warning } else { Severity::Info })
}
