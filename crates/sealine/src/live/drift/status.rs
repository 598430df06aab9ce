//! `sealine drift status`.

use std::fmt::Write as _;

use jiff::Timestamp;
use sealine_drift::store::{ProjectView, Status as Stand, Store};

use super::store::{Format, Place, failure};
use super::text::{ago, finding};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    #[command(flatten)]
    place: Place,
    /// The format.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// Exit with 0 whatever is open.
    #[arg(long)]
    exit_zero: bool,
}

pub(super) fn run(args: &Status) -> Result<Outcome, Failure> {
    let path = args.place.path(&environment())?;
    let now = Timestamp::now();
    let (stand, open) = block_on(async {
        let store = Store::existing(&path).await.map_err(failure)?;
        store.standing(now).await.map_err(failure)
    })?;
    match args.output {
        Format::Json => {
            let value = serde_json::json!({"version": 1, "status": stand, "open": open});
            output::print(&output::pretty(&value))?;
        }
        Format::Text => {
            let mut out = String::new();
            for project in &stand.projects {
                out.push_str(&line(project, now));
            }
            if !open.is_empty() {
                out.push('\n');
                for one in &open {
                    out.push_str(&finding(one, now));
                }
            }
            sinks(&stand, now, &mut out);
            output::print(&sealine_report::for_terminal(&out))?;
        }
    }
    Ok(outcome(&stand, args.exit_zero))
}

fn outcome(stand: &Stand, exit_zero: bool) -> Outcome {
    let blind = stand.projects.iter().any(|project| project.failures > 0);
    let open = stand.projects.iter().any(|project| project.open > 0);
    match () {
        () if blind || !stand.alarms.is_empty() => Outcome::Incomplete,
        () if open && !exit_zero => Outcome::Found,
        () => Outcome::Clean,
    }
}

fn line(project: &ProjectView, now: Timestamp) -> String {
    let state = match project {
        ProjectView { failures: 1.., .. } => "unknown",
        ProjectView { open: 1.., .. } => "open",
        ProjectView { last_success: None, .. } => "not yet",
        _ => "clean",
    };
    let mut line = format!("{state:<8}  {}", project.project);
    if project.open > 0 {
        let worst = project.worst.map_or("", |worst| worst.word());
        let _ = write!(line, ", {} open, worst {worst}", project.open);
    }
    if project.acknowledged > 0 {
        let _ = write!(line, ", {} acknowledged", project.acknowledged);
    }
    match project.last_success {
        Some(at) => {
            let _ = write!(line, ", looked at {}", ago(at, now));
        }
        None => line.push_str(", never looked at as a whole"),
    }
    if project.failures > 0 {
        let why = project.failure.as_deref().and_then(|text| text.lines().next());
        let _ = write!(line, ", {} failed since: {}", project.failures, why.unwrap_or_default());
    }
    if let (Some(why), Some(at)) = (&project.skipped, project.skipped_at) {
        let why = why.lines().next().unwrap_or_default();
        let _ = write!(line, ", not looked at {}: {why}", ago(at, now));
    }
    if let Some(holder) = &project.running {
        let _ = write!(line, ", being looked at by {holder}");
    }
    if let Some(due) = project.next_due {
        let _ = write!(line, ", due {}", ago(due, now));
    }
    line + "\n"
}

fn sinks(stand: &Stand, now: Timestamp, out: &mut String) {
    if !stand.sinks.is_empty() {
        out.push('\n');
    }
    for sink in &stand.sinks {
        let _ = write!(out, "sink {}: {} waiting, {} given up", sink.sink, sink.pending, sink.dead);
        if let Some(at) = sink.last_sent {
            let _ = write!(out, ", last took one {}", ago(at, now));
        }
        if let Some(error) = &sink.error {
            let _ = write!(out, ", says: {error}");
        }
        out.push('\n');
    }
    for letter in &stand.dead {
        let _ = writeln!(
            out,
            "given up {}, to {}, after {} attempts: {} ({})",
            ago(letter.at, now),
            letter.sink,
            letter.attempts,
            letter.title,
            letter.error
        );
    }
}
