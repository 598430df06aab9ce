//! Reads JSON with the place of every key and value, as strictly as Go does.
//!
//! Invariant: numbers keep their type: whole ones within 64 bits are integers, all others floats. A
//! key that stands twice is refused, since two readers would not agree on it.

use std::collections::HashSet;

use sealine_source::TextRange;

use super::{DEPTH, syntax};
use crate::value::Spot;
use crate::{Entry, Fault, Format, Item, Leaf, List, Map, Value};

/// Reads the one object of a text.
pub(super) fn read(text: &str) -> Result<Map, Fault> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { text, at: start, depth: 0 };
    reader.blanks();
    if reader.peek() != Some(b'{') {
        return Err(reader.fault("the file is no object, which SOPS needs"));
    }
    let Value::Map(map) = reader.value()? else { return Err(reader.fault("no object")) };
    reader.blanks();
    match reader.peek() {
        None => Ok(map),
        Some(_) => Err(reader.fault("something follows the object")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn fault(&self, message: &str) -> Fault {
        syntax(Format::Json, self.text, self.at, message)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes over `wanted` and the blanks around it.
    fn takes(&mut self, wanted: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        self.blanks();
        found
    }

    /// Recurses no deeper than [`DEPTH`].
    fn value(&mut self) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'{' | b'[') if self.depth >= DEPTH => {
                Err(self.fault(&format!("nesting is deeper than {DEPTH} levels")))
            }
            Some(open @ (b'{' | b'[')) => {
                self.depth += 1;
                self.at += 1;
                let value = if open == b'{' { self.object()? } else { self.array()? };
                self.depth -= 1;
                Ok(value)
            }
            Some(b'"') => Ok(Value::Leaf(Leaf::string(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut map = Map::default();
        let mut known = HashSet::new();
        if self.takes(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("a key is expected here"));
            }
            let key = self.string()?;
            let range = TextRange::new(start, self.at);
            if !known.insert(key.clone()) {
                return Err(self.fault("a key stands twice"));
            }
            if !self.takes(b':') {
                return Err(self.fault("`:` is expected here"));
            }
            let (value, spot) = self.placed(range)?;
            map.entries.push(Entry { spot, ..Entry::new(key, value) });
            if self.takes(b',') {
                continue;
            }
            if self.takes(b'}') {
                // The blanks behind the bracket are not part of the value.
                self.at = self.text.get(..self.at).map_or(self.at, |text| text.trim_end().len());
                return Ok(Value::Map(map));
            }
            return Err(self.fault("`,` or `}` is expected here"));
        }
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut list = List::default();
        if self.takes(b']') {
            return Ok(Value::List(list));
        }
        loop {
            let (value, spot) = self.placed(TextRange::default())?;
            let spot = Spot { key: spot.value, ..spot };
            list.items.push(Item { spot, ..Item::new(value) });
            if self.takes(b',') {
                continue;
            }
            if self.takes(b']') {
                self.at = self.text.get(..self.at).map_or(self.at, |text| text.trim_end().len());
                return Ok(Value::List(list));
            }
            return Err(self.fault("`,` or `]` is expected here"));
        }
    }

    fn placed(&mut self, key: TextRange) -> Result<(Value, Spot), Fault> {
        let start = self.at;
        let value = self.value()?;
        let range = TextRange::new(start, self.at);
        let flow = super::is_complex(&value);
        Ok((value, Spot { key, value: range, flow, alias: false }))
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Leaf(Leaf::bool(true))),
            ("false", Value::Leaf(Leaf::bool(false))),
        ] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("a value is expected here"))
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest().bytes().take_while(is_part).count();
        let text = self.rest().get(..length).unwrap_or_default();
        let leaf = if !is_number(text) {
            None
        } else if let Ok(number) = text.parse::<i64>() {
            Some(Leaf::int(number))
        } else {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(Leaf::float)
        };
        let leaf = leaf.ok_or_else(|| self.fault("this is no number, or too large for one"))?;
        self.at += length;
        Ok(Value::Leaf(leaf))
    }

    /// Reads a string from its quote on.
    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let plain = self.rest().find(['"', '\\']).unwrap_or(self.rest().len());
            let run = self.rest().get(..plain).unwrap_or_default();
            if run.bytes().any(|byte| byte < 0x20) {
                return Err(self.fault("a string holds a control character"));
            }
            out.push_str(run);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.fault("a string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let kind = self.rest().chars().nth(1);
        let simple = match kind {
            Some(plain @ ('"' | '\\' | '/')) => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            _ => return Err(self.fault("an escape is not valid")),
        };
        self.at += 2;
        Ok(simple)
    }

    /// Reads `\u1234`, or two of them for one character; halves alone read as U+FFFD.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.unit(0).ok_or_else(|| self.fault("an escape is not valid"))?;
        self.at += 6;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let second = self.unit(0).filter(|unit| (0xdc00..0xe000).contains(unit));
        if let (0xd800..0xdc00, Some(second)) = (first, second) {
            self.at += 6;
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn unit(&self, skip: usize) -> Option<u32> {
        let digits = self.rest().get(skip..skip + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    }
}

/// Returns whether this is a number of JSON.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (bare, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent
            .is_none_or(|exponent| is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn numbers_and_strings_read_as_in_go() {
        let text = "{\"a\": [1, -0, 1.0, 1e3, 9223372036854775808, \"\\ud83d\\ude00\\u00fc\\ud800\\/\", null, {}]}";
        let map = read(text).unwrap();
        let Some(Value::List(list)) = map.get("a") else { panic!() };
        let found: Vec<_> = list
            .items
            .iter()
            .filter_map(|item| item.value.as_leaf())
            .map(|leaf| (leaf.kind(), leaf.text().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                (Kind::Int, "1"),
                (Kind::Int, "0"),
                (Kind::Float, "1"),
                (Kind::Float, "1000"),
                (Kind::Float, "9223372036854776000"),
                (Kind::Str, "\u{1f600}ü\u{fffd}/"),
            ]
        );
        assert_eq!(&text[list.items[2].spot.value.bytes()], "1.0");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "[]",
            "{\"a\": 01}",
            "{\"a\": 1,}",
            "{a: 1}",
            "{} {}",
            "{\"a\": 1, \"a\": 2}",
            "{\"a\": \"\n\"}",
            "{\"a\": 1e999}",
            "{\"a\"",
            "",
        ] {
            assert!(matches!(read(text), Err(Fault::Syntax { .. })), "{text}");
        }
        let deep = format!("{{\"a\": {}", "[".repeat(100_000));
        assert!(read(&deep).is_err());
    }
}
