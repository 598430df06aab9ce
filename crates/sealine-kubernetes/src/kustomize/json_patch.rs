//! JSON patches (RFC 6902) over trees.
//!
//! Invariant: an operation that does not fit leaves the tree as it was and says why.

use sealine_model::tree::{Tree, TreeEntry};
use sealine_source::Place;

use crate::delivery::tree::{first_place, remove};

/// Applies the operations of a patch in order, up to the first that does not fit.
pub(super) fn apply(object: &mut Tree, operations: &Tree) -> Result<(), String> {
    for operation in operations.items() {
        let text = |key: &str| operation.get(key).and_then(Tree::text);
        let kind = text("op").ok_or("an operation of the patch has no `op`")?;
        let path = pointer(&text("path").ok_or("an operation of the patch has no `path`")?);
        let Some(place) = first_place(operation).cloned() else { continue };
        let value = operation.get("value").cloned();
        let misfit = || format!("`{kind}` of the patch does not fit the object");
        let done = match kind.as_str() {
            "add" => value.and_then(|value| add(object, &path, value, &place)),
            "replace" => value.and_then(|value| {
                let at = lookup(object, &path)?;
                *at = value;
                Some(())
            }),
            "remove" => take(object, &path).map(|_| ()),
            "move" => {
                let from = pointer(&text("from").ok_or_else(misfit)?);
                take(object, &from).and_then(|value| add(object, &path, value, &place))
            }
            "copy" => {
                let from = pointer(&text("from").ok_or_else(misfit)?);
                let value = lookup(object, &from).map(|value| value.clone());
                value.and_then(|value| add(object, &path, value, &place))
            }
            // A test that fails stops the real tool; what comes after it is still what is meant.
            "test" => Some(()),
            _ => None,
        };
        done.ok_or_else(misfit)?;
    }
    Ok(())
}

fn pointer(text: &str) -> Vec<String> {
    text.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn lookup<'a>(tree: &'a mut Tree, path: &[String]) -> Option<&'a mut Tree> {
    path.iter().try_fold(tree, |tree, part| match tree {
        Tree::Map(map) => map
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.key == *part)
            .map(|entry| &mut entry.value),
        Tree::List(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn add(tree: &mut Tree, path: &[String], value: Tree, place: &Place) -> Option<()> {
    let Some((last, above)) = path.split_last() else {
        *tree = value;
        return Some(());
    };
    match lookup(tree, above)? {
        Tree::Map(map) => {
            map.entries.retain(|entry| entry.key != *last);
            map.entries.push(TreeEntry { key: last.clone(), place: place.clone(), value });
        }
        Tree::List(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(tree: &mut Tree, path: &[String]) -> Option<Tree> {
    let (last, above) = path.split_last()?;
    let above = lookup(tree, above)?;
    match above {
        Tree::Map(_) => {
            let value = above.get(last)?.clone();
            remove(above, last);
            Some(value)
        }
        Tree::List(items) => {
            let at: usize = last.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}
