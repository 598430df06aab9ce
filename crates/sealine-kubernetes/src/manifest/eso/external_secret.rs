//! `ExternalSecret` and `ClusterExternalSecret`: which entries are read, and what is made of them.

use std::sync::Arc;

use sealine_model::kubernetes::{
    ExternalSecret, GeneratorReference, Keys, RemoteRead, Scope, Secret, SecretOrigin,
    StoreReference, Written,
};
use sealine_model::tree::{Tree, TreeEntry};
use sealine_model::{Certainty, Facts, Value, asked};
use sealine_source::Place;

use super::{namespaces, store_reference, target};
use crate::manifest::copies;
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::object::Object;
use crate::manifest::reads::Reader;

/// Reads an `ExternalSecret`.
pub(super) fn read(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    one(object, spec, object.scope.clone(), &object.name.clone(), out);
}

/// Reads a `ClusterExternalSecret`: one `ExternalSecret` in each namespace.
pub(super) fn read_cluster_wide(object: &Object<'_>, out: &mut Facts) {
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let inner = spec.get("externalSecretSpec").unwrap_or(&Tree::Null);
    let name = name_at(spec, "externalSecretName").unwrap_or_else(|| object.name.clone());
    for namespace in namespaces::of_cluster_wide(spec, "namespaceSelectors") {
        one(object, inner, object.scope_in(namespace), &name, out);
    }
}

fn one(object: &Object<'_>, spec: &Tree, scope: Scope, name: &Value, out: &mut Facts) {
    let (reads, open_keys) = remote_reads(spec);
    let sources = target::Sources { reads: &reads, open: open_keys };
    let reader = Reader {
        scope: scope.clone(),
        consumer: object.consumer(),
        certainty: Certainty::Exact,
        always: None,
    };
    let target = target::read(object, spec, name, &sources, &reader, out);
    let external = ExternalSecret {
        scope,
        kind: object.kind.clone(),
        version: object.version.clone(),
        name: name.clone(),
        asked: object.asked(),
        place: object.place.clone(),
        store: spec.get("secretStoreRef").and_then(store_reference),
        reads,
        open_keys,
        generators: generators(spec),
        finds: finds(spec),
        guesses: guesses(spec),
        refreshes: refreshes(spec),
        target,
        allowed: object.allowed(),
        written: object.context.for_rendering.then(|| Arc::new(written(object, spec))),
    };
    // Without a template the Secret has the annotations of its ExternalSecret.
    let annotations = match spec.at(&["target", "template"]) {
        Some(template) if !matches!(template, Tree::Null) => {
            template.at(&["metadata", "annotations"])
        }
        _ => own_metadata(object).and_then(|metadata| metadata.get("annotations")),
    };
    if let Some(annotations) = annotations {
        copied(object, &external, annotations, out);
    }
    out.external_secrets.push(external);
}

/// Returns the metadata of the `ExternalSecret` that the object is, or brings.
fn own_metadata<'a>(object: &Object<'a>) -> Option<&'a Tree> {
    if object.kind == "ExternalSecret" {
        object.tree.get("metadata")
    } else {
        object.tree.at(&["spec", "externalSecretMetadata"])
    }
}

/// Returns what rendering needs: the trees themselves, and the `ConfigMap`s that the template names.
fn written(object: &Object<'_>, spec: &Tree) -> Written {
    let named = spec.at(&["target", "template", "templateFrom"]).map(Tree::items);
    let named = named.unwrap_or_default().iter();
    let config_maps = named.filter_map(|item| {
        let name = text_at(item, &["configMap", "name"])?;
        let data = object.context.config_maps.get(&name)?.clone();
        Some((name, data))
    });
    Written {
        metadata: own_metadata(object).cloned().unwrap_or(Tree::Null),
        spec: spec.clone(),
        config_maps: config_maps.collect(),
    }
}

fn generators(spec: &Tree) -> Vec<GeneratorReference> {
    let items = spec.get("dataFrom").map(Tree::items).unwrap_or_default().iter();
    let references = items.filter_map(|item| {
        let reference = item.at(&["sourceRef", "generatorRef"])?;
        let name = name_at(reference, "name").unwrap_or_else(Value::unknown);
        Some(GeneratorReference { kind: text_at(reference, &["kind"])?, name })
    });
    references.collect()
}

