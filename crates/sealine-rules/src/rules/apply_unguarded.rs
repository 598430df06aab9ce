//! # apply-unguarded
//!
//! ## What it finds
//!
//! A workflow that applies with `-lock=false`, or that applies on a backend that does not lock,
//! without a `concurrency` group.
//!
//! ## Why it matters
//!
//! Two runs write the same state at once, and the later one forgets what the earlier one made.
//!
//! ## Example
//!
//! ```text
//! //- .github/workflows/apply.yml
//! name: apply
//! on:
//!   push:
//!     branches: [main]
//! jobs:
//!   apply:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!       - run: terraform init
//!       - run: terraform apply -auto-approve -lock=false
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- .github/workflows/apply.yml
//! name: apply
//! on:
//!   push:
//!     branches: [main]
//! concurrency:
//!   group: terraform
//!   cancel-in-progress: false
//! jobs:
//!   apply:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!       - run: terraform init
//!       - run: terraform apply -auto-approve -lock-timeout=5m
//! ```
//!
//! ## Evidence it needs
//!
//! The flag itself; or a step whose folder is known to be a root with a backend that is known not
//! to lock. A `concurrency` group does not excuse `-lock=false`: people and other workflows apply,
//! too.
//!
//! ## When to allow it
//!
//! When the lock is kept by something around the workflow; name it in the reason.

use sealine_model::workflow::{TerraformStep, Workflow};
use sealine_model::{Finding, Severity};

use crate::backends::{Locking, RootBackend};
use crate::terraform::{roots, runs_in};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "apply-unguarded",
    severity: Severity::Error,
    summary: "a workflow applies without a lock",
    replaces: &[],
    source: include_str!("apply_unguarded.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for workflow in context.facts.iter().flat_map(|facts| &facts.workflows) {
        for step in workflow.steps.iter().filter(|step| step.command == "apply") {
            report_step(context, workflow, step, report);
        }
    }
}

fn report_step(
    context: &Context<'_>,
    workflow: &Workflow,
    step: &TerraformStep,
    report: &mut Report,
) {
    let folder = step.folder.as_deref().unwrap_or_default();
    let subject = format!("workflow/{}/{}/apply {folder}", workflow.repo, workflow.path);
    if let Some(flag) = &step.no_lock {
        let message = format!("`{} apply` runs without a lock", step.program);
        report.add(Finding::new(flag.clone(), subject, message).help(
            "remove `-lock=false`, wait with `-lock-timeout=5m`, and add a `concurrency` group",
        ));
        return;
    }
    if step.concurrency {
        return;
    }
    let unlocked = roots(context)
        .filter(|root| root.unit.repo == workflow.repo && runs_in(step, *root) == Some(true))
        .filter_map(|root| RootBackend::of(context, root))
        .find(|backend| backend.locking() == Locking::Never);
    if let Some(backend) = unlocked {
        let message = format!("`{} apply` runs on a backend that does not lock", step.program);
        report.add(
            Finding::new(step.place.clone(), subject, message)
                .related(backend.backend.place.clone(), "this backend does not lock")
                .help("let the backend lock, and add a `concurrency` group"),
        );
    }
}
