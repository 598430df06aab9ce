//! Which type an unquoted scalar of YAML has, as go-yaml decides it.
//!
//! Invariant: a text has the same type and value here and there; what Go cannot hold is refused
//! rather than rounded.

use crate::{Leaf, Value};

/// Why a scalar has no value.
pub(crate) type Reason = &'static str;

/// Returns the value of an unquoted scalar without a tag.
pub(crate) fn plain(text: &str) -> Result<Value, Reason> {
    let leaf = match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => Leaf::bool(true),
        "false" | "False" | "FALSE" => Leaf::bool(false),
        ".nan" | ".NaN" | ".NAN" => Leaf::float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Leaf::float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Leaf::float(f64::NEG_INFINITY),
        _ => match text.bytes().next() {
            Some(b'.') => decimal(text).map_or_else(|| Leaf::string(text), Leaf::float),
            Some(b'0'..=b'9' | b'+' | b'-') => number_or_time(text)?,
            _ => Leaf::string(text),
        },
    };
    Ok(Value::Leaf(leaf))
}

/// Returns the value of a scalar with a tag.
pub(crate) fn tagged(tag: &str, text: &str) -> Result<Value, Reason> {
    const OTHER: Reason = "a scalar is not what its tag says";
    let short = tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!"));
    let wanted = match short {
        Some("binary") => return binary(text),
        Some(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
        // `!` and `!!str` make a string; of other tags only the text is kept.
        _ => return Ok(Value::Leaf(Leaf::string(text))),
    };
    let value = plain(text)?;
    match (wanted, &value) {
        ("null", Value::Null) => Ok(value),
        (_, Value::Leaf(leaf)) => match (wanted, leaf.kind()) {
            ("bool", crate::Kind::Bool)
            | ("int", crate::Kind::Int)
            | ("float", crate::Kind::Float)
            | ("timestamp", crate::Kind::Time) => Ok(value),
            ("float", crate::Kind::Int) => {
                let number = leaf.text().and_then(|text| text.parse().ok()).ok_or(OTHER)?;
                Ok(Value::Leaf(Leaf::float(number)))
            }
            _ => Err(OTHER),
        },
        _ => Err(OTHER),
    }
}

/// The bytes of `!!binary` are a string that need not be text.
fn binary(text: &str) -> Result<Value, Reason> {
    use base64::Engine as _;
    let packed: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    bytes.map(|bytes| Value::Leaf(Leaf::string(bytes))).map_err(|_| "`!!binary` is no base64")
}

fn number_or_time(text: &str) -> Result<Leaf, Reason> {
    if let Some(time) = Leaf::time(text) {
        return Ok(time);
    }
    let bare: String = text.chars().filter(|character| *character != '_').collect();
    if let Some(number) = integer(&bare) {
        return match i64::try_from(number) {
            Ok(number) => Ok(Leaf::int(number)),
            Err(_) => Err("a whole number beyond 64 bits with sign, which SOPS refuses; quote it"),
        };
    }
    Ok(decimal(&bare).map_or_else(|| Leaf::string(text), Leaf::float))
}

/// Returns the whole number that `text` writes in base 2, 8, 10 or 16, if 64 bits with or without
/// sign can hold it.
fn integer(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']);
    let digits = unsigned.unwrap_or(text);
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (radix, digits) = match prefix.as_deref() {
        Some("0x") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        Some("0b") => (2, digits.get(2..)?),
        // Octals of YAML 1.1.
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    if text.starts_with('-') {
        let least = -i128::from(i64::MIN);
        return (magnitude <= least).then_some(-magnitude);
    }
    // Go reads no sign before what only fits without one.
    (unsigned.is_none() || magnitude <= i128::from(i64::MAX)).then_some(magnitude)
}

/// Returns the number that `text` writes with digits, a point and an exponent.
fn decimal(text: &str) -> Option<f64> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (bare, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if !has_digits || !is_digits(whole) || !is_digits(fraction) || !exponent_fits {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn scalars_have_the_types_that_go_gives_them() {
        for (text, kind, spelling) in [
            ("yes", Kind::Str, "yes"),
            ("0755", Kind::Int, "493"),
            ("0o17", Kind::Int, "15"),
            ("0x1f", Kind::Int, "31"),
            ("-0b101", Kind::Int, "-5"),
            ("1_000", Kind::Int, "1000"),
            ("+5", Kind::Int, "5"),
            ("08", Kind::Float, "8"),
            ("1e3", Kind::Float, "1000"),
            ("1.50", Kind::Float, "1.5"),
            (".5", Kind::Float, "0.5"),
            ("5.", Kind::Float, "5"),
            ("1e999", Kind::Str, "1e999"),
            ("99999999999999999999", Kind::Float, "100000000000000000000"),
            ("-9223372036854775808", Kind::Int, "-9223372036854775808"),
            ("-.inf", Kind::Float, "-Inf"),
            ("2020-01-02", Kind::Time, "2020-01-02T00:00:00Z"),
            ("1.2.3", Kind::Str, "1.2.3"),
            ("-", Kind::Str, "-"),
            ("0x", Kind::Str, "0x"),
            ("._5", Kind::Str, "._5"),
            ("12:30", Kind::Str, "12:30"),
        ] {
            let value = plain(text);
            let leaf = value.as_ref().ok().and_then(Value::as_leaf);
            let found = leaf.map(|leaf| (leaf.kind(), leaf.text().unwrap()));
            assert_eq!(found, Some((kind, spelling)), "{text}");
        }
        assert!(plain("9223372036854775808").is_err());
        assert!(matches!(plain("~"), Ok(Value::Null)));
        assert!(tagged("!!int", "x").is_err());
        let float = tagged("!!float", "5");
        assert_eq!(float.ok().and_then(|value| Some(value.as_leaf()?.kind())), Some(Kind::Float));
    }
}
