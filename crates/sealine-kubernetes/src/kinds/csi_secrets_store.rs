//! The secrets-store CSI driver: provider classes read entries, and may copy them to Secrets.
//!
//! ```yaml
//! apiVersion: secrets-store.csi.x-k8s.io/v1
//! kind: SecretProviderClass
//! metadata: {name: app}
//! spec:
//!   provider: azure
//!   parameters:
//!     keyvaultName: kv-app
//!     objects: |
//!       array:
//!         - |
//!           objectName: db-password
//!           objectType: secret
//!           objectAlias: pw
//!   secretObjects:
//!     - secretName: db
//!       data: [{key: password, objectName: pw}]
//! ---
//! apiVersion: secrets-store.csi.x-k8s.io/v1
//! kind: SecretProviderClass
//! metadata: {name: aws}
//! spec:
//!   provider: aws
//!   parameters:
//!     region: eu-west-1
//!     objects: |
//!       - objectName: prod/db
//!         objectType: secretsmanager
//!       - objectName: /prod/host
//!         objectType: ssmparameter
//! ---
//! apiVersion: secrets-store.csi.x-k8s.io/v1
//! kind: SecretProviderClass
//! metadata: {name: gcp}
//! spec:
//!   provider: gcp
//!   parameters:
//!     secrets: |
//!       - resourceName: projects/shop/secrets/db/versions/latest
//!         path: db
//! ---
//! apiVersion: secrets-store.csi.x-k8s.io/v1
//! kind: SecretProviderClass
//! metadata: {name: vault}
//! spec:
//!   provider: vault
//!   parameters:
//!     vaultAddress: https://vault:8200
//!     objects: |
//!       - {objectName: pw, secretPath: kv/data/app/db, secretKey: password}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web}
//! spec:
//!   volumes:
//!     - name: secrets
//!       csi:
//!         driver: secrets-store.csi.k8s.io
//!         volumeAttributes: {secretProviderClass: app}
//! ```
//!
//! ```text
//! SecretProviderClass app makes db in ns [password] at 15
//! SecretProviderClass app reads entry db-password of kv-app
//! SecretProviderClass aws reads entry prod/db of aws-secrets-manager/eu-west-1
//! SecretProviderClass aws reads entry /prod/host of aws-parameter-store/eu-west-1
//! SecretProviderClass gcp reads entry db of gcp/shop
//! SecretProviderClass vault reads entry app/db of hashicorp/https://vault:8200/kv
//! Pod web mounts class app at 59
//! ```

use sealine_model::kubernetes::{Keys, Secret};
use sealine_model::tree::Tree;
use sealine_model::vault::{EntryRead, VaultIdentity, VaultKind};
use sealine_model::{Asked, Facts, Value, asked};
use sealine_source::Place;

use super::Kind;
use crate::manifest::makes::{entry_read, secret};
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::nested;
use crate::manifest::object::Object;
use crate::manifest::vault_path::below_mount;

pub(super) static KIND: Kind =
    Kind::new(&["secrets-store.csi.x-k8s.io"], &[]).with(provider_class).complete();

/// One object that the driver reads.
struct Read {
    vault: VaultIdentity,
    entry: Value,
    place: Place,
    asked: Asked,
}

fn provider_class(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let parameters = spec.get("parameters").unwrap_or(&Tree::Null);
    let provider = text_at(spec, &["provider"]).unwrap_or_default();
    let reads = reads(&provider, parameters);
    for target in spec.get("secretObjects").map(Tree::items).unwrap_or_default() {
        make(object, target, out);
    }
    out.entry_reads.extend(reads.into_iter().map(|read| {
        let asked = read.asked;
        EntryRead { asked, ..entry_read(object, (read.vault, read.entry), read.place) }
    }));
}

fn reads(provider: &str, parameters: &Tree) -> Vec<Read> {
    let list = if provider == "gcp" { "secrets" } else { "objects" };
    let Some(objects) = parameters.get(list).and_then(nested) else { return Vec::new() };
    // Azure wraps each object in a text of its own.
    let wrapped = objects.get("array").map(Tree::items).unwrap_or_default();
    let items = wrapped.iter().filter_map(nested).chain(objects.items().iter().cloned());
    items.filter_map(|item| read(provider, parameters, &item)).collect()
}

/// Returns the name in a field, where it is written, and where the field asks for it.
fn named(tree: &Tree, field: &str) -> Option<(Value, Place, Asked)> {
    let entry = tree.entry(field)?;
    let place = entry.value.place()?;
    Some((name_of(&entry.value)?, place.clone(), asked(&entry.place, place)))
}

fn read(provider: &str, parameters: &Tree, item: &Tree) -> Option<Read> {
    let named = |field: &str| named(item, field);
    match provider {
        "azure" => {
            let (entry, place, asked) = named("objectName")?;
            let vault = name_at(parameters, "keyvaultName").unwrap_or_else(Value::unknown);
            Some(Read { vault: VaultIdentity::azure(vault), entry, place, asked })
        }
        "aws" => {
            let (entry, place, asked) = named("objectName")?;
            let kind = match text_at(item, &["objectType"]).as_deref() {
                Some("ssmparameter") => VaultKind::AwsParameterStore,
                _ => VaultKind::AwsSecretsManager,
            };
            let region = name_at(parameters, "region").map(|region| ("region", region));
            Some(Read { vault: VaultIdentity::new(kind, region), entry, place, asked })
        }
        "gcp" => {
            let (resource, place, asked) = named("resourceName")?;
            let resource = resource.text()?;
            let mut parts = resource.split('/');
            let (project, entry) = (parts.nth(1)?, parts.nth(1)?);
            let vault = VaultIdentity::new(VaultKind::Gcp, [("project", Value::from(project))]);
            Some(Read { vault, entry: Value::from(entry), place, asked })
        }
        "vault" => {
            let (path, place, asked) = named("secretPath")?;
            let (mount, entry) = below_mount(&path);
            let vault = VaultIdentity::hashicorp(name_at(parameters, "vaultAddress"), mount);
            Some(Read { vault, entry, place, asked })
        }
        _ => None,
    }
}

fn make(object: &Object<'_>, target: &Tree, out: &mut Facts) {
    let Some((name, place, asked)) = named(target, "secretName") else { return };
    let items = target.get("data").map(Tree::items).unwrap_or_default();
    let key = |item: &Tree| {
        let key = item.get("key")?;
        Some((key.text()?, key.place()?.clone()))
    };
    let known: Vec<_> = items.iter().filter_map(key).collect();
    let open = known.len() < items.len() || items.is_empty();
    let keys = Keys { known, open };
    out.secrets.push(Secret { asked, ..secret(object, object.own_scope(), name, place, keys) });
}
