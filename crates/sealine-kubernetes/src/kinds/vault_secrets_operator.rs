//! HashiCorp's Vault Secrets Operator: copies of what a vault holds.
//!
//! ```yaml
//! apiVersion: secrets.hashicorp.com/v1beta1
//! kind: VaultStaticSecret
//! metadata: {name: db}
//! spec:
//!   mount: kv
//!   path: apps/db
//!   destination: {name: db-creds, create: true}
//! ---
//! apiVersion: secrets.hashicorp.com/v1beta1
//! kind: VaultPKISecret
//! metadata: {name: web}
//! spec: {destination: {name: web-tls}}
//! ---
//! apiVersion: secrets.hashicorp.com/v1beta1
//! kind: VaultAuth
//! metadata: {name: auth}
//! spec: {appRole: {roleId: x, secretRef: approle}}
//! ```
//!
//! ```text
//! VaultStaticSecret db makes db-creds in ns [*] at 7
//! VaultPKISecret web makes web-tls in ns [*] at 12
//! VaultAuth auth reads approle in ns at 17 (bootstrap)
//! VaultStaticSecret db reads entry apps/db of hashicorp/kv
//! ```

use sealine_model::vault::VaultIdentity;
use sealine_model::{Facts, Value};

use super::Kind;
use super::field::{bootstrap, makes};
use crate::manifest::copies;
use crate::manifest::makes::{entry_read, keys_at, secret};
use crate::manifest::names::{name_at, name_of};
use crate::manifest::object::Object;

pub(super) static KIND: Kind = Kind::new(
    &["secrets.hashicorp.com"],
    &[
        makes(
            "VaultDynamicSecret VaultPKISecret HCPVaultSecretsApp",
            "spec.destination{name}",
            &[],
        ),
        bootstrap("VaultAuth VaultAuthGlobal HCPAuth", "spec.**.secretRef"),
        bootstrap("VaultConnection", "spec.caCertSecretRef"),
    ],
)
.with(copy)
.complete();

/// A static Secret comes from one entry.
fn copy(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").filter(|_| object.kind == "VaultStaticSecret");
    let Some(scalar) = spec.and_then(|spec| spec.at(&["destination", "name"])) else { return };
    let (Some(spec), Some((name, place))) = (spec, name_of(scalar).zip(scalar.place())) else {
        return;
    };
    let keys = keys_at(place, &[]);
    let path = spec.get("path");
    if let Some((path, at)) = path.and_then(|path| name_of(path).zip(path.place())) {
        let mount = name_at(spec, "mount").unwrap_or_else(Value::unknown);
        let vault = VaultIdentity::hashicorp(None, Some(mount));
        out.entry_reads.push(entry_read(object, (vault, path), at.clone()));
    }
    let made = secret(object, object.own_scope(), name, place.clone(), keys);
    copies::read(&made, spec.at(&["destination", "annotations"]), out);
    out.secrets.push(made);
}
