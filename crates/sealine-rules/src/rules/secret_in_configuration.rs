//! # secret-in-configuration
//!
//! ## What it finds
//!
//! A literal given to an attribute that holds a secret (directly, through a variable's default, a
//! `*.tfvars` file or a module call), and a literal default of a variable that is marked sensitive.
//!
//! ## Why it matters
//!
//! It lies in git for everybody who can read the repository, and stays in its history.
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
//! resource "aws_db_instance" "main" {
//!   identifier     = "main"
//!   engine         = "postgres"
//!   instance_class = "db.t4g.small"
//!   username       = "app"
//!   password       = "Harbour-Tulip-7"
//! }
//! ```
//!
//! ## Use instead
//!
//! An ephemeral source and the write-only form: the value is in neither git nor state.
//!
//! ```text
//! //- main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! ephemeral "aws_secretsmanager_secret_version" "database" {
//!   secret_id = "main/database"
//! }
//!
//! resource "aws_db_instance" "main" {
//!   identifier          = "main"
//!   engine              = "postgres"
//!   instance_class      = "db.t4g.small"
//!   username            = "app"
//!   password_wo         = ephemeral.aws_secretsmanager_secret_version.database.secret_string
//!   password_wo_version = 1
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! An attribute from the list of those that hold secrets, or an argument of a provider for its credentials, and a
//! literal; within what `jsonencode` writes, one whose name speaks of a credential. What is computed or comes
//! from outside is no finding. Nor is a placeholder: a value of `conventions.placeholder_values`,
//! a common stand-in (`changeme`, `<placeholder>`, nothing), or a vault entry whose value Terraform
//! leaves to people by `ignore_changes`. Nor is an entry, key or variable whose name says that it holds
//! none (`...-username`, `...-host`), a word that another resource has for a name, a small number or a
//! switch, a list of network addresses, lines of settings that say no secret, a certificate or a public
//! key, or what names something in a cloud (an ARN). Among examples it is an info, among test data nothing.
//!
//! ## When to allow it
//!
//! For a value that is public, such as a key of an example; say so in the reason.

use std::collections::{BTreeSet, HashMap};

use sealine_model::secret_attributes::secret_attribute;
use sealine_model::terraform::{Attribute, Resource};
use sealine_model::{Finding, Severity, Value};
use sealine_source::Place;

use crate::once::OncePerPlace;
use crate::placeholders::is_placeholder_value;
use crate::terraform::modules;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "secret-in-configuration",
    severity: Severity::Error,
    summary: "a literal secret stands in Terraform",
    replaces: &[],
    source: include_str!("secret_in_configuration.rs"),
    check,
};

const HELP: &str = "remove it, change it where it is valid, and take it from a vault or an \
                    ephemeral resource";

const HELP_FOR_PROVIDER: &str = "remove it, change it where it is valid, and give it by the environment or an \
                                 identity of the machine that runs Terraform";

fn check(context: &Context<'_>, report: &mut Report) {
    // A literal is one finding, however many attributes it reaches.
    let mut found = OncePerPlace::default();
    let defaults = defaults(context, &mut found);
    let names = entry_names(context);
    for site in modules(context) {
        for (name, given) in &site.module.credentials {
            if is_secret_text(context, given.fingerprint.as_deref(), given.stand_in) {
                found.note(&given.place, site.id(&format!("provider.{name}")), |place, subject| {
                    let (provider, argument) = name.split_once('.').unwrap_or((name, ""));
                    let message = format!(
                        "a secret stands in the configuration: `{argument}` of the provider `{provider}`"
                    );
                    Finding::new(place, subject, message).help(HELP_FOR_PROVIDER)
                });
            }
        }
        for resource in site.module.resources.iter().filter(|resource| !resource.data) {
            for (name, given) in &resource.attributes {
                let Some(place) = literal_secret(context, &names, resource, name, given) else {
                    continue;
                };
                let place =
                    defaults.iter().find(|default| default.contains(place)).unwrap_or(&place);
                let subject = site.id(&format!("{}.{name}", resource.address));
                found.note(place, subject, |place, subject| {
                    let owner = format!("{}.{}", resource.kind, resource.name);
                    let message =
                        format!("a secret stands in the configuration: `{name}` of `{owner}`");
                    let elsewhere = place != given.place;
                    let finding = Finding::new(place, subject, message).help(HELP);
                    if elsewhere {
                        finding.related(given.place.clone(), "given to this attribute")
                    } else {
                        finding
                    }
                });
            }
        }
    }
    found.report(report);
}

