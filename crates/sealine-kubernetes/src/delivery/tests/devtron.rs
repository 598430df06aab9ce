//! Releases that Devtron writes.

use expect_test::expect;

use super::check;

#[test]
fn each_environment_of_a_chart_is_a_release_with_its_values() {
    check(
        "
//- shop/Chart.yaml
apiVersion: v2
name: shop
version: 1.0.0
//- shop/values.yaml
ConfigSecrets: {enabled: false, secrets: []}
//- shop/_1-values.yaml
ConfigSecrets:
  enabled: true
  secrets: [{name: db, external: true, type: environment}]
//- shop/_2-values.yaml
ConfigSecrets:
  enabled: true
  secrets: [{name: db-prod, external: true, type: environment}]
//- shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  template:
    spec:
      containers:
        - name: shop
          {{- if .Values.ConfigSecrets.enabled }}
          envFrom:
          {{- range .Values.ConfigSecrets.secrets }}
            - secretRef: {name: {{ .name }}}
          {{- end }}
          {{- end }}
",
        &expect![[r#"
            # devtron release shop-*
            devtron/shop-* to * of shop
            Deployment shop-*/shop reads db in * at 3 (envFrom)
            # devtron release shop-*
            devtron/shop-*@repo/shop/_2-values.yaml to * of shop
            Deployment shop-*/shop reads db-prod in * at 3 (envFrom)
        "#]],
    );
}

#[test]
fn a_chart_that_an_application_renders_is_the_applications() {
    check(
        "
//- app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop-prod, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo, path: shop, helm: {valueFiles: [_2-values.yaml]}}
  destination: {server: https://kubernetes.default.svc, namespace: prod}
//- shop/Chart.yaml
apiVersion: v2
name: shop
version: 1.0.0
//- shop/_2-values.yaml
secret: db-prod
//- shop/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers: [{name: a, envFrom: [{secretRef: {name: {{ .Values.secret }}}}]}]
",
        &expect![[r#"
            # argo application argocd/shop-prod
            argo/argocd/shop-prod to prod of shop
            Pod shop/a reads db-prod in prod at 1 (envFrom)
        "#]],
    );
}
