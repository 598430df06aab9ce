//! Helm releases of Flux's first version.

use expect_test::expect;

use super::check;

#[test]
fn releases_of_the_first_flux_bring_charts_and_read_values() {
    check(
        "
//- apps/defaults.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: defaults, namespace: shop}
data: {values.yaml: 'login: {existingSecret: defaults-login}'}
//- apps/elsewhere.yaml
apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata: {name: queue, namespace: shop}
spec:
  chart: {repository: 'https://charts.example.org', name: rabbitmq, version: 1.0.0}
  valuesFrom: [{configMapKeyRef: {name: defaults}}, {secretKeyRef: {name: more}}]
  valueFileSecrets: [{name: oldest}]
  values:
    auth: {passwordSecret: {name: queue-login, key: password}}
//- apps/here.yaml
apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  targetNamespace: front
  chart: {git: 'https://example.com/org/repo.git', ref: main, path: ./charts/web}
  values: {secret: web-login}
//- charts/web/Chart.yaml
name: web
version: 1.0.0
//- charts/web/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: '{{ .Release.Name }}'}
spec: {containers: [{name: main, envFrom: [{secretRef: {name: '{{ .Values.secret }}'}}]}]}
",
        &expect![[r#"
            # flux helm release shop/queue
            helmrelease/shop/queue to shop of *, opaque: the values of `valueFileSecrets` are not known; the values of a `secretKeyRef` are not known; the chart is not in a loaded repository
            HelmRelease queue reads defaults-login in shop at 4 (chartvalue, assumed)
            HelmRelease queue reads queue-login[password] in shop at 9 (chartvalue, assumed)
            # flux helm release shop/web
            helmrelease/shop/web to front of charts/web
            Pod shop-front-web/main reads web-login in front at 7 (envFrom)
            # loose manifests
            HelmRelease queue reads more in shop at 6 (field)
            HelmRelease queue reads oldest[values.yaml] in shop at 7 (field)
        "#]],
    );
}
