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

/// Without its `kind` a reference means a `SecretStore`.
#[test]
fn a_store_of_the_other_kind_has_the_name() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    let look = |reference: &str| {
        let own = external_secret("  namespace: app\n", "");
        let own = own.replace("{name: kv, kind: ClusterSecretStore}", reference);
        let store = STORE.replace("name: other", "name: kv");
        let fixture = format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{own}---\n{store}");
        let found = findings(&fixture).into_iter().filter(|it| it.rule == "unknown-store");
        found.map(|it| (it.severity, it.place.line, it.help)).collect::<Vec<_>>()
    };
    assert_eq!(look("{name: kv, kind: ClusterSecretStore}"), []);
    let [(severity, line, help)] = &look("{name: kv}")[..] else { panic!("one finding") };
    assert_eq!((*severity, *line), (Severity::Error, 7));
    assert!(format!("{help:?}").contains("write `kind: ClusterSecretStore`"), "{help:?}");
    assert_eq!(look("{name: elsewhere}"), []);
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
fn a_plain_word_in_a_file_that_readers_ask_for_may_be_a_secret() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    let own = external_secret("", "  target: {name: db}\n");
    let look = |line: &str| {
        let fixture = format!(
            "//- flux/root.yaml\n{root}//- app/a.yaml\n{own}//- other/settings.yaml\n{line}\n"
        );
        super::look("unused-secret", &fixture)
    };
    assert!(look("credentials: [db]").is_empty());
    for other in ["credentials: [db-2]", "host: db.example.com", "# credentials: [db]"] {
        assert_eq!(look(other), ["unused-secret app/a.yaml:7"], "{other}");
    }
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
fn a_store_that_nobody_delivers_does_not_show_who_manages_stores() {
    let own = external_secret("  namespace: app\n", "");
    let root = flux("app", "app", "  targetNamespace: app\n");
    let fixture =
        format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{own}//- docs/store.yaml\n{STORE}");
    check("unknown-store", &fixture, &[]);
}

#[test]
fn a_secret_that_is_made_for_what_making_it_does_is_not_unused() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    for (kind, count) in [("Webhook", 0), ("Password", 1)] {
        let own = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
            metadata: {name: register}\nspec:\n  dataFrom:\n    - sourceRef:\n        \
            generatorRef: {apiVersion: generators.external-secrets.io/v1alpha1, kind: KIND, name: g}\n";
        let own = own.replace("KIND", kind);
        let fixture = format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{own}");
        assert_eq!(super::look("unused-secret", &fixture).len(), count, "{kind}");
    }
}

#[test]
fn a_role_without_a_namespace_writes_secrets_in_one_alone() {
    let root = flux("app", "app", "  targetNamespace: app\n");
    let own = external_secret("", "");
    let reader = workload("Deployment", "", "{name: other}");
    let look = |namespace: &str| {
        let role = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a{namespace}}}\n\
             rules: [{{apiGroups: [''], resources: [secrets], verbs: [create]}}]\n"
        );
        let fixture = format!(
            "//- flux/root.yaml\n{root}//- app/a.yaml\n{own}---\n{reader}//- else/role.yaml\n{role}"
        );
        super::look("missing-secret", &fixture).len()
    };
    assert_eq!(look(""), 1);
    assert_eq!(look(", namespace: else"), 1);
    assert_eq!(look(", namespace: app"), 0);
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

#[test]
fn an_operator_whose_version_is_not_seen_may_serve_anything() {
    let operator = "//- catalog/operator.yaml\napiVersion: helm.toolkit.fluxcd.io/v2\n\
         kind: HelmRelease\nmetadata: {name: eso, namespace: eso}\nspec:\n  chart:\n    spec: \
         {chart: external-secrets, version: 0.11.0, sourceRef: {kind: HelmRepository, name: eso}}\n";
    let told = format!("{operator}//- app/a.yaml\n{}", external_secret("", ""));
    let rule = "unsupported-api-version";
    check(rule, &told, &["unsupported-api-version app/a.yaml:1"]);
    let another = "//- cluster/kustomization.yaml\nnamespace: eso\nhelmCharts:\n  - {name: \
         external-secrets, version: 0.20.4, repo: 'https://charts.external-secrets.io'}\n";
    check(rule, &format!("{told}{another}"), &[]);
}

/// What Tekton runs for a `Repository` stands in that repository.
#[test]
fn runs_that_come_from_elsewhere_may_read_any_secret() {
    let own = super::external_secret("  namespace: build\n", "");
    let reader = |kind: &str| {
        format!(
            "---\napiVersion: pipelinesascode.tekton.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: app, \
             namespace: build}}\nspec: {{git_provider: {{secret: {{name: scm, key: token}}}}}}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: scm, namespace: build}}\n"
        )
    };
    let root = super::flux("app", "./app", "");
    for (kind, expected) in [("Repository", "info"), ("Other", "warning")] {
        let fixture = format!("//- flux/root.yaml\n{root}//- app/a.yaml\n{own}{}", reader(kind));
        let found = super::findings(&fixture);
        let mut unused = found.iter().filter(|found| found.rule == "unused-secret");
        assert_eq!(unused.next().map(|found| found.severity.name()), Some(expected), "{kind}");
    }
}
