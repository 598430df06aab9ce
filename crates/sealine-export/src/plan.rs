//! What an export changes in a target: the leaves whose values differ, and nothing else.
//!
//! Invariant: keys that no output goes to are never changed or removed; no change is planned for a
//! value that is there already, however it is written.

use sealine_sops::{Entry, Kind, Leaf, List, Map, Path, Step, Value};
use thiserror::Error;

use crate::select::Wanted;
use crate::tree_path::shown;

/// One change of a target.
#[derive(Debug)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What becomes of it.
    pub action: Action,
}

/// What becomes of a place in a target.
#[derive(Debug)]
pub enum Action {
    /// It is not there yet.
    Add(Value),
    /// It holds something else.
    Replace(Value),
    /// The output has it no longer.
    Remove,
}

/// Why a target cannot take an output.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanFault {
    /// Something stands there that the output would destroy.
    #[error("`{place}` holds {there}, and `{output}` is {wanted}")]
    Type {
        /// The place.
        place: String,
        /// What is there.
        there: &'static str,
        /// The output.
        output: String,
        /// What it is.
        wanted: &'static str,
    },
    /// Something that is no map stands on the way.
    #[error("`{place}` holds {there}, and `{output}` goes below it")]
    Way {
        /// The place on the way.
        place: String,
        /// What is there.
        there: &'static str,
        /// The output.
        output: String,
    },
}

/// What is wanted of a tree: keys on the way, and below them whole values.
#[derive(Debug)]
enum Wish {
    Below(Vec<(String, Wish)>),
    Value { value: Value, output: String },
}

/// Returns what has to change in `current` so that it holds what is wanted below `at`.
///
/// # Errors
///
/// When something else stands in the way.
pub fn plan(current: &Map, at: &[String], wanted: Vec<Wanted>) -> Result<Vec<Change>, PlanFault> {
    let mut wishes = Vec::new();
    for wanted in wanted {
        let keys: Vec<String> = at.iter().chain(&wanted.key).cloned().collect();
        insert(&mut wishes, &keys, Wish::Value { value: wanted.value, output: wanted.output });
    }
    let mut changes = Vec::new();
    below(current, wishes, &mut Vec::new(), &mut changes)?;
    Ok(changes)
}

