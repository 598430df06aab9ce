//! Findings for programs, sorted and stable.

use sealine_model::{Finding, Safety};
use sealine_source::Place;
use serde_json::{Value, json};

use crate::{Format, Report, covered};

pub(super) static FORMAT: Format =
    Format { name: "json", summary: "findings for programs, sorted and stable", render };

fn render(report: &Report<'_>) -> String {
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let whole = json!({
        "version": 1,
        "findings": findings,
        "suppressed": report.suppressed,
        "baselined": report.baselined,
        "documents": report.coverage.documents,
        "understood": report.coverage.understood,
        "opaque_roots": report.opaque_roots,
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

fn finding(finding: &Finding) -> Value {
    let related: Vec<Value> = finding
        .related
        .iter()
        .map(|(at, label)| json!({"at": place(at), "label": label}))
        .collect();
    let fix = finding.fix.as_ref().map(|fix| {
        let edits: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| json!({"at": place(&edit.place), "text": edit.text}))
            .collect();
        // An edit that rewrites a secret is not shown; `--fix` makes it all the same.
        let shows_none = fix.edits.iter().all(|edit| covered(&edit.text) == edit.text);
        let edits = shows_none.then_some(edits);
        json!({"title": fix.title, "safe": fix.safety == Safety::Safe, "edits": edits})
    });
    json!({
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "message": finding.message,
        "at": place(&finding.place),
        "label": finding.label,
        "related": related,
        "help": finding.help,
        "subjects": finding.subjects,
        "fix": fix,
    })
}

fn place(place: &Place) -> Value {
    json!({
        "repo": place.file.repo,
        "file": place.file.path,
        "line": place.line,
        "column": place.column,
        "start": place.start,
        "end": place.end,
    })
}
