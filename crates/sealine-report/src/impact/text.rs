//! For people at a terminal.

use std::fmt::Write as _;

use sealine_model::impact::Step;

use super::ImpactReport;
use crate::on_one_line;

/// Returns the report as text.
pub fn text(report: &ImpactReport<'_>) -> String {
    let impact = report.impact;
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", on_one_line(text).trim_end());
    };
    line(&format!("from {} to {}", impact.before, impact.after));
    line(&report.verdict());
    for (title, needs) in report.needs() {
        if needs.is_empty() {
            continue;
        }
        line("");
        line(&format!("readers that {title}"));
        for need in needs {
            line(&format!("  {} reads {}", need.consumer, need.secret));
            line(&format!("      at {}", report.at(need)));
            for fault in &need.faults {
                line(&format!("      × {}: {}", fault.node, fault.why));
            }
        }
    }
    if !impact.renamed.is_empty() {
        line("");
        line("renamed");
        for (before, after) in &impact.renamed {
            line(&format!("  {before} -> {after}"));
        }
    }
    if !impact.fates.is_empty() {
        line("");
        line("what becomes of the rest");
        for fate in &impact.fates {
            line(&format!("  {}: {}", fate.node, fate.kind.name()));
            line(&format!("      {}", fate.why));
        }
    }
    if !impact.order.is_empty() {
        line("");
        line("a safe order");
        for (index, step) in impact.order.iter().enumerate() {
            self::step(index + 1, step, &mut line);
        }
    }
    out
}

fn step(number: usize, step: &Step, line: &mut impl FnMut(&str)) {
    let mark = if step.done { " (done)" } else { "" };
    let repo = step.repo.as_ref().map(|repo| format!(" [{repo}]")).unwrap_or_default();
    line(&format!("{number:>3}. {}{repo}{mark}", step.title));
    for file in &step.files {
        line(&format!("       {file}"));
    }
    line(&format!("     why: {}", step.why));
    if let Some(share) = &step.shares {
        let may = if share.allowed { "may" } else { "may not" };
        line(&format!("     {may} share the commit of step {}: {}", share.with, share.why));
    }
    for check in &step.checks {
        line(&format!("     check: {check}"));
    }
}
