//! `SecretStore` and `ClusterSecretStore`: which vault they mean, who may use them, and the Secrets
//! with their own credentials.

use sealine_model::kubernetes::{AllowedNamespaces, Store, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::{namespaces, vault};
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

/// Reads a store.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let cluster_wide = object.kind == "ClusterSecretStore";
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let provider = spec.get("provider").unwrap_or(&Tree::Null);
    out.stores.push(Store {
        scope: object.scope.clone(),
        name: object.name.clone(),
        cluster_wide,
        vault: vault::of_provider(provider),
        key_prefix: text_at(provider, &["aws", "prefix"]).unwrap_or_default(),
        allowed_namespaces: spec
            .get("conditions")
            .filter(|_| cluster_wide)
            .and_then(|conditions| allowed(object, conditions)),
        place: object.place.clone(),
        asked: object.asked(),
    });
    let reader = Reader::of(object, Certainty::Exact);
    credentials("", provider, &reader, cluster_wide, out);
}

fn allowed(object: &Object<'_>, conditions: &Tree) -> Option<AllowedNamespaces> {
    let mut allowed = AllowedNamespaces::default();
    for condition in conditions.items() {
        let names = condition.get("namespaces").map(Tree::items).unwrap_or_default();
        for name in names.iter().filter_map(|item| item.place().and_then(|_| name_of(item))) {
            // A name that is not known may be any.
            match name.text() {
                Some(name) => allowed.names.push(name),
                None => allowed.by_selector = true,
            }
        }
        let expressions = condition.get("namespaceRegexes").map(Tree::items).unwrap_or_default();
        for expression in expressions {
            match expression.text() {
                Some(text) => allowed.expressions.push(text),
                None => allowed.by_selector = true,
            }
        }
        let Some(selector) = condition.get("namespaceSelector") else { continue };
        let selected = namespaces::selected(selector)
            .and_then(|names| names.iter().map(Value::text).collect::<Option<Vec<String>>>());
        match selected {
            Some(names) => allowed.names.extend(names),
            None => allowed.by_selector = true,
        }
    }
    allowed.by_selector |= matches!(conditions, Tree::Unknown);
    let place = first_place(conditions).unwrap_or(&object.place);
    allowed.place = Some(place.clone());
    let restricts =
        allowed.by_selector || !allowed.names.is_empty() || !allowed.expressions.is_empty();
    restricts.then_some(allowed)
}

/// Returns the place of the first word of a tree.
fn first_place(tree: &Tree) -> Option<&sealine_source::Place> {
    match tree {
        Tree::Map(map) => map.entries.first().map(|entry| &entry.place),
        Tree::List(items) => items.first().and_then(first_place),
        other => other.place(),
    }
}

/// Notes the references to Secrets anywhere in a provider: maps with a name and a key, and those
/// under a field that says so. Recurses no deeper than a tree may be.
fn credentials(field: &str, tree: &Tree, reader: &Reader, cluster_wide: bool, out: &mut Facts) {
    for item in tree.items() {
        credentials(field, item, reader, cluster_wide, out);
    }
    let says_so = field.to_ascii_lowercase().ends_with("secretref");
    let named = tree.get("name").is_some_and(|name| name_of(name).is_some());
    let is_config_map = text_at(tree, &["type"]).as_deref() == Some("ConfigMap");
    if named && !is_config_map && (says_so || tree.get("key").is_some()) {
        if let Some(mut read) = Read::of_map(tree, "name", "key", UseKind::Bootstrap) {
            // Without a namespace a cluster-wide store looks in that of the one who asks.
            read.namespace = name_at(tree, "namespace").filter(|_| cluster_wide);
            note(reader, read, out);
        }
        return;
    }
    for entry in tree.entries() {
        credentials(&entry.key, &entry.value, reader, cluster_wide, out);
    }
}
