//! What operations say of a workload that is not in sight: the part of it that they write.
//!
//! Invariant: what they take away, move or compare is left out, and an item of a list stands by itself,
//! whatever its index: nobody knows what is beside it.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::json_patch::pointer;
use crate::delivery::tree::first_place;

/// How many parts a path may have; those that lead into a pod have fewer.
const MAX_PATH: usize = 16;

/// Returns the object that the operations write for a target with a kind and a name.
pub(super) fn of_operations(operations: &[Tree], target: &Tree) -> Option<Tree> {
    let plain = |key: &str| {
        let text = target.get(key).and_then(Tree::text)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        text.bytes().all(is_plain).then(|| target.entry(key).cloned())?
    };
    let (kind, name) = (plain("kind")?, plain("name")?);
    let place = kind.place.clone();
    let map = |entries: Vec<TreeEntry>| Tree::Map(TreeMap { entries: entries.into(), open: true });
    let entry = |key: &str, value| TreeEntry { key: key.into(), place: place.clone(), value };
    let version = match kind.value.text()?.as_str() {
        "Pod" => "v1",
        "Job" | "CronJob" => "batch/v1",
        "Rollout" => "argoproj.io/v1alpha1",
        _ => "apps/v1",
    };
    let version = Tree::Scalar { value: Value::known(version, None), place: place.clone() };
    let named: Vec<TreeEntry> = std::iter::once(name).chain(plain("namespace")).collect();
    let whole = vec![entry("apiVersion", version), kind, entry("metadata", map(named))];
    let mut object = map(whole);
    for operation in operations {
        let text = |key: &str| operation.get(key).and_then(Tree::text);
        let writes = text("op").is_some_and(|kind| matches!(kind.as_str(), "add" | "replace"));
        let path = pointer(&text("path").unwrap_or_default());
        if writes
            && path.len() <= MAX_PATH
            && path.first().is_some_and(|part| part == "spec")
            && let Some((value, place)) = operation.get("value").zip(first_place(operation))
        {
            write(&mut object, &path, value, place);
        }
    }
    Some(object)
}

/// Writes a value, with all that it stands in. A list that was written as a whole is left as it is.
fn write(tree: &mut Tree, path: &[String], value: &Tree, place: &Place) {
    let Some((part, below)) = path.split_first() else {
        *tree = value.clone();
        return;
    };
    if part == "-" || part.parse::<usize>().is_ok() {
        if !matches!(tree, Tree::List(_)) {
            *tree = Tree::List(Vec::new().into());
        }
        let mut item = Tree::Null;
        write(&mut item, below, value, place);
        if let Tree::List(items) = tree {
            items.push(item);
        }
        return;
    }
    if !matches!(tree, Tree::Map(_)) {
        *tree = Tree::Map(TreeMap { open: true, ..TreeMap::default() });
    }
    let Tree::Map(map) = tree else { return };
    if let Some(entry) = map.entries.iter_mut().rev().find(|entry| entry.key == *part) {
        write(&mut entry.value, below, value, place);
        return;
    }
    let mut new = Tree::Null;
    write(&mut new, below, value, place);
    map.entries.push(TreeEntry { key: part.into(), place: place.clone(), value: new });
}
