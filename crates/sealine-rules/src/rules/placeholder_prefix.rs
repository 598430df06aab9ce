//! # placeholder-prefix
//!
//! ## What it finds
//!
//! A vault entry that Terraform fills with a placeholder value and whose name lacks the prefix that
//! `conventions.placeholder_prefix` asks for.
//!
//! ## Why it matters
//!
//! The prefix tells people which entries wait for them, and those who write an `ExternalSecret`
//! which name to expect. An entry without it is looked for under the wrong name.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! conventions:
//!   placeholder_prefix: manual-
//!   placeholder_values: ["<set manually>"]
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! resource "azurerm_key_vault_secret" "token" {
//!   name         = "api-token"
//!   value        = "<set manually>"
//!   key_vault_id = var.key_vault_id
//!
//!   lifecycle {
//!     ignore_changes = [value]
//!   }
//! }
//!
//! variable "key_vault_id" {
//!   type = string
//! }
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! conventions:
//!   placeholder_prefix: manual-
//!   placeholder_values: ["<set manually>"]
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
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
//!
//! variable "key_vault_id" {
//!   type = string
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! A configured prefix, a literal that equals one of `conventions.placeholder_values`, and a name
//! whose beginning is known.
//!
//! ## When to allow it
//!
//! For an entry that is filled already: a new name makes a new, empty entry.

use sealine_model::vault::{EntryObject, EntryOrigin};
use sealine_model::{Finding, Severity};

use crate::once::OncePerPlace;
use crate::placeholders::{begins_with, has_placeholder_value};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "placeholder-prefix",
    severity: Severity::Warning,
    summary: "a placeholder entry lacks the convention's prefix",
    replaces: &[],
    source: include_str!("placeholder_prefix.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let Some(prefix) = context.settings.conventions.placeholder_prefix.as_deref() else { return };
    let mut found = OncePerPlace::default();
    for entry in context.facts.iter().flat_map(|facts| &facts.entries) {
        let declared =
            entry.origin == EntryOrigin::Terraform && entry.object == EntryObject::Secret;
        if !declared || !has_placeholder_value(entry, context.settings) {
            continue;
        }
        let head = entry.name.head();
        // A head that is shorter than the prefix and ends in a hole may still become it.
        let open = !entry.name.is_known() && prefix.starts_with(head);
        if begins_with(&entry.name, prefix) || open {
            continue;
        }
        let name = entry.name.pattern();
        let place = entry.name_place.as_ref().unwrap_or(&entry.place);
        let subject = format!("vault/{}/{name}", entry.vault.label());
        found.note(place, subject, |place, subject| {
            let message = format!("the placeholder entry `{name}` lacks the prefix `{prefix}`");
            let last = name.rfind('/').map_or(0, |slash| slash + 1);
            let (path, own) = name.split_at(last);
            let help = format!("name it `{path}{prefix}{own}` while nobody has filled it");
            Finding::new(place, subject, message).help(help)
        });
    }
    found.report(report);
}
