//! Manifests that values hand to a chart which is not in sight: `extraObjects`, `extraDeploy`, the
//! `resources` of a chart for raw manifests, the `extraSecrets` of Airflow's.
//!
//! Invariant: only what says its version, its kind and its name is taken for an object, and only where
//! no switch beside it is off; but for Secrets that Airflow's chart makes of their data written as a text.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use sealine_model::Facts;
use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::{Tree, TreeEntry};
use sealine_source::Project;

use super::content::names_of_secrets;
use super::inventory::Inventory;
use super::nested;
use super::object::{Made, Object, is_object};
use super::tree::{map_at, text_at};
use crate::helm::merge;
use crate::manifest::{hide_values, note_entries};

/// Reads the values of a chart that is not in sight by the names people give such values; returns the
/// objects that stand there. They are delivered together with those in sight.
pub(crate) fn read_values(
    values: &[Tree],
    release: Option<&str>,
    scope: &Scope,
    consumer: &Consumer,
    sight: &Sight<'_>,
    facts: &mut Facts,
) -> Vec<Object> {
    let (values, objects) = split(values, release, sight.inventory.project);
    for values in &values {
        nested::read_values(values, release, scope, consumer, sight, facts);
        note_entries(values, scope, consumer, facts);
    }
    objects
}

/// What is in sight of values: the project, and the names that its Secrets have.
pub(crate) struct Sight<'a> {
    /// The project.
    pub(crate) inventory: &'a Inventory<'a>,
    /// The objects that are delivered together with what the values ask for.
    beside: &'a [Object],
    /// The names of further Secrets that somebody makes.
    made: Option<&'a BTreeSet<String>>,
    /// The names that a chart's own Secrets have, as its values name them to its dependencies; made
    /// when one is first asked for.
    own: OnceCell<BTreeSet<String>>,
}

impl<'a> Sight<'a> {
    /// Returns the sight of values that are delivered together with these objects.
    pub(crate) fn new(inventory: &'a Inventory<'a>, beside: &'a [Object]) -> Self {
        Self { inventory, beside, made: None, own: OnceCell::new() }
    }

    /// Adds the names of Secrets that somebody makes, as a chart that is rendered does.
    pub(crate) fn with(self, made: &'a BTreeSet<String>) -> Self {
        Self { made: Some(made), ..self }
    }

    /// Returns whether a Secret in sight has this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let own = || self.beside.iter().flat_map(|object| names_of_secrets(&object.tree)).collect();
        self.inventory.secret_names().contains(name)
            || self.made.is_some_and(|made| made.contains(name))
            || self.own.get_or_init(own).contains(name)
    }
}

/// Returns values without the objects that stand there, and the objects that are left where the later
/// values have overridden the earlier ones.
fn split(values: &[Tree], release: Option<&str>, project: &Project) -> (Vec<Tree>, Vec<Object>) {
    let mut merged = Tree::Null;
    merge(&mut merged, values.iter().filter(|values| matches!(values, Tree::Map(_))));
    let mut objects = Vec::new();
    take(&mut merged, project, &mut objects);
    if objects.is_empty() {
        return (values.to_vec(), Vec::new());
    }
    let without = |values: &Tree| {
        let mut values = values.clone();
        take(&mut values, project, &mut Vec::new());
        values
    };
    let objects = objects.into_iter().map(|mut tree| {
        nested::name_release_in(&mut tree, release);
        hide_values(&mut tree);
        Object::made(tree, Made::Written)
    });
    (values.iter().map(without).collect(), objects.collect())
}

/// Recurses no deeper than a tree may be.
fn take(tree: &mut Tree, project: &Project, objects: &mut Vec<Tree>) {
    match tree {
        Tree::Map(_) if is_named(tree) => objects.push(std::mem::replace(tree, Tree::Null)),
        Tree::Map(_) if is_off(tree) => {}
        Tree::Map(map) => {
            for entry in &mut map.entries {
                if entry.key == "extraSecrets"
                    && let Some(secrets) = secrets_of(&entry.value, project)
                {
                    objects.extend(secrets);
                    entry.value = Tree::Null;
                }
                take(&mut entry.value, project, objects);
            }
        }
        Tree::List(items) => items.iter_mut().for_each(|item| take(item, project, objects)),
        Tree::Scalar { value, place } => {
            let text = value.pattern();
            if !(text.contains("apiVersion:") && text.contains("kind:")) {
                return;
            }
            let (mut documents, whole) = nested::parse(value, place, project);
            if whole && !documents.is_empty() && documents.iter().all(holds_objects) {
                for document in &mut documents {
                    take(document, project, objects);
                }
                *tree = Tree::Null;
            }
        }
        Tree::Null | Tree::Unknown => {}
    }
}

/// Returns the Secrets that the official chart of Airflow makes of `extraSecrets`: their data is a text there,
/// which no other chart takes.
fn secrets_of(values: &Tree, project: &Project) -> Option<Vec<Tree>> {
    let secrets = values.entries().iter().map(|entry| secret_of(entry, project));
    secrets.collect::<Option<Vec<_>>>().filter(|secrets| !secrets.is_empty())
}

/// Returns one of them, with the keys of its data and without what they hold.
fn secret_of(entry: &TreeEntry, project: &Project) -> Option<Tree> {
    let place = &entry.place;
    let name = ("name".to_owned(), text_at(&entry.key, place));
    let mut secret = vec![
        ("apiVersion".to_owned(), text_at("v1", place)),
        ("kind".to_owned(), text_at("Secret", place)),
        ("metadata".to_owned(), map_at([name], place)),
    ];
    for field in ["data", "stringData"] {
        let text = match entry.value.get(field) {
            None | Some(Tree::Null) => continue,
            Some(Tree::Scalar { value, place }) => (value, place),
            Some(_) => return None,
        };
        let (documents, whole) = nested::parse(text.0, text.1, project);
        // A line that the chart renders may be any key.
        let is_plain = !text.0.pattern().lines().any(|line| line.trim_start().starts_with("{{"));
        let keys = match documents.as_slice() {
            [Tree::Map(map)] if whole && is_plain => {
                let keys = map.entries.iter().map(|key| (key.key.to_string(), Tree::Unknown));
                map_at(keys, text.1)
            }
            _ => Tree::Unknown,
        };
        secret.push((field.to_owned(), keys));
    }
    (secret.len() > 3).then(|| map_at(secret, place))
}

/// Whether a switch beside it says that what stands here is not wanted.
fn is_off(tree: &Tree) -> bool {
    let is = |key| tree.get(key).and_then(Tree::text).is_some_and(|text| text == "false");
    is("enabled") || is("create")
}

fn holds_objects(tree: &Tree) -> bool {
    is_named(tree) || tree.items().iter().any(is_named)
}

fn is_named(tree: &Tree) -> bool {
    is_object(tree) && matches!(tree.at(&["metadata", "name"]), Some(Tree::Scalar { .. }))
}
