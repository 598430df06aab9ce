//! `configMapGenerator` and `secretGenerator`: objects of which keys and names are known.
//!
//! The hash at the end of a generated name is left out, in the object and in all references to it
//! alike: within one build both carry the same.
//!
//! Invariant: no value of a generated Secret is kept, only its keys.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::file::{Generator, Item, Kustomization, item, items};
use super::layer::Build;
use crate::delivery::inventory::file_name;
use crate::delivery::object::{Made, Object};
use crate::delivery::tree::{at_mut, first_place, map_at, text_at};

/// Adds what the layer's generators make.
pub(super) fn generate(
    build: &mut Build<'_>,
    folder: &str,
    kustomization: &Kustomization,
    objects: &mut Vec<Object>,
) {
    for generator in &kustomization.generators {
        let Some(place) = first_place(&generator.tree).cloned() else { continue };
        let data = data(build, folder, generator, &place);
        let behavior = generator.tree.get("behavior").and_then(Tree::text);
        let name = item(generator.tree.get("name"));
        let is_same = |object: &Object| {
            let name = name.as_ref().and_then(Item::text);
            object.kind() == generator.kind
                && name.is_some_and(|name| object.is_or_was_named(&name))
        };
        let earlier = match behavior.as_deref() {
            Some("merge" | "replace") => objects.iter_mut().find(|object| is_same(object)),
            _ => None,
        };
        match earlier {
            Some(object) => absorb(object, data, behavior.as_deref() == Some("replace")),
            None => objects.extend(made(generator, name, data, &place)),
        }
    }
}

fn made(generator: &Generator, name: Option<Item>, data: TreeMap, place: &Place) -> Option<Object> {
    let name = name?;
    let mut metadata = vec![(
        "name".to_owned(),
        Tree::Scalar { value: name.value.clone(), place: name.place.clone() },
    )];
    if let Some(namespace) = generator.tree.get("namespace") {
        metadata.push(("namespace".to_owned(), namespace.clone()));
    }
    let tree = map_at(
        [
            ("apiVersion".to_owned(), text_at("v1", place)),
            ("kind".to_owned(), text_at(generator.kind, place)),
            ("metadata".to_owned(), map_at(metadata, place)),
            ("data".to_owned(), Tree::Map(data)),
        ],
        place,
    );
    Some(Object::made(tree, Made::Generated))
}

/// Puts data into an object that an inner layer made.
fn absorb(object: &mut Object, data: TreeMap, replace: bool) {
    match at_mut(&mut object.tree, &["data"]) {
        Some(Tree::Map(map)) => {
            if replace {
                map.entries.clear();
            }
            map.open = (map.open && !replace) || data.open;
            map.entries.retain(|own| data.entries.iter().all(|new| new.key != own.key));
            map.entries.extend(data.entries);
        }
        _ => {
            if let Tree::Map(map) = &mut object.tree
                && let Some(place) = data.entries.first().map(|entry| entry.place.clone())
            {
                map.entries.push(TreeEntry {
                    key: "data".to_owned(),
                    place,
                    value: Tree::Map(data),
                });
            }
        }
    }
}

/// Returns the keys that literals, files and environment files bring. Only the values of
/// `ConfigMap` literals and files are kept.
fn data(build: &mut Build<'_>, folder: &str, generator: &Generator, place: &Place) -> TreeMap {
    let mut data = TreeMap::default();
    let mut push = |key: &str, place: &Place, value: Option<Value>| {
        let value = value.unwrap_or_else(Value::unknown);
        let value = Tree::Scalar { value, place: place.clone() };
        data.entries.push(TreeEntry { key: key.to_owned(), place: place.clone(), value });
    };
    let keeps = generator.kind == "ConfigMap";
    let mut open = false;
    for literal in items(generator.tree.get("literals")) {
        match literal.value.head().split_once('=') {
            Some((key, value)) => {
                let value = (keeps && literal.value.is_known()).then(|| {
                    let unquoted = value.trim_matches(['"', '\'']);
                    Value::known(unquoted, None)
                });
                push(key, &literal.place, value);
            }
            None => open = true,
        }
    }
    for file in items(generator.tree.get("files")) {
        let Some(text) = file.text() else {
            open = true;
            continue;
        };
        let (key, path) = text.split_once('=').unwrap_or((file_name(&text), &text));
        let path = Item { value: Value::from(path), place: file.place.clone() };
        let content = read(build, folder, &path).filter(|_| keeps);
        push(key, &file.place, content.map(|text| Value::known(text, None)));
    }
    let mut variables = items(generator.tree.get("envs"));
    variables.extend(item(generator.tree.get("env")));
    for file in variables {
        let Some(text) = read(build, folder, &file) else {
            open = true;
            continue;
        };
        for line in text.lines().map(str::trim_start) {
            if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                push(key.trim(), &file.place, keeps.then(|| Value::known(value, None)));
            }
        }
    }
    if data.entries.is_empty() && generator.tree.get("name").is_some() {
        open = true;
    }
    let _ = place;
    data.open = open;
    data
}

/// Returns the text of a file that a generator names.
fn read(build: &mut Build<'_>, folder: &str, file: &Item) -> Option<String> {
    let path = build.path(folder, file)?;
    build.read(&path);
    let inventory = build.inventory;
    inventory.source(build.repo, &path).map(|source| source.text().to_owned())
}
