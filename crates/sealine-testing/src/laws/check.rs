//! A whole project: every format can say what was found, repairs come to an end, and what they
//! leave still parses.

use std::collections::BTreeMap;

use sealine_engine::{Analysis, fix};
use sealine_model::{Finding, ProblemKind};
use sealine_report::{FORMATS, Report};

use super::files::{look, points_inside};

/// Repairs that want the same bytes are made in rounds.
const ROUNDS: usize = 6;

/// The text is a fixture: each file begins after a line `//- path`.
pub(super) fn repairs_end(text: &str) {
    let mut files = files(text);
    for round in 0.. {
        let borrowed: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (analysis, findings) = look(&borrowed);
        points_inside(&analysis, &findings);
        render(&analysis, &findings);
        let fixed = fix::apply(&analysis.project, &findings, true);
        if fixed.files.is_empty() {
            return;
        }
        assert!(round < ROUNDS, "repairs go on and on: {:?}", fixed.edits);
        let before = broken(&analysis);
        for (name, text) in fixed.files {
            files.insert(name.path.clone(), text);
        }
        let borrowed: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let after = broken(&look(&borrowed).0);
        assert!(after <= before, "a repair broke a file: {:?}", fixed.edits);
    }
}

fn files(text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for part in text.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        // What the collect step would never hand on.
        let path = path.trim().trim_matches('/');
        if !path.is_empty() && !path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            files.insert(path.to_owned(), text.to_owned());
        }
    }
    files
}

/// How many faults of syntax there are.
fn broken(analysis: &Analysis) -> usize {
    let problems = analysis.facts.iter().flat_map(|facts| &facts.problems);
    problems.filter(|problem| problem.kind == ProblemKind::Syntax).count()
}

fn render(analysis: &Analysis, findings: &[Finding]) {
    let secret_texts: Vec<_> =
        analysis.facts.iter().flat_map(|facts| facts.secret_texts.iter().cloned()).collect();
    for format in FORMATS {
        let text = (format.render)(&Report {
            findings,
            project: &analysis.project,
            roots: &BTreeMap::new(),
            secret_texts: &secret_texts,
            coverage: analysis.coverage,
            opaque_roots: 0,
            suppressed: 0,
            baselined: 0,
            color: false,
        });
        match format.name {
            "json" | "sarif" => {
                let read: Result<serde_json::Value, _> = serde_json::from_str(&text);
                assert!(read.is_ok(), "{}", format.name);
            }
            "text" => assert!(!text.contains(['\u{1b}', '\u{202e}'])),
            _ => {}
        }
    }
}
