//! Times, durations and layouts as Go's `time` writes and reads them.
//!
//! Invariant: every time is in UTC or at a fixed offset; there is no clock and no list of time
//! zones here.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The element of a layout.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part<'l> {
    Literal(&'l str),
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    SpaceDay,
    ZeroDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    Upper,
    Lower,
    ZoneName,
    /// `Z07:00` and its kin: whether `Z` stands for UTC, whether there is a colon, how many parts.
    Zone(bool, bool, u8),
    /// `.000` or `.999`: how many digits, and whether zeros at the end are left out.
    Fraction(char, usize, bool),
}

const PARTS: [(&str, Part<'static>); 38] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekDay),
    ("Mon", Part::WeekDay),
    ("MST", Part::ZoneName),
    ("2006", Part::LongYear),
    ("002", Part::ZeroYearDay),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::NumberMonth),
    ("_2006", Part::Literal("_")),
    ("_2", Part::SpaceDay),
    ("2", Part::Day),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::Upper),
    ("pm", Part::Lower),
    ("-07:00:00", Part::Zone(false, true, 3)),
    ("-070000", Part::Zone(false, false, 3)),
    ("-07:00", Part::Zone(false, true, 2)),
    ("-0700", Part::Zone(false, false, 2)),
    ("-07", Part::Zone(false, false, 1)),
    ("Z07:00:00", Part::Zone(true, true, 3)),
    ("Z070000", Part::Zone(true, false, 3)),
    ("Z07:00", Part::Zone(true, true, 2)),
    ("Z0700", Part::Zone(true, false, 2)),
    ("Z07", Part::Zone(true, false, 1)),
    (".0", Part::Fraction('.', 0, false)),
    (",0", Part::Fraction(',', 0, false)),
    (".9", Part::Fraction('.', 0, true)),
    (",9", Part::Fraction(',', 0, true)),
    ("", Part::Literal("")),
];

/// Returns the first element of a layout and what follows it.
fn next_part(layout: &str) -> Option<(Part<'_>, &str)> {
    let first = layout.chars().next()?;
    for (text, part) in PARTS {
        let Some(rest) = layout.strip_prefix(text).filter(|_| !text.is_empty()) else { continue };
        match part {
            // `Janet` is no month.
            Part::Month if rest.starts_with(|letter: char| letter.is_ascii_lowercase()) => {}
            Part::Fraction(point, _, trims) => {
                let digit = text.get(1..2)?;
                let digits = layout.get(1..)?;
                let length = digits.len() - digits.trim_start_matches(digit).len();
                let rest = digits.get(length..)?;
                if !rest.starts_with(|letter: char| letter.is_ascii_digit()) {
                    return Some((Part::Fraction(point, length, trims), rest));
                }
            }
            Part::Literal(literal) => return Some((part, layout.get(literal.len()..)?)),
            part => return Some((part, rest)),
        }
    }
    let (literal, rest) = layout.split_at(first.len_utf8());
    Some((Part::Literal(literal), rest))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Returns a time at a fixed offset from seconds since 1970.
pub(crate) fn from_seconds(seconds: i64) -> Option<Zoned> {
    Some(Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC))
}

fn name<'n>(names: &[&'n str], index: i8) -> &'n str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

/// Returns a time written by a layout.
pub(crate) fn format(time: &Zoned, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some((part, tail)) = next_part(rest) {
        rest = tail;
        let hour12 = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let month = name(&MONTHS, time.month() - 1);
        let day = name(&DAYS, time.weekday().to_sunday_zero_offset());
        let piece = match part {
            Part::Literal(literal) => literal.to_owned(),
            Part::LongMonth => month.to_owned(),
            Part::Month => month.get(..3).unwrap_or_default().to_owned(),
            Part::NumberMonth => time.month().to_string(),
            Part::ZeroMonth => format!("{:02}", time.month()),
            Part::LongWeekDay => day.to_owned(),
            Part::WeekDay => day.get(..3).unwrap_or_default().to_owned(),
            Part::Day => time.day().to_string(),
            Part::SpaceDay => format!("{:2}", time.day()),
            Part::ZeroDay => format!("{:02}", time.day()),
            Part::ZeroYearDay => format!("{:03}", time.day_of_year()),
            Part::Hour => format!("{:02}", time.hour()),
            Part::Hour12 => hour12.to_string(),
            Part::ZeroHour12 => format!("{hour12:02}"),
            Part::Minute => time.minute().to_string(),
            Part::ZeroMinute => format!("{:02}", time.minute()),
            Part::Second => time.second().to_string(),
            Part::ZeroSecond => format!("{:02}", time.second()),
            Part::LongYear => format!("{:04}", time.year()),
            Part::Year => format!("{:02}", time.year().rem_euclid(100)),
            Part::Upper => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            Part::Lower => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
            Part::ZoneName if time.offset() == Offset::UTC => "UTC".to_owned(),
            Part::ZoneName => zone(time, true, 1),
            Part::Zone(true, ..) if time.offset() == Offset::UTC => "Z".to_owned(),
            Part::Zone(_, colon, parts) => zone(time, colon, parts),
            Part::Fraction(point, digits, trims) => {
                let nanoseconds = format!("{:09}", time.subsec_nanosecond());
                let shown = nanoseconds.get(..digits.min(9)).unwrap_or_default();
                let shown = if trims { shown.trim_end_matches('0') } else { shown };
                if shown.is_empty() { String::new() } else { format!("{point}{shown}") }
            }
        };
        out.push_str(&piece);
    }
    out
}

