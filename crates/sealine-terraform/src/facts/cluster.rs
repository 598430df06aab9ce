//! Objects of a cluster that Terraform makes: Secrets, other objects, manifests and Helm releases.
//!
//! Invariant: of a Secret only the keys are kept.

use std::borrow::Cow;

use sealine_model::Value;
use sealine_model::kubernetes::{Keys, Object, Scope, Secret, SecretOrigin, copied_to};
use sealine_model::object_kinds::{is_cluster_wide, kind_of_type};
use sealine_model::tree::{Embedded, EmbeddedContent, HelmRelease, Tree, TreeEntry, TreeMap};

use super::applications::{APPLICATION, application};
use super::azure_flux;
use super::tree::{ask_at, documents, tree};
use super::view::View;
use crate::data::{Data, Kind, Piece};

/// Resources that make a Secret.
pub(super) const SECRETS: &[&str] = &["kubernetes_secret", "kubernetes_secret_v1"];

/// The arguments that hold its values.
pub(super) const DATA: &[&str] = &["data", "data_wo", "binary_data", "binary_data_wo"];

/// Resources of the provider that change an object that something else owns.
const NO_OBJECTS: &[&str] = &[
    "kubernetes_annotations",
    "kubernetes_config_map_v1_data",
    "kubernetes_env",
    "kubernetes_labels",
    "kubernetes_manifest",
    "kubernetes_node_taint",
    "kubernetes_secret_v1_data",
    "kubernetes_token_request_v1",
];

/// What is found of a cluster.
#[derive(Default)]
pub(super) struct Found {
    pub(super) secrets: Vec<Secret>,
    pub(super) objects: Vec<Object>,
    pub(super) embedded: Vec<Embedded>,
}

/// Reads a resource of any kind.
pub(super) fn read(view: &View<'_, '_>, unit: &str, found: &mut Found) {
    if view.is_data() {
        return;
    }
    match view.config.kind {
        kind if SECRETS.contains(&kind) => {
            let made = secret(view);
            found.secrets.extend(copies(view).into_iter().map(|to| made.copy_in(to)));
            found.secrets.push(made);
        }
        "kubernetes_manifest" => {
            let manifest = view.given("manifest");
            let trees = documents(view.evaluator, &manifest, &view.place);
            manifests(view, unit, trees, found);
        }
        "kubectl_manifest" | "kubectl_server_version" => {
            let body = view.given("yaml_body");
            let trees = documents(view.evaluator, &body, &view.place);
            manifests(view, unit, trees, found);
        }
        APPLICATION => manifests(view, unit, vec![application(view)], found),
        "helm_release" => {
            let content = EmbeddedContent::Helm(Box::new(release(view)));
            found.embedded.push(embedded(view, unit, content));
        }
        _ => manifests(view, unit, azure_flux::objects(view).unwrap_or_default(), found),
    }
    found.objects.extend(object(view));
}

fn manifests(view: &View<'_, '_>, unit: &str, trees: Vec<Tree>, found: &mut Found) {
    for tree in trees {
        if matches!(tree, Tree::Map(_)) {
            found.embedded.push(embedded(view, unit, EmbeddedContent::Manifest(tree)));
        }
    }
}

fn embedded(view: &View<'_, '_>, unit: &str, content: EmbeddedContent) -> Embedded {
    Embedded {
        repo: view.instance.root_config().repository.name.clone(),
        unit: unit.to_owned(),
        address: view.address.clone(),
        place: view.place.clone(),
        content,
    }
}

/// Returns the name in `metadata`, or its generated form.
fn metadata_name(view: &View<'_, '_>) -> Value {
    let name = view.nested("metadata", "name");
    let prefix = view.nested("metadata", "generate_name");
    match (&name.kind, prefix.kind) {
        (Kind::Text(_), _) => view.evaluator.value(&name),
        (_, Kind::Text(mut text)) => {
            text.push(Piece::Hole);
            view.evaluator.value_of(&text)
        }
        _ => view.evaluator.value(&name),
    }
}

fn namespace(view: &View<'_, '_>) -> Value {
    let namespace = view.nested("metadata", "namespace");
    let is_missing = namespace.is_error() || namespace.is_null();
    if is_missing { Value::from("default") } else { view.evaluator.value(&namespace) }
}

fn secret(view: &View<'_, '_>) -> Secret {
    let mut keys = Keys::default();
    for argument in DATA {
        let Some(written) = view.config.declared.attribute(argument) else { continue };
        let data = view.given(argument);
        let fallback = view.evaluator.source(written.file);
        let fallback = fallback.map(|source| source.place(written.expression.range));
        match &data.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    let spot = entry.key_spot.or(entry.value.spot);
                    let place = spot.and_then(|spot| view.evaluator.place(spot));
                    let place = place.or_else(|| fallback.clone());
                    let place = place.unwrap_or_else(|| view.place.clone());
                    keys.known.push((entry.key.to_string(), place));
                }
                keys.open |= map.open || data.guess;
            }
            Kind::Null => {}
            _ => keys.open = true,
        }
    }
    let secret_type = view.given("type");
    keys.open |= secret_type.known_text().as_deref() == Some("kubernetes.io/service-account-token");
    Secret {
        scope: Scope::undelivered(namespace(view)),
        name: metadata_name(view),
        place: view.place.clone(),
        origin: SecretOrigin::Terraform,
        maker: view.address.clone(),
        keys,
        plaintext: false,
        read_by_controller: is_for_controller(view),
        asked: None,
        by: None,
        rendered: false,
    }
}

