//! Charts whose own values do not do for their templates.

use expect_test::expect;

use super::{check, project, text};
use crate::{Options, Purpose, read};

#[test]
fn what_a_chart_without_a_root_lacks_is_not_known() {
    // Helm refuses each of these templates until somebody gives the values.
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: mill
version: 1.0.0
//- chart/values.yaml
image: {name: mill, tag: null}
//- chart/templates/map.yaml
apiVersion: v1
kind: Pod
metadata: {name: grinder}
spec:
  containers:
    - name: main
      args: ['{{ .Values.push.gateway }}']
      envFrom: [{secretRef: {name: grinder}}]
//- chart/templates/tag.yaml
apiVersion: v1
kind: Pod
metadata: {name: sifter}
spec:
  containers:
    - name: main
      image: {{ .Values.image.name }}:{{ .Values.image.tag }}
      envFrom: [{secretRef: {name: sifter}}]
//- chart/templates/printf.yaml
apiVersion: v1
kind: Pod
metadata: {name: baler}
spec:
  containers:
    - name: main
      envFrom: [{secretRef: {name: {{ printf \"%s-baler\" .Values.prefix }}}}]
//- chart/templates/required.yaml
apiVersion: v1
kind: Pod
metadata: {name: sacker}
spec:
  containers:
    - name: main
      envFrom: [{secretRef: {name: 'sacker-{{ required \"who?\" .Values.owner }}'}}]
",
        &expect![[r#"
            # chart chart
            Pod grinder/main reads grinder in * at 8 (envFrom)
            Pod baler/main reads *-baler in * at 7 (envFrom)
            Pod sacker/main reads sacker-* in * at 7 (envFrom)
            Pod sifter/main reads sifter in * at 8 (envFrom)
            1: the template needs values that its chart does not hold (without them it makes no YAML); they are taken for unknown
            7: the template needs values that its chart does not hold (who?); they are taken for unknown
            1: the template needs values that its chart does not hold (without them it makes no YAML); they are taken for unknown
            7: the template needs values that its chart does not hold (nil pointer evaluating interface {}.gateway); they are taken for unknown
        "#]],
    );
}

#[test]
fn what_a_chart_without_a_root_prints_of_nothing_is_not_known() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: mill
version: 1.0.0
//- chart/templates/external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: {{ .Values.namespace | default \"mill\" }}}
spec: {data: [{secretKey: a, remoteRef: {key: '{{ .Values.cluster }}/db'}}]}
",
        &expect![[r#"
            # chart chart
            ExternalSecret v1 db in mill makes db [a] Owner
              a = */db of  at 4
            1: the template needs values that its chart does not hold (it prints nil); they are taken for unknown
        "#]],
    );
}

const DELIVERED: &str = "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  source:
    repoURL: https://example.com/org/repo
    path: chart
    helm: {valueFiles: [{{ values }}]}
  destination: {namespace: web}
//- chart/Chart.yaml
apiVersion: v2
name: mill
version: 1.0.0
//- chart/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: grinder}
spec:
  containers:
    - name: main
      args: ['{{ .Values.push.gateway }}']
      envFrom: [{secretRef: {name: grinder}}]
//- prod.yaml
replicas: 2
";

fn delivered(values: &str, purpose: Purpose) -> String {
    let project = project(&DELIVERED.replace("{{ values }}", values));
    text(&read(&project, &Options { purpose, ..Options::default() }).facts)
}

#[test]
fn what_a_root_lacks_whose_values_are_out_of_sight_is_not_known() {
    expect![[r#"
        # argo application argocd/app
        argo/argocd/app to web of chart, opaque: the values file `https://example.com/prod.yaml` is remote
        Pod grinder/main reads grinder in web at 8 (envFrom)
        7: the template needs values that its chart does not hold (nil pointer evaluating interface {}.gateway); they are taken for unknown
    "#]]
    .assert_eq(&delivered("https://example.com/prod.yaml", Purpose::Judging));
    // Where all of them are in sight, Helm refuses the template.
    expect![[r#"
        # argo application argocd/app
        argo/argocd/app to web of chart, opaque: mill/templates/pod.yaml cannot be rendered
        7: the template cannot be rendered: nil pointer evaluating interface {}.gateway
    "#]]
    .assert_eq(&delivered("../prod.yaml", Purpose::Judging));
    let shown = delivered("../prod.yaml", Purpose::Showing);
    assert!(shown.contains("Pod grinder/main reads grinder in web"), "{shown}");
}

#[test]
fn what_a_chart_that_is_not_in_sight_brings_is_not_known() {
    // The library's template prints one more container; its values say the name of the log.
    let files = "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  source: {repoURL: 'https://example.com/org/repo', path: chart}
  destination: {namespace: web}
//- chart/Chart.yaml
apiVersion: v2
name: mill
version: 1.0.0
dependencies:
  - {name: sidecars, version: 1.0.0, repository: 'https://example.com/charts'}
//- chart/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: grinder
  labels:
    app: grinder
    {{- include \"sidecars.labels\" . | nindent 4 }}
spec:
  template:
    spec:
      containers:
        - name: main
          envFrom: [{secretRef: {name: grinder}}]
        {{- include \"sidecars.containers\" (dict \"log\" (index .Values \"sidecars\" \"log\")) | nindent 8 }}
      volumes:
        - name: key
          secret: {secretName: grinder-key}
";
    check(
        files,
        &expect![[r##"
            # argo application argocd/app
            argo/argocd/app to web of chart, opaque: the dependency `sidecars` is not vendored; mill/templates/deployment.yaml decides by values that are not known
            Deployment grinder/main reads grinder in web at 13 (envFrom)
            Deployment grinder reads grinder-key in web at 17 (volume)
            7: the template needs values that its chart does not hold (error calling include: template: no template "sidecars.labels" associated with template "gotpl"); they are taken for unknown
        "##]],
    );
}

#[test]
fn what_may_be_missing_is_unknown_where_its_repository_is_not_loaded() {
    for (repository, opaque) in [
        ("https://example.com/org/repo", ""),
        (
            "https://example.com/org/settings",
            ", opaque: the values file `$values/env/web.yaml` was not found",
        ),
    ] {
        let fixture = format!(
            "//- chart/Chart.yaml\nname: web\nversion: 1.0.0\n//- chart/templates/a.yaml\napiVersion: v1\n\
             kind: Secret\nmetadata: {{name: db}}\n//- app.yaml\napiVersion: argoproj.io/v1alpha1\n\
             kind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  sources:\n    \
             - repoURL: https://example.com/org/repo\n      path: chart\n      helm: {{valueFiles: \
             [$values/env/web.yaml], ignoreMissingValueFiles: true}}\n    - {{repoURL: '{repository}', ref: \
             values}}\n  destination: {{namespace: web}}\n"
        );
        let found = text(&read(&project(&fixture), &Options::default()).facts);
        let line = format!("argo/argocd/web to web of chart{opaque}\n");
        assert!(found.contains(&line), "{found}");
    }
}
