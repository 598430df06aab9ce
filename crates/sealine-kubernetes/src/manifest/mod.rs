//! Objects of a cluster, one at a time, read into facts.
//!
//! Invariant: an object is read the same way whether it stands in a YAML file, in the output of a
//! chart or in Terraform: all readers work on a [`Tree`].

mod certificates;
mod convert;
pub(crate) mod copies;
mod drift;
mod eso;
mod extent;
mod fallback;
mod in_clear;
pub(crate) mod makes;
pub(crate) mod names;
pub(crate) mod object;
mod own_secrets;
mod plain;
pub(crate) mod pod;
pub(crate) mod prow;
mod public_files;
pub(crate) mod reads;
pub(crate) mod secret;
mod value_entries;
mod value_fields;
mod values;
pub(crate) mod vault_path;
mod writers;

use std::collections::{BTreeMap, HashMap, HashSet};

use sealine_model::kubernetes::{Allowed, Consumer, Scope, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Note, Value};

use crate::kinds;
use object::Object;
use reads::Reader;

pub use convert::from_yaml;
pub(crate) use convert::{hide_values, nested};
pub(crate) use in_clear::is_variable;
pub(crate) use value_entries::note_entries;
pub use values::values_references;

/// How deep lists of lists of objects may be.
const MAX_LISTS: usize = 8;

/// What an object cannot say of itself: who brings it to which namespace.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The delivery, and the namespace that an object gets that names none.
    pub scope: Scope,
    /// The namespace that replaces whatever a namespaced object names (`namespace:` of a
    /// kustomization, `targetNamespace` of Flux).
    pub override_namespace: Option<Value>,
    /// Whether the object is the rendered output of a chart.
    pub rendered: bool,
    /// Whether Terraform declares the object.
    pub from_terraform: bool,
    /// The `data` of the `ConfigMap`s that are delivered together with the object, by name, for
    /// the templates that stand there; see [`config_map`].
    pub config_maps: &'a BTreeMap<String, Tree>,
    /// Whether the facts are to hold what rendering an `ExternalSecret` needs.
    pub for_rendering: bool,
}

/// How much of a document was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Understood {
    /// It is no object of a cluster.
    NotAnObject,
    /// It was read.
    Yes,
    /// It is an object, but what it is cannot be told.
    No,
}

/// Reads one object into facts; a `List` into those of its items.
pub fn read_object(object: &Tree, context: &Context<'_>, out: &mut Facts) -> Understood {
    read_at(object, context, MAX_LISTS, out)
}

/// Returns the name and `data` of a `ConfigMap`.
pub fn config_map(object: &Tree) -> Option<(String, Tree)> {
    let is_map = object.get("kind").and_then(Tree::text).as_deref() == Some("ConfigMap");
    let name = names::text_at(object, &["metadata", "name"]).filter(|_| is_map)?;
    Some((name, object.get("data")?.clone()))
}

fn read_at(tree: &Tree, context: &Context<'_>, lists: usize, out: &mut Facts) -> Understood {
    if tree.get("kind").is_none() || tree.get("apiVersion").is_none() {
        return Understood::NotAnObject;
    }
    let Some(object) = Object::new(tree, context) else {
        if let Some(place) = tree.get("kind").and_then(Tree::place).cloned() {
            let message = "the kind of this object is not known".to_owned();
            out.notes.push(Note { place, message });
        }
        return Understood::No;
    };
    if let Some(items) = tree.get("items").filter(|_| object.kind.ends_with("List")) {
        let Some(below) = lists.checked_sub(1) else { return Understood::No };
        let all = items.items().iter().map(|item| read_at(item, context, below, out));
        let known = all.filter(|item| *item == Understood::No).count() == 0;
        return if known { Understood::Yes } else { Understood::No };
    }
    if object.group == "kustomize.config.k8s.io" {
        return Understood::NotAnObject;
    }
    note_object(&object, out);
    let before = out.uses.len();
    drift::read(&object, out);
    read_kind(&object, out);
    keep_first_uses(before, out);
    Understood::Yes
}

fn note_object(object: &Object<'_>, out: &mut Facts) {
    out.objects.push(sealine_model::kubernetes::Object {
        scope: object.scope.clone(),
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        name: object.name.clone(),
        place: object.place.clone(),
        from_terraform: object.context.from_terraform,
        api_version_place: object
            .tree
            .get("apiVersion")
            .and_then(Tree::value)
            .and_then(Value::single_place)
            .cloned(),
        step: object.step(),
    });
    let Some(place) = object.annotation("sealine.dev/allow").and_then(Tree::place) else { return };
    out.allowed.extend(object.allowed().into_iter().map(|(rule, reason)| Allowed {
        object: object.extent(),
        place: place.clone(),
        rule,
        reason,
    }));
}

fn read_kind(object: &Object<'_>, out: &mut Facts) {
    match (object.group.as_str(), object.kind.as_str()) {
        ("", "Secret") => return secret::read(object, out),
        ("external-secrets.io", _) => return eso::read(object, out),
        ("rbac.authorization.k8s.io", "Role") => return writers::read(object, out),
        _ => {}
    }
    let reader = Reader::of(object, Certainty::Exact);
    if object.group.is_empty() && object.kind == "ConfigMap" {
        plain::config_map(object, &reader, out);
        kinds::spark_options(object, out);
    }
    let mut complete = false;
    for family in kinds::of_group(&object.group) {
        for field in family.fields.iter().filter(|field| field.is_of(&object.kind)) {
            field.read(object, &reader, out);
        }
        if let Some(read) = family.read {
            read(object, out);
        }
        complete |= family.complete;
    }
    if !complete {
        fallback::read(object, reader, out);
    }
}

/// Keeps the first of several uses of the same words, and of those the one that says most: a field
/// adds nothing to an environment variable, nor a guess to either.
fn keep_first_uses(from: usize, out: &mut Facts) {
    let rank = |kind: &UseKind| match kind {
        UseKind::Probable => 0,
        UseKind::Field => 1,
        _ => 2,
    };
    let new = out.uses.split_off(from);
    let mut best = HashMap::new();
    for read in &new {
        let most = best.entry(read.place.start).or_insert(0);
        *most = rank(&read.kind).max(*most);
    }
    let mut seen = HashSet::new();
    out.uses.extend(new.into_iter().filter(|read| {
        let key = read.key.as_ref().map(|(key, place)| (key.pattern(), place.start));
        let part = read.consumer.part.clone();
        best.get(&read.place.start) == Some(&rank(&read.kind))
            && seen.insert((read.place.clone(), read.secret.pattern(), part, key))
    }));
}

/// Returns a reader that stands for `consumer`, whose references are read by convention.
fn assumed_reader(scope: &Scope, consumer: &Consumer) -> Reader {
    Reader {
        scope: scope.clone(),
        consumer: consumer.clone(),
        certainty: Certainty::Assumed,
        always: None,
    }
}

#[cfg(test)]
mod tests;
