//! When a project is due: a cron expression in a time zone, moved by a fixed part of the jitter.
//!
//! Invariant: the same project is moved by the same time always, so its interval stays what the
//! expression says. Daylight saving is the calendar's matter: a time that does not exist is the next
//! one that does, one that exists twice comes once.

use std::str::FromStr as _;
use std::time::Duration;

use chrono::{DateTime, Offset as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::project::Schedule;

/// What is used where nothing is said: every six hours.
pub const USUAL: &str = "0 */6 * * *";

/// The longest jitter where none is said.
const JITTER: Duration = Duration::from_mins(5);

/// When a project is due.
#[derive(Clone, Debug)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
    shift: Duration,
    interval: Duration,
}

impl Timetable {
    /// Makes one from what the configuration says; `usual` stands for what it does not.
    ///
    /// # Errors
    ///
    /// Says what cannot be read.
    pub fn new(
        project: &str,
        schedule: &Schedule,
        usual: &str,
        now: Timestamp,
    ) -> Result<Self, String> {
        let text = schedule.cron.as_deref().unwrap_or(usual);
        let cron = Cron::from_str(text)
            .map_err(|error| format!("`{text}` is not a cron expression: {error}"))?;
        let zone = match schedule.timezone.as_deref() {
            None => Tz::UTC,
            Some(name) => name.parse().map_err(|_| format!("there is no time zone `{name}`"))?,
        };
        let mut made =
            Self { cron, zone, shift: Duration::ZERO, interval: Duration::from_hours(24) };
        let first = made.next(now).ok_or_else(|| format!("`{text}` is never due"))?;
        if let Some(second) = made.next(first) {
            made.interval = Duration::try_from(second.duration_since(first)).unwrap_or_default();
        }
        let jitter = schedule.jitter.unwrap_or_else(|| (made.interval / 20).min(JITTER));
        made.shift = share(project, jitter);
        Ok(made)
    }

    /// Returns the first time after `after` at which the project is due.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let base = after.checked_sub(self.shift).ok()?;
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(base.as_millisecond())?;
        let local = utc.with_timezone(&self.zone);
        let found = self.cron.find_next_occurrence(&local, false).ok()?;
        // When clocks go back, an hour comes twice. The calendar passes over its second time, which is
        // right for what is due once a day, and not for what is due every hour.
        let steady = local.with_timezone(&local.offset().fix());
        let steady = self.cron.find_next_occurrence(&steady, false).ok();
        let steady = steady.map(|at| at.with_timezone(&self.zone));
        let steady = steady.filter(|at| self.cron.is_time_matching(at).unwrap_or(false));
        let found = steady.map_or(found, |steady| steady.min(found));
        let at = Timestamp::from_millisecond(found.timestamp_millis()).ok()?;
        at.checked_add(self.shift).ok()
    }

    /// Returns how long it is from one time to the next, as the calendar stood at the start.
    pub fn interval(&self) -> Duration {
        self.interval
    }
}

/// Returns a part of `whole` that is always the same for a name.
fn share(name: &str, whole: Duration) -> Duration {
    let hash = Sha256::digest(name.as_bytes());
    let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    let seconds = whole.as_secs_f64() * f64::from(number) / f64::from(u32::MAX);
    Duration::from_secs_f64(seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = Schedule {
            cron: Some(cron.to_owned()),
            timezone: Some(zone.to_owned()),
            jitter: Some(Duration::ZERO),
        };
        let mut at: Timestamp = from.parse().unwrap();
        let table = Timetable::new("p", &schedule, USUAL, at).unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            at = table.next(at).unwrap();
            found.push(at.to_string());
        }
        found
    }

    #[test]
    fn daylight_saving_neither_loses_nor_doubles_a_day() {
        // On 29 March 2026 clocks in Berlin go from 02:00 to 03:00, on 25 October back.
        let spring = times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3);
        assert_eq!(spring[0], "2026-03-28T01:30:00Z");
        assert_eq!(spring[1][..10], *"2026-03-29");
        assert_eq!(spring[2], "2026-03-30T00:30:00Z");
        let autumn = times("30 2 * * *", "Europe/Berlin", "2026-10-24T01:00:00Z", 3);
        let days: Vec<&str> = autumn.iter().map(|time| &time[..10]).collect();
        assert_eq!(days, ["2026-10-25", "2026-10-26", "2026-10-27"]);
        let hourly = times("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 4);
        let hours: Vec<&str> = hourly.iter().map(|time| &time[11..16]).collect();
        assert_eq!(hours, ["00:00", "01:00", "02:00", "03:00"], "both hours of the night count");
    }

    #[test]
    fn jitter_is_the_same_each_time_and_spreads_projects() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let schedule = Schedule { cron: Some("0 * * * *".to_owned()), ..Schedule::default() };
        let mut minutes = std::collections::BTreeSet::new();
        for number in 0..50 {
            let table = Timetable::new(&format!("p{number}"), &schedule, USUAL, now).unwrap();
            let first = table.next(now).unwrap();
            let second = table.next(first).unwrap();
            assert_eq!(second.duration_since(first).as_secs(), 3600);
            minutes.insert(first.as_second() / 10);
        }
        assert!(minutes.len() > 10, "{minutes:?}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let now = Timestamp::UNIX_EPOCH;
        let of = |cron: &str, zone: &str| {
            let (cron, timezone) = (Some(cron.to_owned()), Some(zone.to_owned()));
            Timetable::new("p", &Schedule { cron, timezone, jitter: None }, USUAL, now).unwrap_err()
        };
        assert!(of("x", "UTC").contains("`x` is not a cron expression"));
        assert!(of("0 0 * * *", "Mars/Olympus").contains("`Mars/Olympus`"));
        assert!(of("0 0 30 2 *", "UTC").contains("never due"));
    }
}
