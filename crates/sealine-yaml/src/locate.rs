//! The way from a scalar's text back to the bytes it was read from.
//!
//! Invariant: a piece is only recorded where the bytes of the text and of the source are equal.

use std::sync::Arc;

use sealine_source::TextRange;

use crate::ScalarStyle;

/// How the bytes of a scalar's text are spelled in the source.
#[derive(Clone, Debug)]
pub(crate) enum Spelling {
    /// The whole text stands at this offset, byte by byte.
    Verbatim(u32),
    /// Runs that stand byte by byte, in the order of the text.
    Pieces(Arc<[Piece]>),
}

/// A run of the text that stands in the source as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    text: u32,
    source: u32,
    length: u32,
}

impl Spelling {
    pub(crate) fn exact(&self, start: usize, end: usize) -> Option<TextRange> {
        if start > end {
            return None;
        }
        match self {
            Self::Verbatim(offset) => {
                let offset = *offset as usize;
                Some(TextRange::new(offset + start, offset + end))
            }
            Self::Pieces(pieces) => {
                let index = pieces.partition_point(|piece| piece.text as usize <= start);
                let piece = pieces.get(index.checked_sub(1)?)?;
                let (first, length) = (piece.text as usize, piece.length as usize);
                let source = piece.source as usize;
                (end <= first + length)
                    .then(|| TextRange::new(source + start - first, source + end - first))
            }
        }
    }

    pub(crate) fn cover(&self, start: usize, end: usize) -> Option<TextRange> {
        let Self::Pieces(pieces) = self else { return self.exact(start, end) };
        if let Some(range) = self.exact(start, end) {
            return Some(range);
        }
        // What lies between two pieces is an escape, a fold or an indent: the gap stands for it.
        let before = pieces.partition_point(|piece| piece.text as usize <= start).checked_sub(1);
        let first = match before.and_then(|index| pieces.get(index)) {
            Some(piece) => {
                piece.source as usize + (start - piece.text as usize).min(piece.length as usize)
            }
            None => pieces.first()?.source as usize,
        };
        let after = pieces.partition_point(|piece| (piece.text as usize) < end).checked_sub(1);
        let last = match after.and_then(|index| pieces.get(index)) {
            Some(piece) if end <= piece.text as usize + piece.length as usize => {
                piece.source as usize + end - piece.text as usize
            }
            Some(piece) => {
                let next = after.and_then(|index| pieces.get(index + 1));
                next.map_or((piece.source + piece.length) as usize, |next| next.source as usize)
            }
            None => first,
        };
        Some(TextRange::new(first, last.max(first)))
    }
}

/// Finds the spelling of `text`, which was read from `range` of `source`: for quoted scalars what
/// lies between the quotes, for block scalars the lines from the first one that holds something,
/// `indent` being the number of spaces that are not part of them.
pub(crate) fn locate(
    source: &str,
    range: TextRange,
    text: &str,
    style: ScalarStyle,
    indent: usize,
) -> Spelling {
    let raw = source.get(range.bytes()).unwrap_or_default();
    if raw == text {
        return Spelling::Verbatim(range.start);
    }
    let mut aligner = Aligner { text, at: 0, raw, base: range.start, pieces: Vec::new() };
    if style.is_block() {
        aligner.block(indent, style == ScalarStyle::Folded);
    } else {
        aligner.flow(style);
    }
    Spelling::Pieces(aligner.pieces.into())
}

/// Walks a scalar's text and its spelling side by side; stops at the first disagreement, so that
/// what follows has no place rather than a wrong one.
struct Aligner<'a> {
    text: &'a str,
    at: usize,
    raw: &'a str,
    base: u32,
    pieces: Vec<Piece>,
}

