//! Pieces of a text that are replaced, and what there is to know about its lines.
//!
//! Invariant: what is not replaced stays byte by byte; pieces that overlap replace nothing at all.

use sealine_source::TextRange;

use crate::{Map, Value};

/// The replacements in one text.
pub(super) struct Splices<'a> {
    pub(super) text: &'a str,
    pieces: Vec<(TextRange, String)>,
}

impl<'a> Splices<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pieces: Vec::new() }
    }

    pub(super) fn replace(&mut self, start: usize, end: usize, with: String) {
        self.pieces.push((TextRange::new(start, end), with));
    }

    /// Returns the text with everything replaced; insertions at one place in the order in which they
    /// were asked for. Nothing when two of them overlap.
    pub(super) fn apply(mut self) -> Option<String> {
        self.lift();
        self.pieces.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(self.text.len());
        let mut done = 0;
        for (range, with) in &self.pieces {
            let range = range.bytes();
            out.push_str(self.text.get(done..range.start)?);
            out.push_str(with);
            done = range.end;
        }
        out.push_str(self.text.get(done..)?);
        Some(out)
    }

    /// What is added or goes below a line that goes itself begins below the line before that; what goes
    /// within something larger goes with it.
    fn lift(&mut self) {
        let (text, line_break) = (self.text, self.line_break());
        let gone = self.removals();
        for (range, with) in &mut self.pieces {
            let rest = text.get(range.start as usize..).unwrap_or_default();
            let begins_below = if with.is_empty() {
                rest.starts_with(line_break)
            } else {
                range.is_empty() && with.starts_with(line_break)
            };
            if !begins_below {
                continue;
            }
            // From the last one up: the line before may go as well.
            for gone in gone.iter().rev() {
                let is_within = gone.start < range.start && range.start < gone.end;
                let above = gone.start.checked_sub(line_break.len() as u32);
                if let Some(above) = above.filter(|_| is_within) {
                    let end = if range.is_empty() { above } else { range.end };
                    *range = TextRange { start: above, end };
                }
            }
        }
        let gone = self.removals();
        self.pieces.retain(|(own, with)| {
            let covers = |other: &TextRange| {
                other != own && other.start <= own.start && own.end <= other.end
            };
            !with.is_empty() || !gone.iter().any(covers)
        });
    }

    /// Returns what goes without anything in its place, in the order of the text.
    fn removals(&self) -> Vec<TextRange> {
        let gone = self.pieces.iter().filter(|(_, with)| with.is_empty());
        let mut gone: Vec<TextRange> = gone.map(|(range, _)| *range).collect();
        gone.sort();
        gone
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.slice(0, at).rfind('\n').map_or(0, |line| line + 1)
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.slice(at, self.text.len());
        let end = rest.find('\n').map_or(self.text.len(), |end| at + end);
        if end > at && self.slice(end - 1, end) == "\r" { end - 1 } else { end }
    }

    /// Returns the end of the line at `at`, its line break included.
    pub(super) fn line_behind(&self, at: usize) -> usize {
        let rest = self.slice(at, self.text.len());
        rest.find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// Returns the line break of the text.
    pub(super) fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Returns `new` with the line breaks of the text.
    pub(super) fn lines(&self, new: &str) -> String {
        if self.line_break() == "\n" { new.to_owned() } else { new.replace('\n', "\r\n") }
    }

    /// Returns what stands before `at` on its line when that is nothing but blanks.
    pub(super) fn indent(&self, at: usize) -> Option<&'a str> {
        let before = self.slice(self.line_start(at), at).trim_start_matches('\u{feff}');
        before.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(before)
    }

    /// Returns the column of `at` in bytes.
    pub(super) fn column(&self, at: usize) -> usize {
        self.slice(self.line_start(at), at).trim_start_matches('\u{feff}').len()
    }
}

/// Returns where a value ends, comments below its last entry included.
pub(super) fn end_of(own: TextRange, value: &Value) -> usize {
    let mut end = own.end as usize;
    let mut value = value;
    loop {
        let trailing = match value {
            Value::Map(map) => &map.trailing,
            Value::List(list) => &list.trailing,
            Value::Null | Value::Leaf(_) => return end,
        };
        end = trailing.iter().map(|comment| comment.range.end as usize).fold(end, usize::max);
        let last = match value {
            Value::Map(map) => map.entries.last().map(|entry| (&entry.value, entry.spot)),
            Value::List(list) => list.items.last().map(|item| (&item.value, item.spot)),
            Value::Null | Value::Leaf(_) => None,
        };
        let Some((last, spot)) = last.filter(|(_, spot)| !spot.alias) else { return end };
        end = end.max(spot.value.end as usize);
        value = last;
    }
}

/// Returns by how many columns the file indents a level.
pub(super) fn step(splices: &Splices<'_>, map: &Map, default: usize) -> usize {
    map.entries
        .iter()
        .filter(|entry| !entry.spot.flow && !entry.spot.alias)
        .find_map(|entry| {
            let inner = entry.value.as_map()?.entries.first()?.spot.key.start as usize;
            let outer = splices.column(entry.spot.key.start as usize);
            splices.column(inner).checked_sub(outer).filter(|step| (1..=8).contains(step))
        })
        .unwrap_or(default)
}
