//! Waves, hooks and dependencies; and which roots surely meet on one cluster.

use super::{argo, check, external_secret, flux, workload};

const RULES: &str = "secret-after-consumer";

fn annotated(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("  annotations: {{{text}}}\n") }
}

#[track_caller]
fn in_argo(kind: &str, reader: &str, maker: &str, late: bool) {
    let line = if reader.is_empty() { 11 } else { 12 };
    let expected = format!("secret-after-consumer app/a.yaml:{line}");
    let expected = [expected.as_str()];
    let reader = workload(kind, &annotated(reader), "{name: db}");
    let maker = external_secret(&annotated(maker), "");
    let fixture =
        format!("//- r.yaml\n{}//- app/a.yaml\n{reader}//- app/b.yaml\n{maker}", argo(""));
    check(RULES, &fixture, &expected[..usize::from(late)]);
}

#[test]
fn waves_and_hooks_of_argo() {
    const WAVE: &str = "argocd.argoproj.io/sync-wave";
    const HOOK: &str = "argocd.argoproj.io/hook";
    in_argo("Deployment", "", &format!("{WAVE}: '1'"), true);
    in_argo("Deployment", &format!("{WAVE}: '-1'"), "", true);
    in_argo("Job", &format!("{HOOK}: PreSync"), "", true);
    in_argo("Job", "helm.sh/hook: 'pre-install,pre-upgrade'", "", true);
    in_argo("Deployment", &format!("{WAVE}: '1'"), &format!("{WAVE}: '1'"), false);
    in_argo("Job", &format!("{HOOK}: PostSync"), &format!("{WAVE}: '9'"), false);
    in_argo("Job", &format!("{HOOK}: PreSync"), &format!("{HOOK}: PreSync"), false);
    in_argo("Job", &format!("{HOOK}: PreDelete"), "", false);
    // Nothing waits for a CronJob to be healthy.
    in_argo("Unknown", "", &format!("{WAVE}: '1'"), false);
    in_argo("Deployment", "", &format!("{WAVE}: 'late'"), false);
}

/// What comes too late is one fault, however many wait for it.
#[test]
fn a_late_secret_is_found_once() {
    let reader = workload("Deployment", &annotated(""), "{name: db}");
    let late = external_secret(&annotated("argocd.argoproj.io/sync-wave: '1'"), "");
    let second = reader.replacen("name: app", "name: worker", 1);
    let fixture = format!(
        "//- r.yaml\n{}//- app/a.yaml\n{reader}//- app/b.yaml\n{late}//- app/c.yaml\n{second}",
        argo("")
    );
    check(RULES, &fixture, &["secret-after-consumer app/a.yaml:11"]);
}

#[test]
fn two_applications_own_a_secret_twice_only_on_one_cluster() {
    let fixture = |one: &str, two: &str| {
        let root = |name: &str, server: &str, path: &str| {
            let root = argo("").replace("name: app,", &format!("name: {name},"));
            let root = root.replace("path: app", &format!("path: {path}"));
            root.replace("{namespace: app}", &format!("{{namespace: app{server}}}"))
        };
        format!(
            "//- one.yaml\n{}//- two.yaml\n{}//- a/a.yaml\n{}//- b/b.yaml\n{}",
            root("one", one, "a"),
            root("two", two, "b"),
            external_secret("", ""),
            external_secret("", ""),
        )
    };
    let (own, other) = (", server: https://kubernetes.default.svc", ", name: other");
    let unknown = ", name: '{{name}}'";
    check("duplicate-target", &fixture(own, own), &["duplicate-target b/b.yaml:4"]);
    check("duplicate-target", &fixture(own, other), &[]);
    check("duplicate-target", &fixture("", ""), &[]);
    let set = "//- set.yaml\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n\
        metadata: {name: set, namespace: argocd}\nspec:\n  generators:\n    - matrix:\n        \
        generators: [{clusters: {}}, {list: {elements: [{path: a}, {path: b}]}}]\n  template:\n    \
        metadata: {name: '{{path}}-{{name}}'}\n    spec:\n      source: {repoURL: \
        'https://github.com/example/repo.git', path: '{{path}}'}\n      destination: {namespace: app";
    let fixture = |destination: &str| {
        let object = external_secret("", "");
        format!("{set}{destination}}}\n//- a/a.yaml\n{object}//- b/b.yaml\n{object}")
    };
    check("duplicate-target", &fixture(own), &["duplicate-target b/b.yaml:4"]);
    check("duplicate-target", &fixture(unknown), &[]);
}