impl Aligner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Records that `length` bytes at `offset` of the spelling are the next bytes of the text.
    fn take(&mut self, offset: usize, length: usize) {
        let source = self.base + offset as u32;
        let text = self.at as u32;
        self.at += length;
        if let Some(last) = self.pieces.last_mut()
            && last.source + last.length == source
            && last.text + last.length == text
        {
            last.length += length as u32;
        } else {
            self.pieces.push(Piece { text, source, length: length as u32 });
        }
    }

    /// Literal and folded blocks: line by line.
    fn block(&mut self, indent: usize, folded: bool) {
        // Blank lines before the first content stand above the range.
        self.skip_breaks();
        let mut offset = 0;
        let raw = self.raw;
        for (number, line) in raw.split_inclusive(['\n', '\r']).enumerate() {
            let content = line.trim_end_matches(['\n', '\r']);
            let cut = if number == 0 { 0 } else { leading_spaces(content).min(indent) };
            let content = content.get(cut..).unwrap_or_default();
            if folded && !content.is_empty() && number > 0 {
                self.skip_fold(content);
            }
            if !self.rest().starts_with(content) {
                return;
            }
            if !content.is_empty() {
                self.take(offset + cut, content.len());
            }
            // `\r\n` is seen as two lines, the second one empty.
            let is_break = line.ends_with('\n')
                || (line.ends_with('\r')
                    && !raw.get(offset + line.len()..).unwrap_or_default().starts_with('\n'));
            if !folded && is_break && self.rest().starts_with('\n') {
                self.at += 1;
            }
            offset += line.len();
        }
    }

    fn skip_breaks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches('\n').len();
    }

    fn skip_fold(&mut self, content: &str) {
        let before = self.at;
        self.skip_breaks();
        if self.at == before && self.rest().starts_with(' ') && !content.starts_with(' ') {
            self.at += 1;
        }
    }

    /// Plain and quoted scalars: character by character.
    fn flow(&mut self, style: ScalarStyle) {
        let raw = self.raw;
        let mut offset = 0;
        while let Some(character) = raw.get(offset..).and_then(|rest| rest.chars().next()) {
            let rest = raw.get(offset..).unwrap_or_default();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let run = rest.get(..blank).unwrap_or_default();
            if run.contains(['\n', '\r']) {
                let breaks = count_breaks(run);
                let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
                if !self.skip(&folded) {
                    return;
                }
                offset += blank;
            } else if blank > 0 {
                if !self.rest().starts_with(run) {
                    return;
                }
                self.take(offset, blank);
                offset += blank;
            } else if character == '\\' && style == ScalarStyle::DoubleQuoted {
                match self.escape(rest) {
                    Some(length) => offset += length,
                    None => return,
                }
            } else if character == '\'' && style == ScalarStyle::SingleQuoted {
                if !self.skip("'") {
                    return;
                }
                offset += 2;
            } else {
                if !self.rest().starts_with(character) {
                    return;
                }
                self.take(offset, character.len_utf8());
                offset += character.len_utf8();
            }
        }
    }

    fn skip(&mut self, expected: &str) -> bool {
        let agrees = self.rest().starts_with(expected);
        self.at += if agrees { expected.len() } else { 0 };
        agrees
    }

    /// Passes over the escape that begins `rest` and what it stands for; returns its length.
    fn escape(&mut self, rest: &str) -> Option<usize> {
        let kind = rest.get(1..)?.chars().next()?;
        if kind == '\n' || kind == '\r' {
            let run = rest.get(1..)?;
            let blank = run.len() - run.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let breaks = count_breaks(run.get(..blank)?);
            return self.skip(&"\n".repeat(breaks.saturating_sub(1))).then_some(1 + blank);
        }
        let produced = self.rest().chars().next()?;
        self.at += produced.len_utf8();
        Some(match kind {
            'x' => 4,
            // Characters beyond the first plane may be written as two halves.
            'u' if produced.len_utf8() == 4 => 12,
            'u' => 6,
            'U' => 10,
            _ => 1 + kind.len_utf8(),
        })
    }
}

fn leading_spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn count_breaks(run: &str) -> usize {
    let feeds = run.matches('\n').count();
    let returns = run.matches('\r').count();
    feeds + returns - run.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use crate::parse;

    /// Returns what stands in the source for `part` of the scalar at the key `a`.
    fn spelled(text: &str, part: &str) -> Option<String> {
        let parsed = parse(text);
        let scalar = parsed.root()?.get("a")?.as_scalar()?;
        let start = scalar.text.find(part)?;
        let range = scalar.source_range(start, start + part.len())?;
        Some(text[range.bytes()].to_owned())
    }

    #[test]
    fn lines_of_blocks_have_a_place() {
        for text in [
            "a: |\n\n  x y\n\n   {{ z }}\n",
            "a: |\r\n  x y\r\n   {{ z }}\r\n",
            "a: >\n  x y\n\n  w\n  {{ z }}\n",
        ] {
            assert_eq!(spelled(text, "x y").as_deref(), Some("x y"), "{text:?}");
            assert_eq!(spelled(text, "{{ z }}").as_deref(), Some("{{ z }}"), "{text:?}");
        }
        assert_eq!(spelled("a: |\n  x\n  y\n", "x\ny"), None);
    }

    #[test]
    fn escapes_have_none_and_what_stands_beside_them_has() {
        let text = "a: \"p\\tq\\u00fcr\\U0001F600s\\\n   t\"\n";
        for part in ["p", "q", "r", "s", "t"] {
            assert_eq!(spelled(text, part).as_deref(), Some(part));
        }
        assert_eq!(spelled(text, "ü"), None);
        assert_eq!(spelled("a: 'it''s'\n", "it"), Some("it".to_owned()));
        assert_eq!(spelled("a: 'it''s'\n", "'"), None);
        assert_eq!(spelled("a: x\n  y\n", "x y"), None);
    }

    #[test]
    fn covers_hold_the_escapes_between() {
        let text = "a: 'it''s'\n";
        let parsed = parse(text);
        let scalar = parsed.root().unwrap().get("a").unwrap().as_scalar().unwrap();
        assert_eq!(&text[scalar.source_cover(0, 4).unwrap().bytes()], "it''s");
        assert_eq!(&text[scalar.source_cover(2, 3).unwrap().bytes()], "''");
    }
}
