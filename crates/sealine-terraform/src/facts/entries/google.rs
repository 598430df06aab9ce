//! Google Secret Manager.
//!
//! Invariant: a secret's name is its `secret_id`, without the project it lies in.

use sealine_model::Value;
use sealine_model::vault::{VaultIdentity, VaultKind};

use super::{Found, Version, content, entry, entry_read, no_content, part_after, target};
use crate::data::{Data, Kind};
use crate::facts::view::View;

const SECRETS: &[&str] = &["google_secret_manager_secret", "google_secret_manager_regional_secret"];

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    match (view.config.kind, view.is_data()) {
        ("google_secret_manager_secret" | "google_secret_manager_regional_secret", false) => {
            let vault = identity(view, &view.given("project"));
            found.entries.push(entry(view, vault, view.value("secret_id"), no_content(view)));
        }
        (
            "google_secret_manager_secret_version"
            | "google_secret_manager_regional_secret_version",
            false,
        ) => version(view, found),
        ("google_secret_manager_secret" | "google_secret_manager_regional_secret", true) => {
            let vault = identity(view, &view.given("project"));
            found.reads.push(entry_read(view, vault, view.value("secret_id")));
        }
        (
            "google_secret_manager_secret_version"
            | "google_secret_manager_secret_version_access"
            | "google_secret_manager_regional_secret_version",
            true,
        ) => {
            let secret = view.given("secret");
            let vault = vault_of(view, &secret);
            found.reads.push(entry_read(view, vault, name_of(view, &secret)));
        }
        _ => {}
    }
}

/// The version of a secret that this unit declares fills it; that of another is an entry itself.
fn version(view: &View<'_, '_>, found: &mut Found) {
    let content = content(view, "secret_data", "secret_data_wo");
    let secret = view.given("secret");
    let declared = target(view.evaluator, &secret, SECRETS);
    let is_managed = |handle: &crate::evaluate::ResourceHandle| {
        let config = view.evaluator.config_of(handle);
        config.is_some_and(|config| config.mode == crate::config::Mode::Managed)
    };
    if let Some(handle) = declared.filter(is_managed) {
        let entry = view.evaluator.address(&handle);
        found.versions.push(Version { entry, content });
        return;
    }
    let name = name_of(view, &secret);
    let known = found.entries.iter().find(|it| it.name.is_known() && it.name.text() == name.text());
    if let Some(known) = known {
        let entry = known.address.clone();
        found.versions.push(Version { entry, content });
    } else if !name.is_unknown() {
        let vault = vault_of(view, &secret);
        found.entries.push(entry(view, vault, name, content));
    }
}

/// Returns the name that an id, a full name or a bare name means.
fn name_of(view: &View<'_, '_>, secret: &Data) -> Value {
    if let Some(handle) = target(view.evaluator, secret, SECRETS) {
        let name = view.evaluator.resource_attribute(&handle, "secret_id");
        return view.evaluator.value(&name);
    }
    match &secret.kind {
        Kind::Text(text) => {
            let name = part_after(text, "/secrets/").unwrap_or_else(|| text.clone());
            view.evaluator.value_of(&name)
        }
        _ => Value::unknown(),
    }
}

fn vault_of(view: &View<'_, '_>, secret: &Data) -> VaultIdentity {
    let project = match &secret.kind {
        Kind::Text(text) => part_after(text, "projects/"),
        _ => None,
    };
    match project {
        Some(project) => identity(view, &Data::new(Kind::Text(project))),
        None => identity(view, &view.given("project")),
    }
}

fn identity(view: &View<'_, '_>, own: &Data) -> VaultIdentity {
    let project =
        if own.is_null() { view.provider_attribute("google", "project") } else { own.clone() };
    let project = project.to_text().filter(|text| !text.is_hole());
    let part = project.map(|text| ("project", view.evaluator.value_of(&text)));
    VaultIdentity::new(VaultKind::Gcp, part)
}
