//! Corners of the rules about what happens between files and clusters: where they must be silent,
//! and what their pages do not show.
//!
//! A fixture gives lines `rule file:line`.

mod escaping;
mod helm;
mod kustomize;
mod missing;
mod order;
mod shelf;
mod stores;
mod substitution;

use std::collections::BTreeMap;

use jiff::civil::date;
use sealine_engine::{Collected, Config, analyse, collect, judge_all};
use sealine_model::Finding;

/// Returns all findings in a fixture, whose files begin with `//- path`.
fn findings(fixture: &str) -> Vec<Finding> {
    let mut files: Vec<(&str, &str, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("//- ") {
            files.push(("repo", path.trim(), String::new()));
        } else if let Some((.., text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    let all = files.iter().map(|(repo, path, text)| (*repo, *path, text.as_str()));
    let project = collect::from_memory(all);
    let config = Config::default();
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1)).findings
}

/// Returns the findings of `rules` in a fixture, as `rule file:line`.
fn look(rules: &str, fixture: &str) -> Vec<String> {
    let found = findings(fixture).into_iter();
    let found = found.filter(|finding| rules.split(' ').any(|rule| rule == finding.rule));
    found
        .map(|finding| {
            let place = &finding.place;
            format!("{} {}:{}", finding.rule, place.file.path, place.line)
        })
        .collect()
}

#[track_caller]
fn check(rules: &str, fixture: &str, expected: &[&str]) {
    assert_eq!(look(rules, fixture), expected, "{fixture}");
}

/// An `ExternalSecret` `db` with more lines below `metadata` and `spec`.
fn external_secret(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: db\n{metadata}\
         spec:\n  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n{spec}\
         \n  data: [{{secretKey: a, remoteRef: {{key: a}}}}]\n"
    )
}

/// A workload of this kind that reads the Secret `db`.
fn workload(kind: &str, metadata: &str, reference: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: app\n{metadata}spec:\n  template:\n    \
         spec:\n      containers:\n        - name: app\n          envFrom:\n            - secretRef: \
         {reference}\n"
    )
}

/// A Flux Kustomization of the folder `app` with more lines below `spec`.
fn flux(name: &str, path: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: \
         {name}\n  namespace: flux-system\nspec:\n  sourceRef: {{kind: GitRepository, name: \
         flux-system}}\n  path: ./{path}\n{spec}"
    )
}

/// An Argo CD Application of the folder `app` with more lines below `source`.
fn argo(source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: app, namespace: \
         argocd}}\nspec:\n  destination: {{namespace: app}}\n  source:\n    repoURL: \
         https://github.com/example/repo.git\n    path: app\n{source}"
    )
}
