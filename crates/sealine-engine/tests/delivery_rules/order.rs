//! Waves, hooks and dependencies.

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
