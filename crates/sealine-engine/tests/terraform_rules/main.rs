//! Corners of the rules about Terraform, workflows and the boundary, that their pages do not show.
//!
//! A fixture gives lines `rule file:line`, and what the repairs make of its files.

mod boundary;
mod dormant;
mod entries;
mod links;
mod open;
mod secrets;
mod services;
mod state;
mod used_entries;
mod workflows;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use expect_test::Expect;
use jiff::civil::date;
use sealine_engine::{Analysis, Collected, Config, analyse, collect, config, fix, judge_all};
use sealine_model::Finding;
use sealine_source::FileName;

/// Returns the files of a fixture, with what its `sealine.yaml` says.
fn collected(fixture: &str) -> (Collected, Config) {
    let mut files: Vec<(&str, &str, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("//- ") {
            let (repo, path) = name.trim().split_once(':').unwrap_or(("repo", name.trim()));
            files.push((repo, path, String::new()));
        } else if let Some((.., text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    let configuration = files.iter().find(|(_, path, _)| *path == "sealine.yaml");
    let config = configuration.map_or_else(Config::default, |(repo, path, text)| {
        config::read(FileName::new(*repo, *path), text, Path::new(""))
            .unwrap_or_else(|(_, faults)| panic!("{faults:?}"))
    });
    let all = files.iter().map(|(repo, path, text)| (*repo, *path, text.as_str()));
    let mut project = collect::from_memory(all);
    for repository in &mut project.repositories {
        repository.remotes.push(format!("github.com/example/{}", repository.name));
    }
    (Collected { project, ..Collected::default() }, config)
}

/// Returns the findings of `rules` in a fixture, and what they were found in.
fn judge(rules: &str, fixture: &str) -> (Analysis, Vec<Finding>) {
    let (collected, config) = collected(fixture);
    let analysis = analyse(collected, &config);
    let verdict = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1));
    let mut found = verdict.findings;
    found.retain(|finding| rules.split(' ').any(|rule| rule == finding.rule));
    (analysis, found)
}

/// Returns the findings of `rules` in a fixture, a line each, then the files that repairs change.
fn look(rules: &str, fixture: &str) -> String {
    let (analysis, found) = judge(rules, fixture);
    let mut out = String::new();
    for finding in &found {
        let place = &finding.place;
        let (severity, rule) = (finding.severity.name(), finding.rule);
        let _ = writeln!(out, "{severity} {rule} {}:{}", place.file.path, place.line);
    }
    for (name, text) in fix::apply(&analysis.project, &found, true).files {
        let _ = write!(out, "{}:\n{}", name.path, text.replace('\r', "\\r"));
    }
    out
}

fn check(rules: &str, fixture: &str, expected: &Expect) {
    expected.assert_eq(&look(rules, fixture));
}
