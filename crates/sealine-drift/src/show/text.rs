//! For a terminal and a log.

use std::fmt::Write as _;

use crate::report::{Difference, Outcome, RunReport};

use super::{OUTSIDE, stale_rules};

/// Tells since when a difference is known, by its key.
pub type Since<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How much noise is told in full.
const MOST_NOISE: usize = 20;

/// Returns the reports as text.
pub fn text(reports: &[RunReport], since: Since<'_>, verbose: bool) -> String {
    let mut text = String::new();
    for report in reports {
        let _ = project(&mut text, report, since, verbose);
    }
    for rule in stale_rules(reports) {
        let what = if rule.expired { "has expired" } else { "matches no resource" };
        let _ = writeln!(text, "note: the rule `{}` {what}", rule.rule);
    }
    text
}

fn project(
    text: &mut String,
    report: &RunReport,
    since: Since<'_>,
    verbose: bool,
) -> std::fmt::Result {
    let name = sealine_report::on_one_line(&report.project);
    match &report.outcome {
        Outcome::Failed(failure) => {
            let word = if report.skipped().is_some() { "not looked at" } else { "failed" };
            writeln!(text, "{name}: {word}, {}", failure.kind)?;
            for line in failure.message.lines() {
                writeln!(text, "    {line}")?;
            }
            if let Some(help) = &failure.help {
                writeln!(text, "    = help: {help}")?;
            }
        }
        outcome => {
            let word = match outcome {
                Outcome::Clean => "clean",
                Outcome::Drifted => "drifted",
                Outcome::Unapplied => "unapplied",
                _ => "checks fail",
            };
            let engine = if report.engine.is_empty() { "" } else { ", " };
            writeln!(
                text,
                "{name}: {word} ({} managed resources looked at{engine}{})",
                report.managed, report.engine
            )?;
        }
    }
    for finding in &report.findings {
        difference(text, finding, since)?;
    }
    if !report.noise.is_empty() {
        writeln!(text, "  {} differences do not matter", report.noise.len())?;
        for noise in report.noise.iter().take(if verbose { MOST_NOISE } else { 0 }) {
            let note = noise.note.as_deref().unwrap_or_default();
            writeln!(text, "    {} {}: {}, {note}", noise.kind, noise.address, noise.change)?;
        }
    }
    for held in &report.suppressed {
        writeln!(text, "  `{}` holds back {}: {}", held.rule, held.count, held.reason)?;
    }
    for warning in &report.warnings {
        writeln!(text, "  warning: {}", sealine_report::on_one_line(warning))?;
    }
    if report.is_whole() {
        writeln!(text, "  {OUTSIDE}")?;
    }
    Ok(())
}

fn difference(text: &mut String, finding: &Difference, since: Since<'_>) -> std::fmt::Result {
    write!(
        text,
        "  {} [{}] {}: {}",
        finding.kind, finding.severity, finding.address, finding.change
    )?;
    if let Some(old) = &finding.previous_address {
        write!(text, " from {old}")?;
    }
    if let Some(since) = since(&finding.key) {
        write!(text, ", since {since}")?;
    }
    writeln!(text)?;
    for attribute in &finding.attributes {
        writeln!(text, "      {}: {} -> {}", attribute.path, attribute.before, attribute.after)?;
    }
    if let Some(note) = &finding.note {
        writeln!(text, "      {}", sealine_report::on_one_line(note))?;
    }
    let lists = [("workloads", &finding.workloads), ("owners", &finding.owners)];
    for (name, list) in lists {
        if !list.is_empty() {
            writeln!(text, "      {name}: {}", list.join(", "))?;
        }
    }
    if let Some(place) = &finding.declared {
        writeln!(text, "      declared at {place}")?;
    }
    Ok(())
}
