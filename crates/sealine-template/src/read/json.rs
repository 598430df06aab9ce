//! JSON as Go's `encoding/json` reads it into an untyped value.
//!
//! Invariant: what is no JSON is a failure, however much of it could be read; nesting is limited.

use crate::budget::{DATA_DEPTH, Fuel};
use crate::error::{Failure, Outcome, failure};
use crate::text::{Builder, Text};
use crate::value::{Map, Value};

/// Returns the value of a JSON text.
pub(crate) fn json(text: &Text, fuel: &mut Fuel) -> Outcome<Value> {
    let mut reader = Reader { text, at: 0, fuel };
    let value = reader.value(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(unexpected("after top-level value")),
    }
}

struct Reader<'r> {
    text: &'r Text,
    at: usize,
    fuel: &'r mut Fuel,
}

/// Go names the character, too; here it may be part of a secret.
fn unexpected(context: &str) -> Failure {
    failure(format!("invalid character {context}"))
}

fn end() -> Failure {
    failure("unexpected end of JSON input")
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns the next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn value(&mut self, depth: usize) -> Outcome<Value> {
        if depth > DATA_DEPTH {
            return Err(failure("exceeded max depth"));
        }
        self.fuel.items(1)?;
        match self.peek().ok_or_else(end)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(self.string()?.into()),
            b't' => self.word("true", true.into()),
            b'f' => self.word("false", false.into()),
            b'n' => self.word("null", Value::nil()),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(unexpected("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Outcome<Value> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(failure("invalid character in literal"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Outcome<Value> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let start = reader.at;
            while reader.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                reader.at += 1;
            }
            reader.at > start
        };
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        let mut well = if self.byte() == Some(b'0') {
            self.at += 1;
            true
        } else {
            digits(self)
        };
        if self.byte() == Some(b'.') {
            self.at += 1;
            well &= digits(self);
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            well &= digits(self);
        }
        let bytes = self.text.as_bytes().get(start..self.at).unwrap_or_default();
        let number = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        match number.filter(|number: &f64| well && number.is_finite()) {
            Some(number) => Ok(Value::float(number).at(self.text.slice(start..self.at).origin())),
            None => Err(failure("invalid character in numeric literal")),
        }
    }

    fn array(&mut self, depth: usize) -> Outcome<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            match self.peek().ok_or_else(end)? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                _ => return Err(unexpected("after array element")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Outcome<Value> {
        self.at += 1;
        let map = Map::default();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(map.into());
        }
        loop {
            match self.peek().ok_or_else(end)? {
                b'"' => {}
                _ => {
                    return Err(unexpected("looking for beginning of object key string"));
                }
            }
            let key = self.string()?;
            match self.peek().ok_or_else(end)? {
                b':' => self.at += 1,
                _ => return Err(unexpected("after object key")),
            }
            let value = self.value(depth + 1)?;
            map.set_key(&key.to_str(), key.origin(), value);
            match self.peek().ok_or_else(end)? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(map.into());
                }
                _ => return Err(unexpected("after object key:value pair")),
            }
        }
    }

    fn string(&mut self) -> Outcome<Text> {
        self.at += 1;
        let start = self.at;
        let mut builder = Builder::default();
        let mut kept = start;
        loop {
            match self.byte().ok_or_else(end)? {
                b'"' => {
                    builder.push_slice(self.text, kept..self.at);
                    self.at += 1;
                    self.fuel.text(builder.len())?;
                    return Ok(builder.finish());
                }
                b'\\' => {
                    builder.push_slice(self.text, kept..self.at);
                    let escape = self.at;
                    let letter = self.escape()?;
                    let origin = self.text.slice(escape..self.at).common_origin();
                    builder.push_marked(letter.encode_utf8(&mut [0; 4]).as_bytes(), origin);
                    kept = self.at;
                }
                0..=0x1f => return Err(failure("invalid character in string literal")),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        self.at += 1;
        let byte = self.byte().ok_or_else(end)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let next = self.text.as_bytes().get(self.at..self.at + 2);
                if (0xd800..0xdc00).contains(&first) && next == Some(b"\\u") {
                    let before = self.at;
                    self.at += 2;
                    let second = self.unit()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = before;
                }
                char::from_u32(first).unwrap_or('\u{fffd}')
            }
            _ => return Err(failure("invalid character in string escape code")),
        })
    }

    fn unit(&mut self) -> Outcome<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or_else(end)?;
        let digits = std::str::from_utf8(digits).ok();
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| failure("invalid character in \\u hexadecimal character escape"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    fn read(text: &str) -> Outcome<Value> {
        json(&Text::from(text), &mut Fuel::new(Budget::secret()))
    }

    #[test]
    fn json_is_read_whole_or_not_at_all() {
        let value = read(r#" {"a": [1, "x\u00e9\ud83d\ude00", null, true]} "#).expect("JSON");
        let list = value.as_map().and_then(|map| map.get("a")).expect("a");
        let list = list.as_list().expect("a list");
        assert_eq!(list.items()[1].as_text().expect("a text").to_str(), "xé😀");
        for text in ["{\"a\":1,}", "01", "[1", "\"\n\"", "{} x", "nul", "\"\\q\"", "", "-"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        assert!(read(&"[".repeat(100_000)).is_err());
    }
}
