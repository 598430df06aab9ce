//! Platform tools that name Secrets in a few fields: tofu-controller, k3s' Helm controller,
//! runners of GitHub Actions, OpenTelemetry, Loki and Tempo, Keycloak, Kanidm, `MetalLB`, Tailscale.
//!
//! ```yaml
//! apiVersion: infra.contrib.fluxcd.io/v1alpha2
//! kind: Terraform
//! metadata: {name: net}
//! spec:
//!   varsFrom: [{kind: Secret, name: vars}]
//!   writeOutputsToSecret: {name: outputs, outputs: [ip]}
//! ---
//! apiVersion: helm.cattle.io/v1
//! kind: HelmChart
//! metadata: {name: app}
//! spec: {authSecret: {name: repo}}
//! ---
//! apiVersion: actions.github.com/v1alpha1
//! kind: AutoscalingRunnerSet
//! metadata: {name: runners}
//! spec: {githubConfigSecret: app}
//! ---
//! apiVersion: opentelemetry.io/v1beta1
//! kind: OpenTelemetryCollector
//! metadata: {name: otel}
//! spec: {envFrom: [{secretRef: {name: backend}}]}
//! ---
//! apiVersion: k8s.keycloak.org/v2alpha1
//! kind: Keycloak
//! metadata: {name: sso}
//! spec: {db: {passwordSecret: {name: db, key: pw}}, http: {tlsSecret: sso-tls}}
//! ---
//! apiVersion: kaniop.rs/v1beta1
//! kind: KanidmOAuth2Client
//! metadata: {name: web}
//! spec: {kanidmRef: {name: idm}}
//! ```
//!
//! ```text
//! Terraform net makes outputs in ns [*] at 6
//! Keycloak sso makes sso-initial-admin in ns [username password] at 25
//! KanidmOAuth2Client web makes web-kanidm-oauth2-credentials in ns [*] at 30
//! Terraform net reads vars in ns at 5 (field)
//! HelmChart app reads repo in ns at 11 (bootstrap)
//! AutoscalingRunnerSet runners reads app in ns at 16 (field)
//! OpenTelemetryCollector otel reads backend in ns at 21 (envFrom)
//! Keycloak sso reads db[pw] in ns at 26 (field)
//! Keycloak sso reads sso-tls in ns at 26 (field)
//! ```

use super::Kind;
use super::field::{bootstrap, containers, makes, makes_named, pods, pulls, reads};

pub(super) static KIND: Kind = Kind::new(
    &[
        "infra.contrib.fluxcd.io",
        "helm.cattle.io",
        "actions.github.com",
        "actions.summerwind.dev",
        "opentelemetry.io",
        "loki.grafana.com",
        "tempo.grafana.com",
        "k8s.keycloak.org",
        "kaniop.rs",
        "metallb.io",
        "tailscale.com",
    ],
    &[
        reads("Terraform", "spec.varsFrom[]{name}"),
        bootstrap("Terraform", "spec.backendConfigsFrom[]{name}"),
        bootstrap("Terraform", "spec.cliConfigSecretRef{name}"),
        makes("Terraform", "spec.writeOutputsToSecret{name}", &[]),
        pods("Terraform", "spec.runnerPodTemplate.spec"),
        bootstrap("HelmChart", "spec.authSecret{name}"),
        bootstrap("HelmChart", "spec.dockerRegistrySecret{name}"),
        reads("HelmChart HelmChartConfig", "spec.valuesSecrets[]{name}"),
        reads("AutoscalingRunnerSet AutoscalingListener", "spec.githubConfigSecret"),
        pods("AutoscalingRunnerSet", "spec.template.spec"),
        pods("RunnerDeployment RunnerSet", "spec.template.spec"),
        containers("RunnerDeployment", "spec.template.spec"),
        reads("RunnerDeployment", "spec.template.spec.githubAPICredentialsFrom.secretRef{name}"),
        containers("OpenTelemetryCollector Instrumentation", "spec"),
        pods("OpenTelemetryCollector", "spec"),
        pulls("OpenTelemetryCollector", "spec.imagePullSecrets[]{name}"),
        reads("LokiStack TempoStack TempoMonolithic", "spec.storage.secret{name}"),
        reads("Keycloak", "spec.db.*Secret{name,key!}"),
        reads("Keycloak", "spec.http.tlsSecret"),
        makes_named("Keycloak", "{}-initial-admin", &["username", "password"]),
        makes_named("KanidmOAuth2Client", "{}-kanidm-oauth2-credentials", &[]),
        reads("BGPPeer", "spec.passwordSecret{name}"),
    ],
);
