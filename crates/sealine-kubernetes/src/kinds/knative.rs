//! Knative: services are pods with another head.
//!
//! ```yaml
//! apiVersion: serving.knative.dev/v1
//! kind: Service
//! metadata: {name: web}
//! spec: {template: {spec: {containers: [{name: web, envFrom: [{secretRef: {name: web}}]}]}}}
//! ```
//!
//! ```text
//! Service web/web reads web in ns at 4 (envFrom)
//! ```

use super::Kind;
use super::field::{pods, reads};

pub(super) static KIND: Kind = Kind::new(
    &[
        "serving.knative.dev",
        "sources.knative.dev",
        "eventing.knative.dev",
        "messaging.knative.dev",
    ],
    &[
        pods("Service Configuration", "spec.template.spec"),
        pods("Revision", "spec"),
        pods("ContainerSource", "spec.template.spec"),
        reads("*", "spec.**.secretKeyRef{name,key}"),
        reads("*", "spec.**.secret.ref{name}"),
    ],
);
