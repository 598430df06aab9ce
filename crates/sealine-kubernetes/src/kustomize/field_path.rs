//! Paths to fields as replacements and variables write them: `spec.containers.[name=app].image`.
//!
//! Invariant: reading follows one way, writing all that fit; a path that leads nowhere is an error
//! as for the real tool, and so is one that is longer than a tree is deep.

use regex::Regex;
use sealine_model::tree::{MAX_DEPTH, Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::fields::split;
use crate::delivery::tree::text_at;

/// What is said of a path that leads too deep.
const TOO_LONG: &str = "the path leads too deep";

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A key of a map, or the index of an item where a list stands.
    Key(String),
    /// The items of a list with this key and value; without a key, those that are the value.
    Item(String, String),
    /// All items of a list.
    Every,
}

/// Returns the parts of a path; dots between brackets are a part of the name.
fn parts(path: &str) -> Vec<Part> {
    let mut names: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for part in split(path, '.') {
        let joined = match open.take() {
            Some(head) => format!("{head}.{part}"),
            None => part,
        };
        if joined.starts_with('[') && !joined.ends_with(']') {
            open = Some(joined);
        } else {
            names.push(joined);
        }
    }
    names.extend(open);
    names.into_iter().map(part).collect()
}

fn part(name: String) -> Part {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner.map(|inner| inner.split_once('=').ok_or(inner)) {
        Some(Ok((key, value))) => Part::Item(key.to_owned(), value.to_owned()),
        Some(Err(key)) => Part::Key(key.to_owned()),
        None if name == "*" => Part::Every,
        None => Part::Key(name),
    }
}

/// Returns what stands at a path; `None` where nothing does.
pub(super) fn get<'a>(tree: &'a Tree, path: &str) -> Option<&'a Tree> {
    parts(path).into_iter().try_fold(tree, |tree, part| match (tree, part) {
        (Tree::Map(map), Part::Key(key)) => {
            tree.get(key.trim()).or_else(|| map.open.then_some(&Tree::Unknown))
        }
        (Tree::List(items), Part::Key(key)) if key == "-" => items.last(),
        (Tree::List(items), Part::Key(key)) => items.get(key.parse::<usize>().ok()?),
        (Tree::List(items), Part::Item(key, value)) if key.is_empty() => {
            items.iter().find(|item| item.text().as_deref() == Some(&value))
        }
        (Tree::List(items), Part::Item(key, value)) => {
            items.iter().find(|item| item.get(&key).and_then(Tree::text).as_deref() == Some(&value))
        }
        (unknown @ Tree::Unknown, _) => Some(unknown),
        _ => None,
    })
}

/// What is made where a path leads nowhere, and where it is said to stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Create<'a> {
    /// Of which sort the end is.
    pub(super) like: &'a Tree,
    /// The place of what is made.
    pub(super) place: &'a Place,
}

/// Calls `change` on everything that a path leads to. Returns how many that were.
pub(super) fn change(
    tree: &mut Tree,
    path: &str,
    create: Option<Create<'_>>,
    change: &mut dyn FnMut(&mut Tree) -> Result<(), String>,
) -> Result<usize, String> {
    let parts = parts(path);
    if parts.len() >= MAX_DEPTH {
        return Err(TOO_LONG.to_owned());
    }
    walk(tree, &parts, create, change)
}

/// Returns whether a value may be put at a path without making a tree too deep, or copying more nodes
/// than are `left`.
pub(super) fn has_room(path: &str, value: &Tree, left: &mut usize) -> bool {
    value.fits(MAX_DEPTH.saturating_sub(parts(path).len()), left)
}

