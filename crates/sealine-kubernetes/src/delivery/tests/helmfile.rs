//! Releases that a Helmfile lists. What they come to is compared with the real tool in `sealine-testing`.

use expect_test::expect;

use super::check;

const CHART: &str = "
//- charts/web/Chart.yaml
apiVersion: v2
name: web
version: 1.0.0
//- charts/web/templates/all.yaml
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: {{ .Release.Name }}}
spec:
  provider: aws
  parameters:
    objects: |
      {{- range .Values.secrets }}
      - objectName: {{ . }}
        objectType: secretsmanager
      {{- end }}
  secretObjects:
    - secretName: {{ .Release.Name }}
      type: Opaque
      data:
        {{- range $key, $name := .Values.secrets }}
        - {key: {{ $key }}, objectName: {{ $name }}}
        {{- end }}
";

#[test]
fn values_stand_where_they_are_written_and_environments_are_clusters() {
    check(
        &format!(
            "
//- deploy/helmfile.yaml.gotmpl
environments:
  staging: {{values: [env.yaml]}}
  production: {{}}
---
releases:
  - name: web
    namespace: team
    chart: ../charts/web
    values: [web.yaml.gotmpl]
  - name: same
    namespace: team
    chart: ../charts/web
    values: [{{secrets: {{A: EVERYWHERE}}}}]
//- deploy/env.yaml
extra: STAGING_ONLY
//- deploy/web.yaml.gotmpl
secrets:
  TOKEN: APP_TOKEN
  {{{{- if eq .Environment.Name \"staging\" }}}}
  EXTRA: {{{{ .Values.extra }}}}
  {{{{- end }}}}
{CHART}"
        ),
        &expect![[r#"
            # helmfile release team/web
            helmfile/production/team/web to team of charts/web
            SecretProviderClass web makes web in team [TOKEN] at 13
            SecretProviderClass web reads entry APP_TOKEN of aws-secrets-manager
            # helmfile release team/web
            helmfile/staging/team/web to team of charts/web
            SecretProviderClass web makes web in team [EXTRA TOKEN] at 13
            SecretProviderClass web reads entry STAGING_ONLY of aws-secrets-manager
            SecretProviderClass web reads entry APP_TOKEN of aws-secrets-manager
            # helmfile release team/same
            helmfile/team/same to team of charts/web
            SecretProviderClass same makes same in team [A] at 13
            SecretProviderClass same reads entry EVERYWHERE of aws-secrets-manager
        "#]],
    );
}

#[test]
fn what_is_elsewhere_is_not_known() {
    check(
        &format!(
            "
//- helmfile.yaml.gotmpl
repositories:
  - name: elsewhere
    url: https://charts.example.com
helmfiles:
  - path: git::https://example.com/other.git@helmfile.yaml?ref=main
releases:
  - name: private
    namespace: team
    chart: charts/web
    values: [/etc/secrets/values.yaml]
  - name: remote
    namespace: team
    chart: elsewhere/app
    version: 1.2.3
    values: [{{auth: {{existingSecret: app-auth}}}}]
  - name: unknown
    namespace: team
    chart: charts/web
    installed: {{{{ requiredEnv \"WANTED\" }}}}
    values: [\"{{{{ env \"PLACE\" }}}}/values.yaml\", {{secrets: {{A: 'a-{{{{ env \"NAME\" }}}}'}}}}]
  - name: broken
    namespace: team
    chart: charts/web
    values: [broken.yaml.gotmpl]
//- broken.yaml.gotmpl
secrets: {{{{ .Values.x
{CHART}"
        ),
        &expect![[r#"
            # Helmfiles
            1: the template cannot be filled: unclosed action
            # helmfile release team/private
            helmfile/team/private to team of charts/web, opaque: the values file `/etc/secrets/values.yaml` is outside of the repository
            SecretProviderClass private makes private in team [*] at 13
            # helmfile release team/remote
            helmfile/team/remote to team of *, opaque: the chart is not in a loaded repository
            Release remote reads app-auth in team at 15 (chartvalue, assumed)
            # helmfile release team/unknown
            helmfile/team/unknown to team of charts/web, opaque: whether the release is installed is not known; a values file of the release is not known
            SecretProviderClass unknown makes unknown in team [A] at 13
            # helmfile release team/broken
            helmfile/team/broken to team of charts/web, opaque: the values file `broken.yaml.gotmpl` cannot be filled
            SecretProviderClass broken makes broken in team [*] at 13
        "#]],
    );
}

#[test]
fn files_that_name_each_other_come_to_an_end() {
    check(
        "
//- helmfile.yaml
bases: [helmfile.yaml]
helmfiles: [helmfile.d/a.yaml, helmfile.yaml, '*.yaml']
releases: [{name: a, chart: ., inherit: [{template: t}]}]
templates: {t: {inherit: [{template: t}]}}
//- helmfile.d/a.yaml
helmfiles: [./, a.yaml, '*']
releases: [1, {chart: a}, {name: [x]}]
",
        &expect![[r#"
            # helmfile release a
            helmfile/a to * of *, opaque: the chart is not in a loaded repository
            # helmfile release a
            helmfile/a@repo/helmfile.yaml to * of *, opaque: the chart is not in a loaded repository
        "#]],
    );
}
