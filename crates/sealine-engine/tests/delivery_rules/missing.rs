//! Secrets that nothing makes where they are needed.

use super::{check, findings, flux, workload};

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

#[test]
fn the_service_connector_of_azure_makes_secrets_of_its_own() {
    let fixture = |name: &str| {
        let reader = workload("Deployment", "  namespace: app\n", &format!("{{name: {name}}}"));
        let other = made("other", "app");
        format!("//- one/kustomization.yaml\nresources: [a.yaml]\n//- one/a.yaml\n{reader}{other}")
    };
    check(RULES, &fixture("postgres-secret"), &["missing-secret one/a.yaml:12"]);
    check(RULES, &fixture("sc-postgres1a2b3-secret"), &[]);
}

#[test]
fn a_dependency_that_is_not_in_sight_may_make_what_its_own_chart_reads() {
    let fixture = |dependencies: &str| {
        let release = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, \
             namespace: app}\nspec:\n  chart:\n    spec:\n      chart: ./chart\n      \
             sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}\n";
        format!(
            "//- flux/root.yaml\n{}//- deploy/release.yaml\n{release}//- chart/Chart.yaml\napiVersion: v2\n\
             name: web\nversion: 1.0.0\n{dependencies}//- chart/templates/a.yaml\n{}",
            flux("deploy", "deploy", ""),
            reader(),
        )
    };
    let dependencies =
        "dependencies:\n  - {name: cd, version: 1.0.0, repository: 'https://example.com/charts'}\n";
    let found = ["missing-secret chart/templates/a.yaml:12"];
    check(RULES, &fixture(""), &found);
    check(RULES, &fixture(dependencies), &[]);
}

#[test]
fn a_chart_that_a_kustomization_brings_makes_what_is_called_after_it() {
    let fixture = |more: &str| {
        format!(
            "//- app/kustomization.yaml\nresources: [a.yaml]\nhelmCharts:\n- name: redis\n  repo: \
             https://example.com/charts\n{more}//- app/a.yaml\n{}",
            reader()
        )
    };
    let found = ["missing-secret app/a.yaml:12"];
    check(RULES, &fixture(""), &found);
    check(RULES, &fixture("  releaseName: cache\n"), &found);
    for made in [
        "  releaseName: db\n",
        "  valuesInline: {fullnameOverride: db}\n",
        // What else is not in sight may make anything.
        "components: ['https://example.com/org/far//a']\n",
    ] {
        check(RULES, &fixture(made), &[]);
    }
}

#[test]
fn a_key_that_a_base_and_its_patch_give_is_told_once() {
    let reader = workload("Deployment", "", "{name: other}").replace(
        "envFrom:\n            - secretRef: {name: other}",
        "env: [{name: B, valueFrom: {secretKeyRef: {name: db, key: secondary}}}]",
    );
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";
    let fixture = format!(
        "//- app/kustomization.yaml\nnamespace: app\nresources: [a.yaml]\npatches: [{{path: p.yaml}}]\n\
         //- app/a.yaml\n{reader}---\n{secret}data: {{password: ZW0=}}\n\
         //- app/p.yaml\n{secret}stringData: {{password: changed}}\n"
    );
    let found = findings(&fixture);
    let found = found.iter().find(|finding| finding.rule == "missing-secret-key");
    let told = found.and_then(|finding| Some(finding.related.first()?.1.as_str()));
    assert_eq!(told, Some("made here with `password`"));
}

#[test]
fn a_certificate_is_no_sign_that_secrets_are_managed() {
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  namespace: \
         app\n  annotations: {cert-manager.io/cluster-issuer: public}\nspec:\n  tls: [{hosts: \
         [web.example.com], secretName: web-tls}]\n";
    let certificate = "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, \
         namespace: app}\nspec: {secretName: web-tls, issuerRef: {name: public}}\n";
    let database = "---\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg, namespace: \
         app}\nspec: {instances: 1}\n";
    let reader = workload("Deployment", "  namespace: app\n", "{name: db}");
    let found = ["missing-secret app/a.yaml:12"];
    for (beside, expected) in [
        (ingress, &[][..]),
        (certificate, &[]),
        (database, &found),
        (&made("other", "app"), &found),
    ] {
        let fixture =
            format!("//- flux.yaml\n{}//- app/a.yaml\n{reader}{beside}", flux("app", "app", ""));
        check(RULES, &fixture, expected);
    }
}
