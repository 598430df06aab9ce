//! Charts.

use expect_test::expect;

use super::{check, project};
use crate::{Options, read};

const CHART: &str = "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- chart/values.yaml
secret: default-secret
users: [ann, bob]
db: {enabled: true, key: db/password}
//- chart/templates/_helpers.tpl
{{- define \"app.name\" -}}
{{ .Release.Name }}-app
{{- end }}
//- chart/templates/external.yaml
{{- range .Values.users }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ . }}-user
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  dataFrom:
    - extract:
        key: users/{{ . }}
---
{{- end }}
//- chart/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include \"app.name\" . }}
spec:
  template:
    spec:
      containers:
        - name: main
          envFrom:
            - secretRef:
                name: {{ .Values.secret }}
            {{- if .Values.db.enabled }}
            - secretRef:
                name: {{ include \"app.name\" . }}-db
            {{- end }}
";

#[test]
fn a_chart_without_a_root_is_rendered_with_its_own_values() {
    check(
        CHART,
        &expect![[r#"
            # chart chart
            ExternalSecret v1 ann-user in * makes ann-user [*] Owner, open
              (extract) = users/ann of cluster kv at 10
            ExternalSecret v1 bob-user in * makes bob-user [*] Owner, open
              (extract) = users/bob of cluster kv at 10
            Deployment *-app/main reads default-secret in * at 1 (envFrom)
            Deployment *-app/main reads *-app-db in * at 15 (envFrom)
        "#]],
    );
}

#[test]
fn an_application_decides_values_and_release() {
    check(
        &format!(
            "{CHART}
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web, namespace: argocd}}
spec:
  source:
    repoURL: https://example.com/org/repo
    path: chart
    helm:
      valueFiles: [values-prod.yaml]
      valuesObject: {{users: [carl], db: {{enabled: false}}}}
      parameters: [{{name: secret, value: by-parameter}}]
  destination: {{namespace: prod}}
//- chart/values-prod.yaml
secret: prod-secret
//- chart/values-qa.yaml
secret: qa
envFrom:
  - secretRef:
      name: qa-secret
"
        ),
        &expect![[r#"
            # argo application argocd/web
            argo/argocd/web to prod of chart
            ExternalSecret v1 carl-user in prod makes carl-user [*] Owner, open
              (extract) = users/carl of cluster kv at 10
            Deployment web-app/main reads by-parameter in prod at 11 (envFrom)
            # values of chart chart
            Chart app reads qa-secret in * at 4 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn subcharts_see_their_part_of_the_values() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
dependencies:
  - {name: worker, version: 1.0.0}
  - {name: cache, alias: redis, version: 1.0.0, repository: 'file://../cache'}
  - {name: idle, version: 1.0.0, condition: idle.enabled}
  - {name: postgresql, version: 1.0.0, repository: https://charts.example.com}
//- chart/values.yaml
global: {env: prod}
worker: {secret: for-worker}
idle: {enabled: false}
postgresql: {auth: {existingSecret: db}}
//- chart/charts/worker/Chart.yaml
apiVersion: v2
name: worker
version: 1.0.0
//- chart/charts/worker/values.yaml
secret: own
suffix: x
//- chart/charts/worker/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  containers:
    - name: main
      envFrom: [{secretRef: {name: '{{ .Values.global.env }}-{{ .Values.secret }}-{{ .Values.suffix }}'}}]
//- cache/Chart.yaml
apiVersion: v2
name: cache
version: 1.0.0
//- cache/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: '{{ .Chart.Name }}'}
//- chart/charts/idle/Chart.yaml
apiVersion: v2
name: idle
version: 1.0.0
//- chart/charts/idle/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: idle}
",
        &expect![[r#"
            # chart chart
            Secret redis makes redis in * [*] at 3
            Pod worker/main reads prod-for-worker-x in * at 7 (envFrom)
            Chart app reads db in * at 4 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn one_broken_template_takes_no_other_along() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- chart/templates/good.yaml
apiVersion: v1
kind: Secret
metadata: {name: good}
//- chart/templates/refused.yaml
apiVersion: v1
kind: Secret
metadata: {name: '{{ fail \"a name is needed\" }}'}
//- chart/templates/syntax.yaml
{{ if }}
//- chart/templates/tests/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: t, annotations: {helm.sh/hook: test}}
//- library/Chart.yaml
apiVersion: v2
name: library
type: library
version: 1.0.0
//- library/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: never}
",
        &expect![[r#"
            # chart chart
            Secret good makes good in * [*] at 3
            1: the template does not parse: missing value for if
            3: the template cannot be rendered: a name is needed
        "#]],
    );
}

#[test]
fn a_chart_may_bring_applications() {
    check(
        &format!(
            "{CHART}
//- apps/Chart.yaml
apiVersion: v2
name: apps
version: 1.0.0
//- apps/values.yaml
applications:
  - name: one
    values:
      secret: from-the-list
      db: {{enabled: false}}
      users: []
//- apps/templates/application.yaml
{{{{- range .Values.applications }}}}
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{{{ .name }}}}
  namespace: argocd
spec:
  source:
    repoURL: https://example.com/org/repo
    path: chart
    helm:
      values: |
        {{{{- toYaml .values | nindent 8 }}}}
  destination:
    namespace: apps
---
{{{{- end }}}}
"
        ),
        &expect![[r#"
            # argo application argocd/one
            argo/argocd/one to apps of chart
            Deployment one-app/main reads from-the-list in apps at 4 (envFrom)
        "#]],
    );
}

#[test]
fn a_kustomization_that_a_chart_names_is_read_once() {
    check(
        "
//- apps/Chart.yaml
apiVersion: v2
name: apps
version: 1.0.0
//- apps/templates/application.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: shop}
  destination: {namespace: shop}
//- shop/kustomization.yaml
resources: [secret.yaml]
//- shop/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: shop}
",
        &expect![[r#"
            # argo application argocd/shop
            argo/argocd/shop to shop of shop
            Secret shop makes shop in shop [*] at 3
        "#]],
    );
}

#[test]
fn a_schema_of_values_is_not_looked_at() {
    check(
        "
//- Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- values.yaml
a: b
//- values.schema.json
{\"required\": [\"c\"]}
//- templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: app}
",
        &expect![[r#"
            # chart repo
            Secret app makes app in * [*] at 3
            1: the schema is not looked at: Helm may refuse values that are read here
        "#]],
    );
}

#[test]
fn what_may_be_made_is_made_once_and_the_root_says_that_it_does_not_know() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- chart/templates/a.yaml
{{- if eq .Values.provider \"vault\" }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: smtp}
spec:
  dataFrom: [{extract: {key: in-vault}}]
{{- end }}
//- chart/templates/b.yaml
{{- if has .Values.provider (list \"azure\" \"aws\") }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: smtp}
spec:
  dataFrom: [{extract: {key: elsewhere}}]
{{- end }}
//- set.yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - plugin: {configMapRef: {name: of-the-cluster}}
  template:
    metadata: {name: web}
    spec:
      source:
        repoURL: https://example.com/org/repo
        path: chart
        helm: {valuesObject: {provider: '{{ .provider }}'}}
      destination: {namespace: prod}
",
        &expect![[r#"
            # argo application argocd/web
            argo/argocd/web to prod of chart, opaque: app/templates/b.yaml decides by values that are not known; app/templates/a.yaml decides by values that are not known
            ExternalSecret v1 smtp in prod makes smtp [*] Owner, open
              (extract) = elsewhere of  at 6
        "#]],
    );
}

#[test]
fn documents_end_where_helm_ends_them() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
//- chart/templates/all.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db}
spec:
  dataFrom: [{extract: {key: db}}]
---
{{- if true -}}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: smtp}
spec:
  dataFrom: [{extract: {key: smtp}}]
{{- end }}
---# the certificate -----BEGIN
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: tls}
spec:
  dataFrom: [{extract: {key: tls}}]
",
        &expect![[r#"
            # chart chart
            ExternalSecret v1 db in * makes db [*] Owner, open
              (extract) = db of  at 5
            ExternalSecret v1 smtp in * makes smtp [*] Owner, open
              (extract) = smtp of  at 12
            ExternalSecret v1 tls in * makes tls [*] Owner, open
              (extract) = tls of  at 19
        "#]],
    );
}

#[test]
fn a_published_chart_is_known_by_its_name_and_version() {
    let app = |name: &str, version: &str| {
        format!(
            "
//- apps/{name}.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source: {{repoURL: registry.example.com/charts, chart: app, targetRevision: {version}}}
  destination: {{namespace: {name}}}
"
        )
    };
    check(
        &format!(
            "
//- app/Chart.yaml
apiVersion: v2
name: app
version: 1.2.0
//- app/templates/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: app}}
spec: {{dataFrom: [{{extract: {{key: app}}}}]}}
//- flux.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: app, namespace: flux}}
spec: {{url: 'oci://registry.example.com/charts/app', ref: {{tag: v1.2.0}}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: flux, namespace: flux}}
spec: {{chartRef: {{kind: OCIRepository, name: app}}}}
{}{}{}",
            app("same", "1.2.0"),
            app("other", "1.1.0"),
            app("newest", "'*'"),
        ),
        &expect![[r#"
            # argo application argocd/newest
            argo/argocd/newest to newest of *, opaque: the chart `app` is not in a loaded repository
            # argo application argocd/other
            argo/argocd/other to other of *, opaque: the chart `app` is not in a loaded repository
            # argo application argocd/same
            argo/argocd/same to same of app
            ExternalSecret v1 app in same makes app [*] Owner, open
              (extract) = app of  at 4
            # flux helm release flux/flux
            helmrelease/flux/flux to flux of app
            ExternalSecret v1 app in flux makes app [*] Owner, open
              (extract) = app of  at 4
        "#]],
    );
}

#[test]
fn a_secret_stands_where_its_template_asks_for_its_name() {
    let fixture = "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.2.0
//- chart/values.yaml
login: app-login
//- chart/templates/secret.yaml
{{- $own := \"app-own\" }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $own }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Values.login }}
---
apiVersion: v1
kind: Secret
metadata:
  name: app-plain
";
    let facts = read(&project(fixture), &Options::default()).facts;
    let lines = facts[0].secrets.iter().map(|secret| {
        let asked = secret.asked.as_deref().map(|place| (place.file.path.as_str(), place.line));
        (secret.name.to_string(), secret.place.line, asked)
    });
    let template = "chart/templates/secret.yaml";
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            ("app-own".to_owned(), 1, Some((template, 5))),
            ("app-login".to_owned(), 1, Some((template, 10))),
            ("app-plain".to_owned(), 15, None),
        ]
    );
}
