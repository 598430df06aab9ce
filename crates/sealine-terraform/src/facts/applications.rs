//! Applications of Argo CD that Terraform makes with the provider of Argo CD, as the manifests that they are.
//!
//! Invariant: what people name themselves (labels, values, parameters) keeps its name; the provider's own
//! words become those of the manifest.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::tree::tree;
use super::view::View;

/// The resource that makes an `Application`.
pub(super) const APPLICATION: &str = "argocd_application";

/// Blocks that may stand more than once, with the list that they are in a manifest.
const REPEATED: &[(&str, &str)] = &[
    ("env", "env"),
    ("ext_var", "extVars"),
    ("file_parameter", "fileParameters"),
    ("ignore_difference", "ignoreDifferences"),
    ("info", "info"),
    ("parameter", "parameters"),
    ("source", "sources"),
    ("tla", "tlas"),
];

/// Arguments whose maps have keys of people's own.
const OWN_KEYS: &[&str] =
    &["annotations", "common_annotations", "common_labels", "labels", "values"];

/// Words that a manifest writes in another way than letter by letter.
const WORDS: &[(&str, &str)] = &[("repo_url", "repoURL"), ("skip_crds", "skipCRDs")];

/// Returns the `Application` that a resource makes.
pub(super) fn application(view: &View<'_, '_>) -> Tree {
    let text =
        |value: &str| Tree::Scalar { value: Value::known(value, None), place: view.place.clone() };
    let block = |name: &str| {
        let mut block = tree(view.evaluator, &view.data(name), &view.place);
        rename(&mut block);
        first(block)
    };
    let fields = [
        ("apiVersion", text("argoproj.io/v1alpha1")),
        ("kind", text("Application")),
        ("metadata", block("metadata")),
        ("spec", block("spec")),
    ];
    let entries = fields.map(|(key, value)| entry(key, &view.place, value));
    Tree::Map(TreeMap { entries: Vec::from(entries).into(), open: false })
}

fn entry(key: &str, place: &Place, value: Tree) -> TreeEntry {
    TreeEntry { key: key.into(), place: place.clone(), value }
}

/// Gives the arguments of a block, and of those within, the names that they have in a manifest. Recurses
/// no deeper than a tree may be.
fn rename(tree: &mut Tree) {
    match tree {
        Tree::List(items) => items.iter_mut().for_each(rename),
        Tree::Map(map) => {
            for entry in &mut *map.entries {
                if !OWN_KEYS.contains(&entry.key.as_str()) {
                    rename(&mut entry.value);
                }
                let several = REPEATED.iter().find(|(block, _)| *block == entry.key);
                let is_block = is_block(&entry.value);
                let name = match several.filter(|_| is_block) {
                    Some((_, list)) => (*list).to_owned(),
                    // Values that are no text are those of `yamlencode`.
                    None if entry.key == "values" && matches!(entry.value, Tree::Map(_)) => {
                        "valuesObject".to_owned()
                    }
                    None => name_of(&entry.key),
                };
                if is_block && several.is_none() {
                    entry.value = first(std::mem::replace(&mut entry.value, Tree::Null));
                }
                entry.key = name.into();
            }
        }
        _ => {}
    }
}

/// Returns whether this is what blocks give: a list of maps.
fn is_block(tree: &Tree) -> bool {
    let items = tree.items();
    !items.is_empty() && items.iter().all(|item| matches!(item, Tree::Map(_) | Tree::Unknown))
}

/// Returns the first of the blocks of a kind, where there may be one alone.
fn first(tree: Tree) -> Tree {
    match &tree {
        Tree::List(items) => items.first().cloned().unwrap_or(Tree::Null),
        _ => tree,
    }
}

/// Returns what a manifest calls an argument: `value_files` is `valueFiles`.
fn name_of(argument: &str) -> String {
    if let Some((_, name)) = WORDS.iter().find(|(word, _)| *word == argument) {
        return (*name).to_owned();
    }
    let mut name = String::with_capacity(argument.len());
    let mut is_next = false;
    for letter in argument.chars() {
        if letter == '_' {
            is_next = true;
        } else if std::mem::take(&mut is_next) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
    }
    name
}
