//! How findings, times and looks are written for people.

use std::fmt::Write as _;

use jiff::Timestamp;
use sealine_drift::store::{ConditionView, Moment, RunView};

/// How long ago something was, in the largest unit that says enough.
pub(super) fn ago(at: Moment, now: Timestamp) -> String {
    let seconds = now.duration_since(at.0).as_secs();
    match seconds {
        i64::MIN..=-1 => format!("in {}", length(-seconds)),
        _ => format!("{} ago", length(seconds)),
    }
}

/// How long something lasted.
pub(super) fn length(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// One line on a finding.
pub(super) fn finding(one: &ConditionView, now: Timestamp) -> String {
    let mut line = format!("{:>6}  {:<8}  ", one.id, one.severity.word());
    let _ = write!(line, "{}: {} {}", one.project, one.address, one.change);
    if !one.paths.is_empty() {
        let _ = write!(line, " ({})", one.paths.join(", "));
    }
    let _ = write!(line, ", since {}", ago(one.first_seen, now).trim_end_matches(" ago"));
    if let Some(resolved) = one.resolved {
        let how = one.resolved_as.as_deref().unwrap_or("gone");
        let _ = write!(line, ", {how} {}", ago(resolved, now));
    }
    if let Some(said) = &one.acknowledged {
        let _ = write!(line, ", acknowledged by {}: {}", said.by, said.why);
    }
    line + "\n"
}

/// One line on a look.
pub(super) fn run(one: &RunView, now: Timestamp) -> String {
    let took = one.ended.0.duration_since(one.started.0).as_secs();
    let mut line = format!(
        "{:>6}  {:<13}  {}, {}, took {}, {} managed, {} found",
        one.id,
        one.outcome,
        one.project,
        ago(one.ended, now),
        length(took),
        one.managed,
        one.found
    );
    if let Some(failure) = &one.failure {
        let first = failure.lines().next().unwrap_or_default();
        let _ = write!(line, ": {first}");
    }
    line + "\n"
}
