//! Changes in YAML: block style in the file's own indentation, brackets where brackets are.
//!
//! Invariant: a line that holds no changed value is not touched.

use super::diff::{Around, Target, Writer};
use super::flat::{self, Flow};
use super::splice::{Splices, end_of, step};
use crate::store::{
    json_string, yaml_block, yaml_flow, yaml_item, yaml_key, yaml_scalar, yaml_string,
};
use crate::{Entry, Kind, Leaf, List, Map, Value};

/// The indentation of SOPS.
const STEP: usize = 4;

/// Writes YAML.
pub(super) struct Yaml {
    step: usize,
}

impl Yaml {
    pub(super) fn of(splices: &Splices<'_>, document: &Map) -> Self {
        Self { step: step(splices, document, STEP) }
    }

    /// Writes an entry from its key on, without the last line break.
    fn entry(&self, entry: &Entry, indent: usize) -> Option<String> {
        let key = yaml_key(&entry.key, indent);
        let value = yaml_block(&entry.value, indent + self.step, self.step).ok()?;
        Some(trimmed(format!("{key}{value}")))
    }
}

fn trimmed(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Writes a scalar in the quotes that `old` has, where it can.
fn quoted_like(old: &str, leaf: &Leaf, in_flow: bool) -> Option<String> {
    let text = leaf.text().filter(|_| leaf.kind() == Kind::Str);
    match text {
        Some(text) if old.starts_with('"') => Some(json_string(text)),
        // Single quotes hold no escapes.
        Some(text) if old.starts_with('\'') && !yaml_string(text).contains('\\') => {
            Some(format!("'{}'", text.replace('\'', "''")))
        }
        _ => yaml_scalar(leaf, in_flow).ok(),
    }
}

impl Writer for Yaml {
    fn set_leaf(&self, splices: &mut Splices<'_>, target: &Target<'_>, leaf: &Leaf) -> Option<()> {
        let range = target.spot.value.bytes();
        let old = splices.slice(range.start, range.end);
        let mut new = quoted_like(old, leaf, target.in_flow)?;
        if old.is_empty() {
            new.insert(0, ' ');
        }
        if old.starts_with(['|', '>']) {
            // The comment of the header's line stays on the line.
            let header = old.lines().next().unwrap_or_default();
            if let Some(comment) = header.find('#').and_then(|at| header.get(at..)) {
                new = format!("{new} {comment}");
            }
        }
        splices.replace(range.start, range.end, new);
        Some(())
    }

    fn set_value(&self, splices: &mut Splices<'_>, target: &Target<'_>, to: &Value) -> Option<()> {
        let range = target.spot.value.bytes();
        if target.in_flow {
            let blank = if range.is_empty() { " " } else { "" };
            let new = yaml_flow(to).ok()?;
            splices.replace(range.start, range.end, format!("{blank}{new}"));
            return Some(());
        }
        // What stands between the key's colon, or the dash, and the value goes with the value.
        let before = splices.slice(0, range.start).trim_end_matches([' ', '\n', '\r']);
        let key = target.spot.key.bytes();
        let between = splices.slice(key.end, range.start);
        let is_collection = matches!(target.old, Value::Map(_) | Value::List(_));
        let end = end_of(target.spot.value, target.old);
        let (start, new) = if target.is_item && before.ends_with('-') {
            let item = yaml_item(to, splices.column(before.len() - 1), self.step).ok()?;
            (before.len(), item.strip_prefix('-')?.to_owned())
        } else if !target.is_item && (is_collection || between.trim() == ":") {
            // Comments within a collection go with it: they are bound to its key.
            let indent = splices.column(key.start) + self.step;
            (key.end + between.find(':')? + 1, yaml_block(to, indent, self.step).ok()?)
        } else {
            // A comment stands between them: the new value begins where the old one did.
            let column = splices.column(range.start);
            let least = splices.column(key.start) + usize::from(!target.is_item);
            let indent = column.max(least);
            let new = yaml_block(to, indent, self.step).ok()?;
            let blanks = " ".repeat(indent - column);
            (range.start, format!("{blanks}{}", new.trim_start()))
        };
        let new = splices.lines(&trimmed(new));
        splices.replace(start, end, new);
        Some(())
    }

    fn remove(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_removed: &dyn Fn(&Entry) -> bool,
        around: Around<'_>,
    ) -> Option<()> {
        if around.in_flow {
            return flat::remove(splices, map, is_removed, around);
        }
        let mut entries = map.entries.iter().peekable();
        while let Some(entry) = entries.next() {
            if !is_removed(entry) {
                continue;
            }
            let start = entry.spot.key.start as usize;
            if splices.indent(start).is_some() {
                let end = splices.line_behind(end_of(entry.spot.value, &entry.value));
                let start = splices.line_start(start);
                splices.replace(start, end, String::new());
                continue;
            }
            // Behind the dash of an item: the next entry that stays comes to stand there.
            while entries.next_if(|next| is_removed(next)).is_some() {}
            let next = entries.peek()?.spot.key.start as usize;
            splices.replace(start, next, String::new());
        }
        Some(())
    }

    fn append(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_kept: &dyn Fn(&Entry) -> bool,
        entries: &[&Entry],
        around: Around<'_>,
    ) -> Option<()> {
        if around.in_flow {
            return flat::append(splices, self, map, is_kept, entries, around);
        }
        let last = map.entries.iter().rfind(|entry| is_kept(entry));
        let first = map.entries.first().map(|entry| entry.spot.key);
        let first = first.or_else(|| Some(around.metadata?.spot.key))?;
        let indent = splices.column(first.start as usize);
        let line_break = splices.line_break();
        let mut new = String::new();
        for entry in entries {
            let entry = splices.lines(&self.entry(entry, indent)?);
            let indent = " ".repeat(indent);
            match last {
                Some(_) => new.extend([line_break, &indent, &entry]),
                None => new.extend([&indent, &*entry, line_break]),
            }
        }
        let at = match last {
            Some(last) => splices.line_end(end_of(last.spot.value, &last.value)),
            None => splices.line_start(around.metadata?.spot.key.start as usize),
        };
        splices.replace(at, at, new);
        Some(())
    }

    fn truncate(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        length: usize,
        around: Around<'_>,
    ) -> Option<()> {
        if around.in_flow {
            return flat::truncate(splices, list, length);
        }
        let kept = list.items.get(length.checked_sub(1)?)?;
        let last = list.items.last()?;
        let start = splices.line_end(end_of(kept.spot.value, &kept.value));
        let end = splices.line_end(end_of(last.spot.value, &last.value));
        splices.replace(start, end, String::new());
        Some(())
    }

    fn extend(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        items: &[&Value],
        around: Around<'_>,
    ) -> Option<()> {
        if around.in_flow {
            return flat::extend(splices, self, list, items);
        }
        let last = list.items.last()?;
        let indent = splices.column(around.spot?.value.start as usize);
        let at = splices.line_end(end_of(last.spot.value, &last.value));
        let mut new = String::new();
        for item in items {
            let item = splices.lines(&trimmed(yaml_item(item, indent, self.step).ok()?));
            new.extend([splices.line_break(), &" ".repeat(indent), &item]);
        }
        splices.replace(at, at, new);
        Some(())
    }
}

impl Flow for Yaml {
    fn key(&self, key: &str) -> String {
        yaml_string(key)
    }

    fn value(&self, value: &Value, _line: Option<&str>) -> Option<String> {
        yaml_flow(value).ok()
    }
}
