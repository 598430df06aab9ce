//! What the daemon counts, in the text form that Prometheus reads.
//!
//! Invariant: names of projects are escaped; nothing else that others wrote is in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::store::{Status, Waiting};

/// Counters since the start.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Runs by what they came to.
    pub runs: BTreeMap<&'static str, u64>,
    /// Starts that were not made or whose result was not kept, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// How long runs took together.
    pub seconds: f64,
    /// How many run.
    pub running: usize,
    /// The longest that a start came late, within the last minutes.
    pub late: Duration,
    /// When the scheduler last went round.
    pub ticked: Duration,
    /// What is wrong with the store.
    pub trouble: Option<String>,
    /// How often the time of day was set.
    pub jumps: u64,
}

/// Writes everything.
pub fn text(counters: &Counters, status: &Status, waiting: Waiting) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: Vec<(String, String)>| {
        let _ = writeln!(out, "# HELP sealine_drift_{name} {help}");
        let _ = writeln!(out, "# TYPE sealine_drift_{name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(out, "sealine_drift_{name}{labels} {value}");
        }
    };
    let one = |value: String| vec![(String::new(), value)];
    let by = |label: &str, counts: &BTreeMap<&'static str, u64>| {
        let sample = |(name, count): (&&str, &u64)| (labels(label, name), count.to_string());
        counts.iter().map(sample).collect()
    };
    let projects = &status.projects;
    let each = |value: &dyn Fn(&crate::store::ProjectView) -> Option<String>| {
        let sample =
            |one: &crate::store::ProjectView| Some((labels("project", &one.project), value(one)?));
        projects.iter().filter_map(sample).collect::<Vec<_>>()
    };
    family("projects", "gauge", "Projects that are known.", one(projects.len().to_string()));
    family("running", "gauge", "Looks under way.", one(counters.running.to_string()));
    family("runs_total", "counter", "Looks by outcome.", by("outcome", &counters.runs));
    family(
        "skipped_total",
        "counter",
        "Looks not made, by reason.",
        by("reason", &counters.skipped),
    );
    family(
        "run_seconds_total",
        "counter",
        "Time spent looking.",
        one(counters.seconds.to_string()),
    );
    let late = counters.late.as_secs_f64().to_string();
    family("late_seconds", "gauge", "The latest start of the last minutes.", one(late));
    let trouble = u8::from(counters.trouble.is_some()).to_string();
    family("store_trouble", "gauge", "Whether the history cannot be written.", one(trouble));
    family(
        "clock_jumps_total",
        "counter",
        "How often the clock was set.",
        one(counters.jumps.to_string()),
    );
    let pending = waiting.pending.to_string();
    family("messages_pending", "gauge", "Messages that wait.", one(pending));
    family("messages_dead", "gauge", "Messages that were given up.", one(waiting.dead.to_string()));
    let open = each(&|one| Some(one.open.to_string()));
    family("open_findings", "gauge", "Open findings.", open);
    let acknowledged = each(&|one| Some(one.acknowledged.to_string()));
    family("acknowledged_findings", "gauge", "Acknowledged findings.", acknowledged);
    let failures = each(&|one| Some(one.failures.to_string()));
    family("failures", "gauge", "Looks in a row that were not whole.", failures);
    let seconds = |at: Timestamp| at.as_second().to_string();
    let success = each(&|one| one.last_success.map(|at| seconds(at.0)));
    family("last_success_timestamp_seconds", "gauge", "The last whole look.", success);
    out
}

fn labels(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}