/// The recursion is as deep as the path.
fn walk(
    tree: &mut Tree,
    parts: &[Part],
    create: Option<Create<'_>>,
    change: &mut dyn FnMut(&mut Tree) -> Result<(), String>,
) -> Result<usize, String> {
    let Some((part, rest)) = parts.split_first() else {
        return change(tree).map(|()| 1);
    };
    match (tree, part) {
        (tree @ Tree::Unknown, _) => {
            *tree = Tree::Unknown;
            Ok(1)
        }
        (Tree::List(items), Part::Key(key)) => {
            let index: usize = key.parse().map_err(|_| format!("`{key}` is no index of a list"))?;
            if let (true, Some(create)) = (index == items.len(), create) {
                items.push(made(rest, create));
            }
            let length = items.len();
            let item = items.get_mut(index);
            let item = item.ok_or_else(|| format!("there is no item {index} among {length}"))?;
            walk(item, rest, create, change)
        }
        (Tree::List(items), Part::Every) => {
            let mut count = 0;
            for item in items {
                count += walk(item, rest, create, change)?;
            }
            Ok(count)
        }
        (Tree::List(items), Part::Item(key, value)) => {
            let count = walk_items(items, key, value, rest, create, change)?;
            let Some(create) = create.filter(|_| count == 0) else { return Ok(count) };
            items.push(item_of(key, value, create.place));
            walk_items(items, key, value, rest, Some(create), change)
        }
        (Tree::Map(map), Part::Key(key)) => {
            let mut at = map.entries.iter().rposition(|entry| entry.key == *key);
            if let (None, Some(create)) = (at, create) {
                let (key, place) = (key.as_str().into(), create.place.clone());
                map.entries.push(TreeEntry { key, place, value: made(rest, create) });
                at = Some(map.entries.len() - 1);
            }
            let Some(entry) = at.and_then(|at| map.entries.get_mut(at)) else {
                return Ok(usize::from(map.open));
            };
            if let (Tree::Null, Some(create)) = (&entry.value, create) {
                entry.value = made(rest, create);
            }
            match &mut entry.value {
                // A text that holds YAML itself: what becomes of it is not known.
                Tree::Scalar { value, .. } if !rest.is_empty() => {
                    *value = sealine_model::Value::unknown();
                    Ok(1)
                }
                value => walk(value, rest, create, change),
            }
        }
        (Tree::Null, _) => Ok(0),
        _ => Err("the path does not fit the object".to_owned()),
    }
}

fn walk_items(
    items: &mut [Tree],
    key: &str,
    value: &str,
    rest: &[Part],
    create: Option<Create<'_>>,
    change: &mut dyn FnMut(&mut Tree) -> Result<(), String>,
) -> Result<usize, String> {
    // The real tool takes the value as an expression that any part of the text may fit.
    let expression = Regex::new(value).map_err(|_| format!("`{value}` is no expression"))?;
    let mut count = 0;
    for item in items {
        let text = if key.is_empty() { item.text() } else { item.get(key).and_then(Tree::text) };
        if text.is_some_and(|text| expression.is_match(text.trim())) {
            count += if key.is_empty() {
                change(item).map(|()| 1)?
            } else {
                walk(item, rest, create, change)?
            };
        }
    }
    Ok(count)
}

/// Returns what is made before the rest of a path is followed into it.
fn made(rest: &[Part], create: Create<'_>) -> Tree {
    match rest.first() {
        None => match create.like {
            Tree::Map(_) => Tree::Map(TreeMap::default()),
            Tree::List(_) => Tree::List(Vec::new().into()),
            _ => text_at("", create.place),
        },
        Some(Part::Item(..)) => Tree::List(Vec::new().into()),
        Some(Part::Key(key)) if key.parse::<usize>().is_ok() => Tree::List(Vec::new().into()),
        Some(_) => Tree::Map(TreeMap::default()),
    }
}

fn item_of(key: &str, value: &str, place: &Place) -> Tree {
    if key.is_empty() {
        return text_at(value, place);
    }
    crate::delivery::tree::map_at([(key.to_owned(), text_at(value, place))], place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_brackets_and_after_a_backslash_are_no_separators() {
        let key = |text: &str| Part::Key(text.to_owned());
        let item = |one: &str, two: &str| Part::Item(one.to_owned(), two.to_owned());
        assert_eq!(
            parts(r"spec.[name=a.b].x\.y.*.0"),
            [key("spec"), item("name", "a.b"), key("x.y"), Part::Every, key("0")]
        );
        assert_eq!(
            parts("metadata.annotations.[a.io/b]"),
            [key("metadata"), key("annotations"), key("a.io/b")]
        );
        assert_eq!(parts("args.[=-x]"), [key("args"), item("", "-x")]);
    }

    #[test]
    fn a_path_is_no_longer_than_a_tree_is_deep() {
        let file = std::sync::Arc::new(sealine_source::FileName::new("r", "f"));
        let place = Place { file, start: 0, end: 0, line: 1, column: 1 };
        let like = text_at("v", &place);
        let create = Create { like: &like, place: &place };
        for (length, expected) in [(3, Ok(1)), (MAX_DEPTH - 1, Ok(1)), (MAX_DEPTH, Err(TOO_LONG))] {
            let mut tree = Tree::Map(TreeMap::default());
            let path = vec!["a"; length].join(".");
            let changed = change(&mut tree, &path, Some(create), &mut |_| Ok(()));
            assert_eq!(changed, expected.map_err(str::to_owned), "{length}");
            assert!(tree.fits(MAX_DEPTH, &mut { usize::MAX }));
        }
    }
}
