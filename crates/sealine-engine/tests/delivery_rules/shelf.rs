//! What is kept and not used, and what only shows how something is written.

use sealine_model::Severity;

use super::{argo, check, external_secret, findings, flux};

/// An `ExternalSecret` with a value in a URI.
fn raw() -> String {
    let spec = "  target: {template: {data: {K: 'postgresql://u:{{ .a }}@h/d'}}}";
    external_secret("  namespace: app\n", spec)
}

#[test]
fn what_lies_in_an_archive_is_told_where_something_delivers_it() {
    let rules = "unsupported-api-version unescaped-in-uri duplicate-key";
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b, a: c}\n";
    for (folder, root, expected) in [
        ("archive", "", false),
        ("kube/.archive", "", false),
        ("archived-2024", "", false),
        ("apps", "", true),
        ("archive", &*flux("app", "archive", ""), true),
        ("kube/.archive", &argo("").replace("path: app", "path: kube/.archive"), true),
    ] {
        let old = raw().replace("external-secrets.io/v1", "external-secrets.io/v1alpha1");
        let files = format!(
            "//- {folder}/a.yaml\n{old}//- {folder}/b.yaml\n{twice}//- {folder}/c.yaml\n{}",
            raw()
        );
        let told = [
            format!("unsupported-api-version {folder}/a.yaml:1"),
            format!("duplicate-key {folder}/b.yaml:4"),
            format!("unescaped-in-uri {folder}/c.yaml:8"),
        ];
        let told: Vec<&str> = told.iter().filter(|_| expected).map(String::as_str).collect();
        check(rules, &format!("//- roots/root.yaml\n{root}{files}"), &told);
        // A root that lies in an archive itself, and that nothing brings, delivers nothing.
        let kept = if expected && folder == "apps" { &told[..] } else { &[] };
        check(rules, &format!("//- old/root.yaml\n{root}{files}"), kept);
    }
    let plain =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n";
    check(
        "plaintext-secret",
        &format!("//- archive/a.yaml\n{plain}"),
        &["plaintext-secret archive/a.yaml:3"],
    );
}

#[test]
fn samples_go_together_in_one_file() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: app}\n\
        stringData: {user: example}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: app}\nspec:\n  \
        containers: [{name: web, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]\n";
    for (folder, between, expected) in [
        ("docs/snippets", "//- docs/snippets/b.yaml\n", None),
        ("docs/snippets", "---\n", Some("missing-secret-key docs/snippets/a.yaml:10")),
        ("app", "//- app/b.yaml\n", Some("missing-secret-key app/b.yaml:5")),
    ] {
        let files = format!("//- {folder}/a.yaml\n{secret}{between}{pod}");
        check("missing-secret-key", &files, expected.as_slice());
    }
}

#[test]
fn samples_may_leave_something_out() {
    let severity = |path: &str| {
        let text =
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  ...\nstringData: {a: b}\n  x\n";
        let found = findings(&format!("//- {path}\n{text}"));
        found.into_iter().find(|finding| finding.rule == "syntax-error").map(|it| it.severity)
    };
    assert_eq!(severity("docs/a.yaml"), Some(Severity::Info));
    assert_eq!(severity("app/a.yaml"), Some(Severity::Error));
}

#[test]
fn a_patch_that_nobody_lists_is_no_resource() {
    let store = "  secretStoreRef: {name: kv, kind: ClusterSecretStore}\n";
    let base = format!(
        "//- base/kustomization.yaml\nresources: [db.yaml]\n//- base/db.yaml\n{}\
         //- site/kustomization.yaml\nresources: [../base, a.yaml]\n//- site/a.yaml\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n",
        manifest("db", store),
    );
    for (name, store, has_fix, related) in [
        // Whole, and nobody else makes it.
        ("cache", store, true, 1),
        // The base brings it already.
        ("db", store, false, 2),
        // No whole object.
        ("cache", "", false, 1),
    ] {
        let fixture = format!("{base}//- site/more.yaml\n{}", manifest(name, store));
        let found = findings(&fixture);
        let found: Vec<_> =
            found.iter().filter(|finding| finding.rule == "undelivered-manifest").collect();
        let [finding] = found.as_slice() else { panic!("{fixture}\n{found:?}") };
        assert_eq!((finding.fix.is_some(), finding.related.len()), (has_fix, related), "{fixture}");
        let help = finding.help.as_deref().unwrap_or_default();
        assert_eq!(help.contains("patches"), !has_fix, "{help}");
    }
}

/// Returns an `ExternalSecret` that reads one entry.
fn manifest(name: &str, store: &str) -> String {
    format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
         metadata: {{name: {name}, namespace: shop}}\nspec:\n{store}  \
         data:\n  - {{secretKey: password, remoteRef: {{key: {name}-password}}}}\n"
    )
}

#[test]
fn a_sample_waits_to_be_copied() {
    for (name, expected) in
        [("db", &["undelivered-manifest app/db.yaml:4"][..]), ("db.example", &[])]
    {
        let fixture = format!(
            "//- app/kustomization.yaml\nresources: [a.yaml]\n//- app/a.yaml\napiVersion: v1\n\
             kind: ConfigMap\nmetadata: {{name: a}}\n//- app/{name}.yaml\n{}",
            external_secret("", "")
        );
        check("undelivered-manifest", &fixture, expected);
    }
}

#[test]
fn what_a_sample_prints_breaks_nothing_until_something_delivers_it() {
    for (name, root, expected) in [
        ("db.yaml", "", true),
        ("example-db.yaml", "", false),
        ("examples/db.yaml", "", false),
        ("example-db.yaml", &*argo(""), true),
    ] {
        let path = format!("app/{name}");
        let fixture = format!("//- root.yaml\n{root}//- {path}\n{}", raw());
        let told = format!("unescaped-in-uri {path}:8");
        let told: Vec<&str> = expected.then_some(&*told).into_iter().collect();
        check("unescaped-in-uri", &fixture, &told);
    }
}

#[test]
fn a_path_of_an_example_holds_where_it_is_copied_to() {
    for (folder, expected) in
        [("apps", Some("error")), ("docs/start", Some("info")), ("tests", None)]
    {
        let fixture =
            format!("//- {folder}/kustomization.yaml\nresources:\n  - ../../../../../base\n");
        let found = super::findings(&fixture);
        let mut escapes = found.iter().filter(|found| found.rule == "path-escapes-repository");
        assert_eq!(escapes.next().map(|found| found.severity.name()), expected, "{folder}");
    }
}
