//! Dates and points in time, as Go reads them from YAML and writes them as RFC 3339.
//!
//! Invariant: what is written reads back as the same time with the same offset.

/// The days before each month of a common year, and of the whole year.
const LENGTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A point in time with its offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u16,
    month: u8,
    day: u8,
    time: [u8; 3],
    nanoseconds: u32,
    /// In minutes.
    offset: i16,
}

impl Timestamp {
    /// Reads what go-yaml takes for a time when it has no quotes: a date, a date and a time behind a
    /// blank, or a time of RFC 3339 with days and hours of one digit allowed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text);
        let year = rest.digits(4, 4)? as u16;
        rest.byte(b"-")?;
        let month = rest.digits(1, 2)? as u8;
        rest.byte(b"-")?;
        let day = rest.digits(1, 2)? as u8;
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = LENGTHS.get(usize::from(month).checked_sub(1)?)?;
        let length = length + u8::from(is_leap && month == 2);
        if day == 0 || day > length {
            return None;
        }
        let mut found = Self { year, month, day, time: [0; 3], nanoseconds: 0, offset: 0 };
        if rest.0.is_empty() {
            return Some(found);
        }
        let separator = rest.byte(b"Tt ")?;
        found.time = rest.clock()?;
        found.nanoseconds = rest.fraction();
        if separator != b' ' {
            found.offset = rest.offset()?;
        }
        rest.0.is_empty().then_some(found)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [hour, minute, second] = self.time;
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        write!(out, "T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        match self.offset {
            0 => out.write_str("Z"),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                let offset = offset.unsigned_abs();
                write!(out, "{sign}{:02}:{:02}", offset / 60, offset % 60)
            }
        }
    }
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn byte(&mut self, wanted: &[u8]) -> Option<u8> {
        let first = *self.0.as_bytes().first().filter(|byte| wanted.contains(byte))?;
        self.0 = self.0.get(1..)?;
        Some(first)
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let number = self.0.get(..count).filter(|_| count >= least)?.parse().ok()?;
        self.0 = self.0.get(count..)?;
        Some(number)
    }

    fn clock(&mut self) -> Option<[u8; 3]> {
        let hour = self.digits(1, 2)?;
        self.byte(b":")?;
        let minute = self.digits(1, 2)?;
        self.byte(b":")?;
        let second = self.digits(1, 2)?;
        let valid = hour < 24 && minute < 60 && second < 60;
        valid.then_some([hour as u8, minute as u8, second as u8])
    }

    /// Reads a fraction of seconds; what is finer than a nanosecond is dropped.
    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.0.strip_prefix(['.', ',']) else { return 0 };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = digits.split_at(count);
        if count == 0 {
            return 0;
        }
        self.0 = rest;
        let kept = digits.get(..9.min(count)).unwrap_or_default();
        format!("{kept:0<9}").parse().unwrap_or_default()
    }

    fn offset(&mut self) -> Option<i16> {
        let sign = match self.byte(b"Z+-")? {
            b'Z' => return Some(0),
            b'-' => -1,
            _ => 1,
        };
        let hour = self.digits(2, 2)? as i16;
        self.byte(b":")?;
        let minute = self.digits(2, 2)? as i16;
        (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_writes_them() {
        for (text, expected) in [
            ("2020-01-02", "2020-01-02T00:00:00Z"),
            ("2020-1-2", "2020-01-02T00:00:00Z"),
            ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02t3:4:5.120+02:00", "2020-01-02T03:04:05.12+02:00"),
            ("2020-01-02 03:04:05.5", "2020-01-02T03:04:05.5Z"),
            ("2020-02-29T23:59:59-00:30", "2020-02-29T23:59:59-00:30"),
        ] {
            let time = Timestamp::parse(text);
            assert_eq!(time.map(|time| time.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["2021-02-29", "2020-01-02 03:04:05Z", "2020-01-02T03:04:05", "20-01-02", "2020-01"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
