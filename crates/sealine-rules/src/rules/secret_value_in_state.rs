//! # secret-value-in-state
//!
//! ## What it finds
//!
//! A secret that Terraform keeps in its state though a form exists that keeps it out: an argument
//! with a write-only twin, or a data source with an ephemeral one.
//!
//! ## Why it matters
//!
//! State is plain JSON; `sensitive = true` only hides a value in output. `ignore_changes` does not
//! keep it out either: each refresh copies the value that people set in the vault into the state.
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
//! variable "key_vault_id" {
//!   type = string
//! }
//!
//! resource "azurerm_key_vault_secret" "token" {
//!   name         = "manual-api-token"
//!   value        = "<set manually>"
//!   key_vault_id = var.key_vault_id
//!
//!   lifecycle {
//!     ignore_changes = [value]
//!   }
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
//! variable "key_vault_id" {
//!   type = string
//! }
//!
//! resource "azurerm_key_vault_secret" "token" {
//!   name             = "manual-api-token"
//!   value_wo         = "<set manually>"
//!   value_wo_version = 1
//!   key_vault_id     = var.key_vault_id
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A resource or data source from the list of those with such a form, with the argument given. That
//! the versions in use may be older is said, not judged. Secrets that a resource makes itself
//! (`random_password`, `tls_private_key`) are not listed: what stores them is.
//!
//! ## When to allow it
//!
//! When few may read the state and it is encrypted; or until the versions allow the other form.

use sealine_model::secret_attributes::{
    WRITE_ONLY_SINCE, ephemeral_form, is_write_only, secret_attribute,
};
use sealine_model::terraform::{Attribute, Resource};
use sealine_model::{Finding, Severity};

use crate::terraform::{Block, blocks};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "secret-value-in-state",
    severity: Severity::Info,
    summary: "a secret reaches the state though a form exists that keeps it out",
    replaces: &[],
    source: include_str!("secret_value_in_state.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for block in blocks(context, |resource| !resource.ephemeral) {
        let found = if block.resource().data { data_source(&block) } else { argument(&block) };
        if let Some(finding) = found {
            report.add(finding);
        }
    }
}

/// A managed resource that is given a secret by an argument with a write-only twin.
fn argument(block: &Block<'_>) -> Option<Finding> {
    let instances = block.instances.iter();
    let (name, given) = instances.copied().find_map(kept_argument)?;
    let kind = &block.resource().kind;
    let form = secret_attribute(kind, name)?.write_only?;
    let message = format!("`{name}` of `{}` reaches the state in plain text", block.name());
    let help = format!(
        "use `{}` with `{}` ({} {}, Terraform or OpenTofu {WRITE_ONLY_SINCE})",
        form.attribute, form.version_attribute, form.provider, form.since
    );
    let ignored = block.resource().ignore_changes.iter().any(|ignored| ignored == name);
    let label = if ignored {
        "a refresh copies here what people set, in spite of `ignore_changes`"
    } else {
        "kept in state"
    };
    let place = block.resource().place.clone();
    Some(block.finding(place, message).related(given.place.clone(), label).help(help))
}

/// The first secret argument that has a write-only twin and is given in the plain form.
fn kept_argument(resource: &Resource) -> Option<(&str, &Attribute)> {
    resource.attributes.iter().find_map(|(name, given)| {
        let row = secret_attribute(&resource.kind, name)?;
        let condition = row.only_when.is_none_or(|(condition, wanted)| {
            let found = resource.attributes.get(condition).and_then(|given| given.value.text());
            found.as_deref() == Some(wanted)
        });
        let empty = given.value.text().is_some_and(|text| text.is_empty());
        let kept = row.write_only.is_some() && !is_write_only(&resource.kind, name);
        // A certificate is shown to everybody; its key stands beside it.
        let shown = name.rsplit('.').next() == Some("crt");
        (condition && kept && !empty && !shown).then_some((name.as_str(), given))
    })
}

/// A data source that an ephemeral resource could stand for.
fn data_source(block: &Block<'_>) -> Option<Finding> {
    let form = ephemeral_form(&block.resource().kind)?;
    let message =
        format!("`{}` of `{}` reaches the state in plain text", form.attribute, block.name());
    let help = format!(
        "read it with `ephemeral \"{}\"` ({} {}, Terraform 1.10, OpenTofu 1.11) and hand it to a \
         write-only argument or a provider",
        form.resource, form.provider, form.since
    );
    Some(block.finding(block.resource().place.clone(), message).help(help))
}
