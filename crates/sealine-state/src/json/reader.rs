//! Reads JSON piece by piece over its text, without a tree: a state may have hundreds of megabytes.
//!
//! Invariant: any input ends in linear time, with a bounded depth and a bounded stack; a fault says
//! where it is and what was expected, never what stood there.

use std::borrow::Cow;

/// How deep values may lie in one another.
pub const DEEPEST: usize = 200;

/// Why a text is not the JSON that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// What the next value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list.
    List,
    /// An object.
    Object,
}

/// A place in a JSON text.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl std::fmt::Debug for Reader<'_> {
    /// Shows the place, and nothing of the text.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reader").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Begins at the first value of a text; a byte-order mark is passed over.
    ///
    /// # Errors
    ///
    /// When the bytes are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { text, at: 0, depth: 0 }),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                Err(fault(valid, valid.len(), "a byte that is not UTF-8"))
            }
        }
    }

    /// Returns where the reader stands, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns what the next value is.
    ///
    /// # Errors
    ///
    /// When no value follows.
    pub fn kind(&mut self) -> Result<Kind, Fault> {
        self.space();
        match self.peek() {
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'"') => Ok(Kind::String),
            Some(b'[') => Ok(Kind::List),
            Some(b'{') => Ok(Kind::Object),
            Some(_) => Err(self.fault("a value was expected")),
            None => Err(self.fault("the text ends where a value was expected")),
        }
    }

    /// Reads `null`.
    ///
    /// # Errors
    ///
    /// When the next value is another.
    pub fn null(&mut self) -> Result<(), Fault> {
        self.space();
        self.word("null")
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    ///
    /// When the next value is another.
    pub fn bool(&mut self) -> Result<bool, Fault> {
        self.space();
        if self.peek() == Some(b't') {
            self.word("true").map(|()| true)
        } else {
            self.word("false").map(|()| false)
        }
    }

    /// Reads a number, as it is written.
    ///
    /// # Errors
    ///
    /// When the next value is no number.
    pub fn number(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        self.eat(b'-');
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        if whole == 0 || leading_zero {
            return Err(self.fault("a number was expected"));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.fault("a digit was expected"));
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                return Err(self.fault("a digit was expected"));
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads a string. It is borrowed where nothing in it is escaped.
    ///
    /// # Errors
    ///
    /// When the next value is no string.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let raw = self.raw_string()?;
        if raw.contains('\\') { self.unescape(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(raw)) }
    }

    /// Reads a string and returns it as it is written, with its escapes.
    ///
    /// # Errors
    ///
    /// When the next value is no string.
    pub fn raw_string(&mut self) -> Result<&'a str, Fault> {
        self.space();
        if !self.eat(b'"') {
            return Err(self.fault("a string was expected"));
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            self.at = plain_until(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => return Err(self.fault("a control character in a string")),
                None => {
                    self.at = bytes.len();
                    return Err(self.fault("the text ends within a string"));
                }
            }
        }
        let end = self.at;
        self.at += 1;
        Ok(&self.text[start..end])
    }

    /// Reads an object: `each` is called with every key and must read its value.
    ///
    /// # Errors
    ///
    /// When the next value is no object, lies too deep, or `each` fails.
    pub fn object<E: From<Fault>>(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.enter(b'{', "an object was expected")?;
        self.space();
        if !self.eat(b'}') {
            loop {
                let key = self.string()?;
                self.space();
                if !self.eat(b':') {
                    return Err(self.fault("`:` was expected").into());
                }
                each(self, key)?;
                if self.ends(b'}', "`,` or `}` was expected")? {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a list: `each` is called with every index and must read the element.
    ///
    /// # Errors
    ///
    /// When the next value is no list, lies too deep, or `each` fails.
    pub fn list<E: From<Fault>>(
        &mut self,
        mut each: impl FnMut(&mut Self, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        self.enter(b'[', "a list was expected")?;
        self.space();
        if !self.eat(b']') {
            let mut index = 0;
            loop {
                each(self, index)?;
                index += 1;
                if self.ends(b']', "`,` or `]` was expected")? {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Passes over the next value, and returns its text.
    ///
    /// # Errors
    ///
    /// When no value follows, or it is broken.
    pub fn skip(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        match self.kind()? {
            Kind::Null => self.null()?,
            Kind::Bool => self.bool().map(|_| ())?,
            Kind::Number => self.number().map(|_| ())?,
            Kind::String => self.raw_string().map(|_| ())?,
            Kind::List => self.list(|reader, _| reader.skip().map(|_| ()))?,
            Kind::Object => self.object(|reader, _| reader.skip().map(|_| ()))?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Checks that nothing follows but white space.
    ///
    /// # Errors
    ///
    /// When something does.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at < self.text.len() {
            return Err(self.fault("the end was expected"));
        }
        Ok(())
    }

    /// Returns a fault at this place.
    pub fn fault(&self, what: &'static str) -> Fault {
        fault(self.text.as_bytes(), self.at, what)
    }

    fn enter(&mut self, open: u8, what: &'static str) -> Result<(), Fault> {
        self.space();
        if !self.eat(open) {
            return Err(self.fault(what));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault("values lie deeper in one another than 200 levels"));
        }
        Ok(())
    }

    /// Reads what stands after an element: whether it was the last.
    fn ends(&mut self, close: u8, what: &'static str) -> Result<bool, Fault> {
        self.space();
        if self.eat(close) {
            return Ok(true);
        }
        if self.eat(b',') { Ok(false) } else { Err(self.fault(what)) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn word(&mut self, word: &'static str) -> Result<(), Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("a value was expected"));
        }
        self.at += word.len();
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn unescape(&self, raw: &str) -> Result<String, Fault> {
        // What is decoded may be a secret: one allocation, so that no copy is left behind.
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((plain, escaped)) = rest.split_once('\\') {
            out.push_str(plain);
            let mut chars = escaped.chars();
            let character = match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some(same @ ('"' | '\\' | '/')) => same,
                Some('u') => {
                    let (character, used) = unicode(chars.as_str())
                        .ok_or_else(|| self.fault("a broken escape in a string"))?;
                    chars = chars.as_str()[used..].chars();
                    character
                }
                _ => return Err(self.fault("an unknown escape in a string")),
            };
            out.push(character);
            rest = chars.as_str();
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Where the first quote, backslash or control character stands, eight bytes at a time: most of a
/// state is strings.
fn plain_until(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let eight = u64::from_le_bytes(*chunk);
        // The lowest mark is right; those above it may be wrong, and do not count.
        let is = |byte: u8| {
            let same = eight ^ (ONES * u64::from(byte));
            same.wrapping_sub(ONES) & !same
        };
        let control = eight.wrapping_sub(ONES * 0x20) & !eight;
        let marks = (control | is(b'"') | is(b'\\')) & HIGH;
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    rest.iter().position(ends).map_or(bytes.len().max(at), |found| at + found)
}

/// The character of `XXXX`, or of `XXXX\uXXXX`, and how many bytes it takes. A lone half of a pair
/// is the replacement character, as Go reads it.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 4));
    }
    let second = text.get(4..6).filter(|mark| *mark == "\\u").and_then(|_| unit(6));
    match second {
        Some(second) if first < 0xdc00 && (0xdc00..0xe000).contains(&second) => {
            let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(joined)?, 10))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 4)),
    }
}

fn fault(text: &[u8], at: usize, what: &'static str) -> Fault {
    let before = text.get(..at).unwrap_or(text);
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    Fault { line, column, what }
}
