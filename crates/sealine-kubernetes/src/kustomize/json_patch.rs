//! JSON patches (RFC 6902) over trees.
//!
//! Invariant: the operations after one that does not fit are not carried out, and it is said why. One
//! that would make the object too deep, or copy very much of it, does not fit.

use sealine_model::tree::{MAX_DEPTH, Tree, TreeEntry};
use sealine_source::Place;

use crate::delivery::tree::{first_place, remove};

/// How many nodes the operations of a patch may copy.
const MAX_COPIED: usize = 10_000;

/// Applies the operations of a patch in order, up to the first that does not fit.
pub(super) fn apply(object: &mut Tree, operations: &[Tree]) -> Result<(), String> {
    let mut copies = MAX_COPIED;
    for operation in operations {
        let text = |key: &str| operation.get(key).and_then(Tree::text);
        let kind = text("op").ok_or("an operation of the patch has no `op`")?;
        let written = text("path").ok_or("an operation of the patch has no `path`")?;
        let misfit = || format!("`{kind}` of `{written}` does not fit the object");
        let path = pointer(&written);
        let place = first_place(operation).ok_or_else(misfit)?;
        let above = if kind == "add" { path.len().saturating_sub(1) } else { path.len() };
        if is_hidden(object, path.get(..above).unwrap_or_default()) {
            continue;
        }
        let room = MAX_DEPTH.saturating_sub(path.len());
        let value = || {
            let value =
                operation.get("value").filter(|value| value.fits(room, &mut { usize::MAX }));
            value.cloned()
        };
        let from = || text("from").map(|from| pointer(&from));
        let done = match kind.as_str() {
            "add" => value().and_then(|value| add(object, &path, value, place)),
            "replace" => value().and_then(|value| replace(object, &path, value, place)),
            "remove" => take(object, &path).map(|_| ()),
            "move" => from().and_then(|from| {
                let deeper = path.len() > from.len();
                if deeper && !lookup(object, &from)?.fits(room, &mut copies) {
                    return None;
                }
                let value = take(object, &from)?;
                add(object, &path, value, place)
            }),
            "copy" => from().and_then(|from| {
                let value = lookup(object, &from)?;
                let value = value.fits(room, &mut copies).then(|| value.clone())?;
                add(object, &path, value, place)
            }),
            // The values of a Secret are not known here, so that any may be right.
            "test" if ["/data/", "/stringData/"].iter().any(|head| written.starts_with(head)) => {
                Some(())
            }
            "test" => {
                let found = lookup(object, &path).map(|found| &*found);
                let wanted = operation.get("value").unwrap_or(&Tree::Null);
                equal(found.unwrap_or(&Tree::Null), wanted).then_some(())
            }
            _ => return Err(format!("`{kind}` is no operation of a patch")),
        };
        done.ok_or_else(misfit)?;
    }
    Ok(())
}

