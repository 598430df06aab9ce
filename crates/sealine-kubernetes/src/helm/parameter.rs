//! Values given one by one, as `helm --set` writes them: parameters of Argo CD, targets of Flux.
//!
//! They become trees like those of values files. Two things tell them apart: an index into a list
//! is a key such as `[2]`, until [`super::values::merge`] finds the list, and a text that `--set`
//! gives a type has an empty place.
//!
//! Invariant: a path makes no more keys and a list no more items than the limits say.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::Place;

use crate::delivery::tree::set;

/// How many parts a path may have.
const MAX_PARTS: usize = 32;
/// How long a list may become through an index.
pub(super) const MAX_INDEX: usize = 1_000;

/// Returns a tree that holds `value` under a path (`a.b[0].c`); an empty one where the path is none.
pub(crate) fn at_path(path: &str, value: Tree, place: &Place) -> Tree {
    let mut tree = Tree::Map(TreeMap::default());
    if let Some(parts) = parts(path) {
        let keys: Vec<&str> = parts.iter().map(String::as_str).collect();
        set(&mut tree, &keys, value, place);
    }
    tree
}

/// Returns what a text means after `--set x=`: a number, a truth value, nothing, a list, a text.
pub(crate) fn typed(value: Tree) -> Tree {
    let Tree::Scalar { value: text, place } = &value else { return value };
    let Some(known) = text.text() else { return value };
    let at = text.single_place().unwrap_or(place);
    if let Some(items) = known.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let items = items.split(',').filter(|_| !items.is_empty());
        return Tree::List(items.map(|item| typed_text(item.trim(), at)).collect());
    }
    typed_text(&known, at)
}

fn typed_text(text: &str, place: &Place) -> Tree {
    if text.eq_ignore_ascii_case("null") {
        return Tree::Null;
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    let value = Value::known(plain.as_str(), Some(place.clone()));
    let place = match kind(&plain) {
        Kind::Text => place.clone(),
        _ => Place { end: place.start, ..place.clone() },
    };
    Tree::Scalar { value, place }
}

/// What `--set` takes a text for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool(bool),
    Int(i64),
    Text,
}

/// Returns what `--set` takes a text for. There are no fractions.
pub(super) fn kind(text: &str) -> Kind {
    if text.eq_ignore_ascii_case("true") {
        Kind::Bool(true)
    } else if text.eq_ignore_ascii_case("false") {
        Kind::Bool(false)
    } else if text == "0" || !text.starts_with('0') {
        text.parse().map_or(Kind::Text, Kind::Int)
    } else {
        Kind::Text
    }
}

/// Returns whether a scalar at this place was given a type by [`typed`].
pub(super) fn is_typed(text: &str, place: &Place) -> bool {
    place.start == place.end && !text.is_empty()
}

/// Returns the index that a key of a parameter stands for.
pub(super) fn index(key: &str) -> Option<usize> {
    let digits = key.strip_prefix('[')?.strip_suffix(']')?;
    digits.parse().ok().filter(|index| *index <= MAX_INDEX)
}

/// Returns the keys of a path, indexes in brackets.
fn parts(path: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.last_mut()?;
        match letter {
            '\\' => last.extend(letters.next()),
            '.' => {
                if !last.is_empty() {
                    parts.push(String::new());
                }
            }
            '[' => {
                let digits: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let key = format!("[{}]", digits.trim());
                index(&key)?;
                if last.is_empty() {
                    *last = key;
                } else {
                    parts.push(key);
                }
                if letters.peek() == Some(&'.') {
                    letters.next();
                    parts.push(String::new());
                } else if letters.peek().is_some_and(|next| *next == '[') {
                    parts.push(String::new());
                }
            }
            letter => last.push(letter),
        }
    }
    let is_whole = parts.iter().all(|part| !part.is_empty());
    (is_whole && parts.len() <= MAX_PARTS && index(parts.first()?).is_none()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_keys_and_indexes() {
        for (path, expected) in [
            ("a.b", Some(vec!["a", "b"])),
            (r"a\.b.c", Some(vec!["a.b", "c"])),
            ("a[0].b", Some(vec!["a", "[0]", "b"])),
            ("a[0][1]", Some(vec!["a", "[0]", "[1]"])),
            ("a[x]", None),
            ("a[99999999]", None),
            ("[0]", None),
            ("a.", None),
            ("", None),
        ] {
            let expected = expected.map(|parts| parts.into_iter().map(str::to_owned).collect());
            assert_eq!(parts(path), expected, "{path}");
        }
    }

    #[test]
    fn texts_have_the_types_of_set() {
        for (text, expected) in [
            ("true", Kind::Bool(true)),
            ("FALSE", Kind::Bool(false)),
            ("12", Kind::Int(12)),
            ("-3", Kind::Int(-3)),
            ("0", Kind::Int(0)),
            ("012", Kind::Text),
            ("1.5", Kind::Text),
            ("", Kind::Text),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
