//! `PushSecret` and `ClusterPushSecret`: Secrets that are copied into a vault.

use sealine_model::kubernetes::{Consumer, Push, Scope, StoreReference, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::{namespaces, store_reference};
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

/// Reads a `PushSecret`.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    one(object, spec, &object.scope, &object.name, out);
}

/// Reads a `ClusterPushSecret`: one `PushSecret` in each namespace.
pub(super) fn read_cluster_wide(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let inner = spec.get("pushSecretSpec").unwrap_or(&Tree::Null);
    let name = name_at(spec, "pushSecretName").unwrap_or_else(|| object.name.clone());
    for namespace in namespaces::of_cluster_wide(spec, "namespaceSelectors") {
        one(object, inner, &object.scope_in(namespace), &name, out);
    }
}

fn one(object: &Object<'_>, spec: &Tree, scope: &Scope, name: &Value, out: &mut Facts) {
    let stores: Vec<StoreReference> = spec
        .get("secretStoreRefs")
        .map(Tree::items)
        .unwrap_or_default()
        .iter()
        .map(|reference| store_reference(reference).unwrap_or_else(|| selected(object, reference)))
        .collect();
    let selector = spec.at(&["selector", "secret", "name"]);
    let secret = selector.and_then(name_of).unwrap_or_else(Value::unknown);
    let deletion_policy = text_at(spec, &["deletionPolicy"]).unwrap_or_else(|| "None".to_owned());
    // With a template the keys are those that it writes.
    let keeps_keys = spec.get("template").is_none();
    let reader = Reader {
        scope: scope.clone(),
        // That of a cluster makes one of these.
        consumer: Consumer {
            kind: "PushSecret".to_owned(),
            name: name.clone(),
            ..object.consumer()
        },
        certainty: Certainty::Exact,
        always: None,
    };
    let push = |remote_key, property, place| Push {
        scope: scope.clone(),
        name: name.clone(),
        stores: stores.clone(),
        remote_key,
        property,
        secret: secret.clone(),
        deletion_policy: deletion_policy.clone(),
        place,
    };
    let mut keys = Vec::new();
    for item in spec.get("data").map(Tree::items).unwrap_or_default() {
        let remote = item.at(&["match", "remoteRef"]);
        let scalar = remote.and_then(|remote| remote.get("remoteKey"));
        let place = scalar.and_then(Tree::place).unwrap_or(&object.place).clone();
        let key = scalar.and_then(name_of).unwrap_or_else(Value::unknown);
        let property = remote.and_then(|remote| text_at(remote, &["property"]));
        out.pushes.push(push(key, property, place));
        keys.extend(item.at(&["match", "secretKey"]).filter(|_| keeps_keys));
    }
    if spec.get("dataTo").is_some_and(|to| !to.items().is_empty()) {
        out.pushes.push(push(Value::unknown(), None, object.place.clone()));
    }
    let Some(name) = selector else { return };
    if keys.is_empty() {
        note(&reader, Read::new(name, UseKind::Copy), out);
    }
    for key in keys {
        note(&reader, Read { key: Some(key), ..Read::new(name, UseKind::Copy) }, out);
    }
}

/// A store that labels select.
fn selected(object: &Object<'_>, reference: &Tree) -> StoreReference {
    StoreReference {
        name: Value::unknown(),
        cluster_wide: text_at(reference, &["kind"]).as_deref() == Some("ClusterSecretStore"),
        place: object.place.clone(),
        asked: None,
    }
}
