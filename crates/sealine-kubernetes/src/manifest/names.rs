//! Names as they stand in objects: what a later tool fills in is a hole.
//!
//! Invariant: a text that some tool replaces (`${VAR}`, `{{ .Values.x }}`, `<path:...>`) never
//! passes as a known name.

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;

/// Where a part begins that a tool replaces, and where it ends: templates, substitutions, the Argo
/// CD Vault Plugin.
const MARKERS: &[(&str, &str)] = &[("{{", "}}"), ("${", "}"), ("<path:", ">")];

/// Returns the name that a scalar holds; nothing for an empty one or another tree.
pub(crate) fn name_of(tree: &Tree) -> Option<Value> {
    let value = tree.value()?;
    if value.text().is_some_and(|text| text.trim().is_empty()) {
        return None;
    }
    Some(with_holes(value))
}

/// Returns the name under `key`.
pub(crate) fn name_at(tree: &Tree, key: &str) -> Option<Value> {
    tree.get(key).and_then(name_of)
}

/// Returns the text under `path`, when it is wholly known and not empty.
pub(crate) fn text_at(tree: &Tree, path: &[&str]) -> Option<String> {
    let value = name_of(tree.at(path)?)?;
    value.text()
}

/// Returns whether the scalar under `key` is the bool `true`.
pub(crate) fn is_true(tree: &Tree, key: &str) -> bool {
    tree.get(key).and_then(Tree::text).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Returns whether a text reads like a key rather than like a secret: words, and few digits.
pub(super) fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed) && digits <= 3
}

/// Returns `value` with a hole for each part that a tool replaces later.
pub(crate) fn with_holes(value: &Value) -> Value {
    if value.text().is_some_and(|text| is_marker(text.trim())) {
        return Value::unknown();
    }
    let marked = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => MARKERS.iter().any(|(begin, _)| text.contains(begin)),
        Piece::Hole => false,
    };
    if !value.pieces().iter().any(marked) {
        return value.clone();
    }
    // A marker may span pieces: a text with a `{{` in one and its `}}` in another is cut at both.
    let mut pieces = Vec::new();
    let mut open: Option<&str> = None;
    for piece in value.pieces() {
        match piece {
            Piece::Hole => pieces.push(Piece::Hole),
            Piece::Literal { text, place } => {
                cut(text, place.as_ref(), &mut open, &mut pieces);
            }
        }
    }
    Value::from_pieces(pieces)
}

/// Returns whether a whole text stands for something else: the placeholders of the Argo CD Vault
/// Plugin and of vals.
fn is_marker(text: &str) -> bool {
    (text.starts_with('<') && text.ends_with('>')) || text.starts_with("ref+")
}

/// Adds the parts of one literal; `open` holds the end of a marker that has begun.
fn cut(
    text: &str,
    place: Option<&Place>,
    open: &mut Option<&'static str>,
    pieces: &mut Vec<Piece>,
) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(end) = *open {
            pieces.push(Piece::Hole);
            // The beginning of a marker never holds its end.
            let Some(found) = rest.find(end) else { return };
            *open = None;
            at += found + end.len();
            continue;
        }
        let next = MARKERS
            .iter()
            .filter_map(|(begin, end)| rest.find(begin).map(|found| (found, *end)))
            .min_by_key(|(found, _)| *found);
        let length = next.map_or(rest.len(), |(found, _)| found);
        if let Some(literal) = rest.get(..length).filter(|literal| !literal.is_empty()) {
            let place = place.map(|place| part_of(place, text, at, length));
            pieces.push(Piece::Literal { text: literal.into(), place });
        }
        at += length;
        if let Some((_, end)) = next {
            *open = Some(end);
        }
    }
}

/// Returns the place of `length` bytes at `start` of a text that stands byte by byte at `place`.
pub(crate) fn part_of(place: &Place, text: &str, start: usize, length: usize) -> Place {
    let before = text.get(..start).unwrap_or_default();
    let breaks = before.matches('\n').count() as u32;
    let line = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32;
    let first = place.start + start as u32;
    Place {
        file: std::sync::Arc::clone(&place.file),
        start: first,
        end: first + length as u32,
        line: place.line + breaks,
        column: if breaks == 0 { place.column + line } else { line + 1 },
    }
}

/// Returns whether `text` can be the name of an object.
pub(crate) fn is_object_name(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| edge(byte) || byte == b'-' || byte == b'.';
    let bytes = text.as_bytes();
    let ends = bytes.first().copied().is_some_and(edge) && bytes.last().copied().is_some_and(edge);
    ends && bytes.len() <= 253 && bytes.iter().copied().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_fills_in_is_a_hole() {
        for (text, pattern) in [
            ("plain", "plain"),
            ("db-${ENV}", "db-*"),
            ("{{ .Release.Name }}-db", "*-db"),
            ("a{{x}}b${y}c", "a*b*c"),
            ("a-{{ never closed", "a-*"),
            ("<path:secret/data/x#key>", "*"),
            ("a-<path:x#y>-b", "a-*-b"),
            ("ref+vault://x", "*"),
            ("$HOME", "$HOME"),
        ] {
            assert_eq!(with_holes(&Value::from(text)).pattern(), pattern, "{text}");
        }
    }

    #[test]
    fn names_of_objects() {
        assert!(is_object_name("a.b-c1"));
        for text in ["", "-a", "A", "a b", "a_b", "a."] {
            assert!(!is_object_name(text), "{text}");
        }
    }
}
