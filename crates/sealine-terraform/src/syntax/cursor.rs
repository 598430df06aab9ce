//! The reading position in a text: blanks, comments, words, and faults.
//!
//! Invariant: `at` never passes `end`, and both stand on character boundaries.

use sealine_model::ProblemKind;
use sealine_source::TextRange;

use super::MAX_DEPTH;

/// Why something does not parse.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: ProblemKind,
    pub(super) range: TextRange,
    pub(super) message: String,
}

pub(super) type Parse<T> = Result<T, Fault>;

/// How offsets in the text that is read become offsets in the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ground {
    /// The text stands in the file byte by byte, from this offset on.
    At(u32),
    /// The text was unescaped: everything stands in this range.
    Within(TextRange),
}

/// A recursive-descent parser over bytes; there is no separate lexer, since newlines and braces
/// mean different things in bodies, expressions and templates.
pub(super) struct Parser<'s> {
    pub(super) text: &'s str,
    pub(super) at: usize,
    /// Where the part that is being read ends: the text's end, or that of a heredoc.
    pub(super) end: usize,
    pub(super) ground: Ground,
    /// Whether a newline ends what is being read; not inside parentheses and brackets.
    pub(super) newline_ends: bool,
    depth: usize,
    pub(super) faults: Vec<Fault>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self::over(text, Ground::At(0))
    }

    pub(super) fn over(text: &'s str, ground: Ground) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let end = text.len();
        Self { text, at, end, ground, newline_ends: true, depth: 0, faults: Vec::new() }
    }

    pub(super) fn range(&self, start: usize, end: usize) -> TextRange {
        match self.ground {
            Ground::At(base) => TextRange::new(start + base as usize, end + base as usize),
            Ground::Within(range) => range,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self.ground, Ground::At(_))
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'s str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'s str {
        self.slice(self.at, self.end)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    pub(super) fn starts_with(&self, prefix: &str) -> bool {
        self.rest().as_bytes().starts_with(prefix.as_bytes())
    }

    /// Passes over `text` when it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let comes = self.starts_with(text);
        if comes {
            self.at += text.len();
        }
        comes
    }

    /// Passes over blanks, comments and, where they end nothing, newlines.
    pub(super) fn skip_blank(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\n') if !self.newline_ends => self.at += 1,
                Some(b'\r') if !self.newline_ends || self.peek_at(1) == Some(b'\n') => {
                    if self.newline_ends {
                        return;
                    }
                    self.at += 1;
                }
                Some(b'#') => self.skip_line(),
                Some(b'/') if self.peek_at(1) == Some(b'/') => self.skip_line(),
                Some(b'/') if self.peek_at(1) == Some(b'*') => {
                    let closing = memchr::memmem::find(self.rest().as_bytes(), b"*/");
                    self.at = closing.map_or(self.end, |at| self.at + at + 2);
                }
                _ => return,
            }
        }
    }

    /// Passes over blanks, comments and newlines.
    pub(super) fn skip_lines(&mut self) {
        let saved = std::mem::replace(&mut self.newline_ends, false);
        self.skip_blank();
        self.newline_ends = saved;
    }

    /// Goes to the end of the line, before its line feed.
    fn skip_line(&mut self) {
        let feed = memchr::memchr(b'\n', self.rest().as_bytes());
        self.at = feed.map_or(self.end, |at| self.at + at);
    }

    /// Returns whether a line ends here.
    pub(super) fn at_line_end(&self) -> bool {
        match self.peek() {
            None | Some(b'\n') => true,
            Some(b'\r') => self.peek_at(1) == Some(b'\n'),
            _ => false,
        }
    }

    /// Reads an identifier.
    pub(super) fn identifier(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let first = *bytes.first()?;
        let is_start = first.is_ascii_alphabetic()
            || first == b'_'
            || (first >= 0x80 && rest.chars().next().is_some_and(char::is_alphabetic));
        if !is_start {
            return None;
        }
        let mut length = 0;
        while let Some(byte) = bytes.get(length) {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
                length += 1;
            } else if *byte >= 0x80 {
                let next = rest.get(length..).and_then(|tail| tail.chars().next());
                match next.filter(|character| is_continuation(*character)) {
                    Some(character) => length += character.len_utf8(),
                    None => break,
                }
            } else {
                break;
            }
        }
        self.at += length;
        rest.get(..length)
    }

    /// Passes over the identifier `word` when it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let start = self.at;
        if self.identifier() == Some(word) {
            return true;
        }
        self.at = start;
        false
    }

    pub(super) fn expect(&mut self, text: &str, what: &str) -> Parse<()> {
        self.skip_blank();
        if self.eat(text) { Ok(()) } else { Err(self.unexpected(&format!("`{text}` {what}"))) }
    }

    /// Says that something else was expected here.
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let found = match self.rest().chars().next() {
            None => "the end of the text".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(character) if character.is_control() => {
                format!("`{}`", character.escape_default())
            }
            Some(character) => format!("`{character}`"),
        };
        self.fault(format!("expected {expected}, found {found}"))
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Fault::syntax(self.range(self.at, self.at + length), message)
    }

    /// Runs `read` one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            let fault = self.fault(message);
            return Err(Fault { kind: ProblemKind::Limit, ..fault });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Runs `read` where newlines mean nothing.
    pub(super) fn across_lines<T>(&mut self, read: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.with_newlines(false, read)
    }

    pub(super) fn with_newlines<T>(
        &mut self,
        end: bool,
        read: impl FnOnce(&mut Self) -> Parse<T>,
    ) -> Parse<T> {
        let saved = std::mem::replace(&mut self.newline_ends, end);
        let result = read(self);
        self.newline_ends = saved;
        result
    }

    /// Begins anew at `at`, after a fault.
    pub(super) fn restart(&mut self, at: usize) {
        self.at = at;
        self.end = self.text.len();
        self.newline_ends = true;
        self.depth = 0;
    }
}

fn is_continuation(character: char) -> bool {
    // Combining marks continue an identifier, too; Rust's library has no table of them.
    character.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&character)
}