fn zone(time: &Zoned, colon: bool, parts: u8) -> String {
    let seconds = time.offset().seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let numbers = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let shown: Vec<String> =
        numbers.iter().take(parts.into()).map(|number| format!("{number:02}")).collect();
    format!("{sign}{}", shown.join(if colon { ":" } else { "" }))
}

/// What was read of a time.
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: i32,
}

/// Returns the time a text stands for by a layout.
pub(crate) fn parse(layout: &str, text: &str) -> Option<Zoned> {
    let mut fields = Fields {
        year: 0,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        afternoon: None,
        offset: 0,
    };
    let (mut layout, mut text) = (layout, text);
    while let Some((part, tail)) = next_part(layout) {
        layout = tail;
        text = read(part, text, &mut fields)?;
        if matches!(part, Part::Second | Part::ZeroSecond)
            && !matches!(next_part(layout), Some((Part::Fraction(..), _)))
        {
            // Go takes a fraction of a second without being told.
            text = fraction(text, &mut fields).unwrap_or(text);
        }
    }
    let hour = match fields.afternoon {
        Some(true) if fields.hour < 12 => fields.hour + 12,
        Some(false) if fields.hour == 12 => 0,
        _ => fields.hour,
    };
    if !text.is_empty() {
        return None;
    }
    let date = Date::new(fields.year, fields.month, fields.day).ok()?;
    let nanosecond = fields.nanosecond;
    let time = jiff::civil::Time::new(hour, fields.minute, fields.second, nanosecond).ok()?;
    let offset = Offset::from_seconds(fields.offset).ok()?;
    DateTime::from_parts(date, time).to_zoned(TimeZone::fixed(offset)).ok()
}

/// Reads between `least` and `most` digits.
fn number(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length).filter(|_| length >= least)?;
    Some((digits.parse().ok()?, rest))
}

fn named<'t>(names: &[&str], short: bool, text: &'t str) -> Option<(i8, &'t str)> {
    names.iter().zip(0_i8..).find_map(|(name, index)| {
        let name = if short { name.get(..3)? } else { name };
        let (head, rest) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name).then_some((index, rest))
    })
}

fn fraction<'t>(text: &'t str, fields: &mut Fields) -> Option<&'t str> {
    let digits = text.strip_prefix(['.', ','])?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (shown, rest) = digits.split_at_checked(length).filter(|_| length > 0)?;
    let padded: String = shown.chars().chain("000000000".chars()).take(9).collect();
    fields.nanosecond = padded.parse().ok()?;
    Some(rest)
}

