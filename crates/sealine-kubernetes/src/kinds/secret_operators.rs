//! Other operators that copy entries of a vault: 1Password, Doppler, Infisical, Bitwarden, akv2k8s,
//! and the predecessor of External Secrets Operator.
//!
//! ```yaml
//! apiVersion: onepassword.com/v1
//! kind: OnePasswordItem
//! metadata: {name: db}
//! spec: {itemPath: vaults/apps/items/db}
//! ---
//! apiVersion: secrets.doppler.com/v1alpha1
//! kind: DopplerSecret
//! metadata: {name: app, namespace: doppler}
//! spec: {tokenSecret: {name: token}, managedSecret: {name: app-env, namespace: apps}}
//! ---
//! apiVersion: secrets.infisical.com/v1alpha1
//! kind: InfisicalSecret
//! metadata: {name: app}
//! spec:
//!   authentication:
//!     universalAuth: {credentialsRef: {secretName: auth, secretNamespace: infisical}}
//!   managedSecretReference: {secretName: app, secretNamespace: apps}
//! ---
//! apiVersion: spv.no/v1
//! kind: AzureKeyVaultSecret
//! metadata: {name: db}
//! spec:
//!   vault: {name: kv-app, object: {name: db-password, type: secret}}
//!   output: {secret: {name: db, dataKey: password}}
//! ---
//! apiVersion: kubernetes-client.io/v1
//! kind: ExternalSecret
//! metadata: {name: old}
//! spec: {backendType: vault, data: [{key: kv/data/prod/db, name: password}]}
//! ```
//!
//! ```text
//! OnePasswordItem db makes db in ns [*] at 3
//! DopplerSecret app makes app-env in apps [*] at 9
//! InfisicalSecret app makes app in apps [*] at 17
//! AzureKeyVaultSecret db makes db in ns [password] at 24
//! ExternalSecret old makes old in ns [password] at 28
//! DopplerSecret app reads token in doppler at 9 (bootstrap)
//! InfisicalSecret app reads auth in infisical at 16 (bootstrap)
//! AzureKeyVaultSecret db reads entry db-password of kv-app
//! ExternalSecret old reads entry prod/db of hashicorp/kv
//! ```

use sealine_model::kubernetes::Keys;
use sealine_model::tree::Tree;
use sealine_model::vault::{EntryRead, VaultIdentity, VaultKind};
use sealine_model::{Facts, Value};

use super::Kind;
use super::field::{bootstrap, makes, makes_named};
use crate::manifest::makes::{entry_read, keys_at, note_named, secret};
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::object::Object;
use crate::manifest::vault_path::below_mount;

pub(super) static KIND: Kind = Kind::new(
    &[
        "onepassword.com",
        "secrets.doppler.com",
        "secrets.infisical.com",
        "k8s.bitwarden.com",
        "spv.no",
        "kubernetes-client.io",
    ],
    &[
        makes_named("OnePasswordItem", "{}", &[]),
        bootstrap("DopplerSecret", "spec.tokenSecret{name}"),
        makes("DopplerSecret", "spec.managedSecret{name}", &[]),
        bootstrap("InfisicalSecret", "spec.**.credentialsRef{secretName,,secretNamespace}"),
        bootstrap(
            "InfisicalSecret",
            "spec.**.serviceTokenSecretReference{secretName,,secretNamespace}",
        ),
        makes("InfisicalSecret", "spec.managedSecretReference{secretName,,secretNamespace}", &[]),
        makes(
            "InfisicalSecret InfisicalDynamicSecret",
            "spec.managedKubeSecretReferences[]{secretName,,secretNamespace}",
            &[],
        ),
        bootstrap("BitwardenSecret", "spec.authToken{secretName,secretKey}"),
        makes("BitwardenSecret", "spec.secretName", &[]),
    ],
)
.with(copies)
.complete();

fn copies(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    match (object.group.as_str(), object.kind.as_str()) {
        ("spv.no", "AzureKeyVaultSecret") => azure(object, spec, out),
        ("kubernetes-client.io", "ExternalSecret") => predecessor(object, out),
        _ => {}
    }
}

/// akv2k8s: one entry of an Azure Key Vault as one key.
fn azure(object: &Object<'_>, spec: &Tree, out: &mut Facts) {
    let Some(output) = spec.at(&["output", "secret"]) else { return };
    let Some(scalar) = output.get("name") else { return };
    let Some((name, place)) = name_of(scalar).zip(scalar.place()) else { return };
    let key = output.get("dataKey").and_then(|key| Some((key.text()?, key.place()?.clone())));
    let keys = match key {
        Some(key) => Keys { known: vec![key], open: false },
        None => keys_at(place, &[]),
    };
    let vault = spec.get("vault").unwrap_or(&Tree::Null);
    let entry = vault.at(&["object", "name"]);
    if let Some(identity) = name_at(vault, "name").map(VaultIdentity::azure)
        && let Some((entry, at)) = entry.and_then(|entry| name_of(entry).zip(entry.place()))
    {
        out.entry_reads.push(entry_read(object, (identity, entry), at.clone()));
    }
    out.secrets.push(secret(object, object.own_scope(), name, place.clone(), keys));
}

/// Godaddy's `ExternalSecret`, without a `target` of its own.
fn predecessor(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").or(object.tree.get("secretDescriptor"));
    let items = spec.and_then(|spec| spec.get("data")).map(Tree::items).unwrap_or_default();
    let name = |item: &Tree| {
        let name = item.get("name")?;
        Some((name.text()?, name.place()?.clone()))
    };
    let known: Vec<_> = items.iter().filter_map(name).collect();
    let from = spec.and_then(|spec| spec.get("dataFrom")).map(Tree::items);
    let open = from.is_some() || known.len() < items.len();
    note_named(object, object.name.clone(), Keys { known, open }, out);
    let keys = items.iter().filter_map(|item| item.get("key"));
    for key in keys.chain(from.unwrap_or_default()) {
        out.entry_reads.extend(spec.and_then(|spec| of_backend(object, spec, key)));
    }
}

/// Returns the read of the entry that a key names; nothing for a backend that no store has, too.
fn of_backend(object: &Object<'_>, spec: &Tree, key: &Tree) -> Option<EntryRead> {
    let (name, place) = (name_of(key)?, key.place()?.clone());
    let part = |part, field| name_at(spec, field).map(|value| (part, value));
    let (vault, name) = match text_at(spec, &["backendType"])?.as_str() {
        "azureKeyVault" => {
            let vault = name_at(spec, "keyVaultName").unwrap_or_else(Value::unknown);
            (VaultIdentity::azure(vault), name)
        }
        "secretsManager" => {
            (VaultIdentity::new(VaultKind::AwsSecretsManager, part("region", "region")), name)
        }
        "systemManager" => {
            (VaultIdentity::new(VaultKind::AwsParameterStore, part("region", "region")), name)
        }
        "gcpSecretsManager" => {
            (VaultIdentity::new(VaultKind::Gcp, part("project", "projectId")), name)
        }
        "vault" => {
            let (mount, name) = below_mount(&name);
            let mount = mount.map(|mount| ("mount", mount));
            (VaultIdentity::new(VaultKind::HashiCorp, mount), name)
        }
        _ => return None,
    };
    Some(entry_read(object, (vault, name), place))
}
