//! The operators of Stackable: clusters of Airflow, Superset, Trino, Hive, Druid, `NiFi` and others read
//! credentials by a Secret's name, and classes of Secrets find theirs by a label or keep an authority in one.
//!
//! ```yaml
//! apiVersion: airflow.stackable.tech/v1alpha2
//! kind: AirflowCluster
//! metadata: {name: flow}
//! spec:
//!   clusterConfig:
//!     credentialsSecretName: flow-admin
//!     metadataDatabase: {postgresql: {host: db, credentialsSecretName: flow-db}}
//!     authentication: [{authenticationClass: sso, oidc: {clientCredentialsSecret: flow-oidc}}]
//!   webservers:
//!     podOverrides: {spec: {containers: [{name: airflow, env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: flow-api, key: token}}}]}]}}
//! ---
//! apiVersion: superset.stackable.tech/v1alpha1
//! kind: SupersetCluster
//! metadata: {name: charts}
//! spec: {clusterConfig: {credentialsSecret: charts-admin, mapboxSecret: charts-maps}}
//! ---
//! apiVersion: authentication.stackable.tech/v1alpha1
//! kind: AuthenticationClass
//! metadata: {name: users}
//! spec: {provider: {static: {userCredentialsSecret: {name: flow-users}}}}
//! ---
//! apiVersion: nifi.stackable.tech/v1alpha1
//! kind: NifiCluster
//! metadata: {name: lines}
//! spec: {clusterConfig: {sensitiveProperties: {keySecret: lines-key, autoGenerate: true}}}
//! ---
//! apiVersion: secrets.stackable.tech/v1alpha1
//! kind: SecretClass
//! metadata: {name: certs}
//! spec: {backend: {autoTls: {ca: {secret: {name: certs-ca, namespace: ops}, autoGenerate: true}}}}
//! ---
//! apiVersion: secrets.stackable.tech/v1alpha1
//! kind: SecretClass
//! metadata: {name: kerberos}
//! spec: {backend: {kerberosKeytab: {adminKeytabSecret: {namespace: ops, name: keytab}}}}
//! ```
//!
//! ```text
//! NifiCluster lines makes lines-key in ns [*] at 25
//! SecretClass certs makes certs-ca in ops [*] at 30
//! AirflowCluster flow reads flow-admin in ns at 6 (field)
//! AirflowCluster flow reads flow-db in ns at 7 (field)
//! AirflowCluster flow reads flow-oidc in ns at 8 (field)
//! AirflowCluster flow/airflow reads flow-api[token] in ns at 10 (env TOKEN)
//! SupersetCluster charts reads charts-admin in ns at 15 (field)
//! SupersetCluster charts reads charts-maps in ns at 15 (field)
//! AuthenticationClass users reads flow-users in ns at 20 (field)
//! NifiCluster lines reads lines-key in ns at 25 (field)
//! SecretClass certs reads certs-ca in ops at 30 (field)
//! SecretClass kerberos reads keytab in ops at 35 (field)
//! ```

use sealine_model::Facts;
use sealine_model::tree::Tree;

use super::Kind;
use super::field::{pods, reads};
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::{is_true, name_at};
use crate::manifest::object::Object;

pub(super) static KIND: Kind = Kind::new(
    &["*.stackable.tech"],
    &[
        reads("*", "spec.clusterConfig.**.credentialsSecretName"),
        reads("*", "spec.clusterConfig.**.credentialsSecret"),
        reads("*", "spec.clusterConfig.**.clientCredentialsSecret"),
        reads("*", "spec.clusterConfig.mapboxSecret"),
        reads("*", "spec.clusterConfig.**.keySecret"),
        reads("AuthenticationClass", "spec.provider.**.userCredentialsSecret{name}"),
        reads("SecretClass", "spec.backend.autoTls.ca.secret{name,,namespace}"),
        reads("SecretClass", "spec.backend.**.adminKeytabSecret{name,,namespace}"),
        pods("*", "spec.**.podOverrides.spec"),
    ],
)
.with(made);

/// Keys and authorities that the operators make themselves where they are missing.
fn made(object: &Object<'_>, out: &mut Facts) {
    let properties = object.tree.at(&["spec", "clusterConfig", "sensitiveProperties"]);
    if let Some(key) = properties.filter(|it| is_true(it, "autoGenerate")) {
        make(object, key, ("keySecret", None), out);
    }
    let authority = object.tree.at(&["spec", "backend", "autoTls", "ca"]);
    if let Some(authority) = authority.filter(|it| is_true(it, "autoGenerate"))
        && let Some(reference) = authority.get("secret")
    {
        make(object, reference, ("name", Some("namespace")), out);
    }
}

fn make(object: &Object<'_>, map: &Tree, (name, namespace): (&str, Option<&str>), out: &mut Facts) {
    let Some(place) = map.get(name).and_then(Tree::place) else { return };
    let Some(name) = name_at(map, name) else { return };
    let namespace = namespace.and_then(|member| name_at(map, member));
    let scope = namespace.map_or_else(|| object.own_scope(), |it| object.scope_in(it));
    out.secrets.push(secret(object, scope, name, place.clone(), keys_at(place, &[])));
}
