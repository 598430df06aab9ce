//! JSON as Python's `json.loads` reads it.
//!
//! That is stricter than some readers (no control characters in strings) and laxer than others
//! (`NaN`, `Infinity`, integers of any length, half of a surrogate pair, keys twice).
//!
//! Invariant: reading ends on any input, on a small stack; `Debug` shows types and keys, no value.
//! Two things differ from Python: what is nested deeper than [`DEPTH`] is refused (Python stops
//! somewhere beyond), and half of a surrogate pair, which is no text, becomes U+FFFD.

use std::ops::Range;

use indexmap::IndexMap;

use super::Fault;

/// The deepest nesting that is read.
pub const DEPTH: usize = 128;
/// Python refuses to make an integer of more digits.
const DIGITS: usize = 4300;

/// A JSON value.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written, or `NaN`, `Infinity`, `-Infinity`.
    Number(String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object in the order of the text; of a key twice, the last value stands at the first place.
    Object(IndexMap<String, Json>),
}

impl Json {
    /// Returns the string, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a member of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// Returns what Python's `bool(value)` is.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(text) => text == "NaN" || text.parse::<f64>() != Ok(0.0),
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Object(members) => !members.is_empty(),
        }
    }

    /// Returns what type it is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl std::fmt::Debug for Json {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object(members) => out.debug_set().entries(members.keys()).finish(),
            _ => out.write_str(self.kind()),
        }
    }
}

/// Where a member of an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// The key with its quotes.
    pub key: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

/// Reads a JSON document.
///
/// # Errors
///
/// [`Fault::Json`] when it is none.
pub fn parse(text: &str) -> Result<Json, Fault> {
    read(text, 0).map(|(json, _)| json)
}

/// Reads a JSON document, and tells where members of its objects stand, down to two levels.
///
/// # Errors
///
/// [`Fault::Json`] when it is none.
pub fn parse_with_spots(text: &str) -> Result<(Json, Vec<Spot>), Fault> {
    read(text, 2)
}

fn read(text: &str, levels: usize) -> Result<(Json, Vec<Spot>), Fault> {
    let mut reader = Reader { text, at: 0, path: Vec::new(), levels, spots: Vec::new() };
    reader.space();
    let json = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.fault("the end"));
    }
    Ok((json, reader.spots))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    path: Vec<String>,
    levels: usize,
    spots: Vec<Spot>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn fault(&self, wanted: &'static str) -> Fault {
        Fault::Json { at: self.at, wanted }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Fault> {
        if depth > DEPTH {
            return Err(self.fault("less nesting"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, Fault> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Number("NaN".to_owned())),
            ("Infinity", Json::Number("Infinity".to_owned())),
            ("-Infinity", Json::Number("-Infinity".to_owned())),
        ];
        let rest = &self.text[self.at..];
        let found = words.into_iter().find(|(word, _)| rest.starts_with(word));
        let (word, json) = found.ok_or_else(|| self.fault("a value"))?;
        self.at += word.len();
        Ok(json)
    }

    fn object(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut members = IndexMap::new();
        self.space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.fault("a key in double quotes"));
            }
            let start = self.at;
            let key = self.string()?;
            let written = start..self.at;
            self.space();
            if !self.take(b':') {
                return Err(self.fault("`:`"));
            }
            self.space();
            let start = self.at;
            let noted = depth < self.levels;
            if noted {
                self.path.push(key.clone());
                let path = self.path.clone();
                self.spots.push(Spot { path, key: written, value: start..start });
            }
            let spot = self.spots.len();
            let value = self.value(depth + 1)?;
            if noted {
                self.spots[spot - 1].value.end = self.at;
                self.path.pop();
            }
            members.insert(key, value);
            self.space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.fault("`,` or `}`"));
            }
            self.space();
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            // No path leads into a list.
            let levels = std::mem::take(&mut self.levels);
            let item = self.value(depth + 1);
            self.levels = levels;
            items.push(item?);
            self.space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.fault("`,` or `]`"));
            }
            self.space();
        }
    }

    fn number(&mut self) -> Result<Json, Fault> {
        let start = self.at;
        if self.text[start..].starts_with("-Infinity") {
            return self.word();
        }
        self.take(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.fault("a digit")),
        }
        let whole = self.at;
        let digit_at = |reader: &Self, at: usize| {
            reader.text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
        };
        if self.peek() == Some(b'.') && digit_at(self, self.at + 1) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let sign = self.text.as_bytes().get(self.at + 1);
            let signed = usize::from(matches!(sign, Some(b'+' | b'-')));
            if digit_at(self, self.at + 1 + signed) {
                self.at += 1 + signed;
                self.digits();
            }
        }
        let text = &self.text[start..self.at];
        if self.at == whole && text.trim_start_matches('-').len() > DIGITS {
            return Err(Fault::Json { at: start, wanted: "fewer digits" });
        }
        Ok(Json::Number(text.to_owned()))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let plain = plain.ok_or(Fault::Json { at: self.at, wanted: "the string's end" })?;
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match rest[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.fault("no control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let sign = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("a known escape")),
        };
        self.at += 2;
        Ok(sign)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.code(self.at).ok_or_else(|| self.fault("four hexadecimal digits"))?;
        self.at += 6;
        if (0xd800..0xdc00).contains(&high)
            && let Some(low @ 0xdc00..0xe000) = self.code(self.at)
        {
            self.at += 6;
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads the `\uXXXX` at a byte.
    fn code(&self, at: usize) -> Option<u32> {
        let digits = self.text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_reads() {
        let text =
            r#"{"a": [1, -0.5e+3, NaN, -Infinity], "b": "\ud83d\ude00\ud800x\/", "a": null}"#;
        let Json::Object(members) = parse(text).unwrap() else { panic!("an object") };
        assert_eq!(members.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(members["a"], Json::Null);
        assert_eq!(members["b"].as_str(), Some("😀\u{fffd}x/"));
    }

    #[test]
    fn refuses_what_python_refuses() {
        for text in [
            "",
            "{",
            "{]",
            "{'a': 1}",
            "{\"a\": 1,}",
            "[1,]",
            "01",
            "1.",
            ".5",
            "+1",
            "- 1",
            "1e",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"",
            "{\"a\" 1}",
            "{} x",
            "nul",
            "\u{feff}{}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"9".repeat(4301)).is_err());
        assert!(parse(&"9".repeat(4300)).is_ok());
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(parse(&"[".repeat(1_000_000)).is_err());
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&deep(DEPTH)).is_ok());
        assert!(parse(&deep(DEPTH + 2)).is_err());
    }

    #[test]
    fn members_have_their_spots() {
        let text = r#"{"a": 1, "extra": {"k": {"z": 2}, "l": [{"m": 3}]}}"#;
        let (_, spots) = parse_with_spots(text).unwrap();
        let shown: Vec<_> = spots
            .iter()
            .map(|spot| (spot.path.join("/"), &text[spot.key.clone()], &text[spot.value.clone()]))
            .collect();
        assert_eq!(
            shown,
            [
                ("a".to_owned(), "\"a\"", "1"),
                ("extra".to_owned(), "\"extra\"", r#"{"k": {"z": 2}, "l": [{"m": 3}]}"#),
                ("extra/k".to_owned(), "\"k\"", r#"{"z": 2}"#),
                ("extra/l".to_owned(), "\"l\"", r#"[{"m": 3}]"#),
            ]
        );
    }
}
