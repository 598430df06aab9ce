//! AWS Secrets Manager and Systems Manager Parameter Store.
//!
//! Invariant: a secret's value comes from its version resource, which is joined through `secret_id`.

use sealine_model::Value;
use sealine_model::vault::{EntryRead, VaultIdentity, VaultKind};

use super::{Found, Version, content, entry, entry_read, no_content, target};
use crate::data::{Data, Kind};
use crate::facts::view::View;

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    match (view.config.kind, view.is_data()) {
        ("aws_secretsmanager_secret", false) => {
            let vault = identity(view, VaultKind::AwsSecretsManager);
            found.entries.push(entry(view, vault, view.value("name"), no_content(view)));
        }
        ("aws_secretsmanager_secret_version", false) => version(view, found),
        ("aws_ssm_parameter", false) => {
            let vault = identity(view, VaultKind::AwsParameterStore);
            let content = content(view, "value", "value_wo");
            found.entries.push(entry(view, vault, view.value("name"), content));
        }
        ("aws_secretsmanager_secret", true) => {
            let name = if view.is_given("name") { view.value("name") } else { by_arn(view, "arn") };
            let vault = identity(view, VaultKind::AwsSecretsManager);
            found.reads.push(entry_read(view, vault, name));
        }
        ("aws_secretsmanager_secret_version", true) => found.reads.extend(version_read(view)),
        ("aws_ssm_parameter", true) => {
            let name = view.value(if view.is_given("arn") { "arn" } else { "name" });
            let vault = identity(view, VaultKind::AwsParameterStore);
            found.reads.push(entry_read(view, vault, name));
        }
        _ => {}
    }
}

/// The version of a secret that this unit declares fills it; that of another is an entry itself.
fn version(view: &View<'_, '_>, found: &mut Found) {
    let id = view.given("secret_id");
    let content = content(view, "secret_string", "secret_string_wo");
    let secret = target(view.evaluator, &id, &["aws_secretsmanager_secret"]);
    if let Some(secret) = &secret
        && view
            .evaluator
            .config_of(secret)
            .is_some_and(|it| it.mode == crate::config::Mode::Managed)
    {
        let entry = view.evaluator.address(secret);
        found.versions.push(Version { entry, content });
        return;
    }
    let named = view.evaluator.value(&id).text();
    let same = |entry: &&sealine_model::vault::Entry| named.is_some() && entry.name.text() == named;
    if let Some(known) = found.entries.iter().find(same) {
        let entry = known.address.clone();
        found.versions.push(Version { entry, content });
        return;
    }
    let name = match secret {
        Some(secret) => view.evaluator.value(&view.evaluator.resource_attribute(&secret, "name")),
        None => by_arn(view, "secret_id"),
    };
    if !name.is_unknown() {
        let vault = identity(view, VaultKind::AwsSecretsManager);
        found.entries.push(entry(view, vault, name, content));
    }
}

fn version_read(view: &View<'_, '_>) -> Option<EntryRead> {
    let id = view.given("secret_id");
    let name = match target(view.evaluator, &id, &["aws_secretsmanager_secret"]) {
        Some(secret) => {
            let config = view.evaluator.config_of(&secret)?;
            // The data source is a read of its own.
            if config.mode != crate::config::Mode::Managed {
                return None;
            }
            view.evaluator.value(&view.evaluator.resource_attribute(&secret, "name"))
        }
        None => by_arn(view, "secret_id"),
    };
    Some(entry_read(view, identity(view, VaultKind::AwsSecretsManager), name))
}

/// Returns a secret's name where an attribute holds the name or the ARN. The ARN ends in `-` and
/// six characters that are no part of the name.
fn by_arn(view: &View<'_, '_>, attribute: &str) -> Value {
    let data = view.given(attribute);
    let Some(text) = data.known_text() else {
        return if matches!(data.kind, Kind::Text(_)) {
            view.evaluator.value(&data)
        } else {
            Value::unknown()
        };
    };
    let Some((_, name)) = text.split_once(":secret:").filter(|_| text.starts_with("arn:")) else {
        return view.evaluator.value(&data);
    };
    let is_suffix = |rest: &str| rest.len() == 6 && rest.chars().all(char::is_alphanumeric);
    let bare = name.rsplit_once('-').filter(|(_, rest)| is_suffix(rest));
    Value::known(bare.map_or(name, |(bare, _)| bare), None)
}

/// Returns the account and region as far as the resource and its provider tell them.
pub(super) fn identity(view: &View<'_, '_>, kind: VaultKind) -> VaultIdentity {
    let own = view.given("region");
    let region = if own.is_null() { view.provider_attribute("aws", "region") } else { own };
    let account = account(view);
    let mut parts = Vec::new();
    for (name, data) in [("account", account), ("region", region)] {
        if let Some(text) = data.known_text() {
            parts.push((name, Value::known(text, None)));
        }
    }
    VaultIdentity::new(kind, parts)
}

/// Returns the account that the provider works in: the one it is allowed, or that of its role.
fn account(view: &View<'_, '_>) -> Data {
    let allowed = view.provider_attribute("aws", "allowed_account_ids");
    if let Some([only]) = allowed.as_items().map(|items| items.values.as_slice()) {
        return only.clone();
    }
    let role = view.provider_attribute("aws", "assume_role");
    let role = match role.as_items().and_then(|items| items.values.first()) {
        Some(role) => view.evaluator.get_attribute(role, "role_arn"),
        None => Data::unknown(),
    };
    let arn = role.known_text().unwrap_or_default();
    match arn.split(':').nth(4).filter(|account| account.len() == 12) {
        Some(account) => Data::text(account),
        None => Data::unknown(),
    }
}
