//! What Terraform tells the Flux of Azure to bring, as the objects that Azure makes of it: one source, and a
//! `Kustomization` for each that is listed, named after the configuration and itself.
//!
//! Invariant: an argument that is not understood is left unknown; it is never taken as absent.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::tree::{documents, tree};
use super::view::View;

/// The resources of Azure's own provider.
const CONFIGURATIONS: &[&str] =
    &["azurerm_arc_kubernetes_flux_configuration", "azurerm_kubernetes_flux_configuration"];

/// The resource that makes any object of Azure's interface.
const ANY: &str = "azapi_resource";

/// What `type` begins with where that object is such a configuration.
const TYPE: &str = "microsoft.kubernetesconfiguration/fluxconfigurations@";

/// Sources: how Azure's provider and its interface call them, and their kind.
const SOURCES: &[(&str, &str, &str)] = &[
    ("git_repository", "gitRepository", "GitRepository"),
    ("oci_repository", "ociRepository", "OCIRepository"),
    ("bucket", "bucket", "Bucket"),
    ("blob_storage", "azureBlob", "Bucket"),
];

/// Returns the objects that a resource makes, when it is a configuration of Flux.
pub(super) fn objects(view: &View<'_, '_>) -> Option<Vec<Tree>> {
    if CONFIGURATIONS.contains(&view.config.kind) {
        return Some(of_provider(view));
    }
    if view.config.kind != ANY {
        return None;
    }
    let told = view.data("type").known_text()?.to_ascii_lowercase();
    if told.starts_with(TYPE) { of_interface(view) } else { None }
}

/// Returns what a resource of Azure's own provider makes.
fn of_provider(view: &View<'_, '_>) -> Vec<Tree> {
    let read = |name: &str| tree(view.evaluator, &view.data(name), &view.place);
    let source = SOURCES.iter().find_map(|(block, _, kind)| {
        let block = read(block);
        Some((*kind, block.items().first()?.clone()))
    });
    let listed = read("kustomizations");
    let kustomizations = listed.items().iter().map(|block| {
        let post_build = block.get("post_build").and_then(|list| list.items().first());
        Told {
            name: value(block, "name"),
            path: block.get("path").cloned(),
            post_build: post_build.map(|block| with_manifest_words(block, &view.place)),
            prune: block.get("garbage_collection_enabled").cloned(),
            wait: block.get("wait").cloned(),
            depends_on: block.get("depends_on").cloned(),
        }
    });
    let (name, namespace) = (view.value("name"), read("namespace"));
    let configuration = Configuration { name, namespace, source, place: view.place.clone() };
    configuration.objects(kustomizations)
}

/// Returns what an object of Azure's interface makes, as its body tells.
fn of_interface(view: &View<'_, '_>) -> Option<Vec<Tree>> {
    let body = documents(view.evaluator, &view.data("body"), &view.place).into_iter().next()?;
    let properties = body.get("properties")?;
    let source = SOURCES.iter().find_map(|(_, field, kind)| {
        let field = properties.get(field).filter(|field| !matches!(field, Tree::Null))?;
        Some((*kind, field.clone()))
    });
    let kustomizations = properties.get("kustomizations").map(Tree::entries).unwrap_or_default();
    let kustomizations = kustomizations.iter().map(|entry| Told {
        name: Value::known(entry.key.as_str(), Some(entry.place.clone())),
        path: entry.value.get("path").cloned(),
        post_build: entry.value.get("postBuild").cloned(),
        prune: entry.value.get("prune").cloned(),
        wait: entry.value.get("wait").cloned(),
        depends_on: entry.value.get("dependsOn").cloned(),
    });
    let namespace = properties.get("namespace").cloned().unwrap_or(Tree::Null);
    let name = view.value("name");
    let configuration = Configuration { name, namespace, source, place: view.place.clone() };
    Some(configuration.objects(kustomizations))
}

