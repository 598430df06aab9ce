//! What the templates of a Helmfile see, and filling them.
//!
//! Invariant: values keep their places, so that what is printed stands where it was written.

use std::sync::Arc;

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::{Source, join};
use sealine_template::{Map, Value};

use super::state::Reader;
use crate::delivery::inventory::{file_name, has_extension};
use crate::helm::{Files, Page, fill_page, fill_scalar};

/// What templates see.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    environment: &'a str,
    values: &'a Tree,
    release: Option<&'a Tree>,
}

impl<'a> View<'a> {
    /// Returns what the templates of a file see.
    pub(super) fn of(environment: &'a str, values: &'a Tree) -> Self {
        Self { environment, values, release: None }
    }

    /// Returns what the templates of a release see, and those of its values.
    pub(super) fn with(self, release: &'a Tree) -> Self {
        Self { release: Some(release), ..self }
    }

    /// Returns the documents of a file once it is filled, or of what stands in its place; `None`, with a
    /// note, where that fails. The paths that it names lead from the folder `home`.
    pub(super) fn page(
        &self,
        reader: &Reader<'_>,
        path: &str,
        home: &str,
        text: Option<&str>,
    ) -> Option<Vec<Tree>> {
        let inventory = reader.lookup.inventory;
        let source = inventory.source(reader.repo, path)?;
        let partials = partials(reader, home);
        let text = text.unwrap_or(source.text());
        let files = files(reader, home, text);
        let page = Page { source, text, partials: &partials, files: &files };
        let filled = fill_page(&page, inventory.project, &|files| self.dot(files));
        filled.map_err(|note| reader.note(note)).ok()
    }

    /// Returns a scalar once it is filled; unknown where that fails.
    pub(super) fn scalar(&self, reader: &Reader<'_>, scalar: &Tree) -> Tree {
        fill_scalar(scalar, reader.lookup.inventory.project, &|files| self.dot(files))
    }

    /// Returns a tree with all its scalars filled. Recurses no deeper than a tree may be.
    pub(super) fn all(&self, reader: &Reader<'_>, tree: &Tree) -> Tree {
        match tree {
            Tree::Scalar { .. } => self.scalar(reader, tree),
            Tree::List(items) => {
                Tree::List(items.iter().map(|item| self.all(reader, item)).collect())
            }
            Tree::Map(map) => {
                let entries = map.entries.iter().map(|entry| TreeEntry {
                    value: self.all(reader, &entry.value),
                    ..entry.clone()
                });
                Tree::Map(TreeMap { entries: entries.collect(), open: map.open })
            }
            Tree::Null | Tree::Unknown => tree.clone(),
        }
    }

    fn dot(&self, files: &mut Files<'_>) -> Map {
        let values = match self.values {
            Tree::Map(_) => files.value(self.values),
            _ => Map::default().into(),
        };
        let environment = Map::default();
        environment.set("Name", Value::from(self.environment));
        environment.set("KubeContext", files.value(&Tree::Unknown));
        environment.set("Values", values.clone());
        let dot = Map::default();
        dot.set("Environment", environment.into());
        dot.set("Values", values.clone());
        dot.set("StateValues", values);
        for key in ["Chart", "KubeContext", "Namespace"] {
            dot.set(key, Value::from(""));
        }
        if let Some(release) = self.release {
            dot.set("Release", fields(release, files).into());
        }
        dot
    }
}

/// Returns what templates see of a release.
fn fields(release: &Tree, files: &mut Files<'_>) -> Map {
    let fields = Map::default();
    let keys = [
        ("Name", "name"),
        ("Namespace", "namespace"),
        ("Chart", "chart"),
        ("ChartVersion", "version"),
        ("KubeContext", "kubeContext"),
    ];
    for (field, key) in keys {
        let value = release.get(key).map_or_else(|| Value::from(""), |tree| files.value(tree));
        fields.set(field, value);
    }
    let labels = release.get("labels").filter(|labels| matches!(labels, Tree::Map(_)));
    fields.set("Labels", labels.map_or_else(|| Map::default().into(), |tree| files.value(tree)));
    fields
}

/// Returns the files beside a Helmfile whose templates all others may call.
fn partials(reader: &Reader<'_>, folder: &str) -> Vec<Arc<Source>> {
    let inventory = reader.lookup.inventory;
    let is_partial = |path: &String| {
        let name = file_name(path);
        name.starts_with('_') && has_extension(name, "tpl")
    };
    let paths = inventory.files_in(reader.repo, folder).into_iter().filter(is_partial);
    paths.filter_map(|path| inventory.source(reader.repo, &path).cloned()).collect()
}

/// Returns the files of the repository that a text reads by a path that stands there.
fn files(reader: &Reader<'_>, home: &str, text: &str) -> Vec<(String, Arc<Source>)> {
    let calls = ["readFile", "isFile"].into_iter().flat_map(|name| text.split(name).skip(1));
    let named = calls.filter_map(|rest| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '`'))?;
        rest.get(1..)?.split(quote).next()
    });
    let read = named.filter_map(|path| {
        let source = reader.lookup.inventory.source(reader.repo, &join(home, path)?)?;
        Some((path.to_owned(), Arc::clone(source)))
    });
    read.collect()
}