/// Returns the namespaces that a controller copies the Secret to.
fn copies(view: &View<'_, '_>) -> Vec<Value> {
    let annotations = view.nested("metadata", "annotations");
    let Some(annotations) = annotations.as_map() else { return Vec::new() };
    copied_to(|name| {
        let given =
            annotations.get(name).map(|entry| &entry.value).filter(|given| !given.is_null())?;
        Some(given.known_text().map_or_else(|| "*".to_owned(), Cow::into_owned))
    })
}

/// Returns whether a label says that Argo CD reads the Secret by itself.
fn is_for_controller(view: &View<'_, '_>) -> bool {
    let labels = view.nested("metadata", "labels");
    labels.as_map().is_some_and(|labels| labels.get("argocd.argoproj.io/secret-type").is_some())
}

/// Returns the object that a resource of the Kubernetes provider makes.
fn object(view: &View<'_, '_>) -> Option<Object> {
    let kind = view.config.kind.strip_prefix("kubernetes_")?;
    if NO_OBJECTS.contains(&view.config.kind) {
        return None;
    }
    let kind = kind_of_type(kind);
    let namespace = if is_cluster_wide(&kind) { Value::default() } else { namespace(view) };
    Some(Object {
        scope: Scope::undelivered(namespace),
        api_version: String::new(),
        kind,
        name: metadata_name(view),
        place: view.place.clone(),
        from_terraform: true,
        api_version_place: None,
        step: None,
    })
}

fn release(view: &View<'_, '_>) -> HelmRelease {
    let mut values = Vec::new();
    let given = view.given("values");
    match given.as_items() {
        Some(items) => {
            for item in &items.values {
                values.extend(documents(view.evaluator, item, &view.place));
            }
            if items.open {
                values.push(Tree::Unknown);
            }
        }
        None if !given.is_null() => values.push(Tree::Unknown),
        None => {}
    }
    values.extend(sets(view));
    let chart = view.value("chart");
    let chart_path = chart.text().and_then(|chart| chart_path(view, &chart));
    let namespace = view.given("namespace");
    HelmRelease {
        name: view.value("name"),
        name_place: view.expression_place("name").unwrap_or_else(|| view.place.clone()),
        namespace: if namespace.is_null() {
            Value::from("default")
        } else {
            view.evaluator.value(&namespace)
        },
        chart,
        repository: view.given_value("repository"),
        version: view.given_value("version"),
        chart_path,
        values,
    }
}

/// Returns the folder of a chart that stands beside the configuration.
fn chart_path(view: &View<'_, '_>, chart: &str) -> Option<String> {
    if !chart.starts_with('.') && !chart.contains('/') || chart.contains("://") {
        return None;
    }
    let root = view.instance.root_config();
    let folder = sealine_source::join(&root.folder, chart)?;
    let file = sealine_source::join(&folder, "Chart.yaml")?;
    root.repository.exists(&file).then_some(folder)
}

/// Returns what `set`, `set_list` and `set_sensitive` set, as one tree.
fn sets(view: &View<'_, '_>) -> Option<Tree> {
    let mut root = Tree::Map(TreeMap::default());
    let mut any = false;
    for (block, argument) in [("set", "value"), ("set_list", "value"), ("set_sensitive", "value")] {
        let data = view.data(block);
        // Newer versions of the provider take a list of objects, older ones blocks.
        let Some(items) = data.as_items().cloned() else { continue };
        for item in &items.values {
            let name = view.evaluator.get_attribute(item, "name");
            let Some(path) = name.known_text() else { continue };
            let value = view.evaluator.get_attribute(item, argument);
            let value = if block == "set_sensitive" { Data::unknown() } else { value };
            let mut leaf = tree(view.evaluator, &value, &view.place);
            if let Some(asked) = name.spot.and_then(|spot| view.evaluator.place(spot)) {
                ask_at(&mut leaf, &asked);
            }
            any = true;
            set(&mut root, &split_path(&path), leaf, &view.place, 0);
        }
    }
    any.then_some(root)
}

/// Takes a path of `--set` apart at its dots; `\.` is a dot in a key.
fn split_path(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        let Some(part) = parts.last_mut() else { break };
        match letter {
            '\\' => part.extend(letters.next()),
            '.' | '[' => {
                if !(letter == '[' && part.is_empty()) {
                    parts.push(String::new());
                }
            }
            ']' => {}
            letter => part.push(letter),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Puts a leaf at a path; a number in the path is an item of a list.
fn set(at: &mut Tree, path: &[String], leaf: Tree, place: &sealine_source::Place, depth: usize) {
    let Some((first, rest)) = path.split_first() else {
        *at = leaf;
        return;
    };
    if depth >= sealine_model::tree::MAX_DEPTH {
        return;
    }
    if let Ok(index) = first.parse::<usize>() {
        if !matches!(at, Tree::List(_)) {
            *at = Tree::List(Vec::new().into());
        }
        let Tree::List(items) = at else { return };
        if index > 64 {
            return;
        }
        while items.len() <= index {
            items.push(Tree::Null);
        }
        if let Some(item) = items.get_mut(index) {
            set(item, rest, leaf, place, depth + 1);
        }
        return;
    }
    if !matches!(at, Tree::Map(_)) {
        *at = Tree::Map(TreeMap::default());
    }
    let Tree::Map(map) = at else { return };
    let known = map.entries.iter().position(|entry| entry.key == *first);
    let index = known.unwrap_or_else(|| {
        let place = leaf.place().unwrap_or(place).clone();
        map.entries.push(TreeEntry { key: first.into(), place, value: Tree::Null });
        map.entries.len() - 1
    });
    if let Some(entry) = map.entries.get_mut(index) {
        set(&mut entry.value, rest, leaf, place, depth + 1);
    }
}