struct Configuration {
    name: Value,
    namespace: Tree,
    source: Option<(&'static str, Tree)>,
    place: Place,
}

/// A kustomization as the configuration tells it.
struct Told {
    name: Value,
    path: Option<Tree>,
    post_build: Option<Tree>,
    prune: Option<Tree>,
    wait: Option<Tree>,
    depends_on: Option<Tree>,
}

impl Configuration {
    fn objects(&self, kustomizations: impl Iterator<Item = Told>) -> Vec<Tree> {
        let source = self.source.as_ref().map(|(kind, told)| {
            let url = told.get("url").cloned().unwrap_or(Tree::Unknown);
            let spec = self.map(vec![("url", url)]);
            let name = self.scalar(self.name.clone());
            self.object("source.toolkit.fluxcd.io/v1", kind, name, spec)
        });
        let made = kustomizations.map(|told| self.kustomization(&told));
        source.into_iter().chain(made).collect()
    }

    fn kustomization(&self, told: &Told) -> Tree {
        let reference = match &self.source {
            Some((kind, _)) => self.map(vec![
                ("kind", self.scalar(Value::known(*kind, None))),
                ("name", self.scalar(self.name.clone())),
            ]),
            None => Tree::Unknown,
        };
        let depends_on = told.depends_on.as_ref().map(|list| {
            let named = |item: &Tree| match item {
                Tree::Scalar { value, place } => {
                    let name = Tree::Scalar { value: self.named(value), place: place.clone() };
                    self.map(vec![("name", name)])
                }
                _ => Tree::Unknown,
            };
            Tree::List(list.items().iter().map(named).collect())
        });
        let top = || self.scalar(Value::from("."));
        let mut spec = vec![
            (
                "path",
                told.path.clone().filter(|path| !matches!(path, Tree::Null)).unwrap_or_else(top),
            ),
            ("sourceRef", reference),
        ];
        let others = [
            ("postBuild", told.post_build.clone()),
            ("prune", told.prune.clone()),
            ("wait", told.wait.clone()),
            ("dependsOn", depends_on),
        ];
        spec.extend(others.into_iter().filter_map(|(key, field)| Some((key, field?))));
        let name = self.scalar(self.named(&told.name));
        self.object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, self.map(spec))
    }

    /// Returns the name that Azure gives a kustomization.
    fn named(&self, name: &Value) -> Value {
        self.name.clone().concat(Value::from("-")).concat(name.clone())
    }

    fn object(&self, version: &str, kind: &str, name: Tree, spec: Tree) -> Tree {
        let metadata = self.map(vec![("name", name), ("namespace", self.namespace.clone())]);
        self.map(vec![
            ("apiVersion", self.scalar(Value::known(version, None))),
            ("kind", self.scalar(Value::known(kind, None))),
            ("metadata", metadata),
            ("spec", spec),
        ])
    }

    fn scalar(&self, value: Value) -> Tree {
        Tree::Scalar { value, place: self.place.clone() }
    }

    fn map(&self, fields: Vec<(&str, Tree)>) -> Tree {
        map(fields, &self.place)
    }
}

fn map(fields: Vec<(&str, Tree)>, fallback: &Place) -> Tree {
    let entries = fields.into_iter().map(|(key, value)| TreeEntry {
        key: key.into(),
        place: value.place().unwrap_or(fallback).clone(),
        value,
    });
    Tree::Map(TreeMap { entries: entries.collect(), open: false })
}

/// Returns what follows the build, as a manifest calls it.
fn with_manifest_words(block: &Tree, place: &Place) -> Tree {
    let field = |name: &str| block.get(name).filter(|field| !matches!(field, Tree::Null)).cloned();
    let fields =
        [("substitute", field("substitute")), ("substituteFrom", field("substitute_from"))];
    map(fields.into_iter().filter_map(|(key, field)| Some((key, field?))).collect(), place)
}

fn value(block: &Tree, name: &str) -> Value {
    match block.get(name) {
        Some(Tree::Scalar { value, .. }) => value.clone(),
        _ => Value::unknown(),
    }
}
