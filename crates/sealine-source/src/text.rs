//! One file's text, with the way from byte offsets to lines and columns.

use std::sync::{Arc, OnceLock};

use crate::{FileName, Place};

/// A half-open range of bytes in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TextRange {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl TextRange {
    /// Returns the range `start..end`; an end before the start makes an empty range at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let start = start as u32;
        Self { start, end: (end as u32).max(start) }
    }

    /// Returns the range as `usize` offsets, for slicing.
    pub fn bytes(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns the smallest range that holds both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns whether `offset` lies inside, the end included.
    pub fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }
}

/// The text of one file that a person edits.
///
/// Texts are below 4 GiB (the collect step refuses far smaller ones), so offsets fit in `u32`.
#[derive(Debug)]
pub struct Source {
    name: Arc<FileName>,
    text: Arc<str>,
    lines: OnceLock<Box<[u32]>>,
}

/// Up to this many bytes lines are counted each time rather than remembered.
const SHORT: usize = 2048;

impl Source {
    /// Returns a source of `text` under `name`.
    pub fn new(name: FileName, text: impl Into<Arc<str>>) -> Self {
        Self { name: Arc::new(name), text: text.into(), lines: OnceLock::new() }
    }

    /// Returns the repository and path of this file.
    pub fn name(&self) -> &Arc<FileName> {
        &self.name
    }

    /// Returns the path inside the repository, with `/` between its parts.
    pub fn path(&self) -> &str {
        &self.name.path
    }

    /// Returns the name of the repository this file belongs to.
    pub fn repo(&self) -> &str {
        &self.name.repo
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the whole text, for one who keeps it.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Returns the text of `range`; nothing where that reaches beyond the text or splits a character.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.bytes()).unwrap_or_default()
    }

    /// Returns the place of `range` in this file.
    pub fn place(&self, range: TextRange) -> Place {
        let (line, column) = self.line_column(range.start);
        Place { file: Arc::clone(&self.name), start: range.start, end: range.end, line, column }
    }

    /// Returns the place of the file as a whole: an empty range at its first byte.
    pub fn top(&self) -> Place {
        self.place(TextRange::default())
    }

    /// Returns the line and column of `offset`, both counted from 1; columns count characters.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let end = (offset as usize).min(self.text.len());
        let (line, start) = if self.text.len() <= SHORT {
            let before = self.text.as_bytes().get(..end).unwrap_or_default();
            let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
            (memchr::memchr_iter(b'\n', before).count() as u32, start)
        } else {
            let starts = self.line_starts();
            let line = starts.partition_point(|start| *start <= offset).saturating_sub(1);
            (line as u32, starts.get(line).copied().unwrap_or_default() as usize)
        };
        let column = self.text.get(start..end).map_or(0, |before| before.chars().count());
        (line + 1, column as u32 + 1)
    }

    /// Returns the range of the line with this number (counted from 1), without its line ending.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let starts = self.line_starts();
        let index = line.checked_sub(1)? as usize;
        let start = *starts.get(index)? as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        let text = self.text.get(start..end)?;
        Some(TextRange::new(start, start + text.trim_end_matches(['\n', '\r']).len()))
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(breaks.map(|at| at as u32 + 1)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new(FileName::new("repo", "file"), text)
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let source = source("ab\nü=x\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(3), (2, 1));
        assert_eq!(source.line_column(6), (2, 3));
        assert_eq!(source.line_column(99), (3, 1));
    }

    #[test]
    fn remembered_lines_are_those_that_are_counted() {
        let short = "ab\nü=x\n\r\nlast";
        let long = source(&format!("{short}{}", " ".repeat(SHORT)));
        let short = source(short);
        for offset in 0..=short.text().len() as u32 {
            assert_eq!(short.line_column(offset), long.line_column(offset), "{offset}");
        }
    }

    #[test]
    fn line_ranges_leave_out_line_endings() {
        let source = source("a\r\nbc\n");
        let text = |line| source.line_range(line).map(|range| source.slice(range).to_owned());
        assert_eq!(text(1).as_deref(), Some("a"));
        assert_eq!(text(2).as_deref(), Some("bc"));
        assert_eq!(text(3).as_deref(), Some(""));
        assert_eq!(text(4), None);
    }
}
