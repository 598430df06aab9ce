//! Names that follow: where an object was renamed, the fields that Kustomize knows to name it are
//! renamed with it.
//!
//! Invariant: a reference only follows an object of the same build and namespace, and no field
//! that the real tool leaves alone is touched: custom kinds keep what they say.

use std::collections::HashMap;

use sealine_model::Value;
use sealine_model::tree::Tree;

use crate::delivery::object::{Object, value_at};

/// A field that names an object.
struct Field {
    /// The kind of the object that is named.
    names: &'static str,
    /// The kinds whose objects have the field.
    kinds: &'static [&'static str],
    /// The way to the field; lists on the way mean each of their items.
    path: &'static str,
}

const POD_SPECS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

const POD_FIELDS: &[(&str, &str)] = &[
    ("Secret", "volumes/secret/secretName"),
    ("Secret", "volumes/projected/sources/secret/name"),
    ("Secret", "containers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "initContainers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "containers/envFrom/secretRef/name"),
    ("Secret", "initContainers/envFrom/secretRef/name"),
    ("Secret", "imagePullSecrets/name"),
    ("ConfigMap", "volumes/configMap/name"),
    ("ConfigMap", "volumes/projected/sources/configMap/name"),
    ("ConfigMap", "containers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "initContainers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "containers/envFrom/configMapRef/name"),
    ("ConfigMap", "initContainers/envFrom/configMapRef/name"),
    ("ServiceAccount", "serviceAccountName"),
];

const FIELDS: &[Field] = &[
    Field { names: "Secret", kinds: &["Ingress"], path: "spec/tls/secretName" },
    Field {
        names: "Secret",
        kinds: &["Ingress"],
        path: "metadata/annotations/ingress.kubernetes.io~auth-secret",
    },
    Field {
        names: "Secret",
        kinds: &["Ingress"],
        path: "metadata/annotations/nginx.ingress.kubernetes.io~auth-secret",
    },
    Field {
        names: "Secret",
        kinds: &["Ingress"],
        path: "metadata/annotations/nginx.ingress.kubernetes.io~auth-tls-secret",
    },
    Field { names: "Secret", kinds: &["ServiceAccount"], path: "imagePullSecrets/name" },
    Field { names: "Secret", kinds: &["StorageClass"], path: "parameters/secretName" },
    Field { names: "Secret", kinds: &["StorageClass"], path: "parameters/adminSecretName" },
    Field { names: "Secret", kinds: &["StorageClass"], path: "parameters/userSecretName" },
    Field { names: "Secret", kinds: &["StorageClass"], path: "parameters/secretRef" },
    Field { names: "Secret", kinds: &["PersistentVolume"], path: "spec/azureFile/secretName" },
    Field { names: "Secret", kinds: &["Role", "ClusterRole"], path: "rules/resourceNames" },
];

/// A renamed object: where it is, and where it came through.
struct Renamed {
    namespace: String,
    name: Value,
    layers: Vec<u32>,
}

/// Renames in all objects what refers to a renamed object.
pub(super) fn follow(objects: &mut [Object]) {
    let mut renamed: HashMap<(&'static str, String), Vec<Renamed>> = HashMap::new();
    for object in objects.iter() {
        let kind = object.kind();
        let Some(kind) =
            ["Secret", "ConfigMap", "ServiceAccount"].iter().find(|known| **known == kind)
        else {
            continue;
        };
        let Some(value) = value_at(&object.tree, &["metadata", "name"]) else { continue };
        let current = value.text().unwrap_or_default();
        let mut names: Vec<&String> = object.former.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| **name != current) {
            let entry = Renamed {
                namespace: object.namespace(),
                name: value.clone(),
                layers: object.layers.clone(),
            };
            renamed.entry((kind, name.clone())).or_default().push(entry);
        }
    }
    if renamed.is_empty() {
        return;
    }
    for object in objects {
        let (kind, namespace) = (object.kind(), object.namespace());
        let layers = std::mem::take(&mut object.layers);
        let follow_field = |tree: &mut Tree, names: &'static str, path: &str| {
            visit(tree, &path.split('/').collect::<Vec<_>>(), &mut |value| {
                let Some(name) = value.text() else { return };
                let Some(candidates) = renamed.get(&(names, name)) else { return };
                if let Some(found) = best(candidates, &namespace, &layers) {
                    *value = found.clone();
                }
            });
        };
        for (_, spec) in POD_SPECS.iter().filter(|(known, _)| *known == kind) {
            for (names, path) in POD_FIELDS {
                follow_field(&mut object.tree, names, &format!("{spec}/{path}"));
            }
        }
        for field in FIELDS.iter().filter(|field| field.kinds.contains(&kind.as_str())) {
            follow_field(&mut object.tree, field.names, field.path);
        }
        object.layers = layers;
    }
}

/// Returns the new name: of the only object in the namespace, else of the one that shares the most
/// outer layers with the referrer, if that is one.
fn best<'a>(candidates: &'a [Renamed], namespace: &str, layers: &[u32]) -> Option<&'a Value> {
    let shared = |candidate: &&Renamed| {
        let pairs = candidate.layers.iter().rev().zip(layers.iter().rev());
        pairs.take_while(|(one, two)| one == two).count()
    };
    let near: Vec<&Renamed> =
        candidates.iter().filter(|candidate| candidate.namespace == namespace).collect();
    let most = near.iter().map(shared).max()?;
    let mut closest = near.iter().filter(|candidate| shared(candidate) == most);
    let first = closest.next()?;
    closest.all(|other| other.name == first.name).then_some(&first.name)
}

/// Calls `change` on each scalar that the path leads to; `~` in a part stands for `/`.
fn visit(tree: &mut Tree, path: &[&str], change: &mut impl FnMut(&mut Value)) {
    match (tree, path) {
        (Tree::List(items), path) => items.iter_mut().for_each(|item| visit(item, path, change)),
        (Tree::Scalar { value, .. }, []) => change(value),
        (Tree::Map(map), [key, rest @ ..]) => {
            let key = key.replace('~', "/");
            for entry in map.entries.iter_mut().filter(|entry| entry.key == key) {
                visit(&mut entry.value, rest, change);
            }
        }
        _ => {}
    }
}
