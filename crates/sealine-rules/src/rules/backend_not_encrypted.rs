//! # backend-not-encrypted
//!
//! ## What it finds
//!
//! A state backend that is not asked to encrypt what it stores: `s3` or `oss` without
//! `encrypt = true`, `cos` with `encrypt = false`. Under `state.require_customer_key` also `s3`,
//! `gcs` and `oci` without a key of one's own.
//!
//! ## Why it matters
//!
//! State is plain JSON and holds every password that Terraform ever gave or read, whatever is
//! marked sensitive. Whoever can read the bucket, its replicas or its backups can read them.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "s3" {
//!     bucket       = "state"
//!     key          = "app.tfstate"
//!     region       = "eu-central-1"
//!     use_lockfile = true
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
//!     use_lockfile = true
//!     encrypt      = true
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A root module whose backend block is whole, or the `remote_state` or `generate` block by which
//! Terragrunt writes one: an empty block, or a `-backend-config` in a workflow that runs there,
//! makes a missing attribute unknown, and nothing is said. `azurerm`, `gcs`, `remote` and `cloud`
//! always encrypt; how `http`, `pg`, `consul` and `kubernetes` store cannot be seen here. State
//! that `OpenTofu` encrypts is no finding. S3 encrypts new objects by itself since 2023;
//! `encrypt = true` says so where people and auditors look, and is what asks for a KMS key. Of another
//! service, behind an `endpoint` or with `skip_requesting_account_id`, that is not known: there it is a
//! warning, and the repair is unsafe.
//!
//! ## When to allow it
//!
//! When a bucket policy refuses what is not encrypted and the attribute may not be set.

use sealine_model::{Finding, Fix, Safety, Severity};
use sealine_source::Edit;

use crate::backends::RootBackend;
use crate::terraform::roots;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backend-not-encrypted",
    severity: Severity::Error,
    summary: "a state backend does not ask for encryption",
    replaces: &[],
    source: include_str!("backend_not_encrypted.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let plain = roots(context).filter(|root| !root.module.encrypts_state);
    for backend in plain.flat_map(|root| RootBackend::all(context, root)) {
        let place = backend.backend.place.clone();
        if let Some(attribute) = backend.missing_encryption() {
            let message = format!("{} does not ask for encryption", backend.name());
            let mut finding = Finding::new(place, backend.id(), message)
                .help(format!("set `{attribute} = true`: state holds secrets in plain text"));
            let mut severity = RULE.severity;
            if backend.is_foreign() {
                severity = Severity::Warning;
                finding = finding
                    .label(format!("its service is not AWS, and may not know `{attribute}`"))
                    .help(format!(
                        "set `{attribute} = true` if the service understands it: \
                         state holds secrets in plain text"
                    ));
            }
            report.add_as(severity, finding.fix(repair(&backend, attribute)));
        } else if context.settings.require_customer_key
            && let Some(attribute) = backend.missing_customer_key()
        {
            let message = format!("{} has no key of your own", backend.name());
            report.add(Finding::new(place, backend.id(), message).help(format!(
                "set `{attribute}`: `state.require_customer_key` in sealine.yaml asks for it"
            )));
        }
    }
}

fn repair(backend: &RootBackend<'_>, attribute: &str) -> Option<Fix> {
    let title = format!("set `{attribute} = true`");
    if let Some(given) = backend.backend.attributes.get(attribute) {
        // Somebody wrote `false`, and may have meant it.
        let edit = Edit { place: given.place.clone(), text: "true".to_owned() };
        return given.literal.then_some(Fix { title, safety: Safety::Unsafe, edits: vec![edit] });
    }
    let edit = backend.backend.insert.as_ref()?.attribute(attribute, "true");
    let safety = if backend.is_foreign() { Safety::Unsafe } else { Safety::Safe };
    Some(Fix { title, safety, edits: vec![edit] })
}
