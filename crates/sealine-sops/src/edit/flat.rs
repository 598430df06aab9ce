//! Changes within brackets, in JSON, and in lines of `NAME=value`.
//!
//! Invariant: commas stay right whatever is added or removed; members that stand on lines of their
//! own get neighbours on lines of their own.

use super::diff::{Around, Target, Writer};
use super::splice::Splices;
use crate::store::{json_scalar, json_string, json_value};
use crate::{Entry, Leaf, List, Map, Value};

/// How members within brackets are written.
pub(super) trait Flow {
    /// Writes a key without its `:`.
    fn key(&self, key: &str) -> String;

    /// Writes a value; `line` is the indentation of its line when it has one of its own.
    fn value(&self, value: &Value, line: Option<&str>) -> Option<String>;
}

/// Removes members of a map in brackets.
pub(super) fn remove(
    splices: &mut Splices<'_>,
    map: &Map,
    is_removed: &dyn Fn(&Entry) -> bool,
    around: Around<'_>,
) -> Option<()> {
    // The metadata is a member like others.
    let mut members: Vec<_> = map.entries.iter().map(|it| (it.spot, is_removed(it))).collect();
    members.extend(around.metadata.map(|entry| (entry.spot, false)));
    members.sort_by_key(|(spot, _)| spot.key.start);
    let mut index = 0;
    while index < members.len() {
        let removed = members.iter().skip(index).take_while(|(_, removed)| *removed).count();
        if removed == 0 {
            index += 1;
            continue;
        }
        let first = members.get(index)?.0;
        let behind = members.get(index + removed);
        match (behind, index.checked_sub(1).and_then(|before| members.get(before))) {
            (Some((next, _)), _) => {
                splices.replace(first.key.start as usize, next.key.start as usize, String::new());
            }
            (None, Some((before, _))) => {
                let last = members.last()?.0;
                let (start, end) = (before.value.end as usize, last.value.end as usize);
                splices.replace(start, end, String::new());
            }
            (None, None) => return None,
        }
        index += removed;
    }
    Some(())
}

/// Adds members to a map in brackets that has some.
pub(super) fn append(
    splices: &mut Splices<'_>,
    flow: &dyn Flow,
    map: &Map,
    is_kept: &dyn Fn(&Entry) -> bool,
    entries: &[&Entry],
    around: Around<'_>,
) -> Option<()> {
    let last = map.entries.iter().rfind(|entry| is_kept(entry)).map(|entry| entry.spot);
    let Some(neighbour) = last.or_else(|| Some(around.metadata?.spot)) else {
        return fill(splices, flow, entries);
    };
    let line = own_line(splices, neighbour.key.start as usize);
    let separator = separator(splices, line);
    let mut new = String::new();
    for entry in entries {
        let member = format!("{}: {}", flow.key(&entry.key), flow.value(&entry.value, line)?);
        let member = splices.lines(&member);
        match last {
            Some(_) => new.extend([separator.as_str(), member.as_str()]),
            None => new.extend([member.as_str(), separator.as_str()]),
        }
    }
    let at = last.map_or(neighbour.key.start, |last| last.value.end) as usize;
    splices.replace(at, at, new);
    Some(())
}

/// Adds members to a whole document that has none, `{}`.
fn fill(splices: &mut Splices<'_>, flow: &dyn Flow, entries: &[&Entry]) -> Option<()> {
    const INDENT: &str = "\t";
    let start = splices.text.find('{')? + 1;
    let end = start + splices.text.get(start..)?.find('}')?;
    splices.slice(start, end).trim().is_empty().then_some(())?;
    let members = entries.iter().map(|entry| {
        let value = flow.value(&entry.value, Some(INDENT))?;
        Some(format!("\n{INDENT}{}: {value}", flow.key(&entry.key)))
    });
    let members: Vec<String> = members.collect::<Option<_>>()?;
    let new = splices.lines(&format!("{}\n", members.join(",")));
    splices.replace(start, end, new);
    Some(())
}

/// Shortens a list in brackets.
pub(super) fn truncate(splices: &mut Splices<'_>, list: &List, length: usize) -> Option<()> {
    let kept = list.items.get(length.checked_sub(1)?)?.spot.value.end as usize;
    let last = list.items.last()?.spot.value.end as usize;
    splices.replace(kept, last, String::new());
    Some(())
}

/// Adds items to a list in brackets that has some.
pub(super) fn extend(
    splices: &mut Splices<'_>,
    flow: &dyn Flow,
    list: &List,
    items: &[&Value],
) -> Option<()> {
    let last = list.items.last()?.spot.value;
    let line = own_line(splices, last.start as usize);
    let separator = separator(splices, line);
    let mut new = String::new();
    for item in items {
        new.push_str(&separator);
        new.push_str(&splices.lines(&flow.value(item, line)?));
    }
    splices.replace(last.end as usize, last.end as usize, new);
    Some(())
}

/// Returns the indentation of what begins at `at` when its line has nothing before it and it is not
/// the first line.
fn own_line<'a>(splices: &Splices<'a>, at: usize) -> Option<&'a str> {
    splices.indent(at).filter(|_| splices.line_start(at) > 0)
}

