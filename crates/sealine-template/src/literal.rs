//! What literals mean: quoted texts, character constants and numbers, as Go reads them.
//!
//! Invariant: a literal Go refuses gives `None`; nothing here panics or allocates more than the
//! literal's own length.

use crate::syntax::Number;

/// Returns the bytes a quoted literal means, and whether they are the bytes between the quotes.
pub(crate) fn unquote(literal: &str) -> Option<(Vec<u8>, bool)> {
    let quote = literal.chars().next()?;
    let body = literal.get(1..literal.len().checked_sub(1)?)?;
    if quote == '`' {
        // A raw literal loses its carriage returns.
        let bytes: Vec<u8> = body.bytes().filter(|byte| *byte != b'\r').collect();
        let verbatim = bytes.len() == body.len();
        return Some((bytes, verbatim));
    }
    if !body.contains('\\') {
        return Some((body.as_bytes().to_vec(), true));
    }
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(letter) = rest.chars().next() {
        rest = unescape(rest, letter, quote, &mut bytes)?;
    }
    Some((bytes, false))
}

/// Appends what the first letter or escape of `rest` means; returns what follows it.
fn unescape<'a>(rest: &'a str, letter: char, quote: char, out: &mut Vec<u8>) -> Option<&'a str> {
    if letter != '\\' {
        let (head, tail) = rest.split_at(letter.len_utf8());
        out.extend_from_slice(head.as_bytes());
        return Some(tail);
    }
    let escape = rest.get(1..)?.chars().next()?;
    let tail = rest.get(1 + escape.len_utf8()..)?;
    let plain = match escape {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '\'' | '"' if escape == quote => escape as u8,
        'x' => {
            out.push(u8::from_str_radix(tail.get(..2)?, 16).ok()?);
            return tail.get(2..);
        }
        'u' | 'U' => {
            let length = if escape == 'u' { 4 } else { 8 };
            let letter = char::from_u32(u32::from_str_radix(tail.get(..length)?, 16).ok()?)?;
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return tail.get(length..);
        }
        '0'..='7' => {
            let digits = rest.get(1..4)?;
            out.push(u8::try_from(u32::from_str_radix(digits, 8).ok()?).ok()?);
            return rest.get(4..);
        }
        _ => return None,
    };
    out.push(plain);
    Some(tail)
}

/// Returns the number a character constant means.
pub(crate) fn character(literal: &str) -> Option<Number> {
    let body = literal.get(1..literal.len().checked_sub(1)?)?;
    let code = if let Some(digits) = body.strip_prefix("\\x") {
        u32::from_str_radix(digits, 16).ok()?
    } else {
        let (bytes, _) = unquote(literal)?;
        let text = String::from_utf8(bytes).ok()?;
        let mut letters = text.chars();
        let letter = letters.next()?;
        if letters.next().is_some() {
            return None;
        }
        u32::from(letter)
    };
    Some(Number { integer: Some(i64::from(code)), float: f64::from(code), written_as_float: false })
}

/// Returns the number a literal means: the reason why not, when it is none.
pub(crate) fn number(literal: &str) -> Result<Number, &'static str> {
    if let Some(integer) = integer(literal) {
        #[expect(clippy::cast_precision_loss, reason = "Go rounds the same way")]
        let float = integer as f64;
        return Ok(Number { integer: Some(integer), float, written_as_float: false });
    }
    let lower = literal.to_ascii_lowercase();
    let hexadecimal = lower.trim_start_matches(['+', '-']).starts_with("0x");
    if (hexadecimal && !lower.contains('p')) || !lower.contains(['.', 'e', 'p']) {
        return Err("integer overflow");
    }
    let float = float(literal).ok_or("bad number syntax")?;
    Ok(Number { integer: exact(float), float, written_as_float: true })
}

/// Returns a float in Go's notation, underscores between digits; what overflows is none.
pub(crate) fn float(text: &str) -> Option<f64> {
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after = letters.peek().is_some_and(char::is_ascii_digit);
        if letter == '_' && !(before.is_ascii_digit() && after) {
            return None;
        }
        before = letter;
    }
    let plain = text.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    let float = if lower.contains("0x") { hexadecimal(&lower) } else { plain.parse().ok() };
    float.filter(|float: &f64| float.is_finite())
}

/// Returns a float written as `0x1.8p3`, in lower case; digits that a float cannot hold give none.
fn hexadecimal(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) if text.starts_with('-') => (-1.0, digits),
        Some(digits) => (1.0, digits),
        None => (1.0, text),
    };
    let (mantissa, exponent) = digits.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let written = format!("{whole}{fraction}");
    let bits = u64::from_str_radix(&written, 16).ok().filter(|bits| *bits < 1 << 53)?;
    let exponent = exponent.parse::<i32>().ok()?;
    let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    #[expect(clippy::cast_precision_loss, reason = "it has at most 53 bits")]
    Some(sign * bits as f64 * 2_f64.powi(exponent))
}

/// Returns a float as an integer when it is one.
fn exact(float: f64) -> Option<i64> {
    let fits = float.fract() == 0.0 && float.abs() < 9.0e18;
    fits.then_some(float as i64)
}

/// Returns an integer in Go's notation: a sign, a base prefix, underscores between digits.
pub(crate) fn integer(literal: &str) -> Option<i64> {
    let (negative, digits) = match literal.as_bytes().first()? {
        b'-' => (true, literal.get(1..)?),
        b'+' => (false, literal.get(1..)?),
        _ => (false, literal),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, lower.as_str())
    };
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    // One underscore may stand between digits or after a prefix.
    let misplaced =
        digits.contains("__") || digits.ends_with('_') || (digits.starts_with('_') && base == 10);
    if plain.is_empty() || plain.starts_with(['+', '-']) || misplaced {
        return None;
    }
    let magnitude = u64::from_str_radix(&plain, base).ok()?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_read_as_in_go() {
        assert_eq!(integer("0755"), Some(493));
        assert_eq!(integer("-0x1F"), Some(-31));
        assert_eq!(integer("0b1_0"), Some(2));
        assert_eq!(integer("1_000"), Some(1000));
        assert_eq!(integer("1__0"), None);
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer("9223372036854775808"), None);
        assert_eq!(integer("089"), None);
    }

    #[test]
    fn floats_know_how_they_were_written() {
        let one = number("1.0").expect("a number");
        assert_eq!((one.integer, one.written_as_float), (Some(1), true));
        assert_eq!(number("1e3").map(|number| number.integer), Ok(Some(1000)));
        assert_eq!(number("99999999999999999999"), Err("integer overflow"));
    }

    #[test]
    fn literals_are_unquoted() {
        assert_eq!(unquote(r#""a\"\n\x41\u00e9""#), Some(("a\"\nA\u{e9}".into(), false)));
        assert_eq!(unquote("`a\\n`"), Some((b"a\\n".to_vec(), true)));
        assert_eq!(unquote(r#""\q""#), None);
        assert_eq!(character("'a'").and_then(|number| number.integer), Some(97));
        assert_eq!(character(r"'\n'").and_then(|number| number.integer), Some(10));
        assert_eq!(character("'ab'"), None);
    }
}
