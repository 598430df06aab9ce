//! Vaults of other clouds and services, each known to External Secrets Operator as a provider.
//!
//! Invariant: a part of an identity is told only where Terraform and a store write it alike.

use sealine_model::vault::{VaultIdentity, VaultKind};

use super::{Found, content, entry, entry_read};
use crate::facts::view::View;

/// How a resource declares an entry.
struct Row {
    /// The type of the resource, and of the data source that reads one.
    resource: &'static str,
    /// The provider of External Secrets Operator.
    provider: &'static str,
    /// The attribute with the entry's name.
    name: &'static str,
    /// The attribute with its value, where the resource has one.
    value: &'static str,
    /// The parts of the vault's identity, and the attributes that tell them.
    parts: &'static [(&'static str, &'static str)],
}

const ROWS: &[Row] = &[
    Row {
        resource: "akeyless_static_secret",
        provider: "akeyless",
        name: "path",
        value: "value",
        parts: &[],
    },
    Row {
        resource: "alicloud_kms_secret",
        provider: "alibaba",
        name: "secret_name",
        value: "secret_data",
        parts: &[],
    },
    Row {
        resource: "doppler_secret",
        provider: "doppler",
        name: "name",
        value: "value",
        parts: &[("project", "project"), ("config", "config")],
    },
    Row {
        resource: "infisical_secret",
        provider: "infisical",
        name: "name",
        value: "value",
        parts: &[("environment", "env_slug"), ("path", "folder_path")],
    },
    Row {
        resource: "oci_vault_secret",
        provider: "oracle",
        name: "secret_name",
        value: "secret_content",
        parts: &[],
    },
    Row {
        resource: "onepassword_item",
        provider: "onepassword",
        name: "title",
        value: "password",
        parts: &[],
    },
    Row {
        resource: "scaleway_secret",
        provider: "scaleway",
        name: "name",
        value: "data",
        parts: &[("project", "project_id"), ("region", "region")],
    },
];

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    let Some(row) = ROWS.iter().find(|row| row.resource == view.config.kind) else { return };
    let part = |(part, attribute): &(&'static str, &str)| {
        let given = view.given_value(attribute).filter(|value| !value.is_unknown());
        given.map(|given| (*part, given))
    };
    let kind = VaultKind::Other(row.provider.to_owned());
    let vault = VaultIdentity::new(kind, row.parts.iter().filter_map(part));
    let name = view.value(row.name);
    if view.is_data() {
        found.reads.push(entry_read(view, vault, name));
    } else {
        let content = content(view, row.value, &format!("{}_wo", row.value));
        found.entries.push(entry(view, vault, name, content));
    }
}
