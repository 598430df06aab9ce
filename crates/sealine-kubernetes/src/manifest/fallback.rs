//! Guesses for kinds that no family lists: what looks like a reference to a Secret.
//!
//! Invariant: a guess is marked as one ([`UseKind::Probable`]); it is never the source of an error.

use sealine_model::kubernetes::{Keys, Secret, SecretOrigin, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::makes::secret;
use super::names::{is_object_name, name_at, name_of};
use super::object::Object;
use super::pod;
use super::reads::{Read, Reader, note};
use crate::kinds;

/// Groups whose kinds are read wholly, or name no Secrets: those of Kubernetes itself.
const KNOWN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "metrics.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Members that stand beside the name and key of a reference.
const BESIDE: &[&str] = &["name", "key", "optional", "namespace", "kind", "apiVersion", "group"];

/// Notes what looks like references in an object of an unknown kind.
pub(super) fn read(object: &Object<'_>, reader: Reader, out: &mut Facts) {
    let group = object.group.as_str();
    if KNOWN_GROUPS.contains(&group) {
        return;
    }
    let reader =
        Reader { certainty: Certainty::Assumed, always: Some(UseKind::Probable), ..reader };
    let before = out.uses.len();
    for entry in object.tree.entries() {
        if !matches!(entry.key.as_str(), "metadata" | "status" | "kind" | "apiVersion") {
            walk(&entry.key, &entry.value, &reader, out);
        }
    }
    // What a family says that it makes, it does not read.
    let label = object.label();
    let own = out.secrets.iter().rev().take_while(|made| made.maker == label);
    let made: Vec<&Value> = own.map(|made| &made.name).collect();
    let read = out.uses.split_off(before);
    out.uses.extend(read.into_iter().filter(|read| !made.contains(&&read.secret)));
    connection_secret(object, out);
    namesake(object, out);
    written(object, out);
}

/// What says how the Secret is to be that stands beside its name: who only reads it has nothing to
/// say of that.
const SHAPED: &[&str] = &[
    "secretAnnotations",
    "secretKeys",
    "secretLabels",
    "secretNamespace",
    "secretTemplate",
    "secretType",
];

/// Operators that write a Secret are told its name and more (`secretName: db`, `secretNamespace: app`).
fn written(object: &Object<'_>, out: &mut Facts) {
    let Some(spec) = object.tree.get("spec") else { return };
    let is_known = kinds::of_group(&object.group).next().is_some();
    if is_known || SHAPED.iter().all(|field| spec.get(field).is_none()) {
        return;
    }
    let Some((name, place)) =
        spec.get("secretName").and_then(|name| name_of(name).zip(name.place()))
    else {
        return;
    };
    let scope = name_at(spec, "secretNamespace")
        .map_or_else(|| object.own_scope(), |namespace| object.scope_in(namespace));
    let made = secret(object, scope, name, place.clone(), Keys::unknown());
    // It may be read just as well, so that it satisfies a reader, and no more.
    out.secrets.push(Secret { origin: SecretOrigin::Guessed, read_by_controller: true, ..made });
}

/// Objects of operators that copy a Secret are called `…Secret`, and so, most often, is what they make.
fn namesake(object: &Object<'_>, out: &mut Facts) {
    let is_known = kinds::of_group(&object.group).next().is_some();
    if is_known || !object.kind.ends_with("Secret") {
        return;
    }
    let (scope, name, place) = (object.own_scope(), object.name.clone(), object.place.clone());
    let made = secret(object, scope, name, place, Keys::unknown());
    // Nobody knows that it is there, so nobody may miss its reader.
    let (origin, read_by_controller) = (SecretOrigin::Guessed, true);
    out.secrets.push(Secret { origin, read_by_controller, ..made });
}

/// Managed resources and claims of Crossplane are of any group.
fn connection_secret(object: &Object<'_>, out: &mut Facts) {
    let Some(reference) = object.tree.at(&["spec", "writeConnectionSecretToRef"]) else { return };
    let Some(name) = name_at(reference, "name") else { return };
    let Some(place) = reference.get("name").and_then(Tree::place).cloned() else { return };
    let scope = name_at(reference, "namespace")
        .map_or_else(|| object.own_scope(), |namespace| object.scope_in(namespace));
    out.secrets.push(secret(object, scope, name, place, Keys::unknown()));
}

/// Recurses no deeper than a tree may be.
fn walk(field: &str, tree: &Tree, reader: &Reader, out: &mut Facts) {
    match tree {
        Tree::Map(map) => {
            if is_pod_spec(tree) {
                pod::spec(tree, reader, out);
                return;
            }
            if is_reference(field, tree) {
                if let Some(mut read) = Read::of_map(tree, "name", "key", UseKind::Probable) {
                    read.namespace = name_at(tree, "namespace");
                    note(reader, read, out);
                }
                return;
            }
            // A connection Secret is made, not read.
            let others =
                map.entries.iter().filter(|entry| entry.key != "writeConnectionSecretToRef");
            for entry in others {
                walk(&entry.key, &entry.value, reader, out);
            }
        }
        Tree::List(items) => items.iter().for_each(|item| walk(field, item, reader, out)),
        Tree::Scalar { .. } if is_name_field(field) && holds_name(tree) => {
            note(reader, Read::new(tree, UseKind::Probable), out);
        }
        _ => {}
    }
}

fn is_pod_spec(tree: &Tree) -> bool {
    let items = tree.get("containers").map(Tree::items).unwrap_or_default();
    items.iter().any(|item| item.get("name").is_some() && item.get("image").is_some())
}

/// A map with a name and perhaps a key that says itself, or whose field says, that it is about a
/// Secret.
fn is_reference(field: &str, tree: &Tree) -> bool {
    let field = field.to_ascii_lowercase();
    let about = ["secret", "password", "token", "credential", "apikey"];
    // A reference may name several keys: `{name: db-app, uriKey: uri}`.
    let is_beside = |key: &str| BESIDE.contains(&key) || key.ends_with("Key");
    let small = tree.entries().iter().all(|entry| is_beside(&entry.key));
    let has_key = tree.get("key").is_some();
    let by_field = about.iter().any(|word| field.contains(word))
        && (has_key || field.ends_with("secretref") || field == "secret");
    // The key of what is no Secret is that of a `ConfigMap`.
    let by_key = has_key && field.ends_with("ref") && !field.contains("configmap");
    let is_secret = match tree.get("kind").and_then(Tree::text) {
        Some(kind) => kind == "Secret",
        None => by_field || by_key,
    };
    small && is_secret && tree.get("name").is_some_and(holds_name)
}

/// A field whose text is the name of a Secret.
fn is_name_field(field: &str) -> bool {
    field.ends_with("SecretName")
        || field == "secretName"
        || matches!(field, "secretRef" | "envFromSecret" | "envFromSecrets")
        || field.ends_with("SecretRef")
        || field.starts_with("existingSecret")
        || (field.ends_with("Secret") && field.len() > "Secret".len())
        || is_snake_field(field)
}

/// Whether a field is one of an operator that writes names with low lines: `admin_password_secret`. Two
/// words, such as `client_secret`, may be what holds the secret itself.
fn is_snake_field(field: &str) -> bool {
    let head = field.strip_suffix("_secret");
    field.ends_with("_secret_name") || head.is_some_and(|head| head.contains('_'))
}

fn holds_name(tree: &Tree) -> bool {
    name_of(tree).is_some_and(|name| match name.text() {
        Some(text) => is_object_name(&text) && !matches!(text.as_str(), "true" | "false"),
        None => !name.is_unknown(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::facts_of;

    #[test]
    fn guesses_are_marked_as_such() {
        expect![[r#"
            Widget w makes w-conn in ns [*] at 16
            Widget w makes tls in ns [*] at 8 for a controller
            CopiedSecret copied makes copied in ns [*] at 22 for a controller
            Database d makes d-login in app [*] at 28 for a controller
            Widget w reads db in ns at 6 (probable, assumed)
            Widget w reads db[password] in ns at 7 (probable, assumed)
            Widget w reads tls in ns at 8 (probable, assumed)
            Widget w reads params in ns at 9 (probable, assumed)
            Widget w reads origin[key] in ns at 10 (probable, assumed)
            Widget w reads app-db in ns at 12 (probable, assumed)
            Widget w/main reads app in ns at 14 (probable, assumed)
            Widget w reads hub-admin in ns at 15 (probable, assumed)
            Widget w reads hub-tls in ns at 15 (probable, assumed)
            Widget w reads listed in ns at 18 (probable, assumed)
            Database d reads d-login in ns at 28 (probable, assumed)
        "#]]
        .assert_eq(&facts_of(
            "
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec:
  clientSecretRef: {name: db}
  auth: {passwordSecret: {name: db, key: password}, useSecret: true}
  secretName: tls
  parametersRef: {group: '', kind: Secret, name: params}
  auth2: {serviceKeyRef: {name: origin, key: key}, configMapRef: {name: x, key: y}}
  issuerRef: {name: x, kind: Issuer}
  connectionSecretRef: {name: app-db, uriKey: uri}
  template:
    containers: [{name: main, image: x, envFrom: [{secretRef: {name: app}}]}]
  hub: {admin_password_secret: hub-admin, tls_secret_name: hub-tls, client_secret: hunter2}
  writeConnectionSecretToRef: {name: w-conn}
  secretTemplate: {name: x, labels: {}}
  envFromSecrets: [listed]
---
apiVersion: example.com/v1
kind: CopiedSecret
metadata: {name: copied}
spec: {from: somewhere}
---
apiVersion: example.com/v1
kind: Database
metadata: {name: d}
spec: {secretName: d-login, secretNamespace: app, secretKeys: {user: login}}
",
        ));
    }
}
