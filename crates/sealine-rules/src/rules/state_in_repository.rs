//! # state-in-repository
//!
//! ## What it finds
//!
//! A Terraform state file, or a backup of one, among the sources. It is known by its content,
//! whatever its name.
//!
//! ## Why it matters
//!
//! State is plain JSON with every secret that Terraform ever gave or read, for everybody who can
//! read the repository, and for good: it stays in git's history. And two people who apply from two
//! branches have two truths.
//!
//! ## Example
//!
//! ```text
//! //- terraform.tfstate
//! {
//!   "version": 4,
//!   "terraform_version": "1.11.4",
//!   "serial": 3,
//!   "lineage": "6f2b9f0e-3f0c-4d53-9a53-0d6a3a9a3c11",
//!   "outputs": {},
//!   "resources": [
//!     {
//!       "mode": "managed",
//!       "type": "random_pet",
//!       "name": "name",
//!       "provider": "provider[\"registry.terraform.io/hashicorp/random\"]",
//!       "instances": [
//!         {"schema_version": 0, "attributes": {"id": "calm-otter"}}
//!       ]
//!     }
//!   ]
//! }
//! ```
//!
//! ## Use instead
//!
//! A backend, and an ignored state. Change every secret that the file held.
//!
//! ```text
//! //- .gitignore
//! *.tfstate
//! *.tfstate.*
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! The file itself. One without resources and outputs is a warning; one that `OpenTofu` encrypted
//! is no finding, nor is one among test data (`testdata`, `fixtures`).
//!
//! ## When to allow it
//!
//! For a state without any secret that a tutorial shows.

use sealine_model::{Finding, Severity};

use crate::terraform::is_test_data;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "state-in-repository",
    severity: Severity::Error,
    summary: "a Terraform state file lies among the sources",
    replaces: &[],
    source: include_str!("state_in_repository.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for state in context.facts.iter().flat_map(|facts| &facts.state_files) {
        let file = &state.place.file;
        if state.encrypted || is_test_data(&file.path) {
            continue;
        }
        let (severity, message) = if state.has_values {
            (Severity::Error, "a Terraform state with values lies in the repository")
        } else {
            (Severity::Warning, "an empty Terraform state lies in the repository")
        };
        let subject = format!("file/{}/{}", file.repo, file.path);
        let finding = Finding::new(state.place.clone(), subject, message).help(
            "move it to a backend, remove it from git and its history, ignore `*.tfstate*`, and \
             change every secret it held",
        );
        report.add_as(severity, finding);
    }
}
