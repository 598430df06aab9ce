//! Fields by their way through an object, as the tables and configurations of Kustomize name them.
//!
//! Invariant: a list on the way means each of its items; nothing is made on the way unless the
//! field says so, and nothing that is deeper than a tree may be.

use sealine_model::tree::{MAX_DEPTH, Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::identity::TypeName;

/// A field of the objects of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The types whose objects have it.
    pub(super) of: TypeName,
    /// The keys that lead to it; `[]` at the end of one says that a list stands there.
    pub(super) path: Vec<String>,
    /// Whether it is made where it is not there.
    pub(super) create: bool,
}

impl Field {
    /// Returns the field at `path`, written with `/` between its parts and `\/` for a slash.
    pub(super) fn new(of: TypeName, path: &str, create: bool) -> Self {
        Self { of, path: split(path, '/'), create }
    }

    /// Reads a field of a configuration.
    pub(super) fn read(tree: &Tree) -> Option<Self> {
        let path = tree.get("path")?.text()?;
        let create = crate::delivery::tree::is_true(tree.get("create"));
        Some(Self::new(TypeName::selector(tree), &path, create))
    }

    /// Returns whether the field is `path`.
    pub(super) fn is(&self, path: &[&str]) -> bool {
        self.path == path
    }

    /// Returns whether objects of this type have the field.
    pub(super) fn is_of(&self, of: &TypeName) -> bool {
        of.is_selected_by(&self.of)
    }

    /// Adds the fields that are not there yet.
    pub(super) fn merge(all: &mut Vec<Self>, more: impl IntoIterator<Item = Self>) {
        for field in more {
            let same = |own: &Self| own.of.is_selected_by(&field.of) && own.path == field.path;
            if !all.iter().any(same) {
                all.push(field);
            }
        }
    }
}

/// Splits a path; the separator after a backslash is a part of the name.
pub(super) fn split(path: &str, separator: char) -> Vec<String> {
    let rest = path.strip_prefix(separator).filter(|rest| !rest.is_empty()).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    let mut joins = false;
    for part in rest.split(separator) {
        let (text, escaped) = match part.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (part, false),
        };
        match parts.last_mut().filter(|_| joins) {
            Some(last) => {
                last.push(separator);
                last.push_str(text);
            }
            None => parts.push(text.to_owned()),
        }
        joins = escaped;
    }
    parts
}

/// What is made at the end of a way that is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Make<'a> {
    /// The tree at the end.
    pub(super) leaf: &'a Tree,
    /// Where what is made stands.
    pub(super) place: &'a Place,
}

/// A scalar stands where the way leads on, or the way is too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Misfit;

/// Returns whether the path leads to something that is `wanted`, or a scalar stands in its way.
pub(super) fn leads(tree: &Tree, path: &[String], wanted: &mut dyn FnMut(&Tree) -> bool) -> bool {
    let Some((part, rest)) = path.split_first() else { return wanted(tree) };
    match tree {
        Tree::Null | Tree::Unknown => false,
        Tree::Scalar { .. } => true,
        Tree::List(items) => items.iter().any(|item| leads(item, path, wanted)),
        Tree::Map(_) => {
            let below = tree.get(part.strip_suffix("[]").unwrap_or(part));
            below.is_some_and(|below| leads(below, rest, wanted))
        }
    }
}

/// Calls `change` on what the path leads to.
pub(super) fn visit(
    tree: &mut Tree,
    path: &[String],
    make: Option<Make<'_>>,
    change: &mut dyn FnMut(&mut Tree) -> Result<(), Misfit>,
) -> Result<(), Misfit> {
    if path.len() >= MAX_DEPTH {
        return Err(Misfit);
    }
    // Whatever is passed on the way is no longer shared.
    if make.is_none() && !leads(tree, path, &mut |_| true) {
        return Ok(());
    }
    enter(tree, path, make, change)
}

fn enter(
    tree: &mut Tree,
    path: &[String],
    make: Option<Make<'_>>,
    change: &mut dyn FnMut(&mut Tree) -> Result<(), Misfit>,
) -> Result<(), Misfit> {
    let Some((part, rest)) = path.split_first() else { return change(tree) };
    match tree {
        Tree::Null | Tree::Unknown => Ok(()),
        Tree::Scalar { .. } => Err(Misfit),
        Tree::List(items) => items.iter_mut().try_for_each(|item| enter(item, path, make, change)),
        Tree::Map(map) => {
            let key = part.strip_suffix("[]").unwrap_or(part);
            // A list is never made, what is missing in its items is.
            let here = make.filter(|_| key == part);
            let found = map.entries.iter().rposition(|entry| entry.key == key);
            let index = match (found, here) {
                (Some(index), _) => index,
                (None, Some(make)) => {
                    let place = make.place.clone();
                    map.entries.push(TreeEntry { key: key.into(), place, value: Tree::Null });
                    map.entries.len() - 1
                }
                (None, None) => return Ok(()),
            };
            let value = &mut map.entries[index].value;
            if let (Tree::Null, Some(make)) = (&*value, here) {
                *value = match rest {
                    [] => make.leaf.clone(),
                    _ => Tree::Map(TreeMap::default()),
                };
            }
            enter(value, rest, make, change)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_after_a_backslash_is_a_part_of_the_name() {
        assert_eq!(
            split(r"metadata/annotations/a.io\/b", '/'),
            ["metadata", "annotations", "a.io/b"]
        );
        assert_eq!(split("/spec/x", '/'), ["spec", "x"]);
        assert_eq!(split(r"a.b\.c.d", '.'), ["a", "b.c", "d"]);
    }
}
