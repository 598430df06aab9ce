//! Secrets that nothing makes where they are needed.

use super::{check, flux, workload};

const RULES: &str = "missing-secret wrong-namespace";

/// A Secret `name` in `namespace` that an `ExternalSecret` makes.
fn made(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: {name}, \
         namespace: {namespace}}}\nspec:\n  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  \
         data: [{{secretKey: a, remoteRef: {{key: a}}}}]\n"
    )
}

/// A workload in `app` that reads the Secret `db`, where something else makes the Secret `other`.
fn reader() -> String {
    workload("Deployment", "  namespace: app\n", "{name: db}") + &made("other", "app")
}

#[test]
fn a_secret_is_in_the_wrong_namespace_only_where_both_are_surely_in_one_cluster() {
    let resources = |of: &str, more: &str| {
        format!("//- {of}/kustomization.yaml\nresources: [a.yaml{more}]\n//- {of}/a.yaml\n")
    };
    let (reader, maker) = (reader(), made("db", "else"));
    for (fixture, expected) in [
        (format!("{}{reader}{maker}", resources("one", "")), "wrong-namespace one/a.yaml:12"),
        // Folders side by side may be two clusters.
        (
            format!("{}{reader}{}{maker}", resources("one", ""), resources("two", "")),
            "missing-secret one/a.yaml:12",
        ),
        // What is delivered from elsewhere may make it here.
        (format!("{}{reader}{maker}", resources("one", ", 'https://example.com/org/far//a'")), ""),
    ] {
        check(RULES, &fixture, expected.split_terminator('\n').collect::<Vec<_>>().as_slice());
    }
}
