//! Quoted scalars whose continuation lines are not indented: YAML forbids them, the readers of Go
//! and C take them, so they stand in real files.
//!
//! Invariant: the text handed to the parser has the same length as the original, so that every
//! offset holds in both; what such a scalar says is read from the original.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScanError};
use sealine_source::TextRange;

use crate::header::find;

/// How many bytes may be read again because of such scalars, beside a few readings in any case.
const BUDGET: usize = 32 << 20;
const FREE_READINGS: usize = 8;

/// A text in which the line breaks of some quoted scalars are blanks.
pub(crate) struct Joined<'a> {
    original: &'a str,
    text: Cow<'a, str>,
    scalars: Vec<TextRange>,
}

impl<'a> Joined<'a> {
    pub(crate) fn new(original: &'a str) -> Self {
        Self { original, text: Cow::Borrowed(original), scalars: Vec::new() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the range of the quoted scalar that the parser refuses for its indentation, when
    /// reading once more with its lines joined is worth it; `floor` is the end of what stands
    /// before it.
    pub(crate) fn find(&self, floor: usize, error: &ScanError) -> Option<TextRange> {
        let readings = self.scalars.len();
        let is_indentation = matches!(
            error.kind(),
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation
        );
        if !is_indentation || readings >= FREE_READINGS.max(BUDGET / self.original.len().max(1)) {
            return None;
        }
        let at = error.marker().byte_offset()? as u32;
        quoted(self.original, floor).filter(|range| range.start < at && at < range.end)
    }

    /// Joins the lines of the quoted scalar at `range`.
    pub(crate) fn join(&mut self, range: TextRange) {
        let lines = self.original.get(range.bytes()).unwrap_or_default();
        self.text.to_mut().replace_range(range.bytes(), &lines.replace(['\n', '\r'], " "));
        self.scalars.push(range);
    }

    /// Returns what the scalar at `range` says, when its lines were joined.
    pub(crate) fn reread(&self, range: TextRange) -> Option<String> {
        self.scalars.binary_search_by_key(&range.start, |scalar| scalar.start).ok()?;
        let quoted = self.original.get(range.bytes())?;
        Parser::new_from_str(quoted).find_map(|event| match event {
            Ok((Event::Scalar(text, ..), _)) => Some(text.into_owned()),
            _ => None,
        })
    }
}

/// Returns the range of the quoted scalar that follows `floor`, quotes included; nothing when it is
/// not closed before the document ends.
fn quoted(text: &str, floor: usize) -> Option<TextRange> {
    let start = find(text, floor, b"\"'", b"-?:,[]{}")?;
    let bytes = text.as_bytes();
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(TextRange::new(start, at + 1)),
            b'\n' | b'\r' if is_marker(text.get(at + 1..)?) => return None,
            _ => at += 1,
        }
    }
}

fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn quoted_lines_need_no_indentation() {
        let text = "a:\n- b: \"x\ny\n\n  z: # \\\" \"\n  c: 'it''s\n1'\n# e\nd: {e: 'f\ng'}\n";
        let parsed = parse(text);
        assert_eq!(parsed.problems, []);
        let root = parsed.root().unwrap();
        let item = &root.get("a").unwrap().items()[0];
        assert_eq!(item.str_at(&["b"]), Some("x y\nz: # \" "));
        assert_eq!(item.str_at(&["c"]), Some("it's 1"));
        assert_eq!(root.str_at(&["d", "e"]), Some("f g"));
        let scalar = item.get("b").unwrap().as_scalar().unwrap();
        assert_eq!(&text[scalar.source_range(4, 5).unwrap().bytes()], "z");
        assert_eq!(parsed.comments.len(), 1);
    }

    #[test]
    fn an_open_quote_stays_an_error_where_it_is() {
        let parsed = parse("a: \"x\ny\n---\nb: \"\"\n");
        assert_eq!(parsed.problems.len(), 1);
        assert_eq!(parsed.documents.len(), 1);
    }
}
