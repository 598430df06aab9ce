//! `sealine drift show`.

use std::fmt::Write as _;

use sealine_drift::store::{ConditionView, Store};
use sealine_drift::{Difference, RunReport};

use super::store::{Format, Place, failure};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The number of a finding, or the name of a project, whose last report is shown.
    #[arg(value_name = "NUMBER|PROJECT")]
    what: String,
    #[command(flatten)]
    place: Place,
    /// The format.
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

pub(super) fn run(args: &Show) -> Result<Outcome, Failure> {
    let path = args.place.path(&environment())?;
    let (text, value) = block_on(async {
        let store = Store::existing(&path).await.map_err(failure)?;
        Ok(if let Ok(number) = args.what.parse::<i64>() {
            let finding = store.finding(number).await.map_err(failure)?;
            // What it looked like stands in the report, while that one is kept.
            let report = store.last_report(&finding.project).await.ok();
            let now = report.filter(|_| finding.resolved.is_none());
            let shown = now.as_ref().and_then(|(_, report)| {
                report.findings.iter().find(|one| one.address == finding.address)
            });
            let value = serde_json::json!({"version": 1, "finding": finding, "difference": shown});
            (about(&finding, shown), value)
        } else {
            let (run, report) = store.last_report(&args.what).await.map_err(failure)?;
            let value = serde_json::json!({"version": 1, "run": run, "report": report});
            (whole(run, &report), value)
        })
    })?;
    output::print(&match args.output {
        Format::Json => output::pretty(&value),
        Format::Text => sealine_report::for_terminal(&text),
    })?;
    Ok(Outcome::Clean)
}

fn about(finding: &ConditionView, shown: Option<&Difference>) -> String {
    let mut out = format!("{} {}\n", finding.address, finding.change);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<12} {value}");
        }
    };
    line("project", &finding.project);
    line("kind", &finding.topic);
    line("severity", finding.severity.word());
    line("paths", &finding.paths.join(", "));
    line("owners", &finding.owners.join(", "));
    line("read by", &finding.workloads.join(", "));
    line("note", finding.note.as_deref().unwrap_or_default());
    line("first seen", &finding.first_seen.to_string());
    line("last seen", &finding.last_seen.to_string());
    if let Some(resolved) = finding.resolved {
        let how = finding.resolved_as.as_deref().unwrap_or("gone");
        line(how, &resolved.to_string());
    }
    if let Some(said) = &finding.acknowledged {
        let until = said.until.map(|until| format!(", until {until}")).unwrap_or_default();
        line("acknowledged", &format!("{} by {}: {}{until}", said.at, said.by, said.why));
    }
    if let Some(shown) = shown {
        attributes(shown, &mut out);
    }
    out
}

fn whole(run: i64, report: &RunReport) -> String {
    let mut out = format!(
        "{}: run {run}, {:.0}, {}, {} managed resources looked at\n",
        report.project, report.ended, report.engine, report.managed
    );
    for one in &report.findings {
        let _ = writeln!(out, "{} {}: {}, {}", one.kind, one.address, one.change, one.severity);
        attributes(one, &mut out);
    }
    for one in &report.suppressed {
        let _ = writeln!(out, "{} held back by {}: {}", one.count, one.rule, one.reason);
    }
    for one in &report.stale_rules {
        let why = if one.expired { "has expired" } else { "matches nothing" };
        let _ = writeln!(out, "{} {why}", one.rule);
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    out
}

fn attributes(one: &Difference, out: &mut String) {
    for attribute in &one.attributes {
        let _ =
            writeln!(out, "    {}: {} -> {}", attribute.path, attribute.before, attribute.after);
    }
}