fn read<'t>(part: Part<'_>, text: &'t str, fields: &mut Fields) -> Option<&'t str> {
    let small = |least, most| {
        let (number, rest) = number(text, least, most)?;
        Some((i8::try_from(number).ok()?, rest))
    };
    let (slot, (number, rest)) = match part {
        Part::Literal(literal) => return text.strip_prefix(literal),
        Part::LongYear => {
            let (year, rest) = number(text, 4, 4)?;
            fields.year = i16::try_from(year).ok()?;
            return Some(rest);
        }
        Part::Year => {
            let (year, rest) = number(text, 2, 2)?;
            fields.year = i16::try_from(if year >= 69 { year + 1900 } else { year + 2000 }).ok()?;
            return Some(rest);
        }
        Part::LongMonth | Part::Month => {
            let (month, rest) = named(&MONTHS, part == Part::Month, text)?;
            fields.month = month + 1;
            return Some(rest);
        }
        Part::LongWeekDay | Part::WeekDay => {
            return named(&DAYS, part == Part::WeekDay, text).map(|(_, rest)| rest);
        }
        Part::NumberMonth => (&mut fields.month, small(1, 2)?),
        Part::ZeroMonth => (&mut fields.month, small(2, 2)?),
        Part::Day => (&mut fields.day, small(1, 2)?),
        Part::SpaceDay => {
            let text = text.strip_prefix(' ').unwrap_or(text);
            let (day, rest) = number(text, 1, 2)?;
            fields.day = i8::try_from(day).ok()?;
            return Some(rest);
        }
        Part::ZeroDay => (&mut fields.day, small(2, 2)?),
        Part::ZeroYearDay => return None,
        Part::Hour | Part::ZeroHour12 => (&mut fields.hour, small(2, 2)?),
        Part::Hour12 => (&mut fields.hour, small(1, 2)?),
        Part::Minute => (&mut fields.minute, small(1, 2)?),
        Part::ZeroMinute => (&mut fields.minute, small(2, 2)?),
        Part::Second => (&mut fields.second, small(1, 2)?),
        Part::ZeroSecond => (&mut fields.second, small(2, 2)?),
        Part::Upper | Part::Lower => {
            let (half, rest) = text.split_at_checked(2)?;
            fields.afternoon = Some(match half {
                "AM" | "am" => false,
                "PM" | "pm" => true,
                _ => return None,
            });
            return Some(rest);
        }
        Part::ZoneName => return text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")),
        Part::Zone(letter, colon, parts) => {
            if letter && let Some(rest) = text.strip_prefix('Z') {
                return Some(rest);
            }
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let mut rest = text.strip_prefix(['-', '+'])?;
            let mut seconds = 0;
            for (index, unit) in [3600, 60, 1].into_iter().take(parts.into()).enumerate() {
                if colon && index > 0 {
                    rest = rest.strip_prefix(':')?;
                }
                let (value, tail) = number(rest, 2, 2)?;
                seconds += value * unit;
                rest = tail;
            }
            fields.offset = sign * seconds;
            return Some(rest);
        }
        Part::Fraction(..) => return fraction(text, fields).or(Some(text)),
    };
    *slot = number;
    Some(rest)
}

/// Returns a duration in nanoseconds, written as `1h30m`.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_f64;
    while !rest.is_empty() {
        let length = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (digits, tail) = rest.split_at(length);
        let value: f64 = digits.parse().ok()?;
        let units = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("μs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 6e10),
            ("h", 3.6e12),
        ];
        let found =
            units.iter().find_map(|(unit, factor)| Some((tail.strip_prefix(unit)?, factor)));
        let (tail, factor) = found?;
        total += value * factor;
        rest = tail;
    }
    let total = if negative { -total } else { total };
    (total.abs() < 9.2e18).then_some(total as i64)
}

/// Returns a duration of whole seconds as Go writes it, `1h30m0s`.
pub(crate) fn duration_text(seconds: i64) -> String {
    let size = seconds.unsigned_abs();
    let sign = if seconds < 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_gos() {
        let time = from_seconds(1_136_214_245).expect("a time");
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z"),
            ("Mon Jan _2 15:04:05 MST 2006", "Mon Jan  2 15:04:05 UTC 2006"),
            ("Monday, 02-Jan-06 3:04PM", "Monday, 02-Jan-06 3:04PM"),
            ("20060102150405.000", "20060102150405.000"),
            ("2/1/06 -0700", "2/1/06 +0000"),
        ] {
            assert_eq!(format(&time, layout), text);
        }
    }

    #[test]
    fn times_are_read_back() {
        let time =
            parse("2006-01-02T15:04:05Z07:00", "2024-02-29T23:59:59.5+02:00").expect("a time");
        assert_eq!(time.timestamp().as_second(), 1_709_243_999);
        assert!(parse("2006-01-02", "2024-02-30").is_none());
        assert!(parse("2006-01-02", "x").is_none());
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(parse_duration("-1h30m"), Some(-5_400_000_000_000));
        assert_eq!(parse_duration("1.5s"), Some(1_500_000_000));
        assert_eq!(parse_duration("x"), None);
        assert_eq!(duration_text(5400), "1h30m0s");
    }
}