/// Puts a wish into the tree. Keys are known not to lie below one another.
fn insert(wishes: &mut Vec<(String, Wish)>, keys: &[String], wish: Wish) {
    let Some((first, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        wishes.push((first.clone(), wish));
        return;
    }
    let known = wishes.iter().position(|(key, _)| key == first);
    let index = known.unwrap_or_else(|| {
        wishes.push((first.clone(), Wish::Below(Vec::new())));
        wishes.len() - 1
    });
    if let Some((_, Wish::Below(inner))) = wishes.get_mut(index) {
        insert(inner, rest, wish);
    }
}

fn below(
    current: &Map,
    wishes: Vec<(String, Wish)>,
    path: &mut Vec<Step>,
    changes: &mut Vec<Change>,
) -> Result<(), PlanFault> {
    for (key, wish) in wishes {
        path.push(Step::Key(key.clone()));
        match (current.get(&key), wish) {
            (None, wish) => changes.push(added(path, whole(wish))),
            (Some(Value::Map(map)), Wish::Below(inner)) => below(map, inner, path, changes)?,
            (Some(Value::Null), wish) => match whole(wish) {
                Value::Null => {}
                value => changes.push(replaced(path, value)),
            },
            (Some(there), Wish::Below(inner)) => {
                return Err(PlanFault::Way {
                    place: Path(path.clone()).to_string(),
                    there: kind(there),
                    output: first_output(&inner),
                });
            }
            (Some(there), Wish::Value { value, output }) => {
                compare(there, value, &output, path, changes)?;
            }
        }
        path.pop();
    }
    Ok(())
}

/// Compares what is there with an output's value. Recurses no deeper than both trees are.
fn compare(
    there: &Value,
    wanted: Value,
    output: &str,
    path: &mut Vec<Step>,
    changes: &mut Vec<Change>,
) -> Result<(), PlanFault> {
    match (there, wanted) {
        (Value::Null, Value::Null) => {}
        (Value::Leaf(one), Value::Leaf(other)) if is_equal(one, &other) => {}
        (Value::Map(map), Value::Map(wanted)) => compare_maps(map, wanted, output, path, changes)?,
        (Value::List(list), Value::List(wanted)) => {
            compare_lists(list, wanted, output, path, changes)?;
        }
        (Value::Null | Value::Leaf(_), wanted @ (Value::Null | Value::Leaf(_)))
        | (Value::Null, wanted) => changes.push(replaced(path, wanted)),
        (there, wanted) => {
            return Err(PlanFault::Type {
                place: Path(path.clone()).to_string(),
                there: kind(there),
                output: output.to_owned(),
                wanted: kind(&wanted),
            });
        }
    }
    Ok(())
}

/// A map is the output's as a whole: what the output has no longer goes.
fn compare_maps(
    map: &Map,
    wanted: Map,
    output: &str,
    path: &mut Vec<Step>,
    changes: &mut Vec<Change>,
) -> Result<(), PlanFault> {
    for entry in &map.entries {
        if wanted.get(&entry.key).is_none() {
            path.push(Step::Key(entry.key.clone()));
            changes.push(Change { path: Path(path.clone()), action: Action::Remove });
            path.pop();
        }
    }
    for Entry { key, value, .. } in wanted.entries {
        path.push(Step::Key(key.clone()));
        match map.get(&key) {
            Some(there) => compare(there, value, output, path, changes)?,
            None => changes.push(added(path, value)),
        }
        path.pop();
    }
    Ok(())
}

/// Items are compared one by one where there are as many as before. A list that grew or shrank, or
/// whose items are of other kinds, is written anew.
fn compare_lists(
    list: &List,
    wanted: List,
    output: &str,
    path: &mut Vec<Step>,
    changes: &mut Vec<Change>,
) -> Result<(), PlanFault> {
    let alike = list.items.len() == wanted.items.len()
        && list.items.iter().zip(&wanted.items).all(|(one, other)| {
            std::mem::discriminant(&one.value) == std::mem::discriminant(&other.value)
        });
    if !alike {
        changes.push(replaced(path, Value::List(wanted)));
        return Ok(());
    }
    for (index, (item, wanted)) in list.items.iter().zip(wanted.items).enumerate() {
        path.push(Step::Index(index));
        compare(&item.value, wanted.value, output, path, changes)?;
        path.pop();
    }
    Ok(())
}

/// Returns whether both say the same: numbers by their value, for `1.0` and `1` are one number.
fn is_equal(one: &Leaf, other: &Leaf) -> bool {
    let number = |leaf: &Leaf| match leaf.kind() {
        Kind::Int | Kind::Float => leaf.text()?.parse::<f64>().ok(),
        _ => None,
    };
    match (one.kind(), other.kind()) {
        (Kind::Float, Kind::Int | Kind::Float) | (Kind::Int, Kind::Float) => number(one)
            .zip(number(other))
            .is_some_and(|(one, other)| one.to_bits() == other.to_bits()),
        _ => one.is_same(other),
    }
}

fn added(path: &[Step], value: Value) -> Change {
    Change { path: Path(path.to_vec()), action: Action::Add(value) }
}

fn replaced(path: &[Step], value: Value) -> Change {
    Change { path: Path(path.to_vec()), action: Action::Replace(value) }
}

/// The value that a wish amounts to where nothing is.
fn whole(wish: Wish) -> Value {
    match wish {
        Wish::Value { value, .. } => value,
        Wish::Below(inner) => {
            let entries = inner.into_iter().map(|(key, wish)| Entry::new(key, whole(wish)));
            Value::Map(Map { entries: entries.collect(), ..Map::default() })
        }
    }
}

fn first_output(wishes: &[(String, Wish)]) -> String {
    match wishes.first() {
        Some((_, Wish::Value { output, .. })) => output.clone(),
        Some((_, Wish::Below(inner))) => first_output(inner),
        None => String::new(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Leaf(leaf) => match leaf.kind() {
            Kind::Str | Kind::Bytes => "a string",
            Kind::Int | Kind::Float => "a number",
            Kind::Bool => "a truth",
            Kind::Time => "a date",
        },
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

/// The keys that changes touch, each leaf by itself, with what becomes of it. No value is shown.
pub fn touched(changes: &[Change]) -> Vec<(String, Touch)> {
    let mut found = Vec::new();
    for change in changes {
        let keys: Vec<String> = change.path.0.iter().map(step).collect();
        match &change.action {
            Action::Remove => found.push((shown(&keys), Touch::Removed)),
            Action::Replace(value) => leaves(value, &keys, Touch::Changed, &mut found),
            Action::Add(value) => leaves(value, &keys, Touch::Added, &mut found),
        }
    }
    found
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It is new.
    Added,
    /// It has another value.
    Changed,
    /// It is gone.
    Removed,
}

impl Touch {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    }
}

fn leaves(value: &Value, keys: &[String], touch: Touch, found: &mut Vec<(String, Touch)>) {
    match value {
        Value::Map(map) if !map.entries.is_empty() => {
            for entry in &map.entries {
                let keys: Vec<String> = keys.iter().chain([&entry.key]).cloned().collect();
                leaves(&entry.value, &keys, touch, found);
            }
        }
        _ => found.push((shown(keys), touch)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_sops::{Format, Plain};

    fn document(text: &str) -> Map {
        Plain::read(Format::Yaml, text).unwrap().documents.pop().unwrap_or_default()
    }

    /// The changes that bring the outputs `wanted`, written as YAML, below `at` into `current`.
    fn changes(current: &str, at: &str, wanted: &str) -> Result<String, PlanFault> {
        let at = crate::tree_path::parse(at).unwrap();
        let wanted = document(wanted).entries.into_iter().map(|entry| Wanted {
            key: vec![entry.key.clone()],
            value: entry.value,
            sensitive: false,
            encrypted: None,
            output: entry.key,
        });
        let changes = plan(&document(current), &at, wanted.collect())?;
        let words = touched(&changes);
        let words = words.iter().map(|(key, touch)| format!("{} {key}", touch.word()));
        Ok(words.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn only_what_differs_changes() {
        let current = "a:\n  ip: 10.0.0.1\n  port: 80\n  other: x\nb: 1\n";
        assert_eq!(changes(current, "a", "ip: 10.0.0.1\nport: 80\n").unwrap(), "");
        assert_eq!(changes(current, "a", "port: 80.0\n").unwrap(), "");
        assert_eq!(
            changes(current, "a", "ip: 10.0.0.2\nnew: {k: v, w: []}\n").unwrap(),
            "changed a.ip, added a.new.k, added a.new.w"
        );
        assert_eq!(changes(current, "a", "port: '80'\n").unwrap(), "changed a.port");
        assert_eq!(changes("", "a.b", "c: 1\nd: 2\n").unwrap(), "added a.b.c, added a.b.d");
    }

    #[test]
    fn a_map_and_a_list_are_the_outputs_as_a_whole() {
        let current = "m: {a: 1, b: 2}\nl: [a, b]\nn:\n";
        assert_eq!(changes(current, "", "m: {b: 2, c: 3}\n").unwrap(), "removed m.a, added m.c");
        assert_eq!(changes(current, "", "l: [a, c]\n").unwrap(), "changed l.1");
        assert_eq!(changes(current, "", "l: [a, b, c]\n").unwrap(), "changed l");
        assert_eq!(changes(current, "", "n: {a: 1}\n").unwrap(), "changed n.a");
        assert_eq!(changes(current, "", "n:\n").unwrap(), "");
    }

    #[test]
    fn another_kind_of_value_is_not_overwritten() {
        let fault =
            |at, wanted| changes("a: {b: x}\nl: [1]\n", at, wanted).unwrap_err().to_string();
        assert_eq!(fault("", "a: 5\n"), "`a` holds a map, and `a` is a number");
        assert_eq!(fault("", "l: {x: 1}\n"), "`l` holds a list, and `l` is a map");
        assert_eq!(fault("a.b", "c: 1\n"), "`a.b` holds a string, and `c` goes below it");
    }
}
