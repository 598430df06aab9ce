//! Objects that values hand to charts.

use expect_test::expect;

use super::check;

#[test]
fn objects_in_the_values_of_a_chart_that_is_not_in_sight_are_delivered() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: loki, namespace: argocd}
spec:
  sources:
    - {repoURL: https://example.com/org/repo, ref: own}
    - repoURL: https://charts.example.com
      chart: loki
      targetRevision: 6.0.0
      helm:
        valueFiles: [$own/values/base.yaml, $own/values/prod.yaml]
  destination: {namespace: logs}
//- values/base.yaml
extraObjects:
  - apiVersion: v1
    kind: Secret
    metadata: {name: overridden}
scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}
//- values/prod.yaml
extraObjects:
  - apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata: {name: '{{ .Release.Name }}-creds'}
    spec:
      secretStoreRef: {name: kv, kind: ClusterSecretStore}
      data: [{secretKey: KEY, remoteRef: {key: loki-key}}]
extraDeploy:
  - |
    apiVersion: v1
    kind: Secret
    metadata:
      name: as-text
extraEnvFrom: [{secretRef: {name: loki-creds}}]
",
        &expect![[r#"
            # argo application argocd/loki
            argo/argocd/loki to logs of *, opaque: the chart `loki` is not in a loaded repository
            ExternalSecret v1 loki-creds in logs makes loki-creds [KEY] Owner
              KEY = loki-key of cluster kv at 7
            Secret as-text makes as-text in logs [*] at 13
            Application loki reads loki-creds in logs at 14 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn the_chart_of_airflow_makes_secrets_of_texts() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: jobs, namespace: argocd}
spec:
  source:
    repoURL: https://airflow.apache.org
    chart: airflow
    targetRevision: 1.16.0
    helm:
      valuesObject:
        extraSecrets:
          '{{ .Release.Name }}-conn':
            type: Opaque
            stringData: |
              AIRFLOW_CONN_DB: '{{ .Values.db.uri }}'
          open:
            stringData: |
              {{ toYaml .Values.more }}
          late:
            data: |
              uri: {{ index (lookup \"v1\" \"Secret\" .Release.Namespace \"db\").data \"uri\" }}
        other: {extraSecrets: {not: {data: {a: b}}, nor: {enabled: true}}}
        extraEnvFrom: |
          - secretRef: {name: jobs-conn}
  destination: {namespace: data}
",
        &expect![[r#"
            # argo application argocd/jobs
            argo/argocd/jobs to data of *, opaque: the chart `airflow` is not in a loaded repository
            Secret jobs-conn makes jobs-conn in data [AIRFLOW_CONN_DB] at 12
            Secret open makes open in data [*] at 16
            Secret late makes late in data [uri] at 19
            Application jobs reads jobs-conn in data at 24 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn values_name_the_secrets_of_their_own_chart_to_its_dependencies() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: mon, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: charts/mon}
  destination: {namespace: mon}
//- charts/mon/Chart.yaml
apiVersion: v2
name: mon
version: 1.0.0
dependencies: [{name: stack, version: 1.0.0, repository: https://charts.example.com}]
//- charts/mon/values.yaml
alerts: {secret: alerts-of-mon}
stack:
  alertmanager:
    configSecret: alerts-of-mon
    secrets: [alerts-of-mon, unknown]
//- charts/mon/templates/secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: alerts}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target: {name: '{{ .Values.alerts.secret }}'}
  data: [{secretKey: config, remoteRef: {key: alerts}}]
",
        &expect![[r#"
            # argo application argocd/mon
            argo/argocd/mon to mon of charts/mon, opaque: the dependency `stack` is not vendored
            ExternalSecret v1 alerts in mon makes alerts-of-mon [config] Owner
              config = alerts of cluster kv at 7
            Application mon reads alerts-of-mon in mon at 4 (chartvalue, assumed)
            Application mon reads alerts-of-mon in mon at 5 (chartvalue, assumed)
        "#]],
    );
}

#[test]
fn texts_in_the_values_of_argo_cd_name_keys_of_secrets() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: argo, namespace: argocd}
spec:
  source:
    repoURL: https://argoproj.github.io/argo-helm
    chart: argo-cd
    targetRevision: 7.0.0
    helm:
      valuesObject:
        configs:
          cm:
            oidc.config: |
              clientID: $sso:id
              clientSecret: $other:secret
  destination: {namespace: argocd}
//- sso.yaml
apiVersion: v1
kind: Secret
metadata: {name: sso, namespace: argocd}
",
        &expect![[r#"
            # argo application argocd/argo
            argo/argocd/argo to argocd of *, opaque: the chart `argo-cd` is not in a loaded repository
            Application argo reads sso[id] in argocd at 14 (field, assumed)
            # loose manifests
            Secret sso makes sso in argocd [*] at 3
        "#]],
    );
}

#[test]
fn all_values_files_of_a_chart_name_entries() {
    check(
        "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.0.0
dependencies:
  - {name: java, version: 5.0.0, repository: 'oci://registry.example.com/helm'}
//- chart/values.yaml
java:
  keyVaults: {shop: {secrets: [{name: token, alias: TOKEN}]}}
//- chart/values.preview.template.yaml
java:
  image: ${IMAGE_NAME}
  keyVaults: {shop: {secrets: [{name: preview-token, alias: TOKEN}]}}
",
        &expect![[r#"
            # chart chart
            SecretProviderClass of Chart app reads entry token of azure
            # values of chart chart
            SecretProviderClass of Chart app reads entry preview-token of azure
        "#]],
    );
}

/// A plugin that renders a chart is told the values by a variable.
#[test]
fn values_of_a_plugin_name_secrets() {
    check(
        "
//- apps/shop.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source:
    repoURL: https://example.com/org/repo
    path: charts/shop
    plugin:
      name: kustomized-helm
      env:
        - {name: HELM_ARGS, value: 'login: none'}
        - name: HELM_VALUES
          value: |
            login: shop-login
  destination: {namespace: shop}
//- charts/shop/Chart.yaml
name: shop
version: 1.0.0
//- charts/shop/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec: {containers: [{name: a, image: a, envFrom: [{secretRef: {name: '{{ .Values.login }}'}}]}]}
",
        &expect![[r#"
            # argo application argocd/shop
            argo/argocd/shop to shop of charts/shop, opaque: a config management plugin decides what is delivered
            Pod shop/a reads shop-login in shop at 14 (envFrom)
        "#]],
    );
}
