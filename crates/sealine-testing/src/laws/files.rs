//! A file of any kind, alone in a repository: it is read twice alike, and all that is said of it
//! points into it.

use std::path::Path;

use sealine_engine::{Analysis, Collected, Config, analyse, collect, config, judge_all};
use sealine_model::Finding;
use sealine_source::{FileName, Place, Project};

pub(super) fn hcl(text: &str) {
    one_file("main.tf", text);
    one_file("terraform.tfvars", text);
}

pub(super) fn python(text: &str) {
    one_file("dags/dag.py", text);
}

pub(super) fn workflow(text: &str) {
    one_file(".github/workflows/plan.yml", text);
}

pub(super) fn manifest(text: &str) {
    one_file("manifests.yaml", text);
    one_file("kustomization.yaml", text);
}

fn one_file(path: &str, text: &str) {
    let files = [(path, text)];
    let (analysis, findings) = look(&files);
    points_inside(&analysis, &findings);
    let (again, same) = look(&files);
    let ids = |analysis: &Analysis| -> Vec<String> {
        analysis.graph().nodes.iter().map(|node| node.id.clone()).collect()
    };
    assert_eq!(ids(&analysis), ids(&again), "{path}");
    assert_eq!(analysis.graph().edges, again.graph().edges, "{path}");
    assert_eq!(findings, same, "{path}");
}

/// Reads files of one repository, as `check` does after collecting them.
pub(super) fn look(files: &[(&str, &str)]) -> (Analysis, Vec<Finding>) {
    let configuration = files.iter().find(|(path, _)| *path == "sealine.yaml");
    let config = configuration
        .and_then(|(path, text)| {
            config::read(FileName::new("repo", *path), text, Path::new("")).ok()
        })
        .unwrap_or_default();
    let project = collect::from_memory(files.iter().map(|(path, text)| ("repo", *path, *text)));
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let findings = judge(&analysis, &config);
    (analysis, findings)
}

fn judge(analysis: &Analysis, config: &Config) -> Vec<Finding> {
    let today = jiff::civil::date(2026, 1, 1);
    judge_all(analysis, config, &config.rules, today).findings
}

/// Holds every place that output shows to its file.
pub(super) fn points_inside(analysis: &Analysis, findings: &[Finding]) {
    let project = &analysis.project;
    for finding in findings {
        inside(project, &finding.place);
        finding.related.iter().for_each(|(place, _)| inside(project, place));
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        edits.for_each(|edit| inside(project, &edit.place));
        assert!(!finding.message.is_empty() && !finding.subjects.is_empty());
    }
    for facts in &analysis.facts {
        facts.notes.iter().for_each(|note| inside(project, &note.place));
        facts.problems.iter().for_each(|problem| inside(project, &problem.place));
        facts.secret_texts.iter().for_each(|place| inside(project, place));
        assert!(facts.coverage.understood <= facts.coverage.documents, "{:?}", facts.coverage);
    }
    analysis.graph().nodes.iter().filter_map(|node| node.declared.as_ref()).for_each(|place| {
        inside(project, place);
    });
    analysis.graph().edges.iter().for_each(|edge| inside(project, &edge.at));
}

fn inside(project: &Project, place: &Place) {
    let Some(source) = project.source(&place.file) else { return };
    assert!(source.text().get(place.range().bytes()).is_some(), "{place:?} lies outside");
    assert_eq!((place.line, place.column), source.line_column(place.start), "{place:?}");
}
