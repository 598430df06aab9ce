//! Go's quoting: `strconv.Quote` and its kin.
//!
//! Invariant: each byte of the input has its own run of output, so that origins can follow.

use std::fmt::Write;

use crate::text::{Builder, Text};

/// Returns the text between double quotes, escaped as Go source.
pub(crate) fn quote(text: &Text, ascii: bool) -> Text {
    let mut builder = Builder::default();
    builder.push("\"");
    escape_into(text, '"', ascii, &mut builder);
    builder.push("\"");
    builder.finish()
}

/// Appends the text with what Go would not print as it is escaped.
fn escape_into(text: &Text, quote: char, ascii: bool, builder: &mut Builder) {
    let mut kept = 0;
    let mut at = 0;
    for chunk in text.as_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            if let Some(escaped) = escaped(letter, quote, ascii) {
                replace(text, kept..at, at + letter.len_utf8(), &escaped, builder);
                kept = at + letter.len_utf8();
            }
            at += letter.len_utf8();
        }
        for byte in chunk.invalid() {
            replace(text, kept..at, at + 1, &format!("\\x{byte:02x}"), builder);
            at += 1;
            kept = at;
        }
    }
    builder.push_slice(text, kept..at);
}

/// Appends the kept range, then what stands for the bytes from its end to `end`.
pub(crate) fn replace(
    text: &Text,
    kept: std::ops::Range<usize>,
    end: usize,
    replacement: &str,
    builder: &mut Builder,
) {
    let from = kept.end;
    builder.push_slice(text, kept);
    builder.push_marked(replacement.as_bytes(), text.slice(from..end).common_origin());
}

fn escaped(letter: char, quote: char, ascii: bool) -> Option<String> {
    let short = match letter {
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        letter if letter == quote => return Some(format!("\\{quote}")),
        letter if letter.is_ascii_graphic() || letter == ' ' => return None,
        letter if is_print(letter) && !ascii => return None,
        letter => {
            let code = u32::from(letter);
            let mut text = String::new();
            let written = match code {
                0..=0x1f | 0x7f => write!(text, "\\x{code:02x}"),
                ..=0xffff => write!(text, "\\u{code:04x}"),
                _ => write!(text, "\\U{code:08x}"),
            };
            return written.ok().map(|()| text);
        }
    };
    Some(short.to_owned())
}

/// Returns a character between single quotes, escaped as Go source.
pub(crate) fn quote_character(letter: char, ascii: bool) -> String {
    match escaped(letter, '\'', ascii) {
        Some(escaped) => format!("'{escaped}'"),
        None => format!("'{letter}'"),
    }
}

/// Returns whether Go prints a character as it is; Rust's `Debug` keeps nearly the same list.
pub(crate) fn is_print(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_graphic() || letter == ' ';
    }
    // `escape_debug` also escapes combining marks at a start, which Go prints.
    let mut escaped = letter.escape_debug();
    escaped.len() == 1 || (escaped.next() == Some('\\') && letter.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_gos() {
        let text = Text::from(b"a\"\\\n\x00\xc3\xa9\xff\x7f".to_vec());
        assert_eq!(quote(&text, false).to_str(), r#""a\"\\\n\x00é\xff\x7f""#);
        assert_eq!(quote(&Text::from("é"), true).to_str(), r#""\u00e9""#);
    }
}
