//! Keys of values as Helm's YAML reader understands them: in YAML 1.1 `on` is a truth value, and a
//! key that is one becomes its name.
//!
//! Invariant: a key in quotes stays what it is.

use sealine_model::tree::Tree;
use sealine_source::Place;

/// Gives plain keys such as `on` and `n` the names that templates find them under.
pub(super) fn rename_keys(tree: &mut Tree, is_quoted: &dyn Fn(&Place) -> bool) {
    match tree {
        Tree::Map(map) => {
            for entry in &mut map.entries {
                if let Some(name) = name(&entry.key)
                    && entry.key != name
                    && !is_quoted(&entry.place)
                {
                    entry.key = name.into();
                }
                rename_keys(&mut entry.value, is_quoted);
            }
        }
        Tree::List(items) => items.iter_mut().for_each(|item| rename_keys(item, is_quoted)),
        _ => {}
    }
}

/// Returns whether a plain word is a truth value of YAML 1.1 alone.
pub(super) fn is_old_truth(word: &str) -> bool {
    name(word).is_some_and(|name| !word.eq_ignore_ascii_case(name))
}

/// Returns the name of the truth value that a plain word is.
fn name(word: &str) -> Option<&'static str> {
    match word {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "True" | "TRUE" => Some("true"),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "False" | "FALSE" => Some("false"),
        _ => None,
    }
}

/// Returns whether the scalar at this place of a text was written in quotes or as a block.
pub(super) fn is_quoted(text: &str, place: &Place) -> bool {
    let bytes = text.as_bytes();
    let start = place.start as usize;
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_mark = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'|' | b'>'));
    is_mark(before) || is_mark(bytes.get(start))
}
