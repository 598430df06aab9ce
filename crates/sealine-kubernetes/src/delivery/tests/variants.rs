//! What charts bring with other values than their own.

use expect_test::{Expect, expect};

use super::{project, text};
use crate::{Options, Purpose, read};

const CHART: &str = "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.2.0
//- chart/values.yaml
web: {enabled: true}
worker:
  enabled: false
  metrics: {enabled: 'no'}
//- chart/templates/app.yaml
{{- range $part := list \"web\" \"worker\" }}
{{- if (index $.Values $part).enabled }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: 'app-{{ $part }}'}
spec: {data: [{secretKey: a, remoteRef: {key: '{{ $part }}'}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: '{{ $part }}'}
spec: {containers: [{name: a, envFrom: [{secretRef: {name: 'app-{{ $part }}'}}]}]}
{{- end }}
{{- end }}
";

fn check(purpose: Purpose, fixture: &str, expected: &Expect) {
    let options = Options { purpose, ..Options::default() };
    expected.assert_eq(&text(&read(&project(fixture), &options).facts));
}

#[test]
fn what_a_chart_switches_off_is_shown_and_not_judged() {
    let judged = expect![[r#"
        # chart chart
        ExternalSecret v1 app-web in * makes app-web [a] Owner
          a = web of  at 1
        Pod web/a reads app-web in * at 12 (envFrom)
    "#]];
    check(Purpose::Judging, CHART, &judged);
    check(
        Purpose::Showing,
        CHART,
        &expect![[r#"
            # chart chart
            ExternalSecret v1 app-web in * makes app-web [a] Owner
              a = web of  at 1
            ExternalSecret v1 app-worker in * makes app-worker [a] Owner
              a = worker of  at 1
            Pod web/a reads app-web in * at 12 (envFrom)
            Pod worker/a reads app-worker in * at 12 (envFrom)
        "#]],
    );
}

#[test]
fn values_files_beside_a_chart_are_tried_for_the_graph() {
    let chart = "
//- chart/Chart.yaml
apiVersion: v2
name: app
version: 1.2.0
//- chart/values-prod.yaml
token: prod-token
//- chart/values/test.yaml
token: test-token
//- chart/public-values/dev.yaml
token: dev-token
//- chart/public-values/more/dev.yaml
token: deeper
//- chart/templates/token.yaml
{{- with .Values.token }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: token}
spec: {data: [{secretKey: a, remoteRef: {key: '{{ . }}'}}]}
{{- end }}
";
    check(Purpose::Judging, chart, &expect![[r#""#]]);
    check(
        Purpose::Showing,
        chart,
        &expect![[r#"
        # chart chart
        ExternalSecret v1 token in * makes token [a] Owner
          a = prod-token of  at 1
        ExternalSecret v1 token in * makes token [a] Owner
          a = dev-token of  at 1
        ExternalSecret v1 token in * makes token [a] Owner
          a = test-token of  at 1
    "#]],
    );
}

#[test]
fn what_a_root_delivers_has_the_values_of_the_root() {
    let root = "//- flux.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: app}
spec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}}
";
    check(
        Purpose::Showing,
        &format!("{CHART}{root}"),
        &expect![[r#"
        # flux helm release app/app
        helmrelease/app/app to app of chart
        ExternalSecret v1 app-web in app makes app-web [a] Owner
          a = web of  at 1
        Pod web/a reads app-web in app at 12 (envFrom)
    "#]],
    );
}

#[test]
fn values_that_no_root_in_sight_takes_up_are_shown() {
    let fixture = "
//- fleet/addons/dns/values.yaml
provider: {existingSecret: dns-token}
other: {existingSecret: not-in-sight}
//- fleet/addons/dns/token.yaml
apiVersion: v1
kind: Secret
metadata: {name: dns-token, namespace: dns}
data: {token: ''}
";
    let judged = expect![[r#"
        # loose manifests
        Secret dns-token makes dns-token in dns [token] at 3
    "#]];
    check(Purpose::Judging, fixture, &judged);
    check(
        Purpose::Showing,
        fixture,
        &expect![[r#"
        # values fleet/addons/dns/values.yaml
        Chart dns reads dns-token in * at 1 (chartvalue, assumed)
        # loose manifests
        Secret dns-token makes dns-token in dns [token] at 3
    "#]],
    );
}

#[test]
fn values_may_be_called_after_what_they_are_of() {
    let fixture = "
//- web-values.yaml
admin: {existingSecret: web-admin}
//- helm/db.prod.values.yaml
existingSecret: db-login
//- helm/values_old.yaml
existingSecret: db-login
//- helm/revalues.yaml
existingSecret: db-login
//- secrets.yaml
apiVersion: v1
kind: Secret
metadata: {name: web-admin, namespace: web}
---
apiVersion: v1
kind: Secret
metadata: {name: db-login, namespace: db}
";
    check(
        Purpose::Showing,
        fixture,
        &expect![[r#"
        # values helm/db.prod.values.yaml
        Chart db.prod reads db-login in * at 1 (chartvalue, assumed)
        # values helm/values_old.yaml
        Chart helm reads db-login in * at 1 (chartvalue, assumed)
        # values web-values.yaml
        Chart web reads web-admin in * at 1 (chartvalue, assumed)
        # loose manifests
        Secret web-admin makes web-admin in web [*] at 3
        Secret db-login makes db-login in db [*] at 7
    "#]],
    );
}

#[test]
fn values_that_no_root_takes_up_read_what_a_chart_makes() {
    let fixture = "
//- addons/default/hub/values.yaml
hub:
  extraEnv: {TOKEN: {valueFrom: {secretKeyRef: {name: oidc-clients, key: token}}}}
//- charts/hub/Chart.yaml
apiVersion: v2
name: hub
version: 1.2.0
//- charts/hub/templates/token.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: oidc, namespace: hub}
spec:
  target: {name: oidc-clients}
  data: [{secretKey: token, remoteRef: {key: '{{ .Release.Name }}-oidc'}}]
//- charts/lake/Chart.yaml
apiVersion: v2
name: lake
version: 1.2.0
//- charts/lake/templates/token.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: oidc, namespace: lake}
spec:
  target: {name: oidc-clients}
  data: [{secretKey: token, remoteRef: {key: '{{ .Release.Name }}-oidc'}}]
//- addons/default/other/values.yaml
existingSecret: oidc-clients
";
    check(
        Purpose::Showing,
        fixture,
        &expect![[r#"
            # chart charts/hub
            ExternalSecret v1 oidc in hub makes oidc-clients [token] Owner
              token = *-oidc of  at 6
            # chart charts/lake
            ExternalSecret v1 oidc in lake makes oidc-clients [token] Owner
              token = *-oidc of  at 6
            # values addons/default/hub/values.yaml
            Chart hub reads oidc-clients[token] in hub at 2 (env TOKEN, assumed)
            # values addons/default/other/values.yaml
            Chart other reads oidc-clients in * at 1 (chartvalue, assumed)
        "#]],
    );
}
