//! The header `Retry-After`.
//!
//! Invariant: whatever a server sends, nobody waits longer than an hour on its account.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The longest wait that a server is granted.
const LONGEST: Duration = Duration::from_hours(1);

/// Reads the value of a `Retry-After` header: seconds, or a date. Anything else is as if it were not
/// there.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are more than an hour, too.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let date = DateTimeParser::new().parse_timestamp(value).ok()?;
    let wait = Duration::try_from(date.duration_since(now)).unwrap_or_default();
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_junk_is_not() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(3600));
        assert_eq!(seconds("Fri, 02 Jan 2026 03:04:35 GMT"), Some(30));
        assert_eq!(seconds("Fri, 02 Jan 2026 03:00:00 GMT"), Some(0));
        assert_eq!(seconds("Sat, 02 Jan 2027 03:04:35 GMT"), Some(3600));
        for junk in ["", "-1", "+5", "1.5", "soon", "Fri, 99 Jan 2026 03:04:35 GMT", "١٢"] {
            assert_eq!(seconds(junk), None, "{junk}");
        }
    }
}
