//! # backend-not-locked
//!
//! ## What it finds
//!
//! A state backend that does not lock: `s3` with neither `use_lockfile` nor `dynamodb_table`,
//! `http` without `lock_address`, `oss` without `tablestore_table`, `consul` with `lock = false`.
//! As info, `s3` that locks with the deprecated `dynamodb_table` alone.
//!
//! ## Why it matters
//!
//! Two runs at once read the same state and the later one overwrites what the earlier one wrote:
//! resources exist that no state knows, and the next apply makes them again or fails.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   required_version = "~> 1.11"
//!
//!   backend "s3" {
//!     bucket  = "state"
//!     key     = "app.tfstate"
//!     region  = "eu-central-1"
//!     encrypt = true
//!   }
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- main.tf
//! terraform {
//!   required_version = "~> 1.11"
//!
//!   backend "s3" {
//!     bucket  = "state"
//!     key     = "app.tfstate"
//!     region  = "eu-central-1"
//!     encrypt = true
//!     use_lockfile = true
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A root module whose backend block is whole, or the `remote_state` or `generate` block by which
//! Terragrunt writes one: an empty block, or a `-backend-config` in a workflow that runs there,
//! makes a missing attribute unknown, and nothing is said. `azurerm`, `gcs`, `pg`, `kubernetes`,
//! `cos`, `oci`, `remote` and `cloud` always lock. The repair needs Terraform or `OpenTofu` 1.10:
//! it is safe where `required_version` asks for at least that, unsafe elsewhere, and behind an
//! `endpoint` of another service than AWS, which may not refuse a second lock file.
//!
//! ## When to allow it
//!
//! When one scheduler alone ever runs Terraform there, one run at a time.

use sealine_model::{Finding, Fix, Safety, Severity};

use crate::backends::{Locking, RootBackend};
use crate::terraform::roots;
use crate::versions::needs_at_least;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backend-not-locked",
    severity: Severity::Error,
    summary: "a state backend does not lock",
    replaces: &[],
    source: include_str!("backend_not_locked.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for backend in roots(context).flat_map(|root| RootBackend::all(context, root)) {
        let name = backend.name();
        let (severity, message) = match backend.locking() {
            Locking::Locks => continue,
            Locking::Never => (Severity::Error, format!("{name} does not lock the state")),
            Locking::Deprecated => (
                Severity::Info,
                format!("{name} locks with a DynamoDB table alone, which is deprecated"),
            ),
        };
        let finding = Finding::new(backend.backend.place.clone(), backend.id(), message)
            .help(help(&backend.backend.kind, severity));
        report.add_as(severity, finding.fix(repair(&backend)));
    }
}

fn help(kind: &str, severity: Severity) -> &'static str {
    match kind {
        "s3" if severity == Severity::Info => {
            "set `use_lockfile = true` beside the table, and drop the table once every run has it"
        }
        "s3" => "set `use_lockfile = true` (Terraform 1.11, OpenTofu 1.10)",
        "http" => "set `lock_address` and `unlock_address`, when the server can lock",
        "oss" => "set `tablestore_endpoint` and `tablestore_table`",
        _ => "remove `lock = false`",
    }
}

fn repair(backend: &RootBackend<'_>) -> Option<Fix> {
    if backend.backend.kind != "s3" || backend.backend.attributes.contains_key("use_lockfile") {
        return None;
    }
    let insert = backend.backend.insert.as_ref()?;
    let required = backend.root.module.required_version.as_deref();
    let known = required.is_some_and(|constraint| needs_at_least(constraint, [1, 10, 0]));
    Some(Fix {
        title: "set `use_lockfile = true`".to_owned(),
        safety: if known && !backend.is_foreign() { Safety::Safe } else { Safety::Unsafe },
        edits: vec![insert.attribute("use_lockfile", "true")],
    })
}
