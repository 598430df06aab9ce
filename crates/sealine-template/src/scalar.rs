//! What a plain YAML scalar is to the Go readers Helm uses: YAML 1.1 with their exceptions.
//!
//! Invariant: reading and writing ask the same function, so that what is written unquoted reads
//! back as the same text.

use crate::literal;

/// What a plain scalar is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer between the largest `int64` and the largest `uint64`.
    Unsigned(u64),
    Float(f64),
    /// A text to whoever reads it, but quoted when written.
    Timestamp,
    Text,
}

/// Returns what the plain scalar `text` is.
pub(crate) fn resolve(text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else { return Resolved::Null };
    if let Some(known) = keyword(text) {
        return known;
    }
    match first {
        b'.' => match literal::float(text) {
            Some(float) => Resolved::Float(float),
            None => Resolved::Text,
        },
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Resolved::Text,
    }
}

fn keyword(text: &str) -> Option<Resolved> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Resolved {
    if is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain = text.replace('_', "");
    if let Some(integer) = literal::integer(&plain) {
        return Resolved::Int(integer);
    }
    if let Some(unsigned) = unsigned(&plain) {
        return Resolved::Unsigned(unsigned);
    }
    match float_shape(&plain).then(|| literal::float(&plain)).flatten() {
        Some(float) => Resolved::Float(float),
        None => Resolved::Text,
    }
}

fn unsigned(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if lower.starts_with(['0', '+', '-']) {
        return None;
    }
    lower.parse().ok()
}

/// Returns whether the text is written like a decimal float.
fn float_shape(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some_digits = !whole.is_empty() || (mantissa.contains('.') && !fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    some_digits && digits(whole) && digits(fraction) && exponent_fits
}

/// Returns whether the text is one of the dates that go-yaml knows.
fn is_timestamp(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    let Some(rest) = text.get(4..).and_then(|rest| rest.strip_prefix('-')) else { return false };
    if year != 4 {
        return false;
    }
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = rest.split_at(day_length);
    if !in_range(month, 1, 12) || !in_range(day, 1, 31) {
        return false;
    }
    let Some(separator) = rest.chars().next() else { return true };
    let time = rest.get(1..).unwrap_or_default();
    match separator {
        'T' | 't' => {
            let Some(zone) = time.rfind(['Z', '+', '-']) else { return false };
            let (time, zone) = time.split_at(zone);
            is_time(time) && is_zone(zone)
        }
        ' ' => is_time(time),
        _ => false,
    }
}

fn in_range(text: &str, least: u32, most: u32) -> bool {
    (1..=2).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number| (least..=most).contains(&number))
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let mut next = |most| parts.next().is_some_and(|part| in_range(part, 0, most));
    next(23)
        && next(59)
        && next(59)
        && parts.next().is_none()
        && fraction.is_none_or(|fraction| {
            !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
        })
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some((hours, minutes)) = text.get(1..).and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    hours.len() == 2 && minutes.len() == 2 && in_range(hours, 0, 24) && in_range(minutes, 0, 60)
}

/// Returns whether YAML 1.1 would read the text as a number to the base of 60.
pub(crate) fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first = parts
        .next()
        .is_some_and(|part| part.starts_with(|first: char| first.is_ascii_digit()) && digits(part));
    let mut more = false;
    for part in parts {
        more = true;
        if !in_range(part, 0, 59) {
            return false;
        }
    }
    first && more && digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_1_1_retypes_what_go_retypes() {
        assert_eq!(resolve("yes"), Resolved::Bool(true));
        assert_eq!(resolve("0755"), Resolved::Int(493));
        assert_eq!(resolve("1_000"), Resolved::Int(1000));
        assert_eq!(resolve("1e3"), Resolved::Float(1000.0));
        assert_eq!(resolve("1.50"), Resolved::Float(1.5));
        assert_eq!(resolve("1.2.3"), Resolved::Text);
        assert_eq!(resolve(""), Resolved::Null);
        assert_eq!(resolve("18446744073709551615"), Resolved::Unsigned(u64::MAX));
        assert_eq!(resolve("08"), Resolved::Float(8.0));
        assert_eq!(resolve("-"), Resolved::Text);
        assert_eq!(resolve(".5"), Resolved::Float(0.5));
    }

    #[test]
    fn dates_and_sexagesimals_are_known() {
        for text in [
            "2020-01-01",
            "2020-1-2T03:04:05Z",
            "2020-01-01 03:04:05.5",
            "2020-01-01T03:04:05+02:00",
        ] {
            assert_eq!(resolve(text), Resolved::Timestamp, "{text}");
        }
        assert_eq!(resolve("2020-13-01"), Resolved::Text);
        assert!(is_base_60("12:30:45") && is_base_60("190:20.5") && !is_base_60("12:99"));
    }
}
