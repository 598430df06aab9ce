//! Reads and writes lines of `NAME=value`, the metadata flattened into lines of its own.
//!
//! Invariant: everything behind the first `=` is the value, quotes and blanks included; `\n` in two
//! characters is a line break, as SOPS has it.

use std::collections::BTreeMap;

use sealine_source::TextRange;

use super::{File, SOPS_PREFIX, syntax};
use crate::value::Spot;
use crate::{Comment, Entry, Fault, Format, Item, Leaf, List, Map, Path, Value};

const MAP: &str = "__map_";
const LIST: &str = "__list_";

/// How many items a list of the metadata may have.
const LONGEST_LIST: usize = 10_000;

/// Reads a text.
pub(super) fn read(text: &str) -> Result<File, Fault> {
    let mut map = Map::default();
    let mut metadata = Vec::new();
    let mut comments = Vec::new();
    let mut known = std::collections::HashSet::new();
    let mut start = 0;
    for line in text.split('\n') {
        let range = TextRange::new(start, start + line.len());
        start += line.len() + 1;
        if line.is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            comments.push(Comment { range, ..Comment::new(comment) });
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            let message = "a line is neither a comment nor `NAME=value`";
            return Err(syntax(Format::Dotenv, text, range.start as usize, message));
        };
        if !known.insert(key) {
            return Err(syntax(Format::Dotenv, text, range.start as usize, "a name stands twice"));
        }
        let at = range.start as usize + key.len();
        let spot = Spot {
            key: TextRange::new(range.start as usize, at),
            value: TextRange::new(at + 1, range.end as usize),
            ..Spot::default()
        };
        let leaf = Value::Leaf(Leaf::string(value.replace("\\n", "\n")));
        let mut entry = Entry { spot, ..Entry::new(key, leaf) };
        if let Some(name) = key.strip_prefix(SOPS_PREFIX) {
            name.clone_into(&mut entry.key);
            metadata.push(entry);
        } else {
            entry.comments = std::mem::take(&mut comments);
            map.entries.push(entry);
        }
    }
    map.trailing = comments;
    let metadata = if metadata.is_empty() { None } else { Some(nested(metadata)?) };
    let metadata = metadata.map(|map| Entry::new(super::SOPS, Value::Map(map)));
    Ok(File { documents: vec![map], metadata: vec![metadata] })
}

/// Writes the first document, with the metadata when there is some.
pub(super) fn write(documents: &[Map], metadata: Option<&Map>) -> Result<String, Fault> {
    let mut out = String::new();
    for map in documents.iter().take(1) {
        for entry in &map.entries {
            write_comments(&mut out, &entry.comments);
            line(&mut out, &entry.key, &entry.value)?;
        }
        write_comments(&mut out, &map.trailing);
    }
    if let Some(metadata) = metadata {
        out.push_str(&metadata_lines(metadata)?);
    }
    Ok(out)
}

fn write_comments(out: &mut String, comments: &[Comment]) {
    for comment in comments {
        let Ok(text) = std::str::from_utf8(comment.text.expose()) else { continue };
        out.push('#');
        out.push_str(text);
        out.push('\n');
    }
}

fn line(out: &mut String, key: &str, value: &Value) -> Result<(), Fault> {
    let unwritable =
        |reason| Fault::Unwritable { path: Path::keys([key]), format: Format::Dotenv, reason };
    if key.starts_with('#') || key.contains(['=', '\n']) {
        return Err(unwritable("the name has no place in a line"));
    }
    let text = match value {
        Value::Null => "",
        Value::Leaf(leaf) => leaf.text().ok_or_else(|| unwritable("it is no text"))?,
        Value::Map(_) | Value::List(_) => return Err(unwritable("it has parts")),
    };
    if text.contains("\\n") {
        return Err(unwritable("it holds a backslash before an `n`, which reads as a line break"));
    }
    out.push_str(key);
    out.push('=');
    out.push_str(&text.replace('\n', "\\n"));
    out.push('\n');
    Ok(())
}

/// Writes the metadata, each value with the way that leads to it.
pub(crate) fn metadata_lines(metadata: &Map) -> Result<String, Fault> {
    let mut out = String::new();
    for entry in &metadata.entries {
        flatten(&mut out, &format!("{SOPS_PREFIX}{}", entry.key), &entry.value)?;
    }
    Ok(out)
}

