//! Stores that nothing declares, and Secrets that nothing reads.

use sealine_model::Severity;

use super::{check, external_secret, findings, flux, workload};

const STORE: &str = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: other}\n\
    spec: {provider: {fake: {data: []}}}\n";

/// Two `ExternalSecret`s that name the store `kv`, beside another one, and `more`.
fn look(more: &str) -> Vec<(Severity, String, usize)> {
    let own = external_secret("  namespace: app\n", "");
    let other = own.replace("name: db", "name: queue");
    let root = flux("app", "app", "  targetNamespace: app\n");
    let fixture = format!(
        "//- flux/root.yaml\n{root}{more}//- app/a.yaml\n{own}---\n{other}//- app/store.yaml\n{STORE}"
    );
    let found = findings(&fixture).into_iter().filter(|finding| finding.rule == "unknown-store");
    found.map(|found| (found.severity, found.message, found.related.len())).collect()
}

#[test]
fn one_store_is_missing_once_however_many_name_it() {
    let message = "nothing declares the ClusterSecretStore `kv`".to_owned();
    assert_eq!(look(""), [(Severity::Error, message.clone(), 1)]);
    // A chart that is not in sight may bring it.
    let chart = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
        metadata: {name: c, namespace: c}\nspec:\n  \
        chart: {spec: {chart: c, sourceRef: {kind: HelmRepository, name: far}}}\n";
    assert_eq!(look(chart), [(Severity::Warning, message, 1)]);
}

#[test]
fn a_secret_that_a_program_looks_for_by_its_name_is_read() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    let look = |target: &str| {
        let own = external_secret("", &format!("  target: {{name: {target}}}\n"));
        super::look("unused-secret", &format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{own}"))
    };
    assert_eq!(look("db"), ["unused-secret app/a.yaml:7"]);
    assert!(look("argocd-secret").is_empty());
}

#[test]
fn a_guess_satisfies_its_reader_and_makes_nothing_else_missing() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    let look = |kind: &str, name: &str, expected: &[&str]| {
        let maker = format!("apiVersion: {kind}\nmetadata: {{name: {name}}}\nspec: {{}}\n");
        let reader = workload("Deployment", "", "{name: db}");
        let fixture = format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{maker}---\n{reader}");
        check("missing-secret", &fixture, expected);
    };
    look("v1\nkind: Secret", "other", &["missing-secret app/a.yaml:16"]);
    look("example.com/v1\nkind: CopiedSecret", "other", &[]);
    look("example.com/v1\nkind: CopiedSecret", "db", &[]);
}

#[test]
fn a_secret_in_clear_among_values_stands_in_clear() {
    let chart = |enabled: bool| {
        format!(
            "//- release.yaml\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
             metadata: {{name: c, namespace: c}}\nspec:\n  \
             chart: {{spec: {{chart: c, sourceRef: {{kind: HelmRepository, name: far}}}}}}\n  \
             values:\n    extra:\n      enabled: {enabled}\n      objects:\n        - apiVersion: v1\n          \
             kind: Secret\n          metadata: {{name: s}}\n          stringData: {{password: hunter2}}\n"
        )
    };
    let look = |enabled| super::look("plaintext-secret", &chart(enabled));
    assert_eq!(look(true), ["plaintext-secret release.yaml:12"]);
    assert!(look(false).is_empty());
}
