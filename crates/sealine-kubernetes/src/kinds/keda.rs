//! KEDA: the credentials of triggers.
//!
//! Those of a `ClusterTriggerAuthentication` lie in the operator's namespace.
//!
//! ```yaml
//! apiVersion: keda.sh/v1alpha1
//! kind: TriggerAuthentication
//! metadata: {name: queue}
//! spec: {secretTargetRef: [{parameter: host, name: rabbit, key: uri}]}
//! ---
//! apiVersion: keda.sh/v1alpha1
//! kind: ClusterTriggerAuthentication
//! metadata: {name: azure}
//! spec:
//!   azureKeyVault: {credentials: {clientSecret: {valueFrom: {secretKeyRef: {name: sp, key: pw}}}}}
//! ---
//! apiVersion: keda.sh/v1alpha1
//! kind: ScaledJob
//! metadata: {name: work}
//! spec: {jobTargetRef: {template: {spec: {containers: [{name: w, envFrom: [{secretRef: {name: w}}]}]}}}}
//! ```
//!
//! ```text
//! TriggerAuthentication queue reads rabbit[uri] in ns at 4 (field)
//! ClusterTriggerAuthentication azure reads sp[pw] in * at 10 (field)
//! ScaledJob work/w reads w in ns at 15 (envFrom)
//! ```

use super::Kind;
use super::field::{pods, reads};

const AUTHENTICATIONS: &str = "TriggerAuthentication ClusterTriggerAuthentication";

pub(super) static KIND: Kind = Kind::new(
    &["keda.sh"],
    &[
        reads(AUTHENTICATIONS, "spec.secretTargetRef[]{name,key}"),
        reads(AUTHENTICATIONS, "spec.**.valueFrom.secretKeyRef{name,key}"),
        pods("ScaledJob", "spec.jobTargetRef.template.spec"),
    ],
);
