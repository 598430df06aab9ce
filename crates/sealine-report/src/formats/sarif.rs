//! SARIF 2.1.0, for code scanning.

use std::fmt::Write as _;

use sealine_model::{Finding, Severity};
use sealine_rules::RULES;
use sealine_source::Place;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Format, Report};

pub(super) static FORMAT: Format =
    Format { name: "sarif", summary: "SARIF 2.1.0, for code scanning", render };

fn render(report: &Report<'_>) -> String {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": rule.page().text, "markdown": rule.page().text},
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let results: Vec<Value> =
        report.findings.iter().map(|finding| result(report, finding)).collect();
    let whole = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sealine",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(report: &Report<'_>, finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("; ");
        text.push_str(help);
    }
    let index = RULES.iter().position(|rule| rule.name == finding.rule);
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .map(|(id, (place, label))| {
            let mut at = location(report, place);
            at["id"] = json!(id);
            at["message"] = json!({"text": label});
            at
        })
        .collect();
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location(report, &finding.place)],
        "relatedLocations": related,
        "partialFingerprints": {"sealine/v1": fingerprint(finding)},
    })
}

fn location(report: &Report<'_>, place: &Place) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&report.path(place))},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
    })
}

/// The path with everything escaped that a URI reference does not hold.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Rule and logical subject, never the line: the finding keeps it when text moves.
fn fingerprint(finding: &Finding) -> String {
    let subject = finding.subjects.first().map_or("", String::as_str);
    let digest = Sha256::digest(format!("{}\n{subject}", finding.rule));
    digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
