//! Hostile input: nothing panics, hangs, or keeps the rest of the run from going on.
//!
//! The files are made here, each by the shortest program that makes it. All lie in one project, so
//! that a fault of one would be seen in the findings of the others.

mod files;
mod texts;

use std::time::Duration;

use sealine_testing::{Run, Tree, run};
use serde_json::Value;

/// What is expected of a file: the rule and its line; nothing for a file that is fine.
type Expected = Vec<(String, Option<(&'static str, u64)>)>;

/// The longest that a run may take. Far more than it needs, since tests run without optimisation
/// on machines that do other things, and far less than what a hang takes.
const LIMIT: Duration = Duration::from_mins(1);

/// The most memory that a run may hold.
const MOST_KIB: u64 = 512 << 10;

/// Runs the binary with a small stack.
fn sealine(tree: &Tree, arguments: &[&str]) -> Run {
    let program = env!("CARGO_BIN_EXE_sealine");
    let run = if cfg!(unix) {
        let line = "ulimit -s 2048; exec \"$0\" \"$@\"";
        let all = [&["-c", line, program][..], arguments].concat();
        run("sh", tree.root(), &all)
    } else {
        run(program, tree.root(), arguments)
    };
    assert!(run.code.is_some(), "{arguments:?} was ended by a signal\n{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{arguments:?}\n{}", run.stderr);
    assert!(run.took < LIMIT, "{arguments:?} took {:?}", run.took);
    assert!(run.peak.is_none_or(|peak| peak < MOST_KIB), "{arguments:?} held {:?} KiB", run.peak);
    run
}

/// The findings of a report: file, rule, line.
fn rows(report: &Value) -> Vec<(String, String, u64)> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let text = |value: &Value| value.as_str().expect("a string").to_owned();
            let line = finding["at"]["line"].as_u64().expect("a line");
            (text(&finding["at"]["file"]), text(&finding["rule"]), line)
        })
        .collect()
}

/// Holds every file to what is expected of it, whatever else is found there.
fn hold(report: &Value, expected: &Expected) {
    let found = rows(report);
    let mut faults = Vec::new();
    for (file, expected) in expected {
        let here: Vec<(&str, u64)> = found
            .iter()
            .filter(|(path, ..)| path == file)
            .map(|(_, rule, line)| (rule.as_str(), *line))
            .collect();
        let right = match expected {
            None => here.is_empty(),
            Some(expected) => here.contains(expected),
        };
        if !right {
            faults.push(format!("{file}: expected {expected:?}, found {here:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every format and command gets through the tree, and says what is valid in its format.
fn every_output_is_sound(tree: &Tree, code: i32) {
    let out = Tree::new("");
    let mut arguments =
        vec!["check".to_owned(), "-v".to_owned(), "-o".to_owned(), "text".to_owned()];
    for format in ["json", "sarif", "github"] {
        let file = out.path(format);
        arguments.push("-o".to_owned());
        arguments.push(format!("{format}={}", file.to_str().expect("UTF-8")));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let text = sealine(tree, &arguments).exits(code).output();
    assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "the text does something");
    for format in ["json", "sarif"] {
        let _: Value = serde_json::from_str(&out.read(format)).expect("JSON");
    }
    let github = out.read("github");
    assert!(github.lines().all(|line| line.starts_with("::")), "one line each");
    assert!(!github.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "the log does something");
    for arguments in [&["graph"][..], &["init", "--stdout"], &["check", "--diff"]] {
        let _ = sealine(tree, arguments);
    }
}
