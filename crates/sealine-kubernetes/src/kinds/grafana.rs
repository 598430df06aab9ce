//! The Grafana operator: data sources, contact points and the instance itself.
//!
//! ```yaml
//! apiVersion: grafana.integreatly.org/v1beta1
//! kind: GrafanaDatasource
//! metadata: {name: db}
//! spec: {valuesFrom: [{targetPath: x, valueFrom: {secretKeyRef: {name: db, key: pw}}}]}
//! ---
//! apiVersion: grafana.integreatly.org/v1beta1
//! kind: Grafana
//! metadata: {name: main}
//! spec:
//!   external: {adminPassword: {name: admin, key: pw}}
//!   deployment:
//!     spec: {template: {spec: {containers: [{name: g, envFrom: [{secretRef: {name: env}}]}]}}}
//! ```
//!
//! ```text
//! GrafanaDatasource db reads db[pw] in ns at 4 (field)
//! Grafana main reads admin[pw] in ns at 10 (field)
//! Grafana main/g reads env in ns at 12 (envFrom)
//! ```

use super::Kind;
use super::field::{pods, reads};

/// The kinds whose values may come from Secrets, without pods.
const RESOURCES: &str = "GrafanaDatasource GrafanaContactPoint GrafanaDashboard \
                         GrafanaNotificationPolicy GrafanaLibraryPanel GrafanaMuteTiming";

pub(super) static KIND: Kind = Kind::new(
    &["grafana.integreatly.org"],
    &[
        reads(RESOURCES, "spec.**.valueFrom.secretKeyRef{name,key}"),
        reads("GrafanaDashboard", "spec.envFrom[].secretKeyRef{name,key}"),
        reads("Grafana", "spec.client.tls.certSecretRef{name}"),
        reads("Grafana", "spec.external.*{name,key!}"),
        pods("Grafana", "spec.deployment.spec.template.spec"),
    ],
);
