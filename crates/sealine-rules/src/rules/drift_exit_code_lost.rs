//! # drift-exit-code-lost
//!
//! ## What it finds
//!
//! A `plan -detailed-exitcode` whose exit code 2, which says that something changed, never reaches
//! who asks for it: `|| true`, a pipe, `continue-on-error`, a wrapper that turns it into plain
//! failure, or a step that ends with it and so fails alike on drift and on an error. So does one that
//! reads `$?` on the next line: GitHub's shell has `-e`, which ends the script before that line. And
//! behind `if ! …; then exit 1` a change is no more than a failure.
//!
//! ## Why it matters
//!
//! Drift reads as clean, or as a broken run. Both are learned to be ignored.
//!
//! ## Example
//!
//! ```text
//! //- .github/workflows/drift.yml
//! name: drift
//! on:
//!   schedule:
//!     - cron: "17 5 * * *"
//! jobs:
//!   drift:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!         with:
//!           terraform_wrapper: false
//!       - run: terraform init
//!       - run: terraform plan -detailed-exitcode || true
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- .github/workflows/drift.yml
//! name: drift
//! on:
//!   schedule:
//!     - cron: "17 5 * * *"
//! jobs:
//!   drift:
//!     runs-on: ubuntu-24.04
//!     steps:
//!       - uses: actions/checkout@v5
//!       - uses: hashicorp/setup-terraform@v3
//!         with:
//!           terraform_wrapper: false
//!       - run: terraform init
//!       - run: |
//!           code=0
//!           terraform plan -detailed-exitcode || code=$?
//!           case "$code" in
//!             0) ;;
//!             2) echo "::error title=drift::the world differs from the state"; exit 2 ;;
//!             *) echo "::error title=no answer::the plan failed"; exit 1 ;;
//!           esac
//! ```
//!
//! ## Evidence it needs
//!
//! The flag, and what swallows or flattens the code, both in sight. What a called script or a
//! composite action does with it is not judged. Where functions or groups stand in the script, it is not
//! known whether `-e` counts, and what reads the code counts as reading it.
//!
//! ## When to allow it
//!
//! When the plan's output is read instead of its exit code.

use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "drift-exit-code-lost",
    severity: Severity::Error,
    summary: "the exit code that tells of drift is lost",
    replaces: &[],
    source: include_str!("drift_exit_code_lost.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for workflow in context.facts.iter().flat_map(|facts| &facts.workflows) {
        for step in workflow.steps.iter().filter(|step| step.detailed_exit_code) {
            let Some(cause) = &step.exit_code_lost else { continue };
            let subject = format!(
                "workflow/{}/{}/{} {}",
                workflow.repo, workflow.path, step.program, step.command
            );
            let message = format!("exit code 2 of `-detailed-exitcode` is lost: {cause}");
            report.add(
                Finding::new(step.place.clone(), subject, message)
                    .help("let the code through, or keep it in a variable and act on 0, 1 and 2"),
            );
        }
    }
}
