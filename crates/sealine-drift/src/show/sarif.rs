//! SARIF 2.1.0, for code scanning.

use serde_json::{Value, json};

use crate::report::{Difference, Kind, Outcome, RunReport, Severity};

/// What each rule of the log says.
const RULES: &[(&str, &str)] = &[
    ("drifted", "a resource was changed outside"),
    ("unapplied", "the configuration says more than what was applied"),
    ("check-failed", "a check of the configuration fails"),
    ("look-failed", "a project could not be looked at"),
];

/// Returns the reports as SARIF. `place` gives the file and line of what has no place of its own: the
/// project's folder.
pub fn sarif(reports: &[RunReport], place: &dyn Fn(&str) -> String) -> String {
    let mut results = Vec::new();
    for report in reports {
        let project = place(&report.project);
        if let Outcome::Failed(failure) = &report.outcome {
            let text = format!("{}: {}: {}", report.project, failure.kind, failure.message);
            let location = location(&format!("{project}/main.tf:1"));
            results.push(json!({
                "ruleId": "look-failed",
                "level": "error",
                "message": {"text": text},
                "locations": [location],
                "partialFingerprints": {"sealine/v1": format!("{}/failed", report.project)},
            }));
        }
        results.extend(report.findings.iter().map(|finding| result(report, finding, &project)));
    }
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, text)| json!({"id": id, "shortDescription": {"text": text}}))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "sealine drift", "rules": rules}},
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn result(report: &RunReport, finding: &Difference, project: &str) -> Value {
    let rule = match finding.kind {
        Kind::Drifted | Kind::Noise => "drifted",
        Kind::Unapplied => "unapplied",
        Kind::Failed => "check-failed",
    };
    let level = match finding.severity {
        Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    };
    let mut text = format!("{}: {}: {}", report.project, finding.address, finding.change);
    let paths: Vec<&str> = finding.attributes.iter().map(|it| it.path.as_str()).collect();
    if !paths.is_empty() {
        text = format!("{text} ({})", paths.join(", "));
    }
    let place = finding.declared.clone().unwrap_or_else(|| format!("{project}/main.tf:1"));
    json!({
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [location(&place)],
        "partialFingerprints": {"sealine/v1": finding.fingerprint},
    })
}

fn location(place: &str) -> Value {
    let (file, line) = place.rsplit_once(':').unwrap_or((place, "1"));
    let line: u32 = line.parse().unwrap_or(1);
    json!({"physicalLocation": {
        "artifactLocation": {"uri": file.trim_start_matches("./")},
        "region": {"startLine": line.max(1)},
    }})
}
