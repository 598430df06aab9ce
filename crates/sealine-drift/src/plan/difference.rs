//! What differs between two values, leaf by leaf.
//!
//! Invariant: a leaf is hidden when it, or anything around it, is marked on either side. At most
//! [`MOST`] leaves are told apart.

use std::collections::BTreeMap;

use super::Change;
use super::held::Held;
use super::path::Path;

/// How many leaves of one resource are told apart.
const MOST: usize = 500;

/// One place in which two values differ.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) path: Path,
    pub(crate) before: &'a Held,
    pub(crate) after: &'a Held,
    /// Known after apply.
    pub(crate) unknown: bool,
    /// Marked, here or around.
    pub(crate) marked: bool,
}

struct Marks<'a> {
    unknown: &'a Held,
    before: &'a Held,
    after: &'a Held,
}

impl Marks<'_> {
    fn key(&self, key: &str) -> Self {
        Marks {
            unknown: self.unknown.mark_of_key(key),
            before: self.before.mark_of_key(key),
            after: self.after.mark_of_key(key),
        }
    }

    fn item(&self, index: usize) -> Self {
        Marks {
            unknown: self.unknown.mark_of_item(index),
            before: self.before.mark_of_item(index),
            after: self.after.mark_of_item(index),
        }
    }
}

/// Returns the leaves in which a change differs, in the order of their paths.
pub(crate) fn leaves(change: &Change) -> Vec<Leaf<'_>> {
    let marks = Marks {
        unknown: &change.after_unknown,
        before: &change.before_sensitive,
        after: &change.after_sensitive,
    };
    let mut found = Vec::new();
    walk(&Path::default(), &change.before, &change.after, &marks, &mut found);
    found
}

static NOTHING: BTreeMap<String, Held> = BTreeMap::new();

fn walk<'a>(
    path: &Path,
    before: &'a Held,
    after: &'a Held,
    marks: &Marks<'_>,
    found: &mut Vec<Leaf<'a>>,
) {
    if found.len() >= MOST || (before == after && !marks.unknown.any_true()) {
        return;
    }
    let both = match (before, after) {
        (Held::Map(before), Held::Map(after)) => Some((before, after)),
        // A whole resource that comes or goes is told by its attributes.
        (Held::Map(before), Held::Null) if path.0.is_empty() => Some((before, &NOTHING)),
        (Held::Null, Held::Map(after)) if path.0.is_empty() => Some((&NOTHING, after)),
        // What is wholly unknown has no part on the other side.
        (Held::Map(before), Held::Null) if matches!(marks.unknown, Held::Map(_)) => {
            Some((before, &NOTHING))
        }
        _ => None,
    };
    if let Some((before, after)) = both {
        let unknown = match marks.unknown {
            Held::Map(entries) => entries,
            _ => &NOTHING,
        };
        let mut keys: Vec<&String> =
            before.keys().chain(after.keys()).chain(unknown.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (one, two) = (before.get(key), after.get(key));
            let (one, two) = (one.unwrap_or(&Held::Null), two.unwrap_or(&Held::Null));
            walk(&path.key(key), one, two, &marks.key(key), found);
        }
        return;
    }
    if let (Held::List(before), Held::List(after)) = (before, after) {
        let nested = before.iter().chain(after).all(|item| matches!(item, Held::Map(_)));
        if nested && before.len() == after.len() && !is_reordered(before, after) {
            for (index, (one, two)) in before.iter().zip(after).enumerate() {
                walk(&path.item(index), one, two, &marks.item(index), found);
            }
            return;
        }
    }
    found.push(Leaf {
        path: path.clone(),
        before,
        after,
        unknown: marks.unknown.any_true(),
        marked: marks.before.any_true() || marks.after.any_true(),
    });
}

/// Returns whether two lists hold the same in another order.
pub(crate) fn is_reordered(before: &[Held], after: &[Held]) -> bool {
    // Quadratic, so only for what a person could have ordered.
    if before.len() != after.len() || before.len() > 200 || before == after {
        return false;
    }
    let mut rest: Vec<&Held> = after.iter().collect();
    before.iter().all(|item| match rest.iter().position(|other| *other == item) {
        Some(at) => {
            rest.swap_remove(at);
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(change: &str) -> Vec<String> {
        let change: Change = serde_json::from_str(change).unwrap();
        let leaves = leaves(&change);
        let shown = |leaf: &Leaf<'_>| {
            let marks = [(leaf.unknown, " unknown"), (leaf.marked, " marked")];
            let marks = marks.iter().filter(|(on, _)| *on).map(|(_, word)| *word);
            format!("{}{}", leaf.path, marks.collect::<String>())
        };
        leaves.iter().map(shown).collect()
    }

    #[test]
    fn leaves_are_told_with_their_marks() {
        let change = r#"{"actions": ["update"],
            "before": {"same": 1, "a": {"b": 1, "c": [1]}, "s": {"deep": {"er": "x"}}, "gone": 1},
            "after": {"same": 1.0, "a": {"b": 2, "c": [1, 2]}, "s": {"deep": {"er": "y"}}},
            "after_unknown": {"id": true}, "before_sensitive": {"s": true}, "after_sensitive": {}}"#;
        assert_eq!(paths(change), ["a.b", "a.c", "gone", "id unknown", "s.deep.er marked"]);
    }

    #[test]
    fn blocks_are_compared_one_by_one_unless_they_only_moved() {
        let moved =
            r#"{"before": {"b": [{"x": 1}, {"x": 2}]}, "after": {"b": [{"x": 2}, {"x": 1}]}}"#;
        assert_eq!(paths(moved), ["b"]);
        let changed =
            r#"{"before": {"b": [{"x": 1}, {"x": 2}]}, "after": {"b": [{"x": 1}, {"x": 3}]}}"#;
        assert_eq!(paths(changed), ["b[1].x"]);
    }

    #[test]
    fn a_mark_below_a_leaf_hides_the_leaf() {
        let change = r#"{"before": {"l": [{"p": "a"}]}, "after": {"l": []},
            "before_sensitive": {"l": [{"p": true}]}, "after_sensitive": false}"#;
        assert_eq!(paths(change), ["l marked"]);
    }
}
