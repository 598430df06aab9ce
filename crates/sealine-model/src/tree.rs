//! Objects that stand in another language: manifests and chart values written as HCL objects, or as
//! YAML inside a string.
//!
//! Invariant: each scalar and key has the place a person edits, however often it was passed on. A
//! walk over a tree needs no limit of its own: no tree is deeper than [`MAX_DEPTH`], but for the little
//! that layers of charts add. Who puts one tree into another asks [`Tree::fits`]. A clone of a tree
//! shares what is below it until one of the two is changed.

use compact_str::CompactString;
use sealine_source::Place;

use crate::{Shared, Value};

/// How deep a [`Tree`] may be; makers put [`Tree::Unknown`] below.
pub const MAX_DEPTH: usize = 64;

/// A tree like those of YAML and JSON, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A string, number or bool, as text; what is not known of it are the value's holes.
    Scalar {
        /// The text. Literal pieces know where they stand.
        value: Value,
        /// Where the expression or YAML scalar stands.
        place: Place,
    },
    /// A list.
    List(Shared<Tree>),
    /// A map.
    Map(TreeMap),
    /// Nothing: `null`.
    Null,
    /// Of which nothing is known.
    Unknown,
}

/// The entries of a [`Tree::Map`], in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeMap {
    /// The entries.
    pub entries: Shared<TreeEntry>,
    /// Whether there may be others (`merge(var.unknown, {...})`).
    pub open: bool,
}

/// One key with its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// The key.
    pub key: CompactString,
    /// Where the key stands.
    pub place: Place,
    /// What it holds.
    pub value: Tree,
}

impl Tree {
    /// Returns the entries of a map; nothing for other trees.
    pub fn entries(&self) -> &[TreeEntry] {
        match self {
            Self::Map(map) => &map.entries,
            _ => &[],
        }
    }

    /// Returns the items of a list; nothing for other trees.
    pub fn items(&self) -> &[Tree] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the entry of `key`, the last one that stands there.
    pub fn entry(&self, key: &str) -> Option<&TreeEntry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// Returns what stands under `key`.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the tree that the keys of `path` lead to.
    pub fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// Returns the value of a scalar.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the place of a scalar.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Scalar { place, .. } => Some(place),
            _ => None,
        }
    }

    /// Returns whether the tree has at most `depth` levels and at most as many nodes as are `left`, of
    /// which it takes its own.
    ///
    /// Copies within a tree share what they copy, so that a few steps make more nodes than can be walked.
    pub fn fits(&self, depth: usize, left: &mut usize) -> bool {
        let (Some(below), Some(others)) = (depth.checked_sub(1), left.checked_sub(1)) else {
            return false;
        };
        *left = others;
        match self {
            Self::List(items) => items.iter().all(|item| item.fits(below, left)),
            Self::Map(map) => map.entries.iter().all(|entry| entry.value.fits(below, left)),
            Self::Scalar { .. } | Self::Null | Self::Unknown => true,
        }
    }

    /// Returns the text of a scalar that is wholly known.
    pub fn text(&self) -> Option<String> {
        self.value().and_then(Value::text)
    }
}

/// An object of a cluster, or chart values, that stands in Terraform.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The repository.
    pub repo: String,
    /// The unit of the facts it belongs to, see [`crate::Facts::unit`].
    pub unit: String,
    /// The Terraform address with its instance keys.
    pub address: String,
    /// The head of the resource block.
    pub place: Place,
    /// What stands there.
    pub content: EmbeddedContent,
}

/// What an [`Embedded`] holds.
#[derive(Clone, Debug)]
pub enum EmbeddedContent {
    /// A manifest: `kubernetes_manifest`, `kubectl_manifest`, `argocd_application`.
    Manifest(Tree),
    /// A Helm release.
    Helm(Box<HelmRelease>),
}

/// A `helm_release` resource.
#[derive(Clone, Debug)]
pub struct HelmRelease {
    /// The release name.
    pub name: Value,
    /// Where the name is written.
    pub name_place: Place,
    /// The namespace; known and `default` when none is given.
    pub namespace: Value,
    /// The chart: a name, an `oci://` address or a path.
    pub chart: Value,
    /// The chart repository, when one is given.
    pub repository: Option<Value>,
    /// The chart's version, when one is given.
    pub version: Option<Value>,
    /// The chart's path in the repository, when `chart` leads to a folder of it.
    pub chart_path: Option<String>,
    /// The value documents in the order in which they override each other: `values`, then `set`,
    /// `set_list` and `set_sensitive` as one tree.
    pub values: Vec<Tree>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_source::FileName;

    use super::*;

    #[test]
    fn the_last_entry_of_a_key_counts() {
        let place =
            Place { file: Arc::new(FileName::new("r", "f")), start: 0, end: 0, line: 1, column: 1 };
        let entry = |key: &str, text: &str| TreeEntry {
            key: key.into(),
            place: place.clone(),
            value: Tree::Scalar { value: Value::from(text), place: place.clone() },
        };
        let tree = Tree::Map(TreeMap {
            entries: vec![entry("a", "1"), entry("b", "2"), entry("a", "3")].into(),
            open: false,
        });
        assert_eq!(tree.get("a").and_then(Tree::text).as_deref(), Some("3"));
        assert_eq!(tree.at(&["b", "c"]), None);
        assert!(tree.items().is_empty());
    }

    #[test]
    fn a_tree_fits_by_its_levels_and_its_nodes() {
        let list = |items: Vec<Tree>| Tree::List(items.into());
        let tree = list(vec![list(vec![Tree::Null, Tree::Null]), Tree::Null]);
        for (depth, nodes, expected) in
            [(3, 5, true), (2, 5, false), (3, 4, false), (0, 9, false), (9, 0, false)]
        {
            let mut left = nodes;
            assert_eq!(tree.fits(depth, &mut left), expected, "{depth} {nodes}");
            assert!(!expected || left == 0);
        }
    }
}
