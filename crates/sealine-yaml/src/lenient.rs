//! Quoted scalars whose continuation lines are not indented, and comments without a blank before them:
//! YAML forbids them, the readers of Go and C take them, so they stand in real files.
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

/// A text in which the line breaks of some quoted scalars, and some comments, are blanks.
pub(crate) struct Joined<'a> {
    original: &'a str,
    text: Cow<'a, str>,
    scalars: Vec<TextRange>,
    readings: usize,
}

impl<'a> Joined<'a> {
    pub(crate) fn new(original: &'a str) -> Self {
        Self { original, text: Cow::Borrowed(original), scalars: Vec::new(), readings: 0 }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the range of the quoted scalar that the parser refuses for its indentation, or of the
    /// comment that it refuses for what stands before it, when reading once more without that is worth
    /// it; `floor` is the end of what stands before the scalar.
    pub(crate) fn find(&self, floor: usize, error: &ScanError) -> Option<TextRange> {
        if self.readings >= FREE_READINGS.max(BUDGET / self.original.len().max(1)) {
            return None;
        }
        let at = error.marker().byte_offset()?;
        match error.kind() {
            ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation => {
                quoted(self.original, floor)
                    .filter(|range| range.start < at as u32 && (at as u32) < range.end)
            }
            ErrorKind::CommentNotSeparated => {
                let rest = self.text.get(at..).filter(|rest| rest.starts_with('#'))?;
                let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
                Some(TextRange::new(at, at + length))
            }
            _ => None,
        }
    }

    /// Joins the lines of the quoted scalar at `range`, or leaves out the comment there.
    pub(crate) fn join(&mut self, range: TextRange) {
        self.readings += 1;
        let text = self.original.get(range.bytes()).unwrap_or_default();
        if text.starts_with('#') {
            self.text.to_mut().replace_range(range.bytes(), &" ".repeat(text.len()));
            return;
        }
        self.text.to_mut().replace_range(range.bytes(), &text.replace(['\n', '\r'], " "));
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
    fn a_comment_needs_no_blank_before_it() {
        let parsed = parse("a: 'x'# é: {\nb: [\"y\"]#z\nc: d#e\n");
        assert_eq!(parsed.problems, []);
        let root = parsed.root().unwrap();
        assert_eq!((root.str_at(&["a"]), root.str_at(&["c"])), (Some("x"), Some("d#e")));
        assert_eq!(root.get("b").unwrap().items().len(), 1);
    }

    #[test]
    fn an_open_quote_stays_an_error_where_it_is() {
        let parsed = parse("a: \"x\ny\n---\nb: \"\"\n");
        assert_eq!(parsed.problems.len(), 1);
        assert_eq!(parsed.documents.len(), 1);
    }
}
