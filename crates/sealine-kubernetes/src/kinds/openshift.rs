//! The settings of an `OpenShift` cluster, and what its operators for groups and for many clusters read.
//!
//! What is set for the cluster as a whole stands in no namespace; its Secrets lie in one that is always
//! the same.
//!
//! ```yaml
//! apiVersion: config.openshift.io/v1
//! kind: OAuth
//! metadata: {name: cluster}
//! spec:
//!   identityProviders:
//!     - {name: sso, type: OpenID, openID: {clientID: shop, clientSecret: {name: sso-client}}}
//!     - {name: local, type: HTPasswd, htpasswd: {fileData: {name: local-users}}}
//! ---
//! apiVersion: config.openshift.io/v1
//! kind: APIServer
//! metadata: {name: cluster}
//! spec: {servingCerts: {namedCertificates: [{servingCertificate: {name: api-tls}}]}}
//! ---
//! apiVersion: operator.openshift.io/v1
//! kind: IngressController
//! metadata: {name: default, namespace: openshift-ingress-operator}
//! spec: {defaultCertificate: {name: apps-tls}}
//! ---
//! apiVersion: redhatcop.redhat.io/v1alpha1
//! kind: GroupSync
//! metadata: {name: teams}
//! spec:
//!   providers:
//!     - github: {organization: shop, credentialsSecret: {name: github-app, namespace: groups}}
//! ---
//! apiVersion: observability.open-cluster-management.io/v1beta2
//! kind: MultiClusterObservability
//! metadata: {name: observability}
//! spec: {storageConfig: {metricObjectStorage: {name: thanos-bucket, key: thanos.yaml}}}
//! ```
//!
//! ```text
//! OAuth cluster reads sso-client in openshift-config at 6 (field)
//! OAuth cluster reads local-users in openshift-config at 7 (field)
//! APIServer cluster reads api-tls in openshift-config at 12 (field)
//! IngressController default reads apps-tls in openshift-ingress at 17 (field)
//! GroupSync teams reads github-app in groups at 24 (field)
//! MultiClusterObservability observability reads thanos-bucket[thanos.yaml] in open-cluster-management-observability at 29 (field)
//! ```

use super::Kind;
use super::field::{pulls, reads};

/// Where the cluster's own settings look for their Secrets.
const SETTINGS: &str = "openshift-config";

/// Where the operator for many clusters keeps what it observes.
const OBSERVABILITY: &str = "open-cluster-management-observability";

pub(super) static KIND: Kind = Kind::new(
    &[
        "config.openshift.io",
        "operator.openshift.io",
        "redhatcop.redhat.io",
        "observability.open-cluster-management.io",
    ],
    &[
        reads("OAuth", "spec.identityProviders[].*.clientSecret{name}").within(SETTINGS),
        reads("OAuth", "spec.identityProviders[].htpasswd.fileData{name}").within(SETTINGS),
        reads("OAuth", "spec.identityProviders[].ldap.bindPassword{name}").within(SETTINGS),
        reads("OAuth", "spec.identityProviders[].*.tlsClientCert{name}").within(SETTINGS),
        reads("OAuth", "spec.identityProviders[].*.tlsClientKey{name}").within(SETTINGS),
        reads("OAuth", "spec.templates.*{name}").within(SETTINGS),
        reads("APIServer", "spec.servingCerts.namedCertificates[].servingCertificate{name}")
            .within(SETTINGS),
        reads("Ingress", "spec.componentRoutes[].servingCertKeyPairSecret{name}").within(SETTINGS),
        reads("IngressController", "spec.defaultCertificate{name}").within("openshift-ingress"),
        reads("GroupSync", "spec.providers[].*.credentialsSecret{name}"),
        reads("GroupSync", "spec.providers[].*.ca{name,key!}"),
        reads("MultiClusterObservability", "spec.storageConfig.metricObjectStorage{name,key}")
            .within(OBSERVABILITY),
        pulls("MultiClusterObservability", "spec.imagePullSecret").within(OBSERVABILITY),
    ],
);