#[test]
fn hooks_of_a_chart() {
    let chart = |hook: &str, maker: &str| {
        let job = workload("Job", &annotated(&format!("helm.sh/hook: {hook}")), "{name: db}");
        let maker = external_secret(&annotated(maker), "");
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n\
            metadata: {name: app, namespace: app}\nspec:\n  chart:\n    spec: {chart: ./chart, \
            sourceRef: {kind: GitRepository, name: flux-system}}\n";
        format!(
            "//- release.yaml\n{release}//- chart/Chart.yaml\nname: app\nversion: 1.0.0\n\
             //- chart/templates/a.yaml\n{job}//- chart/templates/b.yaml\n{maker}"
        )
    };
    let found = ["secret-after-consumer chart/templates/a.yaml:12"];
    check(RULES, &chart("pre-install", ""), &found);
    check(RULES, &chart("pre-upgrade", ""), &[]);
    check(RULES, &chart("post-install", ""), &[]);
    check(
        RULES,
        &chart("pre-install", "helm.sh/hook: pre-install, helm.sh/hook-weight: '-5'"),
        &[],
    );
    check(
        RULES,
        &chart("pre-install", "helm.sh/hook: pre-install, helm.sh/hook-weight: '5'"),
        &found,
    );
}

#[test]
fn a_root_that_waits_for_what_depends_on_it() {
    let fixture = |app: &str, secrets: &str| {
        let namespace = "  targetNamespace: app\n";
        format!(
            "//- roots.yaml\n{}{}//- app/a.yaml\n{}//- secrets/b.yaml\n{}",
            flux("app", "app", &format!("{namespace}{app}")),
            flux("secrets", "secrets", &format!("{namespace}{secrets}")),
            workload("Deployment", "", "{name: db}"),
            external_secret("", ""),
        )
    };
    let after = "  dependsOn: [{name: app}]\n";
    check(RULES, &fixture("  wait: true\n", after), &["secret-after-consumer app/a.yaml:11"]);
    check(RULES, &fixture("", after), &[]);
    check(RULES, &fixture("  wait: true\n", ""), &[]);
    check(RULES, &fixture("  wait: true\n  dependsOn: [{name: secrets}]\n", ""), &[]);
}

#[test]
fn overlays_that_patch_the_path_of_one_application_are_for_clusters_of_their_own() {
    let fixture = |overlay: &str| {
        format!(
            "
//- bootstrap/base/kustomization.yaml
resources: [app.yaml]
//- bootstrap/base/app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app, namespace: argocd}}
spec:
  source: {{repoURL: https://github.com/example/repo.git, path: apps/dev}}
  destination: {{server: https://kubernetes.default.svc, namespace: app}}
//- bootstrap/dev/kustomization.yaml
resources: [../base]
//- bootstrap/prod/kustomization.yaml
resources: [../base]
patches:
  - target: {{kind: Application}}
    patch: '- {{op: replace, path: /spec/source/path, value: apps/{overlay}}}'
//- apps/dev/secret.yaml
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: app}}
//- apps/prod/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: db, namespace: app}}
spec:
  secretStoreRef: {{name: vault, kind: ClusterSecretStore}}
  data: [{{secretKey: password, remoteRef: {{key: db}}}}]
"
        )
    };
    check("duplicate-target", &fixture("prod"), &[]);
    let both =
        "//- apps/both/kustomization.yaml\nresources: [../dev/secret.yaml, ../prod/secret.yaml]\n";
    let one_root = format!("{}{both}", fixture("both"));
    check("duplicate-target", &one_root, &["duplicate-target apps/prod/secret.yaml:3"]);
}
