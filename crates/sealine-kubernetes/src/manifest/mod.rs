//! Objects of a cluster, one at a time, read into facts.
//!
//! Invariant: an object is read the same way whether it stands in a YAML file, in the output of a
//! chart or in Terraform: all readers work on a [`Tree`].

mod convert;

use std::collections::BTreeMap;

use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};

pub use convert::from_yaml;

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
    /// the templates that stand there.
    pub config_maps: &'a BTreeMap<String, Tree>,
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
    let _ = (object, context, out);
    Understood::NotAnObject
}

/// Reads the Secrets that chart values name by convention, at any depth.
pub fn values_references(values: &Tree, scope: &Scope, consumer: &Consumer, out: &mut Facts) {
    let _ = (values, scope, consumer, out);
}
