//! # credentials-in-backend
//!
//! ## What it finds
//!
//! A credential written into a backend block: keys, tokens and passwords of `s3`, `azurerm`, `gcs`,
//! `http`, `pg`, `consul`, `kubernetes`, `oss`, `cos`, `oci`, `remote` and `cloud`.
//!
//! ## Why it matters
//!
//! It lies in git for everybody who can read the repository, is copied in plain text into
//! `.terraform/` and into every saved plan, and opens the state, which holds all other secrets.
//!
//! ## Example
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "azurerm" {
//!     storage_account_name = "state"
//!     container_name       = "tfstate"
//!     key                  = "app.tfstate"
//!     access_key           = "bm90LWEtcmVhbC1rZXk="
//!   }
//! }
//! ```
//!
//! ## Use instead
//!
//! Let the run prove who it is: OIDC, a managed identity, or the environment.
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "azurerm" {
//!     storage_account_name = "state"
//!     container_name       = "tfstate"
//!     key                  = "app.tfstate"
//!     use_oidc             = true
//!     use_azuread_auth     = true
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A literal that is not empty. A path to a key file is no credential, nor is a connection string
//! without a password.
//!
//! ## When to allow it
//!
//! Never for a real credential: it stays in git's history, so replace it there and change it.

use sealine_model::terraform::Attribute;
use sealine_model::{Finding, Severity};

use crate::backends::RootBackend;
use crate::terraform::roots;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "credentials-in-backend",
    severity: Severity::Error,
    summary: "a credential stands in a backend block",
    replaces: &[],
    source: include_str!("credentials_in_backend.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let of_roots = roots(context).flat_map(|root| RootBackend::all(context, root));
    for of_root in of_roots {
        let backend = of_root.backend;
        let found: Vec<(&String, &Attribute)> = backend
            .attributes
            .iter()
            // Readers give a fingerprint to literals that are credentials, and to no others.
            .filter(|(_, given)| given.literal && given.fingerprint.is_some())
            .collect();
        let Some(((name, first), others)) = found.split_first() else { continue };
        let message = format!("the credential `{name}` stands in the backend `{}`", backend.kind);
        let mut finding = Finding::new(first.place.clone(), of_root.id(), message).help(
            "remove it, change it where it is valid, and let the run prove who it is: OIDC, a \
             managed identity, or the environment",
        );
        for (name, given) in others {
            finding = finding.related(given.place.clone(), format!("and `{name}`"));
        }
        report.add(finding);
    }
}
