//! Functions on times.
//!
//! Invariant: `now` is a fixed time, marked as generated, so that two renderings are equal; local
//! time is UTC, as in the images these templates run in.

use jiff::{SignedDuration, Timestamp, Zoned};

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Function, Parameter, Stop, stop};
use crate::call::Invocation;
use crate::error::unsupported;
use crate::object::Object;
use crate::origin::Origin;
use crate::text::Text;
use crate::time;
use crate::value::{Data, Value};

const TIME: Parameter = Parameter::Struct("time.Time");

pub(super) const TABLE: &[Function] = &[
    Function { deterministic: false, ..Function::plain("ago", &[Any], ago) },
    Function::plain("date", &[AnyText, Any], date),
    Function::plain("dateInZone", &[AnyText, Any, AnyText], date_in_zone),
    Function::plain("date_in_zone", &[AnyText, Any, AnyText], date_in_zone),
    Function::plain("dateModify", &[AnyText, TIME], date_modify),
    Function::plain("date_modify", &[AnyText, TIME], date_modify),
    Function::plain("duration", &[Any], duration),
    Function::plain("durationRound", &[Any], duration_round),
    Function::plain("htmlDate", &[Any], html_date),
    Function::plain("htmlDateInZone", &[Any, AnyText], html_date_in_zone),
    Function::plain("mustDateModify", &[AnyText, TIME], must_date_modify),
    Function::plain("must_date_modify", &[AnyText, TIME], must_date_modify),
    Function::plain("mustToDate", &[AnyText, AnyText], must_to_date),
    Function { deterministic: false, ..Function::plain("now", &[], now) },
    Function::plain("toDate", &[AnyText, AnyText], to_date),
    Function::plain("unixEpoch", &[TIME], unix_epoch),
];

/// What `now` is: the first second of the year 2000.
const NOW: i64 = 946_684_800;

/// A time, and whether it depends on when the template is executed.
#[derive(Clone)]
struct Time {
    time: Zoned,
    generated: bool,
}

