//! The Prometheus operator, and that of `VictoriaMetrics`, which reads the same fields: scrape
//! credentials, remote writes, receivers of alerts.
//!
//! ```yaml
//! apiVersion: monitoring.coreos.com/v1
//! kind: ServiceMonitor
//! metadata: {name: app}
//! spec:
//!   endpoints:
//!     - basicAuth: {username: {name: scrape, key: user}, password: {name: scrape, key: pw}}
//!       tlsConfig: {ca: {secret: {name: ca, key: ca.crt}}}
//! ---
//! apiVersion: monitoring.coreos.com/v1
//! kind: Alertmanager
//! metadata: {name: main}
//! spec: {configSecret: routes, secrets: [templates]}
//! ---
//! apiVersion: monitoring.coreos.com/v1alpha1
//! kind: AlertmanagerConfig
//! metadata: {name: team}
//! spec: {receivers: [{name: chat, slackConfigs: [{apiURL: {name: slack, key: url}}]}]}
//! ---
//! apiVersion: monitoring.coreos.com/v1
//! kind: Prometheus
//! metadata: {name: main}
//! spec:
//!   additionalScrapeConfigs: {name: scrape, key: more.yaml}
//!   remoteWrite: [{authorization: {credentials: {name: remote, key: token}}}]
//! ---
//! apiVersion: monitoring.coreos.com/v1
//! kind: ThanosRuler
//! metadata: {name: rules}
//! spec:
//!   objectStorageConfig: {name: bucket, key: thanos.yaml}
//!   tracingConfig: {name: tracing, key: tracing.yaml}
//! ```
//!
//! ```text
//! ServiceMonitor app reads scrape[user] in ns at 6 (field)
//! ServiceMonitor app reads scrape[pw] in ns at 6 (field)
//! ServiceMonitor app reads ca[ca.crt] in ns at 7 (field)
//! Alertmanager main reads routes in ns at 12 (field)
//! Alertmanager main reads templates in ns at 12 (field)
//! AlertmanagerConfig team reads slack[url] in ns at 17 (field)
//! Prometheus main reads remote[token] in ns at 24 (field)
//! Prometheus main reads scrape[more.yaml] in ns at 23 (field)
//! ThanosRuler rules reads bucket[thanos.yaml] in ns at 30 (field)
//! ThanosRuler rules reads tracing[tracing.yaml] in ns at 31 (field)
//! ```

use super::Kind;
use super::field::{pods, pulls, reads};

const MONITORS: &str = "ServiceMonitor PodMonitor Probe ScrapeConfig VMServiceScrape VMPodScrape \
                        VMProbe VMStaticScrape VMNodeScrape VMScrapeConfig";
const SERVERS: &str = "Prometheus PrometheusAgent Alertmanager ThanosRuler VMAgent VMAlert \
                       VMAlertmanager VMSingle VMCluster VMAuth";

const RECEIVERS: &str = "AlertmanagerConfig VMAlertmanagerConfig";

pub(super) static KIND: Kind = Kind::new(
    &["monitoring.coreos.com", "operator.victoriametrics.com"],
    &[
        reads(MONITORS, "spec.**.bearerTokenSecret{name,key}"),
        reads(MONITORS, "spec.**.basicAuth.*{name,key!}"),
        reads(MONITORS, "spec.**.*.credentials{name,key!}"),
        reads(MONITORS, "spec.**.oauth2.clientSecret{name,key}"),
        reads(MONITORS, "spec.**.oauth2.clientId.secret{name,key}"),
        reads(MONITORS, "spec.**.tlsConfig.*.secret{name,key}"),
        reads(MONITORS, "spec.**.tlsConfig.keySecret{name,key}"),
        reads(SERVERS, "spec.**.basicAuth.*{name,key!}"),
        reads(SERVERS, "spec.**.authorization.credentials{name,key!}"),
        reads(SERVERS, "spec.**.oauth2.clientSecret{name,key}"),
        reads(SERVERS, "spec.**.oauth2.clientId.secret{name,key}"),
        reads(SERVERS, "spec.**.tlsConfig.*.secret{name,key}"),
        reads(SERVERS, "spec.**.tlsConfig.keySecret{name,key}"),
        reads(SERVERS, "spec.**.bearerTokenSecret{name,key}"),
        reads(SERVERS, "spec.additional*Configs{name,key!}"),
        reads(SERVERS, "spec.thanos.objectStorageConfig{name,key}"),
        reads(SERVERS, "spec.objectStorageConfig{name,key}"),
        reads(SERVERS, "spec.thanos.tracingConfig{name,key!}"),
        reads("ThanosRuler", "spec.*Config{name,key!}"),
        reads("ThanosRuler", "spec.alertRelabelConfigs{name,key!}"),
        reads(SERVERS, "spec.configSecret"),
        reads(SERVERS, "spec.secrets[]"),
        reads(SERVERS, "spec.web.tlsConfig.**.secret{name,key}"),
        pulls(SERVERS, "spec.imagePullSecrets[]{name}"),
        pods(SERVERS, "spec"),
        reads(RECEIVERS, "spec.receivers[].*[].*{name,key!}"),
        reads(RECEIVERS, "spec.receivers[].*[].*.basicAuth.*{name,key!}"),
        reads(RECEIVERS, "spec.receivers[].*[].*.authorization.credentials{name,key!}"),
        reads(RECEIVERS, "spec.receivers[].*[].*.oauth2.clientSecret{name,key!}"),
        reads(RECEIVERS, "spec.receivers[].*[].*.bearerTokenSecret{name,key!}"),
        reads(RECEIVERS, "spec.receivers[].*[].*.tlsConfig.*.secret{name,key!}"),
        reads("VMUser", "spec.**.*Ref{name,key}"),
    ],
);
