//! Operators of others that copy what HashiCorp Vault holds: ricoberger's Vault Secrets Operator, and
//! Red Hat's Vault Config Operator.
//!
//! ```yaml
//! apiVersion: ricoberger.de/v1alpha1
//! kind: VaultSecret
//! metadata: {name: db}
//! spec: {path: kv/apps/db, keys: [user, password]}
//! ---
//! apiVersion: ricoberger.de/v1alpha1
//! kind: VaultSecret
//! metadata: {name: all}
//! spec: {path: kv/apps/all}
//! ---
//! apiVersion: redhatcop.redhat.io/v1alpha1
//! kind: VaultSecret
//! metadata: {name: web}
//! spec:
//!   vaultSecretDefinitions: [{name: cookie, path: kv/apps/web}]
//!   output: {name: web-env, stringData: {COOKIE: '{{ .cookie.value }}'}}
//! ```
//!
//! ```text
//! VaultSecret db makes db in ns [user password] at 3
//! VaultSecret all makes all in ns [*] at 8
//! VaultSecret web makes web-env in ns [COOKIE] at 16
//! VaultSecret db reads entry apps/db of hashicorp/kv
//! VaultSecret all reads entry apps/all of hashicorp/kv
//! VaultSecret web reads entry apps/web of hashicorp/kv
//! ```

use sealine_model::kubernetes::Keys;
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};

use super::Kind;
use crate::manifest::makes::{entry_read, keys_of_map, secret};
use crate::manifest::names::name_of;
use crate::manifest::object::Object;
use crate::manifest::vault_path::kept_entry;

pub(super) static KIND: Kind =
    Kind::new(&["ricoberger.de", "redhatcop.redhat.io"], &[]).with(copies);

fn copies(object: &Object<'_>, out: &mut Facts) {
    let Some(spec) = object.tree.get("spec").filter(|_| object.kind == "VaultSecret") else {
        return;
    };
    if object.group == "ricoberger.de" {
        of_one_path(object, spec, out);
    } else {
        composed(object, spec, out);
    }
}

/// ricoberger's: one path, whose first part is the mount, to a Secret of the same name.
fn of_one_path(object: &Object<'_>, spec: &Tree, out: &mut Facts) {
    let items = spec.get("keys").map(Tree::items).unwrap_or_default();
    let known: Vec<_> =
        items.iter().filter_map(|key| Some((key.text()?, key.place()?.clone()))).collect();
    let templates = keys_of_map(spec.get("templates"));
    let open = templates.open || (templates.known.is_empty() && known.len() < items.len().max(1));
    let known = if templates.known.is_empty() { known } else { templates.known };
    let (name, place) = (object.name.clone(), object.place.clone());
    let path = spec.get("path");
    if let Some((path, at)) = path.and_then(|path| name_of(path).zip(path.place()))
        && let Some(entry) = kept_entry(&path)
    {
        out.entry_reads.push(entry_read(object, entry, at.clone()));
    }
    out.secrets.push(secret(object, object.own_scope(), name, place, Keys { known, open }));
}

/// Red Hat's: templates over several paths.
fn composed(object: &Object<'_>, spec: &Tree, out: &mut Facts) {
    let Some(output) = spec.get("output") else { return };
    let Some(scalar) = output.get("name") else { return };
    let Some((name, place)) = name_of(scalar).zip(scalar.place()) else { return };
    for definition in spec.get("vaultSecretDefinitions").map(Tree::items).unwrap_or_default() {
        let Some((text, place)) = definition.get("path").and_then(|it| it.text().zip(it.place()))
        else {
            continue;
        };
        let entry = kept_entry(&Value::from(text.trim_start_matches('/')));
        let read = |entry| entry_read(object, entry, place.clone());
        out.entry_reads.extend(entry.map(read));
    }
    let keys = keys_of_map(output.get("stringData"));
    out.secrets.push(secret(object, object.own_scope(), name, place.clone(), keys));
}
