//! Corners of `silent-empty-value` and `privileged-secret`: what a template loses, and what the operator
//! refuses of it.

use std::collections::BTreeMap;

use jiff::civil::date;
use sealine_engine::{Collected, Config, analyse, collect, judge_all};

/// Returns what a rule says of a template, as `severity: message`.
fn said(rule: &str, template: &str) -> Vec<String> {
    let manifest = format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
         metadata: {{name: app, namespace: app}}\nspec:\n  \
         secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  \
         target: {{template: {template}}}\n  data: [{{secretKey: j, remoteRef: {{key: app}}}}]\n"
    );
    let project = collect::from_memory([("repo", "app.yaml", manifest.as_str())]);
    let config = Config::default();
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let found = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1)).findings;
    let own = found.into_iter().filter(|found| found.rule == rule);
    own.map(|found| format!("{}: {}", found.severity.name(), found.message)).collect()
}

#[test]
fn what_is_read_from_json_may_be_lost() {
    for (text, expected) in [
        ("{{ .j | fromJson }}", 1),
        ("{{ index (.j | fromJson) \"user\" }}", 1),
        ("{{ get (.j | fromJson) \"user\" }}", 1),
        ("{{ (.j | fromJson).user }}", 0),
        ("{{ .j | mustFromJson }}", 0),
        ("{{ index (.j | fromJson) \"user\" | default \"x\" }}", 0),
        // Nothing else reads such a field.
        ("{{ index (.j | fromJson) \"a-b\" }}", 0),
        ("{{ if .j }}{{ index (.j | fromJson) \"user\" }}{{ end }}", 0),
        ("{{ .j | fromJson | toJson }}", 0),
    ] {
        let found = said("silent-empty-value", &format!("{{data: {{a: '{text}'}}}}"));
        assert_eq!(found.len(), expected, "{text}: {found:?}");
        assert!(found.iter().all(|found| found.starts_with("info: ")), "{found:?}");
    }
}

#[test]
fn credentials_of_the_cluster_are_refused() {
    let account = "kubernetes.io/service-account.name";
    for (template, expected) in [
        (format!("{{type: kubernetes.io/service-account-token, metadata: {{annotations: {{{account}: a}}}}}}"), 1),
        ("{type: kubernetes.io/service-account-token, templateFrom: [{target: annotations, literal: 'a: b'}]}".to_owned(), 1),
        ("{type: bootstrap.kubernetes.io/token}".to_owned(), 1),
        ("{type: kubernetes.io/service-account-token}".to_owned(), 0),
        (format!("{{type: Opaque, metadata: {{annotations: {{{account}: a}}}}}}"), 0),
    ] {
        let found = said("privileged-secret", &template);
        assert_eq!(found.len(), expected, "{template}: {found:?}");
    }
}
