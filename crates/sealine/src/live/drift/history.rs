//! `sealine drift history`.

use jiff::{SignedDuration, Timestamp};
use sealine_drift::store::{HistoryQuery, Store};

use super::store::{Format, Place, failure};
use super::text;
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// The project; all without it.
    #[arg(value_name = "PROJECT")]
    project: Option<String>,
    /// List looks instead of findings.
    #[arg(long)]
    runs: bool,
    /// Not older than this, such as `48h`.
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    since: Option<SignedDuration>,
    /// How many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    #[command(flatten)]
    place: Place,
    /// The format.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// Reads a length of time.
pub(super) fn parse_length(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(length) if length.is_positive() => Ok(length),
        _ => Err("write it as 90m, 48h or 1h30m".to_owned()),
    }
}

pub(super) fn run(args: &History) -> Result<Outcome, Failure> {
    let path = args.place.path(&environment())?;
    let now = Timestamp::now();
    let since = args.since.and_then(|length| now.checked_sub(length).ok());
    let query = HistoryQuery { project: args.project.clone(), since, limit: args.limit };
    let (lines, value) = block_on(async {
        let store = Store::existing(&path).await.map_err(failure)?;
        Ok(if args.runs {
            let runs = store.runs(&query).await.map_err(failure)?;
            let lines: String = runs.iter().map(|one| text::run(one, now)).collect();
            (lines, serde_json::json!({"version": 1, "runs": runs}))
        } else {
            let findings = store.findings(&query).await.map_err(failure)?;
            let lines: String = findings.iter().map(|one| text::finding(one, now)).collect();
            (lines, serde_json::json!({"version": 1, "findings": findings}))
        })
    })?;
    output::print(&match args.output {
        Format::Json => output::pretty(&value),
        Format::Text => sealine_report::for_terminal(&lines),
    })?;
    Ok(Outcome::Clean)
}
