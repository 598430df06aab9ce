//! Permissions: comments and annotations that allow a finding, with a reason and perhaps an end.

use sealine_testing::Tree;

use super::{check, rows};

/// A plain Secret with `comment` above the line of the finding and `beside` on it.
fn secret(comment: &str, beside: &str) -> Tree {
    let tree = Tree::new("");
    tree.write(
        "secret.yaml",
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  {comment}\n  name: app {beside}\nstringData:\n  token: abc\n"
        ),
    );
    tree
}

#[test]
fn a_reason_on_the_line_or_above_allows() {
    let allow = "# sealine: allow(plaintext-secret) a value for tests";
    for tree in [secret(allow, ""), secret("", allow)] {
        let report = check(&tree, &[]);
        assert!(rows(&report).is_empty(), "{report}");
        assert_eq!(report["suppressed"], 1);
    }
}

#[test]
fn several_rules_and_a_day_in_the_future_allow() {
    let allow =
        "# sealine: allow(plaintext-secret, missing-secret) a value for tests until=9999-12-31";
    let report = check(&secret(allow, ""), &[]);
    // What of it allows nothing is told.
    assert_eq!(rows(&report), ["secret.yaml:4 unused-suppression"]);
    assert!(
        report["findings"][0]["message"]
            .as_str()
            .is_some_and(|text| text.ends_with("`missing-secret`"))
    );
}

#[test]
fn a_permission_may_stand_anywhere_in_its_comment() {
    for above in [
        "## sealine: allow(plaintext-secret) a value for tests",
        "# see #12, sealine: allow(plaintext-secret) for tests",
    ] {
        let report = check(&secret("", above), &[]);
        assert!(rows(&report).is_empty(), "{report}");
    }
}

#[test]
fn a_reason_is_asked_for() {
    let tree = secret("# sealine: allow(plaintext-secret)", "");
    assert_eq!(rows(&check(&tree, &[])), ["secret.yaml:4 suppression-without-reason"]);
}

#[test]
fn a_permission_ends_on_its_day() {
    let tree = secret("# sealine: allow(plaintext-secret) for the move until=2020-01-31", "");
    assert_eq!(
        rows(&check(&tree, &[])),
        ["secret.yaml:4 expired-suppression", "secret.yaml:5 plaintext-secret"]
    );
    let tree = secret("# sealine: allow(plaintext-secret) for the move until=soon", "");
    assert_eq!(rows(&check(&tree, &[])), ["secret.yaml:4 expired-suppression"]);
}

#[test]
fn a_permission_that_allows_nothing_is_a_finding() {
    let tree = secret("# sealine: allow(missing-secret) it is made elsewhere", "");
    assert_eq!(
        rows(&check(&tree, &[])),
        ["secret.yaml:4 unused-suppression", "secret.yaml:5 plaintext-secret"]
    );
    // The rule did not run, so nobody knows whether the permission is needed.
    let report = check(&tree, &["--select", "plaintext-secret,unused-suppression"]);
    assert_eq!(rows(&report), ["secret.yaml:5 plaintext-secret"]);
}

#[test]
fn a_permission_for_no_rule_names_the_one_that_was_meant() {
    let tree = secret("# sealine: allow(plaintext-secrets) a value for tests", "");
    let report = check(&tree, &[]);
    assert_eq!(
        rows(&report),
        ["secret.yaml:4 unused-suppression", "secret.yaml:5 plaintext-secret"]
    );
    let help = report["findings"][0]["help"].as_str().expect("help");
    assert_eq!(help, "did you mean `plaintext-secret`?");
}

/// Two plain Secrets in a file; `annotations` are those of the first.
fn two_secrets(annotations: &str) -> Tree {
    let secret = |name: &str, annotations: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  annotations: {annotations}\n\
             stringData:\n  token: abc\n"
        )
    };
    let tree = Tree::new("");
    let text = format!("{}---\n{}", secret("one", annotations), secret("two", "{}"));
    tree.write("secrets.yaml", text);
    tree
}

#[test]
fn an_annotation_allows_in_its_object_alone() {
    let tree = two_secrets("{sealine.dev/allow: 'plaintext-secret: a value for tests'}");
    let report = check(&tree, &[]);
    assert_eq!(rows(&report), ["secrets.yaml:12 plaintext-secret"]);
    assert_eq!(report["suppressed"], 1);
}

#[test]
fn an_annotation_of_a_kustomization_allows_in_all_of_its_objects() {
    let tree = two_secrets("{}");
    tree.write(
        "kustomization.yaml",
        "resources: [secrets.yaml]\n\
         commonAnnotations: {sealine.dev/allow: 'plaintext-secret: values for tests'}\n",
    );
    let report = check(&tree, &[]);
    assert_eq!(rows(&report), [""; 0]);
    assert_eq!(report["suppressed"], 2);
}