/// Returns the parts of a path.
pub(super) fn pointer(text: &str) -> Vec<String> {
    text.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

/// Returns whether a path leads into what was not kept of the object: the specification of a
/// definition of custom resources, above all.
fn is_hidden(tree: &Tree, path: &[String]) -> bool {
    let mut tree = tree;
    for part in path {
        let below = match tree {
            Tree::Map(map) => match tree.get(part) {
                Some(below) => Some(below),
                None => return map.open,
            },
            Tree::List(items) => index(part, items.len()).and_then(|at| items.get(at)),
            Tree::Unknown => return true,
            Tree::Scalar { .. } | Tree::Null => None,
        };
        let Some(below) = below else { return false };
        tree = below;
    }
    false
}

/// Returns the index that a part of a path means; a negative one counts from the end.
fn index(part: &str, length: usize) -> Option<usize> {
    match part.strip_prefix('-') {
        Some(back) => length.checked_sub(back.parse().ok()?),
        None => part.parse().ok(),
    }
}

fn lookup<'a>(tree: &'a mut Tree, path: &[String]) -> Option<&'a mut Tree> {
    path.iter().try_fold(tree, |tree, part| match tree {
        Tree::Map(map) => {
            let entry = map.entries.iter_mut().rev().find(|entry| entry.key == *part);
            entry.map(|entry| &mut entry.value)
        }
        Tree::List(items) => {
            let at = index(part, items.len())?;
            items.get_mut(at)
        }
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
            map.entries.push(TreeEntry { key: last.into(), place: place.clone(), value });
        }
        Tree::List(items) => {
            let at = if last == "-" { items.len() } else { index(last, items.len() + 1)? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

/// Puts a value in the place of another one. Of a map, the real tool replaces what is not there, too.
fn replace(tree: &mut Tree, path: &[String], value: Tree, place: &Place) -> Option<()> {
    if let Some((last, above)) = path.split_last()
        && let Tree::Map(map) = lookup(tree, above)?
    {
        let new = TreeEntry { key: last.into(), place: place.clone(), value };
        match map.entries.iter_mut().rev().find(|entry| entry.key == *last) {
            Some(entry) => entry.value = new.value,
            None => map.entries.push(new),
        }
        return Some(());
    }
    *lookup(tree, path)? = value;
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
            let at = index(last, items.len())?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

/// Returns whether two trees may be the same value; what is not known may be anything.
fn equal(one: &Tree, other: &Tree) -> bool {
    match (one, other) {
        (Tree::Unknown, _) | (_, Tree::Unknown) | (Tree::Null, Tree::Null) => true,
        (Tree::Scalar { value: one, .. }, Tree::Scalar { value: other, .. }) => {
            one.unify(other).is_some()
        }
        (Tree::List(one), Tree::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Tree::Map(one), Tree::Map(_)) => {
            one.entries.len() == other.entries().len()
                && one.entries.iter().all(|entry| {
                    other.get(&entry.key).is_some_and(|other| equal(&entry.value, other))
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_model::Value;
    use sealine_source::FileName;

    use super::*;
    use crate::delivery::tree::{map_at, text_at};

    fn operation(fields: &[(&str, &str)]) -> Tree {
        let file = Arc::new(FileName::new("r", "f"));
        let place = Place { file, start: 0, end: 0, line: 1, column: 1 };
        let field = |(key, text): &(&str, &str)| ((*key).to_owned(), text_at(text, &place));
        map_at(fields.iter().map(field), &place)
    }

    #[test]
    fn no_patch_makes_a_tree_that_cannot_be_walked() {
        let copy = |path| operation(&[("op", "copy"), ("from", ""), ("path", path)]);
        let deep: Vec<Tree> = (0..20_000).map(|_| copy("/x")).collect();
        let wide: Vec<Tree> = (0..40).flat_map(|_| [copy("/x"), copy("/y")]).collect();
        for operations in [deep, wide] {
            let mut object = operation(&[("a", "b")]);
            let message = apply(&mut object, &operations).unwrap_err();
            assert!(message.starts_with("`copy` of "), "{message}");
            assert!(object.fits(MAX_DEPTH, &mut 100_000));
        }
    }

    #[test]
    fn what_is_moved_deeper_has_an_end_too() {
        let mut value = Tree::Scalar {
            value: Value::from("v"),
            place: first_place(&operation(&[("a", "b")])).unwrap().clone(),
        };
        for _ in 0..MAX_DEPTH - 2 {
            value = Tree::List(vec![value].into());
        }
        let mut object = operation(&[("a", "b")]);
        let Tree::Map(map) = &mut object else { unreachable!() };
        let place = map.entries[0].place.clone();
        map.entries.push(TreeEntry { key: "x".into(), place, value });
        let to = |path| [operation(&[("op", "move"), ("from", "/x"), ("path", path)])];
        assert!(apply(&mut object, &to("/y")).is_ok());
        let back = [operation(&[("op", "move"), ("from", "/y"), ("path", "/y/0/0")])];
        assert!(apply(&mut object, &back).is_err());
    }
}