/// Returns the stores in which entries are looked for by their names or tags.
fn finds(spec: &Tree) -> Vec<StoreReference> {
    let items = spec.get("dataFrom").map(Tree::items).unwrap_or_default().iter();
    let looks = items.filter(|item| item.get("find").is_some());
    let own = |item: &Tree| item.at(&["sourceRef", "storeRef"]).and_then(store_reference);
    let of_all = || spec.get("secretStoreRef").and_then(store_reference);
    looks.filter_map(|item| own(item).or_else(of_all)).collect()
}

/// Returns what is decoded by guess, and where that is said.
fn guesses(spec: &Tree) -> Vec<(String, Place)> {
    let items = |list: &str| spec.get(list).map(Tree::items).unwrap_or_default();
    let named = items("data").iter().filter_map(|item| {
        let key = item.get("secretKey").and_then(Tree::text).unwrap_or_default();
        Some((format!("`{key}`"), item.get("remoteRef")?))
    });
    let from = items("dataFrom").iter().flat_map(|item| {
        [("each field", item.get("extract")), ("whatever is found", item.get("find"))]
    });
    let from = from.filter_map(|(what, reference)| Some((what.to_owned(), reference?)));
    let guessed = named.chain(from).filter_map(|(what, reference)| {
        let strategy = reference.get("decodingStrategy")?;
        (strategy.text()? == "Auto").then_some((what, strategy.place()?.clone()))
    });
    guessed.collect()
}

/// Returns whether the operator fetches again and again.
fn refreshes(spec: &Tree) -> bool {
    let policy = text_at(spec, &["refreshPolicy"]);
    let interval = text_at(spec, &["refreshInterval"]).unwrap_or_else(|| "1h".to_owned());
    // `0`, `0s`, `0h0m0s`: a known interval without any digit but zero.
    let once = interval.contains('0') && !interval.contains(|c: char| matches!(c, '1'..='9'));
    policy.as_deref().is_none_or(|policy| policy == "Periodic") && !once
}

/// Notes the copies of the Secret that its annotations ask for.
fn copied(object: &Object<'_>, external: &ExternalSecret, annotations: &Tree, out: &mut Facts) {
    let made = Secret {
        scope: external.scope.clone(),
        name: external.target.name.clone(),
        place: external.target.place.clone(),
        origin: SecretOrigin::Controller,
        maker: object.label(),
        keys: Keys { known: external.target.keys.known.clone(), open: external.target.keys.open },
        plaintext: false,
        read_by_controller: false,
        asked: None,
        by: None,
        rendered: object.context.rendered,
    };
    copies::read(&made, Some(annotations), out);
}

/// Returns the reads of `data` and `dataFrom`, and whether the latter brings keys that cannot be
/// told.
fn remote_reads(spec: &Tree) -> (Vec<RemoteRead>, bool) {
    let mut reads = Vec::new();
    let mut open = matches!(spec.get("data"), Some(Tree::Unknown))
        || matches!(spec, Tree::Unknown)
        || matches!(spec, Tree::Map(map) if map.open);
    for item in spec.get("data").map(Tree::items).unwrap_or_default() {
        let read = item.get("remoteRef").and_then(|reference| remote_read(item, reference, false));
        let named = read.as_ref().is_some_and(|read| read.secret_key.is_some());
        open |= !named;
        reads.extend(read);
    }
    let from = spec.get("dataFrom");
    let items = from.map(Tree::items).unwrap_or_default();
    open |= !items.is_empty() || matches!(from, Some(Tree::Unknown));
    for item in items {
        // In v1alpha1 the item itself was the reference.
        let old = item.get("key").map(|_| item);
        if let Some(reference) = item.get("extract").or(old) {
            reads.extend(remote_read(item, reference, true));
        }
    }
    reads.shrink_to_fit();
    (reads, open)
}

fn remote_read(item: &Tree, reference: &Tree, extract: bool) -> Option<RemoteRead> {
    let TreeEntry { place: at, value: scalar, .. } = reference.entry("key")?;
    let key = name_of(scalar)?;
    let located = |tree: &Tree| Some((tree.text()?, tree.place()?.clone()));
    Some(RemoteRead {
        secret_key: item.get("secretKey").filter(|_| !extract).and_then(located),
        asked: asked(at, scalar.place()?),
        place: scalar.place()?.clone(),
        editable: key.single_place().is_some(),
        key,
        property: reference
            .get("property")
            .and_then(located)
            .filter(|(property, _)| !property.is_empty()),
        version: text_at(reference, &["version"]),
        store: item.at(&["sourceRef", "storeRef"]).and_then(store_reference),
        extract,
    })
}
