//! Changing a file that is not encrypted in place, as an encrypted one is changed.
//!
//! Invariant: comments, order, layout and whatever did not change stay.

use super::diff;
use super::splice::Splices;
use super::{Change, Edited};
use crate::{Fault, Format, Map, Path, Plain};

/// Returns a file that is not encrypted with these changes, made in their order.
///
/// # Errors
///
/// As [`Plain::read`]; and when a change cannot be made, or not without touching what stands around
/// it.
pub fn edit_plain(format: Format, text: &str, changes: &[Change]) -> Result<Edited, Fault> {
    let mut old = Plain::read(format, text)?;
    if old.documents.is_empty() {
        old.documents.push(Map::default());
    }
    let mut new = Plain { documents: old.documents.iter().map(Map::copy).collect() };
    for change in changes {
        change.apply(&mut new, format)?;
    }
    if new.is_same(&old) {
        return Ok(Edited { text: text.to_owned(), changed: Vec::new() });
    }
    crate::store::check_plain(format, &new)?;
    if format == Format::Yaml && old.documents.iter().all(|document| document.entries.is_empty()) {
        return filled(text, new);
    }
    let mut splices = Splices::new(text);
    let mut changed = Vec::new();
    for (before, after) in old.documents.iter().zip(&new.documents) {
        let trees = diff::Trees { old: before, new: after, sealed: after };
        changed.extend(diff::document(format, &mut splices, &trees, None)?);
    }
    let unsafe_edit = || Fault::Edit(changed.first().cloned().unwrap_or_else(Path::default));
    let text = splices.apply().ok_or_else(unsafe_edit)?;
    match Plain::read(format, &text) {
        Ok(written) if written.is_same(&new) => Ok(Edited { text, changed }),
        _ => Err(unsafe_edit()),
    }
}

/// Writes entries below the comments of a file that has nothing else.
fn filled(text: &str, mut new: Plain) -> Result<Edited, Fault> {
    new.documents.truncate(1);
    for document in &mut new.documents {
        document.trailing.clear();
    }
    let mut out: String = text
        .split_inclusive('\n')
        .filter(|line| line.trim().is_empty() || line.trim_start().starts_with(['#', '%', '-']))
        .collect();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    let written = new.write(Format::Yaml)?;
    out.push_str(std::str::from_utf8(written.expose()).unwrap_or_default());
    let entries = new.documents.iter().flat_map(|document| &document.entries);
    let changed = entries.map(|entry| Path::keys([&*entry.key])).collect();
    match Plain::read(Format::Yaml, &out) {
        Ok(read) if read.is_same(&new) => Ok(Edited { text: out, changed }),
        _ => Err(Fault::Edit(Path::default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Leaf, Value};

    fn edited(format: Format, text: &str, changes: &[Change]) -> String {
        edit_plain(format, text, changes).unwrap().text
    }

    #[test]
    fn what_stands_around_a_change_stays() {
        let set = |keys: &[&str], text: &str| {
            Change::set_leaf(Path::keys(keys.iter().copied()), Leaf::string(text))
        };
        let text = "# top\na:\n  b: 'x' # beside\n  c: 5\n\n# below\nd: [1, 2]\n";
        assert_eq!(
            edited(Format::Yaml, text, &[set(&["a", "b"], "y"), set(&["a", "n"], "5")]),
            "# top\na:\n  b: 'y' # beside\n  c: 5\n  \"n\": \"5\"\n\n# below\nd: [1, 2]\n"
        );
        let json = "{\n  \"a\": {\"b\": \"x\"},\n  \"c\": 1\n}\n";
        assert_eq!(
            edited(Format::Json, json, &[set(&["a", "b"], "y")]),
            "{\n  \"a\": {\"b\": \"y\"},\n  \"c\": 1\n}\n"
        );
    }

    #[test]
    fn an_empty_file_takes_what_it_is_given() {
        let map =
            Map { entries: vec![Entry::new("b", Value::Leaf(Leaf::int(1)))], ..Map::default() };
        let change = [Change::set(Path::keys(["a"]), Value::Map(map))];
        assert_eq!(edited(Format::Yaml, "", &change), "a:\n    b: 1\n");
        assert_eq!(
            edited(Format::Yaml, "# only a comment\n", &change),
            "# only a comment\na:\n    b: 1\n"
        );
        let json = edited(Format::Json, "{}\n", &change);
        assert!(Plain::read(Format::Json, &json).is_ok(), "{json}");
    }
}