fn separator(splices: &Splices<'_>, line: Option<&str>) -> String {
    match line {
        Some(indent) => format!(",{}{indent}", splices.line_break()),
        None => ", ".to_owned(),
    }
}

/// Writes JSON.
pub(super) struct Json {
    unit: String,
}

impl Json {
    pub(super) fn of(splices: &Splices<'_>) -> Self {
        // The first line with a blank at its start is the first level.
        let line = splices.text.lines().find(|line| line.starts_with([' ', '\t']));
        let unit = line.map_or("\t", |line| {
            let length = line.len() - line.trim_start_matches([' ', '\t']).len();
            line.get(..length).unwrap_or("\t")
        });
        Self { unit: unit.to_owned() }
    }

    /// Returns the indentation of the line on which a target stands, when it has one of its own.
    fn line<'a>(splices: &Splices<'a>, target: &Target<'_>) -> Option<&'a str> {
        let spot = if target.is_item { target.spot.value } else { target.spot.key };
        own_line(splices, spot.start as usize)
    }
}

impl Flow for Json {
    fn key(&self, key: &str) -> String {
        json_string(key)
    }

    fn value(&self, value: &Value, line: Option<&str>) -> Option<String> {
        json_value(value, line.unwrap_or_default(), line.map(|_| &*self.unit)).ok()
    }
}

impl Writer for Json {
    fn set_leaf(&self, splices: &mut Splices<'_>, target: &Target<'_>, leaf: &Leaf) -> Option<()> {
        let range = target.spot.value.bytes();
        splices.replace(range.start, range.end, json_scalar(leaf).ok()?);
        Some(())
    }

    fn set_value(&self, splices: &mut Splices<'_>, target: &Target<'_>, to: &Value) -> Option<()> {
        let range = target.spot.value.bytes();
        let new = self.value(to, Self::line(splices, target))?;
        splices.replace(range.start, range.end, splices.lines(&new));
        Some(())
    }

    fn remove(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_removed: &dyn Fn(&Entry) -> bool,
        around: Around<'_>,
    ) -> Option<()> {
        remove(splices, map, is_removed, around)
    }

    fn append(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_kept: &dyn Fn(&Entry) -> bool,
        entries: &[&Entry],
        around: Around<'_>,
    ) -> Option<()> {
        append(splices, self, map, is_kept, entries, around)
    }

    fn truncate(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        length: usize,
        _: Around<'_>,
    ) -> Option<()> {
        truncate(splices, list, length)
    }

    fn extend(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        items: &[&Value],
        _: Around<'_>,
    ) -> Option<()> {
        extend(splices, self, list, items)
    }
}

/// Writes lines of `NAME=value`.
pub(super) struct Dotenv;

fn dotenv_line(entry: &Entry) -> Option<String> {
    let is_name = !entry.key.starts_with('#') && !entry.key.contains(['=', '\n']);
    Some(format!("{}={}\n", is_name.then_some(&entry.key)?, dotenv_text(&entry.value)?))
}

fn dotenv_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Leaf(leaf) => Some(leaf.text()?.replace('\n', "\\n")),
        Value::Map(_) | Value::List(_) => None,
    }
}

impl Writer for Dotenv {
    fn set_leaf(&self, splices: &mut Splices<'_>, target: &Target<'_>, leaf: &Leaf) -> Option<()> {
        let range = target.spot.value.bytes();
        splices.replace(range.start, range.end, leaf.text()?.replace('\n', "\\n"));
        Some(())
    }

    fn set_value(&self, splices: &mut Splices<'_>, target: &Target<'_>, to: &Value) -> Option<()> {
        let range = target.spot.value.bytes();
        splices.replace(range.start, range.end, dotenv_text(to)?);
        Some(())
    }

    fn remove(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_removed: &dyn Fn(&Entry) -> bool,
        _: Around<'_>,
    ) -> Option<()> {
        for entry in map.entries.iter().filter(|entry| is_removed(entry)) {
            let end = splices.line_behind(entry.spot.value.end as usize);
            splices.replace(entry.spot.key.start as usize, end, String::new());
        }
        Some(())
    }

    fn append(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_kept: &dyn Fn(&Entry) -> bool,
        entries: &[&Entry],
        _: Around<'_>,
    ) -> Option<()> {
        let last = map.entries.iter().rfind(|entry| is_kept(entry));
        let at = match last {
            Some(last) => splices.line_behind(last.spot.value.end as usize),
            None => super::metadata::dotenv_start(splices.text)?,
        };
        let mut new = String::new();
        for entry in entries {
            new.push_str(&dotenv_line(entry)?);
        }
        if at > 0 && splices.slice(at - 1, at) != "\n" {
            new.insert(0, '\n');
        }
        splices.replace(at, at, new);
        Some(())
    }

    fn truncate(&self, _: &mut Splices<'_>, _: &List, _: usize, _: Around<'_>) -> Option<()> {
        None
    }

    fn extend(&self, _: &mut Splices<'_>, _: &List, _: &[&Value], _: Around<'_>) -> Option<()> {
        None
    }
}
