//! Floats as Go writes them.
//!
//! Invariant: without a precision, the digits are the fewest that read back as the same float.

/// The exponent from which the fewest digits are written with `e`.
const FEWEST: i32 = 6;

/// Returns what `%v` and `%g` print.
pub(crate) fn shortest(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let (sign, digits, exponent) = digits(value);
    // For the fewest digits, Go decides as if six had been asked for.
    if !(-4..FEWEST).contains(&exponent) {
        return format!("{sign}{}", scientific(&digits, exponent, 'e'));
    }
    format!("{sign}{}", plain(&digits, exponent))
}

/// Returns what `strconv.FormatFloat(value, 'g', -1, 32)` gives: fewer digits than a float has.
pub(crate) fn shortest_single(value: f64) -> String {
    let single = value as f32;
    if !single.is_finite() {
        return special(single.into());
    }
    let digits = format!("{single:e}");
    shortest(digits.parse().unwrap_or(value))
}

/// Returns what `strconv.FormatFloat(value, 'f', -1, 64)` gives.
pub(crate) fn fixed(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let (sign, digits, exponent) = digits(value);
    format!("{sign}{}", plain(&digits, exponent))
}

/// Returns what `encoding/json` writes; `None` for what JSON has no notation for.
pub(crate) fn json(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (sign, digits, exponent) = digits(value);
        let text = scientific(&digits, exponent, 'e');
        return Some(format!("{sign}{}", text.replace("e-0", "e-")));
    }
    Some(fixed(value))
}

/// Returns what `%e`, `%f` and `%g` print with a precision.
pub(crate) fn with_precision(value: f64, verb: char, precision: Option<usize>) -> String {
    if !value.is_finite() {
        return special(value);
    }
    match (verb.to_ascii_lowercase(), precision) {
        ('f', precision) => format!("{value:.*}", precision.unwrap_or(6)),
        ('e', precision) => {
            let text = format!("{value:.*e}", precision.unwrap_or(6));
            exponent_text(&text, verb)
        }
        (_, None) => shortest(value),
        (_, Some(precision)) => {
            let precision = precision.max(1);
            let text = format!("{value:.*e}", precision - 1);
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or_default();
            let negative = mantissa.starts_with('-');
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            let digits = digits.trim_end_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            let sign = if negative { "-" } else { "" };
            let limit = i32::try_from(precision).unwrap_or(i32::MAX);
            if !(-4..limit).contains(&exponent) {
                return format!("{sign}{}", scientific(digits, exponent, 'e'));
            }
            format!("{sign}{}", plain(digits, exponent))
        }
    }
}

/// Returns sign, mantissa and the exponent of two that a finite float is.
fn parts(value: f64) -> (&'static str, u64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    match exponent {
        0 => (sign, fraction, -1074),
        exponent => (sign, fraction | (1 << 52), exponent - 1075),
    }
}

/// Returns what `%b` prints: mantissa and exponent of two.
pub(crate) fn binary(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let (sign, mantissa, exponent) = parts(value);
    format!("{sign}{mantissa}p{exponent:+}")
}

/// Returns what `%x` prints; without a precision, as many digits as are needed.
pub(crate) fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let (sign, mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        let zeros = "0".repeat(precision.unwrap_or(0));
        let point = if zeros.is_empty() { "" } else { "." };
        return format!("{sign}0x0{point}{zeros}p+00");
    }
    // The first bit stands before the point, and 52 behind it.
    let shift = mantissa.leading_zeros() - 11;
    mantissa <<= shift;
    exponent += 52 - shift as i32;
    if let Some(digits @ 0..=12) = precision {
        let cut = 52 - 4 * digits as u32;
        let rest = mantissa & ((1 << cut) - 1);
        mantissa >>= cut;
        let half = 1_u64 << (cut - 1);
        mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
        mantissa <<= cut;
        if mantissa >> 53 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(digits) => format!("{fraction:0<digits$}").chars().take(digits).collect(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    format!("{sign}0x1{point}{fraction}p{direction}{:02}", exponent.abs())
}

fn special(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value > 0.0 {
        "+Inf".to_owned()
    } else {
        "-Inf".to_owned()
    }
}

/// Returns sign, significant digits and the decimal exponent of the first digit.
fn digits(value: f64) -> (&'static str, String, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    (sign, digits, exponent.parse().unwrap_or_default())
}

fn scientific(digits: &str, exponent: i32, letter: char) -> String {
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}{letter}{sign}{:02}", exponent.abs())
}

/// Rewrites Rust's exponent (`e5`) as Go's (`e+05`).
fn exponent_text(text: &str, letter: char) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{letter}{sign}{:02}", exponent.abs())
}

fn plain(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1).unsigned_abs() as usize);
        return format!("0.{zeros}{digits}");
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    match digits.split_at_checked(whole) {
        Some((before, "")) => before.to_owned(),
        Some((before, after)) => format!("{before}.{after}"),
        None => format!("{digits}{}", "0".repeat(whole - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewest_digits_as_in_go() {
        for (value, text) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (1_000_000.0, "1e+06"),
            (8080.0, "8080"),
            (123_456_789.0, "1.23456789e+08"),
            (0.000_01, "1e-05"),
            (0.0001, "0.0001"),
            (100_000.0, "100000"),
            (-2.0, "-2"),
            (1e21, "1e+21"),
        ] {
            assert_eq!(shortest(value), text);
        }
    }

    #[test]
    fn json_writes_integers_out() {
        assert_eq!(json(1_000_000.0).as_deref(), Some("1000000"));
        assert_eq!(json(1e21).as_deref(), Some("1e+21"));
        assert_eq!(json(1e-7).as_deref(), Some("1e-7"));
        assert_eq!(json(f64::NAN), None);
    }

    #[test]
    fn precision_works() {
        assert_eq!(with_precision(2.71428, 'f', Some(2)), "2.71");
        assert_eq!(with_precision(1_234_567.0, 'e', Some(2)), "1.23e+06");
        assert_eq!(with_precision(1_234_567.0, 'g', Some(3)), "1.23e+06");
    }
}
