//! CloudNativePG: PostgreSQL clusters, the Secrets they make and those they are given.
//!
//! A cluster without `bootstrap.initdb.secret` makes `<cluster>-app`; the certificates are made
//! unless others are given.
//!
//! ```yaml
//! apiVersion: postgresql.cnpg.io/v1
//! kind: Cluster
//! metadata: {name: db}
//! spec:
//!   superuserSecret: {name: super}
//!   bootstrap: {initdb: {database: app}}
//!   externalClusters: [{name: old, password: {name: old-db, key: password}}]
//!   managed: {roles: [{name: reporter, passwordSecret: {name: reporter}}]}
//!   backup:
//!     barmanObjectStore:
//!       s3Credentials:
//!         accessKeyId: {name: s3, key: id}
//!         secretAccessKey: {name: s3, key: secret}
//! ---
//! apiVersion: barmancloud.cnpg.io/v1
//! kind: ObjectStore
//! metadata: {name: store}
//! spec: {configuration: {s3Credentials: {accessKeyId: {name: s3, key: id}}}}
//! ---
//! apiVersion: postgresql.cnpg.io/v1
//! kind: Pooler
//! metadata: {name: pool}
//! spec: {pgbouncer: {authQuerySecret: {name: auth}}}
//! ```
//!
//! ```text
//! Cluster db makes db-ca in ns [ca.crt ca.key] at 3
//! Cluster db makes db-server in ns [tls.crt tls.key] at 3
//! Cluster db makes db-replication in ns [tls.crt tls.key] at 3
//! Cluster db makes db-app in ns [username user password host port dbname uri fqdn-uri jdbc-uri fqdn-jdbc-uri pgpass] at 3
//! Cluster db reads super in ns at 5 (field)
//! Cluster db reads s3[id] in ns at 12 (field)
//! Cluster db reads s3[secret] in ns at 13 (field)
//! Cluster db reads old-db[password] in ns at 7 (field)
//! Cluster db reads reporter in ns at 8 (field)
//! ObjectStore store reads s3[id] in ns at 18 (field)
//! Pooler pool reads auth in ns at 23 (field)
//! ```

use sealine_model::Facts;
use sealine_model::tree::Tree;

use super::Kind;
use super::field::{containers, makes_named, pulls, reads, volumes};
use crate::manifest::makes::{keys_at, note_named};
use crate::manifest::names::is_true;
use crate::manifest::object::Object;

/// What a user's Secret holds.
const USER_KEYS: &[&str] = &[
    "username",
    "user",
    "password",
    "host",
    "port",
    "dbname",
    "uri",
    "fqdn-uri",
    "jdbc-uri",
    "fqdn-jdbc-uri",
    "pgpass",
];

pub(super) static KIND: Kind = Kind::new(
    &["postgresql.cnpg.io", "barmancloud.cnpg.io"],
    &[
        reads("Cluster", "spec.bootstrap.*.secret{name}"),
        reads("Cluster", "spec.superuserSecret{name}"),
        reads("Cluster", "spec.certificates.serverTLSSecret"),
        reads("Cluster", "spec.certificates.serverCASecret"),
        reads("Cluster", "spec.certificates.clientCASecret"),
        reads("Cluster", "spec.certificates.replicationTLSSecret"),
        reads("Cluster", "spec.backup.barmanObjectStore.*redentials.*{name,key!}"),
        reads("Cluster", "spec.backup.barmanObjectStore.endpointCA{name,key}"),
        reads("Cluster", "spec.externalClusters[].password{name,key}"),
        reads("Cluster", "spec.externalClusters[].ssl*{name,key!}"),
        reads("Cluster", "spec.externalClusters[].barmanObjectStore.*redentials.*{name,key!}"),
        reads("Cluster", "spec.externalClusters[].barmanObjectStore.endpointCA{name,key}"),
        reads("Cluster", "spec.managed.roles[].passwordSecret{name}"),
        reads("Cluster", "spec.monitoring.customQueriesSecret[]{name,key}"),
        reads("Cluster", "spec.bootstrap.initdb.*Refs.secretRefs[]{name,key}"),
        pulls("Cluster", "spec.imagePullSecrets[]{name}"),
        containers("Cluster", "spec"),
        volumes("Cluster", "spec.projectedVolumeTemplate"),
        reads("Pooler", "spec.pgbouncer.authQuerySecret{name}"),
        reads("Pooler", "spec.pgbouncer.*TLSSecret{name}"),
        reads("ObjectStore", "spec.configuration.*redentials.*{name,key!}"),
        reads("ObjectStore", "spec.configuration.endpointCA{name,key}"),
        makes_named("Cluster", "{}-ca", &["ca.crt", "ca.key"]),
        makes_named("Cluster", "{}-server", &["tls.crt", "tls.key"]),
        makes_named("Cluster", "{}-replication", &["tls.crt", "tls.key"]),
    ],
)
.with(users)
.complete();

/// The users' Secrets are made unless others are given.
fn users(object: &Object<'_>, out: &mut Facts) {
    if object.kind != "Cluster" {
        return;
    }
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let bootstrap = spec.get("bootstrap").map(Tree::entries).unwrap_or_default();
    let given = bootstrap.iter().any(|method| method.value.get("secret").is_some());
    let mut make = |user: &str| {
        let name = object.name.clone().concat(format!("-{user}").as_str().into());
        note_named(object, name, keys_at(&object.place, USER_KEYS), out);
    };
    if !given {
        make("app");
    }
    if is_true(spec, "enableSuperuserAccess") && spec.get("superuserSecret").is_none() {
        make("superuser");
    }
}
