//! An object on its way to a cluster, as build steps see and change it.
//!
//! Invariant: an object always knows the document it began as, however often it was changed.

use sealine_model::Value;
use sealine_model::tree::Tree;

use super::inventory::DocumentId;
use super::tree::first_place;
use crate::kustomize::Trail;

/// One object of a build.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// What it says by now.
    pub(crate) tree: Tree,
    /// The document it was read from; `None` for what a generator or a chart made.
    pub(crate) document: Option<DocumentId>,
    /// How it came to be.
    pub(crate) made: Made,
    /// What a build of a kustomization remembers of it.
    pub(crate) trail: Trail,
}

/// How an object came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// It stands in a manifest.
    Written,
    /// A chart rendered it.
    Rendered,
    /// It stands in Terraform.
    Terraform,
    /// A generator of a kustomization made it.
    Generated,
    /// It is not in sight: a patch says a part of it.
    Patched,
}

impl Object {
    /// Returns the object that a document holds.
    pub(crate) fn written(tree: Tree, document: DocumentId) -> Self {
        Self { document: Some(document), ..Self::made(tree, Made::Written) }
    }

    /// Returns an object that stands in no document.
    pub(crate) fn made(tree: Tree, made: Made) -> Self {
        Self { tree, document: None, made, trail: Trail::default() }
    }

    /// Returns its kind; empty when it is not known.
    pub(crate) fn kind(&self) -> String {
        kind(&self.tree)
    }

    /// Returns the group of its `apiVersion`; empty for the core group.
    pub(crate) fn group(&self) -> String {
        group(&self.tree)
    }

    /// Returns its name, when that is known.
    pub(crate) fn name(&self) -> Option<String> {
        self.tree.at(&["metadata", "name"]).and_then(Tree::text)
    }

    /// Returns whether it has or ever had this name.
    pub(crate) fn is_or_was_named(&self, name: &str) -> bool {
        self.name().as_deref() == Some(name) || self.trail.names().any(|former| former == name)
    }
}

/// Kinds of which a patch alone says which Secrets they read.
const WORKLOADS: &[&str] =
    &["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "Rollout", "StatefulSet"];

/// Returns whether a tree is a workload or a patch of one.
pub(crate) fn is_workload(tree: &Tree) -> bool {
    WORKLOADS.contains(&kind(tree).as_str())
}

/// Returns the kind of an object; empty when it is not known.
pub(crate) fn kind(tree: &Tree) -> String {
    tree.get("kind").and_then(Tree::text).unwrap_or_default()
}

/// Returns the group of an object's `apiVersion`; empty for the core group.
pub(crate) fn group(tree: &Tree) -> String {
    let api_version = tree.get("apiVersion").and_then(Tree::text).unwrap_or_default();
    api_version.split_once('/').map_or(String::new(), |(group, _)| group.to_owned())
}

/// Returns whether a tree says what kind of object it is.
pub(crate) fn is_object(tree: &Tree) -> bool {
    let is_scalar = |key| matches!(tree.get(key), Some(Tree::Scalar { .. }));
    is_scalar("kind") && is_scalar("apiVersion")
}

/// Returns the value that stands under `path`, or an unknown one.
pub(crate) fn value_at(tree: &Tree, path: &[&str]) -> Option<Value> {
    match tree.at(path)? {
        Tree::Scalar { value, .. } => Some(value.clone()),
        Tree::Unknown => Some(Value::unknown()),
        _ => None,
    }
}

/// Returns the place of an object: of its name, else of its first key.
pub(crate) fn place_of(tree: &Tree) -> Option<&sealine_source::Place> {
    tree.at(&["metadata", "name"]).and_then(Tree::place).or_else(|| first_place(tree))
}
