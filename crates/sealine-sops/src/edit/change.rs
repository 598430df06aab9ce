//! One change of the plaintext.
//!
//! Invariant: keys that stay keep their order and comments; new ones come last.

use std::collections::HashMap;

use crate::{Entry, Fault, Format, Item, Leaf, List, Map, Path, Plain, Step, Value};

/// One change: what a path leads to afterwards.
#[derive(Debug)]
pub struct Change {
    /// Which document of the file, counted from zero.
    pub document: usize,
    /// The way to the value; maps that are missing on it are made.
    pub path: Path,
    /// What stands there afterwards; nothing removes key or item.
    pub to: Option<Value>,
}

impl Change {
    /// Returns the change that puts `value` at `path` in the first document.
    pub fn set(path: Path, value: Value) -> Self {
        Self { document: 0, path, to: Some(value) }
    }

    /// Returns the change that puts `leaf` at `path` in the first document.
    pub fn set_leaf(path: Path, leaf: Leaf) -> Self {
        Self::set(path, Value::Leaf(leaf))
    }

    /// Returns the change that removes what is at `path` in the first document, if anything is.
    pub fn remove(path: Path) -> Self {
        Self { document: 0, path, to: None }
    }

    pub(super) fn apply(&self, plain: &mut Plain, format: Format) -> Result<(), Fault> {
        let blocked = || Fault::Blocked(self.path.clone());
        if self.document == 0 && plain.documents.is_empty() {
            plain.documents.push(Map::default());
        }
        let document = plain.documents.get_mut(self.document).ok_or_else(blocked)?;
        let mut root = Value::Map(std::mem::take(document));
        let steps = &self.path.0;
        let done = match &self.to {
            _ if steps.is_empty() => None,
            Some(value) => {
                let mut value = value.copy();
                crate::store::fit(format, &mut value);
                set(&mut root, steps, &value)
            }
            None => {
                remove(&mut root, steps);
                Some(())
            }
        };
        if let Value::Map(map) = root {
            *document = map;
        }
        done.ok_or_else(blocked)
    }
}

/// Puts a value where `path` leads; nothing when something else than a map or list is in the way.
fn set(value: &mut Value, path: &[Step], to: &Value) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        merge(value, to);
        return Some(());
    };
    if matches!(value, Value::Null) {
        *value = match first {
            Step::Key(_) => Value::Map(Map::default()),
            Step::Index(_) => Value::List(List::default()),
        };
    }
    match (value, first) {
        (Value::Map(map), Step::Key(key)) => {
            let at = map.entries.iter().position(|entry| entry.key == *key);
            let at = at.unwrap_or_else(|| {
                map.entries.push(Entry::new(key, Value::Null));
                map.entries.len() - 1
            });
            set(&mut map.entries.get_mut(at)?.value, rest, to)
        }
        (Value::List(list), Step::Index(index)) => {
            if *index == list.items.len() {
                list.items.push(Item::new(Value::Null));
            }
            set(&mut list.items.get_mut(*index)?.value, rest, to)
        }
        _ => None,
    }
}

fn remove(value: &mut Value, path: &[Step]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (value, first) {
        (Value::Map(map), Step::Key(key)) => {
            let Some(at) = map.entries.iter().position(|entry| entry.key == *key) else { return };
            if rest.is_empty() {
                map.entries.remove(at);
            } else if let Some(entry) = map.entries.get_mut(at) {
                remove(&mut entry.value, rest);
            }
        }
        (Value::List(list), Step::Index(index)) if *index < list.items.len() => {
            if rest.is_empty() {
                list.items.remove(*index);
            } else if let Some(item) = list.items.get_mut(*index) {
                remove(&mut item.value, rest);
            }
        }
        _ => {}
    }
}

/// Makes `old` say what `new` says. Recurses no deeper than the trees are.
fn merge(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            let mut wanted: HashMap<&str, &Value> =
                new.entries.iter().map(|entry| (&*entry.key, &entry.value)).collect();
            old.entries.retain(|entry| wanted.contains_key(&*entry.key));
            for entry in &mut old.entries {
                if let Some(value) = wanted.remove(&*entry.key) {
                    merge(&mut entry.value, value);
                }
            }
            for entry in &new.entries {
                // Each key once, whatever was given.
                if let Some(value) = wanted.remove(&*entry.key) {
                    old.entries.push(Entry::new(&*entry.key, value.copy()));
                }
            }
        }
        (Value::List(old), Value::List(new)) => {
            old.items.truncate(new.items.len());
            for (index, item) in new.items.iter().enumerate() {
                match old.items.get_mut(index) {
                    Some(known) => merge(&mut known.value, &item.value),
                    None => old.items.push(Item::new(item.value.copy())),
                }
            }
        }
        (old, new) => *old = new.copy(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_keep_the_order_and_make_what_is_missing() {
        let mut plain = Plain::read(Format::Yaml, "b: 1\na: {x: 1, y: 2}\nl: [1, 2, 3]\n").unwrap();
        let leaf = |number| Value::Leaf(Leaf::int(number));
        let map = |entries| Value::Map(Map { entries, trailing: Vec::new() });
        let item = Path(vec![Step::Key("l".into()), Step::Index(1)]);
        for change in [
            Change::set(Path::keys(["n", "m"]), leaf(5)),
            Change::set(
                Path::keys(["a"]),
                map(vec![Entry::new("z", leaf(3)), Entry::new("y", leaf(4))]),
            ),
            Change::remove(Path::keys(["b"])),
            Change::remove(Path::keys(["not", "there"])),
            Change::remove(item),
        ] {
            change.apply(&mut plain, Format::Yaml).unwrap();
        }
        let expected = "a: {y: 4, z: 3}\nl: [1, 3]\nn: {m: 5}\n";
        assert!(plain.is_same(&Plain::read(Format::Yaml, expected).unwrap()));
        let blocked =
            Change::set(Path::keys(["a", "y", "q"]), leaf(1)).apply(&mut plain, Format::Yaml);
        assert_eq!(blocked, Err(Fault::Blocked(Path::keys(["a", "y", "q"]))));
    }
}
