//! The steps that rename: `namespace`, `namePrefix`, `nameSuffix`.
//!
//! Invariant: a changed name keeps the place of each of its parts: the prefix stands in the
//! kustomization, the rest in the manifest.

use sealine_model::Value;
use sealine_model::tree::Tree;

use super::file::Kustomization;
use crate::delivery::object::{Made, Object, value_at};
use crate::delivery::tree::{at_mut, set};

/// Puts all objects of the layer in its namespace.
pub(super) fn set_namespace(kustomization: &Kustomization, objects: &mut [Object]) {
    let Some(namespace) = &kustomization.namespace else { return };
    let tree = Tree::Scalar { value: namespace.value.clone(), place: namespace.place.clone() };
    for object in objects {
        // Helm has already decided where its objects stand.
        if object.made == Made::Rendered {
            continue;
        }
        let path: &[&str] = if object.kind() == "Namespace" && object.group().is_empty() {
            &["metadata", "name"]
        } else {
            // For a kind without namespaces this is noise that its reader passes over.
            &["metadata", "namespace"]
        };
        object.remember();
        set(&mut object.tree, path, tree.clone(), &namespace.place);
    }
}

/// Adds prefix and suffix to the names of the layer's objects.
pub(super) fn add_affixes(kustomization: &Kustomization, objects: &mut [Object]) {
    let (prefix, suffix) = (&kustomization.name_prefix, &kustomization.name_suffix);
    if prefix.is_none() && suffix.is_none() {
        return;
    }
    let value = |item: &Option<super::Item>| {
        item.as_ref().map_or_else(Value::default, |item| item.value.clone())
    };
    let (prefix, suffix) = (value(prefix), value(suffix));
    for object in objects {
        if !is_renamed(object) {
            continue;
        }
        let Some(name) = value_at(&object.tree, &["metadata", "name"]) else { continue };
        object.remember();
        let whole = prefix.clone().concat(name).concat(suffix.clone());
        if let Some(Tree::Scalar { value, .. }) = at_mut(&mut object.tree, &["metadata", "name"]) {
            *value = whole;
        }
    }
}

/// Kustomize leaves the names of these kinds alone.
fn is_renamed(object: &Object) -> bool {
    !matches!(
        (object.kind().as_str(), object.group().as_str()),
        ("CustomResourceDefinition", "apiextensions.k8s.io")
            | ("APIService", "apiregistration.k8s.io")
            | ("Namespace", "")
    )
}