/// Notes the sensitive variables whose default is a secret, and returns where those stand.
fn defaults<'a>(context: &Context<'a>, found: &mut OncePerPlace) -> BTreeSet<&'a Place> {
    let mut places = BTreeSet::new();
    for site in modules(context) {
        for variable in site.module.variables.iter().filter(|variable| variable.sensitive) {
            let Some(place) = &variable.literal_default else { continue };
            if !is_secret_text(context, variable.default_fingerprint.as_deref(), variable.stand_in)
            {
                continue;
            }
            places.insert(place);
            let name = &variable.name;
            found.note(place, site.id(&format!("var.{name}")), |place, subject| {
                let message =
                    format!("the sensitive variable `{name}` has its value in the configuration");
                Finding::new(place, subject, message).help(HELP)
            });
        }
    }
    places
}

/// Where the literal stands that this attribute gets, when that is a secret.
fn literal_secret<'a>(
    context: &Context<'_>,
    names: &HashMap<&Place, Vec<&Value>>,
    resource: &Resource,
    name: &str,
    given: &'a Attribute,
) -> Option<&'a Place> {
    let row = secret_attribute(&resource.kind, name)?;
    if let Some((condition, wanted)) = row.only_when {
        let found = resource.attributes.get(condition).and_then(|given| given.value.text());
        if found.as_deref() != Some(wanted) {
            return None;
        }
    }
    let argument = name.split('.').next().unwrap_or(name);
    let left_to_people = resource.ignore_changes.iter().any(|ignored| {
        let ignored = ignored.split(['.', '[']).next().unwrap_or(ignored);
        ignored == argument || ignored == "all"
    });
    if left_to_people && is_vault_entry(&resource.kind)
        || given.word && names_no_secret(names, resource, name)
    {
        return None;
    }
    let place = if given.literal { &given.place } else { given.given.as_ref()? };
    is_secret_text(context, given.fingerprint.as_deref(), given.stand_in).then_some(place)
}

fn is_secret_text(context: &Context<'_>, fingerprint: Option<&str>, stand_in: bool) -> bool {
    !stand_in && fingerprint.is_some_and(|print| !is_placeholder_value(print, context.settings))
}

/// Whether a resource of this type is an entry of a vault, which people may fill.
fn is_vault_entry(kind: &str) -> bool {
    matches!(
        kind,
        "azurerm_key_vault_secret"
            | "aws_secretsmanager_secret_version"
            | "aws_ssm_parameter"
            | "google_secret_manager_secret_version"
            | "vault_kv_secret"
            | "vault_kv_secret_v2"
            | "vault_generic_secret"
    )
}

/// Whether the entry, or the key of a Secret, has a name of something that is no secret: vaults
/// hold user names and hosts beside passwords.
fn names_no_secret(
    names: &HashMap<&Place, Vec<&Value>>,
    resource: &Resource,
    attribute: &str,
) -> bool {
    let says_so = |name: &Value| sealine_model::names_no_secret(name.tail());
    if let Some((block, key)) = attribute.rsplit_once('.') {
        // What `set_sensitive` sets has its name beside it.
        let beside = resource.attributes.get(&format!("{block}.name"));
        return sealine_model::names_no_secret(key)
            || beside.is_some_and(|given| says_so(&given.value));
    }
    let own = resource.attributes.get("name").map(|given| &given.value);
    let of_entry = names.get(&resource.block);
    // Secrets of a forge's workflows have their name beside them.
    if resource.attributes.get("secret_name").is_some_and(|given| says_so(&given.value)) {
        return true;
    }
    is_vault_entry(&resource.kind)
        && (sealine_model::names_no_secret(&resource.name)
            || own.is_some_and(says_so)
            || of_entry.is_some_and(|names| names.iter().all(|name| says_so(name))))
}

/// The names of the entries that a block fills: its own, or those of the resource it belongs to.
fn entry_names<'a>(context: &Context<'a>) -> HashMap<&'a Place, Vec<&'a Value>> {
    let mut names: HashMap<&Place, Vec<&Value>> = HashMap::new();
    for entry in context.facts.iter().flat_map(|facts| &facts.entries) {
        if let Some(block) = &entry.block {
            names.entry(block).or_default().push(&entry.name);
        }
    }
    names
}
