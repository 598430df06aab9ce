//! `ValueAddTransformer`: one text put into fields of many objects, or into a path that they hold.
//!
//! Invariant: a part of a path is added between `/` and nowhere else; a field that is no scalar is
//! refused, as by the real tool.

use sealine_model::Value;
use sealine_model::tree::Tree;
use sealine_source::Place;

use super::field_path::{self, Create};
use super::fields::split;
use super::file::{Item, item};
use super::layer::Build;
use super::names;
use super::selector::Selector;
use crate::delivery::inventory::file_name;
use crate::delivery::object::Object;
use crate::delivery::tree::{first_place, text_at};
use crate::manifest::hide_values;

/// Carries out the transformer that `plugin` configures.
pub(super) fn apply(build: &mut Build<'_>, folder: &str, plugin: &Tree, objects: &mut [Object]) {
    let Some(place) = first_place(plugin).cloned() else { return };
    let value = value(folder, plugin, &place);
    let mut targets = plugin.get("targets").map(Tree::items).unwrap_or_default().to_vec();
    if let Some(file) = item(plugin.get("targetFilePath")) {
        let path = build.file_path(folder, &file);
        let trees = path.and_then(|path| build.documents_of(&path, &file.place));
        let trees = trees.unwrap_or_default();
        let shared = trees.first().and_then(|tree| tree.get("targets"));
        targets.extend(shared.map(Tree::items).unwrap_or_default().iter().cloned());
    }
    if targets.is_empty() {
        build.fail(&place, "a value needs targets to be added to".to_owned());
    }
    for target in &targets {
        if let Err(message) = add(&value, target, objects) {
            let place = first_place(target).unwrap_or(&place).clone();
            build.fail(&place, message);
        }
    }
    for object in objects {
        hide_values(&mut object.tree);
    }
}

/// Returns what is added: without a text of its own, the name of the folder.
fn value(folder: &str, plugin: &Tree, place: &Place) -> Item {
    if let Some(own) = item(plugin.get("value")) {
        let text = own.value.text();
        let trimmed = text.filter(|text| text.trim() != text).map(|text| text.trim().to_owned());
        return match trimmed {
            Some(text) => Item { value: Value::known(text, Some(own.place.clone())), ..own },
            None => own,
        };
    }
    // The name of a repository's own folder is whatever somebody called it.
    let value = if folder.is_empty() {
        Value::unknown()
    } else {
        Value::known(file_name(folder), Some(place.clone()))
    };
    Item { value, place: place.clone() }
}

fn add(value: &Item, target: &Tree, objects: &mut [Object]) -> Result<(), String> {
    let path = item(target.get("fieldPath")).and_then(|path| path.text());
    let path = path.ok_or("a target needs a `fieldPath`")?;
    let position = target.get("filePathPosition").and_then(Tree::text);
    let position: i64 = position.and_then(|text| text.parse().ok()).unwrap_or_default();
    if position < 0 {
        return Err(format!("a path has no position {position}"));
    }
    let selector = target.get("selector").filter(|tree| matches!(tree, Tree::Map(_)));
    let selector = selector.map(Selector::read).transpose()?;
    let chosen = objects
        .iter_mut()
        .filter(|object| selector.as_ref().is_none_or(|selector| selector.selects(object)));
    for object in chosen {
        if path == "metadata/namespace" {
            names::place_in(value, object).map_err(|_| "a namespace does not fit an object")?;
            continue;
        }
        let like = text_at("", &value.place);
        let create = Create { like: &like, place: &value.place };
        field_path::change(&mut object.tree, &dotted(&path), Some(create), &mut |field| {
            put(field, value, position)
        })?;
    }
    Ok(())
}

/// Returns a path with `/` between its parts as one with dots.
fn dotted(path: &str) -> String {
    let parts: Vec<String> =
        split(path, '/').into_iter().map(|part| part.replace('.', "\\.")).collect();
    parts.join(".")
}

fn put(field: &mut Tree, added: &Item, position: i64) -> Result<(), String> {
    match field {
        Tree::Null => *field = added.tree(),
        Tree::Scalar { value, .. } if position == 0 => value.clone_from(&added.value),
        Tree::Scalar { value, .. } => {
            let both = value.text().zip(added.value.text());
            *value = both.map_or_else(Value::unknown, |(path, part)| {
                Value::known(with_part(&path, position, &part), None)
            });
        }
        Tree::Unknown => {}
        Tree::List(_) | Tree::Map(_) => return Err("only a scalar can be added to".to_owned()),
    }
    Ok(())
}

/// Returns a path with a part added before the one at `position`, counted from 1; at the end when
/// there are fewer. A path stays absolute or relative.
fn with_part(path: &str, position: i64, part: &str) -> String {
    let (lead, rest) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest));
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let at = usize::try_from(position - 1).unwrap_or_default().min(parts.len());
    parts.insert(at, part);
    format!("{lead}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_added_between_the_parts_of_a_path() {
        for (path, position, expected) in [
            ("", 1, "new"),
            ("/", 3, "/new"),
            ("pie", 1, "new/pie"),
            ("/pie", 1, "/new/pie"),
            ("raw", 9, "raw/new"),
            ("/a/b/c", 3, "/a/b/new/c"),
        ] {
            assert_eq!(with_part(path, position, "new"), expected, "{path} {position}");
        }
    }
}
