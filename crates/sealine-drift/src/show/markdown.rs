//! For the summary of a workflow and for comments.

use std::fmt::Write as _;

use crate::report::{Outcome, RunReport};

use super::{OUTSIDE, stale_rules};

/// How many findings are listed.
const MOST: usize = 200;

/// Returns the reports as Markdown.
pub fn markdown(reports: &[RunReport]) -> String {
    let mut text = "## Drift\n\n".to_owned();
    let managed: usize = reports.iter().map(|report| report.managed).sum();
    let _ = writeln!(
        text,
        "{} projects, {managed} managed resources looked at; {OUTSIDE}.\n\n| project | outcome | \
         findings | noise | held back |\n|---|---|---|---|---|",
        reports.len()
    );
    for report in reports {
        let outcome = match &report.outcome {
            Outcome::Clean => "clean".to_owned(),
            Outcome::Drifted => "**drifted**".to_owned(),
            Outcome::Unapplied => "unapplied".to_owned(),
            Outcome::ChecksFailed => "checks fail".to_owned(),
            Outcome::Failed(failure) => format!("**failed**: {}", failure.kind),
        };
        let held: usize = report.suppressed.iter().map(|rule| rule.count).sum();
        let _ = writeln!(
            text,
            "| {} | {outcome} | {} | {} | {held} |",
            code(&report.project),
            report.findings.len(),
            report.noise.len()
        );
    }
    let all = reports.iter().flat_map(|report| report.findings.iter().map(move |it| (report, it)));
    let mut all = all.peekable();
    if all.peek().is_some() {
        text.push_str(
            "\n| kind | severity | resource | what | attributes | workloads | owners |\n\
             |---|---|---|---|---|---|---|\n",
        );
    }
    for (_, finding) in all.by_ref().take(MOST) {
        let attributes: Vec<String> = { finding.attributes.iter() }
            .map(|it| {
                let change = format!("{}: {} -> {}", it.path, it.before, it.after);
                code(&change)
            })
            .collect();
        let list =
            |names: &[String]| names.iter().map(|it| code(it)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            finding.kind,
            finding.severity,
            code(&finding.address),
            finding.change,
            attributes.join("<br>"),
            list(&finding.workloads),
            list(&finding.owners),
        );
    }
    let more = all.count();
    if more > 0 {
        let _ = writeln!(text, "\nand {more} more.");
    }
    for report in reports {
        if let Outcome::Failed(failure) = &report.outcome {
            let _ = writeln!(text, "\n{}: {}", code(&report.project), code(&failure.message));
        }
    }
    for rule in stale_rules(reports) {
        let what = if rule.expired { "has expired" } else { "matches no resource" };
        let _ = writeln!(text, "\nThe rule {} {what}.", code(&rule.rule));
    }
    text
}

/// A name or value within `<code>`: nothing in it is read as Markdown, a table or HTML.
fn code(text: &str) -> String {
    let mut shown = String::from("<code>");
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '\n' | '\r' => shown.push(' '),
            c if "|`*_[]()!\\#~@:".contains(c) => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown + "</code>"
}
