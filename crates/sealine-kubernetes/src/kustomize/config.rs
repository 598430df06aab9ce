//! Which fields the steps of a build change: the tables of the real tool with what
//! `configurations` and `crds` add to them.
//!
//! Invariant: a layer's steps see what its bases added, and not the other way round.

use std::sync::{Arc, OnceLock};

use sealine_model::tree::Tree;

use super::fields::Field;
use super::identity::TypeName;
use super::tables;

/// The fields that a build changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) name_prefix: Vec<Field>,
    pub(super) name_suffix: Vec<Field>,
    pub(super) namespace: Vec<Field>,
    pub(super) common_labels: Vec<Field>,
    pub(super) labels: Vec<Field>,
    pub(super) template_labels: Vec<Field>,
    pub(super) common_annotations: Vec<Field>,
    pub(super) references: Vec<Referrers>,
    pub(super) variables: Vec<Field>,
}

/// The fields that name objects of a type.
#[derive(Clone, Debug)]
pub(super) struct Referrers {
    /// The type of the objects that are named.
    pub(super) to: TypeName,
    /// The fields that name them.
    pub(super) fields: Vec<Field>,
}

impl Config {
    /// Returns what the real tool knows by itself.
    pub(super) fn builtin() -> Arc<Self> {
        static BUILTIN: OnceLock<Arc<Config>> = OnceLock::new();
        Arc::clone(BUILTIN.get_or_init(|| Arc::new(tables::builtin())))
    }

    /// Reads a file of `configurations`.
    pub(super) fn read(tree: &Tree) -> Self {
        let fields = |key| {
            let items = tree.get(key).map(Tree::items).unwrap_or_default();
            items.iter().filter_map(Field::read).collect::<Vec<_>>()
        };
        let references = tree.get("nameReference").map(Tree::items).unwrap_or_default();
        let references = references.iter().map(|entry| Referrers {
            to: TypeName::selector(entry),
            fields: {
                let items = entry.get("fieldSpecs").map(Tree::items).unwrap_or_default();
                items.iter().filter_map(Field::read).collect()
            },
        });
        Self {
            name_prefix: fields("namePrefix"),
            name_suffix: fields("nameSuffix"),
            namespace: fields("namespace"),
            common_labels: fields("commonLabels"),
            labels: fields("labels"),
            template_labels: fields("templateLabels"),
            common_annotations: fields("commonAnnotations"),
            references: references.collect(),
            variables: fields("varReference"),
        }
    }

    /// Adds what is not there yet.
    pub(super) fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.name_prefix, &other.name_prefix),
            (&mut self.name_suffix, &other.name_suffix),
            (&mut self.namespace, &other.namespace),
            (&mut self.common_labels, &other.common_labels),
            (&mut self.labels, &other.labels),
            (&mut self.template_labels, &other.template_labels),
            (&mut self.common_annotations, &other.common_annotations),
            (&mut self.variables, &other.variables),
        ];
        for (own, more) in pairs {
            Field::merge(own, more.iter().cloned());
        }
        for more in &other.references {
            match self.references.iter_mut().find(|own| own.to == more.to) {
                Some(own) => Field::merge(&mut own.fields, more.fields.iter().cloned()),
                None => self.references.push(more.clone()),
            }
        }
        self.references.sort_by_cached_key(|referrers| order(&referrers.to));
    }
}

/// Kinds whose references are followed first, in this order.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Returns what references are sorted by.
fn order(of: &TypeName) -> (usize, TypeName) {
    let rank = FIRST.iter().position(|kind| *kind == of.kind).unwrap_or(FIRST.len());
    (rank, of.clone())
}

/// Reads a file of `crds`: definitions of types, whose fields say by extensions what they name.
pub(super) fn read_definitions(tree: &Tree) -> Config {
    let mut config = Config::default();
    for definition in tree.entries() {
        let Some(properties) = properties(&definition.value) else { continue };
        let is_object =
            ["kind", "apiVersion", "metadata"].iter().all(|key| properties.get(key).is_some());
        if is_object {
            let kind = definition.key.rsplit('.').next().unwrap_or_default();
            let of = TypeName { kind: kind.to_owned(), ..TypeName::default() };
            read_type(tree, &of, &definition.key, &mut Vec::new(), &mut config);
        }
    }
    config
}

/// How deep definitions may refer to one another.
const MAX_DEPTH: usize = 12;
/// How many fields definitions may name.
const MAX_FIELDS: usize = 2_000;

fn properties(definition: &Tree) -> Option<&Tree> {
    let schema = definition.get("Schema").or_else(|| definition.get("schema"))?;
    schema.get("properties")
}

fn read_type(tree: &Tree, of: &TypeName, name: &str, path: &mut Vec<String>, config: &mut Config) {
    let known = config.references.iter().map(|referrers| referrers.fields.len()).sum::<usize>();
    if path.len() >= MAX_DEPTH || known > MAX_FIELDS {
        return;
    }
    let Some(properties) = tree.get(name).and_then(properties) else { return };
    for property in properties.entries() {
        let text = |key: &str| property.value.get(key).and_then(Tree::text);
        path.push(property.key.to_string());
        let field = |path: &[String]| Field { of: of.clone(), path: path.to_vec(), create: false };
        if text("x-kubernetes-annotation").is_some() {
            config.common_annotations.push(field(path));
        }
        if text("x-kubernetes-label-selector").is_some() {
            config.common_labels.push(field(path));
        }
        if text("x-kubernetes-identity").is_some() {
            config.name_prefix.push(field(path));
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or_else(|| "name".to_owned());
            let mut named = field(path);
            named.path.push(key);
            let to = TypeName { group: String::new(), version, kind };
            config.merge(&Config {
                references: vec![Referrers { to, fields: vec![named] }],
                ..Config::default()
            });
        }
        if let Some(other) = text("$ref") {
            read_type(tree, of, &other, path, config);
        }
        path.pop();
    }
}
