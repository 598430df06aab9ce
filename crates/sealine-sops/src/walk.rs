//! Walking a tree in the order that SOPS walks it, with what decides about each leaf.
//!
//! Invariant: encrypting and decrypting visit the same leaves in the same order, bound to the same
//! keys; what comes back has the shape of what went in.

use sealine_model::SecretValue;

use crate::{Comment, Entry, Fault, Item, Leaf, List, Map, Path, Selection, Step, Value};

/// Where the walk is.
pub(crate) struct Position<'a> {
    selection: &'a Selection,
    path: Vec<Step>,
    /// What a value at this place is bound to: the keys that lead there, each with a `:`.
    bound: String,
    /// Whether a key or comment on the way matched the selection.
    matched: bool,
}

impl Position<'_> {
    /// Returns whether a leaf here is to be encrypted.
    pub(crate) fn is_selected(&self) -> bool {
        self.selection.takes(self.matched)
    }

    /// Returns what a leaf here is bound to.
    pub(crate) fn bound(&self) -> &str {
        &self.bound
    }

    /// Returns the way here.
    pub(crate) fn path(&self) -> Path {
        Path(self.path.clone())
    }

    /// Returns what a comment of the collection here is bound to: by its own place, then, for files
    /// in which comments were attached elsewhere, by the places around it.
    pub(crate) fn comment_bounds(&self) -> Vec<String> {
        let mut keys: Vec<&str> = self.path.iter().filter_map(Step::key).collect();
        let mut bounds = Vec::new();
        loop {
            let bound: String = keys.iter().flat_map(|key| [key, ":"]).collect();
            bounds.push(if bound.is_empty() { ":".to_owned() } else { bound });
            if keys.pop().is_none() {
                return bounds;
            }
        }
    }
}

impl Step {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// What is done with leaves and comments.
pub(crate) trait Visitor {
    /// Returns what to put in a leaf's place.
    fn leaf(&mut self, at: &Position<'_>, leaf: &Leaf) -> Result<Leaf, Fault>;

    /// Returns what a comment says afterwards, given whether it is to be encrypted.
    fn comment(
        &mut self,
        at: &Position<'_>,
        comment: &Comment,
        is_selected: bool,
    ) -> Result<SecretValue, Fault>;
}

/// Walks one document.
pub(crate) fn walk(
    document: &Map,
    selection: &Selection,
    visitor: &mut dyn Visitor,
) -> Result<Map, Fault> {
    let mut at = Position { selection, path: Vec::new(), bound: String::new(), matched: false };
    walk_map(document, &mut at, visitor)
}

/// Recurses no deeper than the tree is, which its reader limits.
fn walk_value(
    value: &Value,
    at: &mut Position<'_>,
    visitor: &mut dyn Visitor,
) -> Result<Value, Fault> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Leaf(leaf) => Value::Leaf(visitor.leaf(at, leaf)?),
        Value::Map(map) => Value::Map(walk_map(map, at, visitor)?),
        Value::List(list) => Value::List(walk_list(list, at, visitor)?),
    })
}

fn walk_map(map: &Map, at: &mut Position<'_>, visitor: &mut dyn Visitor) -> Result<Map, Fault> {
    let above = at.matched;
    let mut entries = Vec::with_capacity(map.entries.len());
    for entry in &map.entries {
        let comments = walk_comments(&entry.comments, at, visitor)?;
        let length = at.bound.len();
        at.bound.push_str(&entry.key);
        at.bound.push(':');
        at.path.push(Step::Key(entry.key.clone()));
        at.matched |= at.selection.matches_key(&entry.key)?;
        let value = walk_value(&entry.value, at, visitor)?;
        at.matched = above;
        at.path.pop();
        at.bound.truncate(length);
        entries.push(Entry { comments, key: entry.key.clone(), value, spot: entry.spot });
    }
    let trailing = walk_comments(&map.trailing, at, visitor)?;
    at.matched = above;
    Ok(Map { entries, trailing })
}

fn walk_list(list: &List, at: &mut Position<'_>, visitor: &mut dyn Visitor) -> Result<List, Fault> {
    let above = at.matched;
    let mut items = Vec::with_capacity(list.items.len());
    for (index, item) in list.items.iter().enumerate() {
        let comments = walk_comments(&item.comments, at, visitor)?;
        at.path.push(Step::Index(index));
        let value = walk_value(&item.value, at, visitor)?;
        at.path.pop();
        at.matched = above;
        items.push(Item { comments, value, spot: item.spot });
    }
    let trailing = walk_comments(&list.trailing, at, visitor)?;
    at.matched = above;
    Ok(List { items, trailing })
}

/// Visits the comments above an entry; afterwards the position knows whether one of them matched.
fn walk_comments(
    comments: &[Comment],
    at: &mut Position<'_>,
    visitor: &mut dyn Visitor,
) -> Result<Vec<Comment>, Fault> {
    let asks_for_encryption = at.selection.by_comments() == Some(true);
    let mut found = Vec::with_capacity(comments.len());
    for comment in comments {
        let before = at.matched;
        at.matched |= at.selection.matches_comment(comment.text.expose())?;
        // The comment that asks for encryption is not encrypted for its own sake.
        let is_selected = at.selection.takes(if asks_for_encryption { before } else { at.matched });
        let text = visitor.comment(at, comment, is_selected)?;
        found.push(Comment { text, ..comment.copy() });
    }
    Ok(found)
}
