//! One entry of a vault as the operator reads it: whole, a property of it, or all its fields.
//!
//! Invariants: a number stays as it is written; no message holds a value.

use std::collections::BTreeMap;

use sealine_template::source_keys::Values;
use serde_json::value::RawValue;

/// Why an entry does not give what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// It has no such property.
    Property,
    /// It is no JSON object, so it has no fields.
    Fields,
    /// The path of the property is more than names and numbers.
    Path,
}

/// Letters with which paths ask for more than one field.
const QUERIES: &[char] = &['#', '*', '?', '@', '|', '!', '{', '['];

/// Returns a property of an entry that is JSON: the field of this very name, else what the path
/// leads to.
pub(crate) fn property(entry: &[u8], path: &str) -> Result<Vec<u8>, Lack> {
    let document: &RawValue = serde_json::from_slice(entry).map_err(|_| Lack::Property)?;
    if let Some(found) = field(document, path) {
        return Ok(text(found));
    }
    if path.contains(QUERIES) {
        return Err(Lack::Path);
    }
    let mut at = document;
    for name in names(path) {
        at = field(at, &name).or_else(|| item(at, &name)).ok_or(Lack::Property)?;
    }
    Ok(text(at))
}

/// Returns the fields of an entry that is a JSON object.
pub(crate) fn fields(entry: &[u8]) -> Result<Values, Lack> {
    let fields: BTreeMap<String, &RawValue> =
        serde_json::from_slice(entry).map_err(|_| Lack::Fields)?;
    Ok(fields.into_iter().map(|(name, value)| (name, text(value))).collect())
}

fn field<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let mut fields: BTreeMap<String, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
    fields.remove(name)
}

fn item<'a>(value: &'a RawValue, index: &str) -> Option<&'a RawValue> {
    let items: Vec<&'a RawValue> = serde_json::from_str(value.get()).ok()?;
    items.get(index.parse::<usize>().ok()?).copied()
}

/// A text is what it says; everything else stays JSON.
fn text(value: &RawValue) -> Vec<u8> {
    let raw = value.get();
    serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned()).into_bytes()
}

/// Returns the names of a path: they stand between dots, and a dot after `\` belongs to a name.
fn names(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '.' => {
                names.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(name) = names.last_mut() {
            name.push(letter);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_by_name_and_by_path() {
        let entry = br#"{"a": "x", "b.c": 1.50, "b": {"c": "no", "d": [true, {"e": "deep"}]}, "n": 1000000}"#;
        for (path, expected) in [
            ("a", Ok("x")),
            ("b.c", Ok("1.50")),
            ("b.d.1.e", Ok("deep")),
            ("b.d", Ok(r#"[true, {"e": "deep"}]"#)),
            ("n", Ok("1000000")),
            ("z", Err(Lack::Property)),
            ("b.d.7", Err(Lack::Property)),
            ("b.#", Err(Lack::Path)),
        ] {
            let found = property(entry, path).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(found, expected.map(str::to_owned), "{path}");
        }
        assert_eq!(property(b"plain", "a"), Err(Lack::Property));
    }

    #[test]
    fn fields_of_what_is_no_object() {
        assert_eq!(fields(b"[1]"), Err(Lack::Fields));
        let made = fields(br#"{"a": null, "b": "\u0041"}"#).unwrap();
        assert_eq!(made["a"], b"null");
        assert_eq!(made["b"], b"A");
    }
}
