//! Quoted scalars whose continuation lines are not indented, comments without a blank before them, and
//! aliases with the colon of a key at their end: YAML forbids them or means something else, the readers of
//! Go and C take them, so they stand in real files.
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

/// A text in which the line breaks of some quoted scalars, and some comments, are blanks, and some aliases
/// scalars.
pub(crate) struct Joined<'a> {
    original: &'a str,
    text: Cow<'a, str>,
    scalars: Vec<TextRange>,
    /// Where aliases stand that are keys, with what they stand for.
    keys: Vec<(u32, String)>,
    readings: usize,
}

impl<'a> Joined<'a> {
    pub(crate) fn new(original: &'a str) -> Self {
        Self {
            original,
            text: Cow::Borrowed(original),
            scalars: Vec::new(),
            keys: Vec::new(),
            readings: 0,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the range of the quoted scalar that the parser refuses for its indentation, or of the
    /// comment that it refuses for what stands before it, when reading once more without that is worth
    /// it; `floor` is the end of what stands before the scalar.
    pub(crate) fn find(&self, floor: usize, error: &ScanError) -> Option<TextRange> {
        if self.is_spent() {
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
            // The key's value stands on its line.
            ErrorKind::SimpleKeyExpected => {
                let name = self.text.get(at..)?.strip_prefix('*')?;
                let name = name.split([' ', '\t', '\n', '\r']).next()?;
                self.find_key(name, TextRange::new(at, at + 1 + name.len()))
            }
            _ => None,
        }
    }

    /// Returns `range` when an alias of this name, which nothing is called, stands there as a key whose colon
    /// it took along, and stands for a scalar.
    pub(crate) fn find_key(&self, name: &str, range: TextRange) -> Option<TextRange> {
        let name = name.strip_suffix(':').filter(|_| !self.is_spent())?;
        anchored(self.original.get(..range.start as usize)?, name).map(|_| range)
    }

    /// Whether reading once more is not worth it.
    fn is_spent(&self) -> bool {
        self.readings >= FREE_READINGS.max(BUDGET / self.original.len().max(1))
    }

    /// Joins the lines of the quoted scalar at `range`, leaves out the comment there, or makes a scalar of
    /// the alias.
    pub(crate) fn join(&mut self, range: TextRange) {
        self.readings += 1;
        let text = self.original.get(range.bytes()).unwrap_or_default();
        if let Some(name) = text.strip_prefix('*') {
            let before = self.original.get(..range.start as usize).unwrap_or_default();
            let says = anchored(before, name.trim_end_matches(':')).unwrap_or_default();
            let star = TextRange::new(range.start as usize, range.start as usize + 1);
            self.text.to_mut().replace_range(star.bytes(), "_");
            self.keys.push((range.start, says));
            return;
        }
        if text.starts_with('#') {
            self.text.to_mut().replace_range(range.bytes(), &" ".repeat(text.len()));
            return;
        }
        self.text.to_mut().replace_range(range.bytes(), &text.replace(['\n', '\r'], " "));
        self.scalars.push(range);
    }

    /// Whether the scalar at `range` is an alias.
    pub(crate) fn is_alias(&self, range: TextRange) -> bool {
        self.keys.iter().any(|(start, _)| *start == range.start)
    }

    /// Returns what the scalar at `range` says, when its lines were joined or an alias is written there.
    pub(crate) fn reread(&self, range: TextRange) -> Option<String> {
        if let Some((_, says)) = self.keys.iter().find(|(start, _)| *start == range.start) {
            return Some(says.clone());
        }
        self.scalars.binary_search_by_key(&range.start, |scalar| scalar.start).ok()?;
        let quoted = self.original.get(range.bytes())?;
        Parser::new_from_str(quoted).find_map(|event| match event {
            Ok((Event::Scalar(text, ..), _)) => Some(text.into_owned()),
            _ => None,
        })
    }
}

/// Returns the scalar on one line that the last anchor of this name stands before, in the same document.
fn anchored(before: &str, name: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let document = before.rfind("\n---").map_or(before, |at| &before[at + 4..]);
    let rest = document.rsplit_once(&format!("&{name} "))?.1;
    let line = rest.lines().next()?.trim();
    if line.is_empty() || line.starts_with(['#', '&', '*', '!', '|', '>', '[', '{']) {
        return None;
    }
    // A key with an anchor ends at its colon.
    let says = Parser::new_from_str(line).find_map(|event| match event {
        Ok((Event::Scalar(text, ..), _)) => Some(Some(text.into_owned())),
        Err(_) => Some(None),
        _ => None,
    })?;
    says.filter(|says| !says.is_empty())
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
    fn a_key_may_be_an_alias_with_its_colon() {
        let text =
            "name: &app web # é\nq: &q 'x y'\nin:\n  *app:\n    a: 1\n  *q: 2\nown: {*app : 3}\n";
        let parsed = parse(text);
        assert_eq!(parsed.problems, []);
        let inner = parsed.root().unwrap().get("in").unwrap();
        assert_eq!((inner.str_at(&["web", "a"]), inner.str_at(&["x y"])), (Some("1"), Some("2")));
        let key = &inner.own_entries()[0].key;
        assert_eq!((key.is_alias, &text[key.range.bytes()]), (true, "*app"));
        assert_eq!(parsed.root().unwrap().str_at(&["own", "web"]), Some("3"));
    }

    #[test]
    fn an_alias_of_nothing_stays_an_error() {
        for text in ["a: &b {c: 1}\nd:\n  *b:\n    e: 1\n", "x: &y 1\n---\n*y: 2\n", "*z: 1\n"] {
            assert!(!parse(text).problems.is_empty(), "{text}");
        }
    }

    #[test]
    fn an_open_quote_stays_an_error_where_it_is() {
        let parsed = parse("a: \"x\ny\n---\nb: \"\"\n");
        assert_eq!(parsed.problems.len(), 1);
        assert_eq!(parsed.documents.len(), 1);
    }
}
