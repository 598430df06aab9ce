//! A reader that fits more makers than are joined.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::date;
use sealine_engine::{Collected, Config, analyse, collect, judge_all};

#[test]
fn whatever_it_may_read_is_used() {
    let mut text = String::new();
    let mut resources = String::from("resources: [all.yaml]\n");
    for team in 0..20 {
        let _ = write!(
            text,
            "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: e, namespace: team-{team:02}}}\n\
             spec:\n  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  target: {{name: shared-login}}\n  \
             data: [{{secretKey: a, remoteRef: {{key: a}}}}]\n"
        );
    }
    resources.push_str("# one for each team\n");
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      \
                      containers: [{name: web, envFrom: [{secretRef: {name: shared-login}}]}]\n";
    let files = [
        ("repo", "apps/kustomization.yaml", resources.as_str()),
        ("repo", "apps/all.yaml", text.as_str()),
        ("repo", "chart/Chart.yaml", chart),
        ("repo", "chart/templates/deployment.yaml", deployment),
    ];
    let project = collect::from_memory(files);
    let config = Config::default();
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let report = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1));
    let unused = report.findings.iter().filter(|finding| finding.rule == "unused-secret");
    assert_eq!(unused.count(), 0);
    assert_eq!(analysis.facts.iter().map(|facts| facts.external_secrets.len()).sum::<usize>(), 20);
}
