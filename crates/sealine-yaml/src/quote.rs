//! How a text is written as a scalar on one line, with as few quotes as it needs.
//!
//! Invariant: what is written reads back as the same text, in block and in flow context, and never
//! as a number, a truth or null where a string was meant, by YAML 1.1 readers too.

use std::fmt::Write as _;

use crate::ScalarStyle;

/// Writes `text` as a string: in `wished` style where the text allows it, else with as few quotes
/// as possible. `json` keeps to what JSON knows.
pub(crate) fn write(text: &str, wished: ScalarStyle, json: bool) -> String {
    match wished {
        _ if json => double(text),
        ScalarStyle::Plain if is_plain(text) && !reads_as_other_type(text) => text.to_owned(),
        ScalarStyle::DoubleQuoted => double(text),
        _ if is_printable(text) => format!("'{}'", text.replace('\'', "''")),
        _ => double(text),
    }
}

fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if is_printable_character(character) => out.push(character),
            character => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
    out.push('"');
    out
}

fn is_printable_character(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_printable(text: &str) -> bool {
    text.chars().all(is_printable_character)
}

/// Returns whether `text` may stand without quotes, as a key or a value, in block and flow context.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let opens = match first {
        '-' | '?' | ':' => {
            second.is_some_and(|next| !matches!(next, ' ' | ',' | '[' | ']' | '{' | '}'))
        }
        first => !"#&*!|>'\"%@`,[]{}=".contains(first),
    };
    opens
        && is_printable(text)
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.contains([',', '[', ']', '{', '}'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
}

/// Returns whether a reader of YAML 1.1 or 1.2 takes the unquoted `text` for no string.
fn reads_as_other_type(text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(bare))
        || text == "<<"
        || is_number(text)
        || is_date(text)
}

/// Returns whether the text is a number in some YAML, sexagesimal ones and `1_000` included.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let prefixed = ["0x", "0o", "0b"].iter().find_map(|prefix| bare.strip_prefix(prefix));
    if let Some(digits) = prefixed {
        return digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    let (mantissa, exponent) = bare.split_once(['e', 'E']).unwrap_or((bare, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let parts: Vec<&str> = mantissa.split('.').collect();
    let is_digits = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'_' | b':'));
    mantissa.bytes().any(|byte| byte.is_ascii_digit())
        && parts.len() <= 2
        && parts.iter().all(|part| is_digits(part))
        && !exponent.is_empty()
        && is_digits(exponent)
}

/// Returns whether the text begins as a date does.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|year| year.len() == 4 && is_digits(year))
        && parts.next().is_some_and(|month| month.len() <= 2 && is_digits(month))
        && parts.next().is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_get_only_the_quotes_they_need() {
        for (text, written) in [
            ("plain", "plain"),
            ("a b", "a b"),
            ("http://x/y?z=1#f", "http://x/y?z=1#f"),
            ("10.0.0.1", "10.0.0.1"),
            ("-x", "-x"),
            ("", "''"),
            ("yes", "'yes'"),
            ("0755", "'0755'"),
            ("1_000", "'1_000'"),
            ("1e3", "'1e3'"),
            ("2024-01-02", "'2024-01-02'"),
            ("12:30:45", "'12:30:45'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("it's", "it's"),
            ("'it's", "'''it''s'"),
            ("a\nb", "\"a\\nb\""),
            ("\u{1F600}\u{7}", "\"\u{1F600}\\u0007\""),
        ] {
            assert_eq!(write(text, ScalarStyle::Plain, false), written);
        }
        assert_eq!(write("x", ScalarStyle::Plain, true), "\"x\"");
    }
}
