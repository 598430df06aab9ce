//! Crossplane and its providers: credentials, and the connection Secrets of managed resources.
//!
//! ```yaml
//! apiVersion: aws.upbound.io/v1beta1
//! kind: ProviderConfig
//! metadata: {name: default}
//! spec: {credentials: {source: Secret, secretRef: {namespace: crossplane, name: aws, key: creds}}}
//! ---
//! apiVersion: rds.aws.upbound.io/v1beta1
//! kind: Instance
//! metadata: {name: db}
//! spec:
//!   forProvider: {passwordSecretRef: {name: db-password, namespace: data, key: password}}
//!   writeConnectionSecretToRef: {name: db-conn, namespace: data}
//! ---
//! apiVersion: pkg.crossplane.io/v1alpha1
//! kind: ControllerConfig
//! metadata: {name: runtime}
//! spec: {envFrom: [{secretRef: {name: provider-env}}]}
//! ```
//!
//! ```text
//! Instance db makes db-conn in data [*] at 11
//! ProviderConfig default reads aws[creds] in crossplane at 4 (bootstrap)
//! Instance db reads db-password[password] in data at 10 (field)
//! ControllerConfig runtime reads provider-env in ns at 16 (field)
//! ```

use super::Kind;
use super::field::{bootstrap, makes, pods, pulls, reads};

pub(super) static KIND: Kind = Kind::new(
    &["*.crossplane.io", "*.upbound.io"],
    &[
        bootstrap("ProviderConfig ClusterProviderConfig", "spec.**.secretRef{name,key}"),
        reads("*", "spec.forProvider.**.*SecretRef{name,key}"),
        makes("*", "spec.writeConnectionSecretToRef{name}", &[]),
        makes("*", "spec.publishConnectionDetailsTo{name}", &[]),
        pods("DeploymentRuntimeConfig", "spec.deploymentTemplate.spec.template.spec"),
        reads("ControllerConfig", "spec.envFrom[].secretRef{name}"),
        reads("ControllerConfig", "spec.env[].valueFrom.secretKeyRef{name,key}"),
        pulls("Provider Configuration Function", "spec.packagePullSecrets[]{name}"),
    ],
)
.complete();
