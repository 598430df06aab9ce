//! Workflow commands that GitHub shows as annotations of a pull request.
//!
//! They go through the log of a job and are read at a terminal, too: names do nothing there.

use std::fmt::Write as _;

use sealine_model::Severity;

use crate::{Format, Report, for_terminal, on_one_line};

pub(super) static FORMAT: Format = Format {
    name: "github",
    summary: "workflow commands that GitHub shows as annotations",
    render,
};

fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut message = on_one_line(&finding.message);
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(&for_terminal(help));
        }
        for (place, label) in &finding.related {
            let path = on_one_line(&report.path(place));
            let _ = write!(message, "\n{path}:{}: {}", place.line, on_one_line(label));
        }
        let _ = writeln!(
            out,
            "::{command} file={},line={},col={},title={}::{}",
            property(&on_one_line(&report.path(&finding.place))),
            finding.place.line,
            finding.place.column,
            property(finding.rule),
            data(&message),
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
