//! # placeholder-overwritten
//!
//! ## What it finds
//!
//! A vault entry that Terraform fills with a placeholder value and whose value it does not leave to
//! people: `ignore_changes` does not name it.
//!
//! ## Why it matters
//!
//! Somebody sets the real value; the next apply writes the placeholder over it, and every workload
//! that reads the entry fails at its next refresh.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! conventions:
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
//! A literal that equals one of `conventions.placeholder_values`. A write-only value is no finding:
//! Terraform writes it only when its version changes. One in AWS Secrets Manager or Google Secret Manager
//! is reported as info: what people set there is a version of its own, and Terraform looks at none but the
//! one it made, until that is gone. Only an `aws_secretsmanager_secret_version` with `version_stages` takes
//! its label back.
//!
//! ## When to allow it
//!
//! When the value is meant: then it is no placeholder, and should not look like one.

use sealine_model::secret_attributes::{is_write_only, secret_attribute};
use sealine_model::terraform::{Attribute, Resource};
use sealine_model::vault::{Entry, EntryOrigin, Filling, VaultKind};
use sealine_model::{Facts, Finding, Fix, Safety, Severity};
use sealine_source::Edit;

use crate::once::OncePerPlace;
use crate::placeholders::has_placeholder_value;
use crate::terraform::Site;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "placeholder-overwritten",
    severity: Severity::Error,
    summary: "the next apply writes a placeholder over the value that people set",
    replaces: &[],
    source: include_str!("placeholder_overwritten.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let (mut found, mut kept) = (OncePerPlace::default(), OncePerPlace::default());
    for unit in context.facts {
        for entry in &unit.entries {
            let overwritten = entry.origin == EntryOrigin::Terraform && !entry.ignores_value;
            if !overwritten || !has_placeholder_value(entry, context.settings) {
                continue;
            }
            let giver = giver(unit, entry);
            if giver.as_ref().is_some_and(Giver::is_write_only) {
                continue;
            }
            let keeps_versions = keeps_versions(entry, giver.as_ref());
            let found = if keeps_versions { &mut kept } else { &mut found };
            let place = giver.as_ref().map_or(&entry.place, |giver| &giver.given.place);
            let address = giver.as_ref().map_or(&entry.address, |giver| &giver.resource.address);
            let subject = match &giver {
                Some(giver) => giver.site.id(address),
                None => format!("terraform/{}/:{address}", unit.repo),
            };
            found.note(place, subject, |place, subject| {
                let name = entry.name.pattern();
                let what = "writes the placeholder over the value";
                let message = if keeps_versions {
                    format!("once its version of `{name}` is gone, an apply {what}")
                } else {
                    format!("the next apply {what} of `{name}`")
                };
                let help = "people fill this entry: let Terraform ignore changes of its value";
                let fix = giver.as_ref().and_then(Giver::repair);
                Finding::new(place, subject, message).help(help).fix(fix)
            });
        }
    }
    found.report(report);
    kept.report_as_info(report);
}

/// Whether Terraform does not see what people set, because that is another version of the entry.
fn keeps_versions(entry: &Entry, giver: Option<&Giver<'_>>) -> bool {
    match giver.map(|giver| giver.resource) {
        Some(resource) => match resource.kind.as_str() {
            "google_secret_manager_secret_version" => true,
            "aws_secretsmanager_secret_version" => {
                !resource.attributes.keys().any(|name| name.starts_with("version_stages"))
            }
            _ => false,
        },
        None => matches!(entry.vault.kind, VaultKind::AwsSecretsManager | VaultKind::Gcp),
    }
}

/// The resource that gives an entry its value.
struct Giver<'a> {
    site: Site<'a>,
    resource: &'a Resource,
    name: &'a str,
    given: &'a Attribute,
}

/// The resource whose secret attribute gets the entry's literal; of several, the entry's own.
fn giver<'a>(unit: &'a Facts, entry: &Entry) -> Option<Giver<'a>> {
    let Filling::Literal { place, .. } = &entry.filling else { return None };
    let sites = unit.terraform.iter().map(|module| Site { unit, module });
    let mut givers: Vec<Giver<'a>> = sites
        .flat_map(|site| {
            let resources = site.module.resources.iter().filter(|resource| !resource.data);
            resources.flat_map(move |resource| {
                resource.attributes.iter().map(move |(name, given)| Giver {
                    site,
                    resource,
                    name,
                    given,
                })
            })
        })
        .filter(|giver| secret_attribute(&giver.resource.kind, giver.name).is_some())
        .filter(|giver| {
            let given = &giver.given;
            std::iter::once(&given.place).chain(&given.given).any(|whole| whole.contains(place))
        })
        .collect();
    if let Some(own) = givers.iter().position(|giver| giver.resource.address == entry.address) {
        return Some(givers.swap_remove(own));
    }
    let first = givers.first()?.resource.place.clone();
    let one_block = givers.iter().all(|giver| giver.resource.place == first);
    one_block.then(|| givers.swap_remove(0))
}

impl Giver<'_> {
    fn is_write_only(&self) -> bool {
        is_write_only(&self.resource.kind, self.name)
    }

    /// The repair that lets Terraform ignore the argument.
    fn repair(&self) -> Option<Fix> {
        let argument = self.name.split('.').next()?;
        let list = format!("ignore_changes = [{argument}]");
        let edit = match &self.resource.lifecycle {
            None => {
                let list = format!("  {list}");
                self.resource.insert.as_ref()?.lines(["", "lifecycle {", &list, "}"])
            }
            Some(lifecycle) => match &lifecycle.ignore {
                Some(place) => {
                    let after = if self.resource.ignore_changes.is_empty() { "" } else { ", " };
                    Edit { place: place.clone(), text: format!("{argument}{after}") }
                }
                None => lifecycle.insert.as_ref()?.lines([list.as_str()]),
            },
        };
        let title = format!("ignore changes of `{argument}`");
        Some(Fix { title, safety: Safety::Safe, edits: vec![edit] })
    }
}
