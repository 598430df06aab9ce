//! The kinds of External Secrets Operator.

mod external_secret;
mod namespaces;
mod push_secret;
mod store;
mod target;
mod vault;

use sealine_model::kubernetes::StoreReference;
use sealine_model::tree::{Tree, TreeEntry};
use sealine_model::{Facts, asked};

use super::names::{name_at, text_at};
use super::object::Object;

/// Reads an object of the group `external-secrets.io`.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    match object.kind.as_str() {
        "ExternalSecret" => external_secret::read(object, out),
        "ClusterExternalSecret" => external_secret::read_cluster_wide(object, out),
        "SecretStore" | "ClusterSecretStore" => store::read(object, out),
        "PushSecret" => push_secret::read(object, out),
        "ClusterPushSecret" => push_secret::read_cluster_wide(object, out),
        _ => {}
    }
}

/// Returns the store that a `storeRef` names.
fn store_reference(reference: &Tree) -> Option<StoreReference> {
    let TreeEntry { place: at, value, .. } = reference.entry("name")?;
    let place = value.place()?.clone();
    Some(StoreReference {
        name: name_at(reference, "name")?,
        cluster_wide: text_at(reference, &["kind"]).as_deref() == Some("ClusterSecretStore"),
        asked: asked(at, &place),
        place,
    })
}

#[cfg(test)]
mod tests;