/// Recurses no deeper than the tree is.
fn flatten(out: &mut String, name: &str, value: &Value) -> Result<(), Fault> {
    match value {
        Value::Map(map) => map
            .entries
            .iter()
            .try_for_each(|entry| flatten(out, &format!("{name}{MAP}{}", entry.key), &entry.value)),
        Value::List(list) => list.items.iter().enumerate().try_for_each(|(index, item)| {
            flatten(out, &format!("{name}{LIST}{index}"), &item.value)
        }),
        Value::Leaf(leaf) if leaf.as_bool().is_some() => {
            let text = leaf.text().unwrap_or_default().to_ascii_lowercase();
            line(out, name, &Value::Leaf(Leaf::string(text)))
        }
        leaf => line(out, name, leaf),
    }
}

/// A map or list on its way back from flattened names.
#[derive(Default)]
struct Nest {
    value: Option<Entry>,
    keys: BTreeMap<String, Nest>,
    items: BTreeMap<usize, Nest>,
}

/// Returns the map that flattened entries make.
fn nested(flat: Vec<Entry>) -> Result<Map, Fault> {
    let invalid = || Fault::Metadata("its flattened names contradict each other".to_owned());
    let mut root = Nest::default();
    for entry in flat {
        let mut nest = &mut root;
        let name = entry.key.clone();
        if name.matches("__").count() > super::DEPTH {
            return Err(invalid());
        }
        let mut rest = name.as_str();
        let mut is_item = false;
        loop {
            let map = rest.find(MAP);
            let list = rest.find(LIST);
            let end = map.into_iter().chain(list).min();
            let token = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            nest = if is_item {
                let index = token.parse().ok().filter(|index| *index < LONGEST_LIST);
                nest.items.entry(index.ok_or_else(invalid)?).or_default()
            } else {
                nest.keys.entry(token.to_owned()).or_default()
            };
            let Some(end) = end else { break };
            is_item = list == Some(end);
            let separator = if is_item { LIST } else { MAP };
            rest = rest.get(end + separator.len()..).unwrap_or_default();
        }
        if nest.value.replace(entry).is_some() {
            return Err(invalid());
        }
    }
    let mut map = Map::default();
    for (key, nest) in root.keys {
        map.entries.push(closed(key, nest, 0).ok_or_else(invalid)?);
    }
    Ok(map)
}

fn closed(key: String, nest: Nest, depth: usize) -> Option<Entry> {
    if depth > super::DEPTH {
        return None;
    }
    let parts = usize::from(!nest.keys.is_empty()) + usize::from(!nest.items.is_empty());
    if let Some(entry) = nest.value {
        return (parts == 0).then_some(Entry { key, ..entry });
    }
    if parts != 1 {
        return None;
    }
    if nest.items.is_empty() {
        let entries: Option<Vec<_>> =
            nest.keys.into_iter().map(|(key, nest)| closed(key, nest, depth + 1)).collect();
        return Some(Entry::new(key, Value::Map(Map { entries: entries?, trailing: Vec::new() })));
    }
    let is_whole = nest.items.keys().copied().eq(0..nest.items.len());
    let items: Option<Vec<_>> = nest
        .items
        .into_values()
        .map(|nest| Some(Item::new(closed(String::new(), nest, depth + 1)?.value)))
        .collect();
    let list = List { items: items?, trailing: Vec::new() };
    is_whole.then(|| Entry::new(key, Value::List(list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_flattened_and_back() {
        let text = "#c\nA=\"x\" # y\n\nB=a=b\\nc\nsops_age__list_0__map_enc=x\\ny\nsops_age__list_0__map_recipient=r\nsops_mac=m\n";
        let file = read(text).unwrap();
        let map = &file.documents[0];
        let texts: Vec<_> = map
            .entries
            .iter()
            .map(|entry| entry.value.as_leaf().unwrap().text().unwrap())
            .collect();
        assert_eq!(texts, ["\"x\" # y", "a=b\nc"]);
        let metadata = file.metadata[0].as_ref().and_then(|entry| entry.value.as_map()).unwrap();
        assert_eq!(write(&file.documents, Some(metadata)).unwrap(), text.replace("\n\n", "\n"));
    }

    #[test]
    fn what_is_no_dotenv_is_refused() {
        for text in
            ["A\n", "A=1\nA=2\n", " \n", "sops_a=1\nsops_a__map_b=2\n", "sops_a__list_1=2\n"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&format!("sops_{}=1\n", "a__map_".repeat(100_000))).is_err());
    }
}