impl Time {
    fn at(seconds: i64, generated: bool) -> Self {
        let time = time::from_seconds(seconds)
            .unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC));
        Self { time, generated }
    }

    fn mark(&self, text: String) -> Value {
        let origin = Origin { generated: self.generated, ..Origin::default() };
        Text::from(text).marked(origin).into()
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn text(&self) -> Option<String> {
        Some(time::format(&self.time, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn encoded(&self) -> Option<String> {
        Some(time::format(&self.time, "2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }

    fn is_generated(&self) -> bool {
        self.generated
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let time = &self.time;
        let number = |number: i64| Value::int(number);
        Some(Ok(match name {
            "Format" => {
                let Some(layout) = arguments.first().and_then(Value::as_text) else {
                    return Some(Err("wrong type for value; expected string".to_owned()));
                };
                self.mark(time::format(time, &layout.to_str()))
            }
            "String" => self.mark(self.text()?),
            "Unix" => Value::int64(time.timestamp().as_second()),
            "UnixMilli" => Value::int64(time.timestamp().as_millisecond()),
            "UnixNano" => {
                Value::int64(i64::try_from(time.timestamp().as_nanosecond()).unwrap_or_default())
            }
            "Year" => number(time.year().into()),
            "Month" => self.mark(time::format(time, "January")),
            "Day" => number(time.day().into()),
            "Hour" => number(time.hour().into()),
            "Minute" => number(time.minute().into()),
            "Second" => number(time.second().into()),
            "YearDay" => number(time.day_of_year().into()),
            "Weekday" => self.mark(time::format(time, "Monday")),
            "UTC" | "Local" => {
                let time = time.with_time_zone(jiff::tz::TimeZone::UTC);
                Value::object(Self { time, generated: self.generated })
            }
            "AddDate" => {
                let [years, months, days] = arguments else {
                    return Some(Err("wrong number of args for AddDate: want 3".to_owned()));
                };
                let part = |value: &Value| super::convert::integer(value, true);
                let span = jiff::Span::new()
                    .try_years(part(years))
                    .and_then(|span| span.try_months(part(months)))
                    .and_then(|span| span.try_days(part(days)));
                match span.and_then(|span| time.checked_add(span)) {
                    Ok(time) => Value::object(Self { time, generated: self.generated }),
                    Err(_) => return Some(Err("time out of range".to_owned())),
                }
            }
            _ => return None,
        }))
    }
}

fn now(_: &mut Invocation<'_, '_>) -> Answer {
    Ok(Value::object(Time::at(NOW, true)))
}

/// Returns the time a value stands for; what is none stands for now.
fn time_of(value: &Value) -> Time {
    match &value.data {
        Data::Object(object) => {
            let time = object.as_any().and_then(|any| any.downcast_ref::<Time>());
            time.cloned().unwrap_or_else(|| Time::at(NOW, true))
        }
        Data::Int(seconds) | Data::Int64(seconds) => Time::at(*seconds, false),
        _ => Time::at(NOW, true),
    }
}

/// Returns the time an argument must be.
fn time_argument(call: &Invocation<'_, '_>, index: usize) -> Result<Time, Stop> {
    let value = call.value(index);
    match &value.data {
        Data::Object(object) if object.type_name() == "time.Time" => Ok(time_of(&value)),
        _ => {
            let got = value.type_name();
            stop(format!("wrong type for value; expected time.Time; got {got}"))
        }
    }
}

fn formatted(layout: &str, value: &Value, zone: &str) -> Answer {
    let mut time = time_of(value);
    if !matches!(zone, "Local" | "UTC" | "") {
        let known = ["Etc/UTC", "GMT", "Etc/GMT", "Zulu"].contains(&zone);
        let looks_like_one = zone.contains('/') || zone.chars().all(char::is_uppercase);
        if !known && looks_like_one {
            return Err(unsupported("sealine knows no time zones but UTC").into());
        }
    }
    time.time = time.time.with_time_zone(jiff::tz::TimeZone::UTC);
    Ok(time.mark(time::format(&time.time, layout)))
}

fn date(call: &mut Invocation<'_, '_>) -> Answer {
    formatted(&call.text(0).to_str(), &call.value(1), "Local")
}

fn date_in_zone(call: &mut Invocation<'_, '_>) -> Answer {
    formatted(&call.text(0).to_str(), &call.value(1), &call.text(2).to_str())
}

fn html_date(call: &mut Invocation<'_, '_>) -> Answer {
    formatted("2006-01-02", &call.value(0), "Local")
}

fn html_date_in_zone(call: &mut Invocation<'_, '_>) -> Answer {
    formatted("2006-01-02", &call.value(0), &call.text(1).to_str())
}

fn shifted(time: &Time, nanoseconds: i64) -> Result<Value, Stop> {
    match time.time.checked_add(SignedDuration::from_nanos(nanoseconds)) {
        Ok(moved) => Ok(Value::object(Time { time: moved, generated: time.generated })),
        Err(_) => stop("time out of range"),
    }
}

fn date_modify(call: &mut Invocation<'_, '_>) -> Answer {
    let time = time_argument(call, 1)?;
    shifted(&time, time::parse_duration(&call.text(0).to_str()).unwrap_or_default())
}

fn must_date_modify(call: &mut Invocation<'_, '_>) -> Answer {
    let time = time_argument(call, 1)?;
    match time::parse_duration(&call.text(0).to_str()) {
        Some(nanoseconds) => shifted(&time, nanoseconds),
        None => stop("time: invalid duration"),
    }
}

fn to_date(call: &mut Invocation<'_, '_>) -> Answer {
    let parsed = time::parse(&call.text(0).to_str(), &call.text(1).to_str());
    // Go's zero time is the first second of year 1.
    Ok(Value::object(match parsed {
        Some(time) => Time { time, generated: false },
        None => Time::at(-62_135_596_800, false),
    }))
}

fn must_to_date(call: &mut Invocation<'_, '_>) -> Answer {
    match time::parse(&call.text(0).to_str(), &call.text(1).to_str()) {
        Some(time) => Ok(Value::object(Time { time, generated: false })),
        None => stop("cannot parse the text as a time by this layout"),
    }
}

fn unix_epoch(call: &mut Invocation<'_, '_>) -> Answer {
    let time = time_argument(call, 0)?;
    Ok(time.mark(time.time.timestamp().as_second().to_string()))
}

fn ago(call: &mut Invocation<'_, '_>) -> Answer {
    let time = time_of(&call.value(0));
    let seconds = NOW.saturating_sub(time.time.timestamp().as_second());
    Ok(time::duration_text(seconds).into())
}

fn duration(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    let seconds = match &value.data {
        Data::Int64(seconds) => *seconds,
        Data::Text(text) => super::numbers::nearest(&text.to_str()),
        _ => 0,
    };
    // Go counts nanoseconds and lets them wrap.
    let second = 1_000_000_000;
    let seconds = seconds
        .checked_mul(second)
        .map_or_else(|| seconds.wrapping_mul(second).div_euclid(second), |_| seconds);
    Ok(time::duration_text(seconds).into())
}

fn duration_round(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    let nanoseconds = match &value.data {
        Data::Text(text) => time::parse_duration(&text.to_str()).unwrap_or_default(),
        Data::Int64(nanoseconds) => *nanoseconds,
        Data::Object(_) => {
            let seconds = NOW.saturating_sub(time_of(&value).time.timestamp().as_second());
            seconds.saturating_mul(1_000_000_000)
        }
        _ => 0,
    };
    let size = nanoseconds.unsigned_abs();
    let second = 1_000_000_000;
    let units = [
        (second * 3600 * 24 * 365, "y"),
        (second * 3600 * 24 * 30, "mo"),
        (second * 3600 * 24, "d"),
        (second * 3600, "h"),
        (second * 60, "m"),
        (second, "s"),
    ];
    let found = units.iter().find(|(unit, _)| size > *unit);
    Ok(found
        .map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit))
        .into())
}
