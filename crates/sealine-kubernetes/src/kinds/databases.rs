//! Operators of databases, queues and buckets that make the credentials of their users.
//!
//! What a name is made of besides the object's own name is often not known: then it is a pattern.
//!
//! ```yaml
//! apiVersion: rabbitmq.com/v1beta1
//! kind: RabbitmqCluster
//! metadata: {name: queue}
//! ---
//! apiVersion: elasticsearch.k8s.elastic.co/v1
//! kind: Elasticsearch
//! metadata: {name: search}
//! spec: {auth: {fileRealm: [{secretName: users}]}, secureSettings: [{secretName: s3}]}
//! ---
//! apiVersion: postgres-operator.crunchydata.com/v1beta1
//! kind: PostgresCluster
//! metadata: {name: hippo}
//! ---
//! apiVersion: k8s.mariadb.com/v1alpha1
//! kind: MariaDB
//! metadata: {name: maria}
//! spec: {rootPasswordSecretKeyRef: {name: root, key: password, generate: true}}
//! ---
//! apiVersion: k8s.mariadb.com/v1alpha1
//! kind: User
//! metadata: {name: app}
//! spec: {passwordSecretKeyRef: {name: app-db, key: password}}
//! ---
//! apiVersion: acid.zalan.do/v1
//! kind: postgresql
//! metadata: {name: acid}
//! spec: {users: {owner: []}}
//! ---
//! apiVersion: dragonflydb.io/v1alpha1
//! kind: Dragonfly
//! metadata: {name: cache}
//! spec: {authentication: {passwordFromSecret: {name: cache, key: password}}}
//! ---
//! apiVersion: objectstorage.k8s.io/v1alpha1
//! kind: BucketAccess
//! metadata: {name: files}
//! spec: {bucketClaimName: files, credentialsSecretName: files-bucket}
//! ```
//!
//! ```text
//! RabbitmqCluster queue makes queue-default-user in ns [username password host port provider type default_user.conf *] at 3
//! RabbitmqCluster queue makes queue-erlang-cookie in ns [.erlang.cookie] at 3
//! Elasticsearch search makes search-es-elastic-user in ns [elastic] at 7
//! Elasticsearch search makes search-es-* in ns [*] at 7
//! PostgresCluster hippo makes hippo-pguser-* in ns [*] at 12
//! PostgresCluster hippo makes hippo-cluster-cert in ns [tls.crt tls.key ca.crt] at 12
//! MariaDB maria makes root in ns [password] at 17
//! postgresql acid makes owner.acid.credentials.postgresql.acid.zalan.do in ns [username password] at 27
//! postgresql acid makes postgres.acid.credentials.postgresql.acid.zalan.do in ns [username password] at 26
//! postgresql acid makes standby.acid.credentials.postgresql.acid.zalan.do in ns [username password] at 26
//! BucketAccess files makes files-bucket in ns [BucketInfo *] at 37
//! Elasticsearch search reads users in ns at 8 (field)
//! Elasticsearch search reads s3 in ns at 8 (field)
//! MariaDB maria reads root[password] in ns at 17 (field)
//! User app reads app-db[password] in ns at 22 (field)
//! Dragonfly cache reads cache[password] in ns at 32 (field)
//! ```

use sealine_model::Facts;
use sealine_model::tree::Tree;

use super::Kind;
use super::field::{makes, makes_named, pods, reads};
use super::path;
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::{is_true, name_at};
use crate::manifest::object::Object;

const ELASTIC: &str = "Elasticsearch Kibana ApmServer Beat EnterpriseSearch Logstash Agent \
                       ElasticMapsServer";

pub(super) static KIND: Kind = Kind::new(
    &[
        "rabbitmq.com",
        "elasticsearch.k8s.elastic.co",
        "kibana.k8s.elastic.co",
        "apm.k8s.elastic.co",
        "beat.k8s.elastic.co",
        "agent.k8s.elastic.co",
        "logstash.k8s.elastic.co",
        "enterprisesearch.k8s.elastic.co",
        "postgres-operator.crunchydata.com",
        "acid.zalan.do",
        "pxc.percona.com",
        "psmdb.percona.com",
        "pgv2.percona.com",
        "ps.percona.com",
        "mysql.oracle.com",
        "k8s.mariadb.com",
        "mariadb.mmontes.io",
        "mongodbcommunity.mongodb.com",
        "dragonflydb.io",
        "minio.min.io",
        "ceph.rook.io",
        "objectbucket.io",
        "objectstorage.k8s.io",
    ],
    &[
        makes_named(
            "RabbitmqCluster",
            "{}-default-user",
            &["username", "password", "host", "port", "provider", "type", "default_user.conf", "*"],
        ),
        makes_named("RabbitmqCluster", "{}-erlang-cookie", &[".erlang.cookie"]),
        reads("RabbitmqCluster", "spec.tls.secretName"),
        reads("RabbitmqCluster", "spec.tls.caSecretName"),
        reads(
            "Exchange Queue Binding Vhost Policy Permission User Shovel Federation",
            "spec.**.connectionSecret{name}",
        ),
        reads("User", "spec.importCredentialsSecret{name}"),
        reads("Shovel Federation", "spec.uriSecret{name}"),
        makes_named("Elasticsearch", "{}-es-elastic-user", &["elastic"]),
        makes_named("Elasticsearch", "{}-es-*", &[]),
        makes_named("Kibana", "{}-kb-*", &[]),
        makes_named("ApmServer", "{}-apm-*", &[]),
        makes_named("Logstash", "{}-ls-*", &[]),
        makes_named("EnterpriseSearch", "{}-ent-*", &[]),
        pods(ELASTIC, "spec.**.podTemplate.spec"),
        reads(ELASTIC, "spec.auth.*[].secretName"),
        reads(ELASTIC, "spec.secureSettings[].secretName"),
        reads(ELASTIC, "spec.http.tls.certificate.secretName"),
        reads(ELASTIC, "spec.*Ref.secretName"),
        makes_named("PostgresCluster", "{}-pguser-*", &[]),
        makes_named("PostgresCluster", "{}-cluster-cert", &["tls.crt", "tls.key", "ca.crt"]),
        makes_named("PerconaPGCluster", "{}-pguser-*", &[]),
        makes_named("PerconaXtraDBCluster", "{}-secrets", &[]),
        makes("PerconaXtraDBCluster PerconaServerMySQL", "spec.secretsName", &[]),
        makes("PerconaServerMongoDB", "spec.secrets.users", &[]),
        reads("InnoDBCluster", "spec.secretName"),
        reads("*", "spec.**.*SecretKeyRef{name,key}"),
        makes("Connection", "spec.secretName", &[]),
        reads("MongoDBCommunity", "spec.users[].passwordSecretRef{name,key}"),
        makes("MongoDBCommunity", "spec.users[].connectionStringSecretName", &[]),
        makes("MongoDBCommunity", "spec.users[].scramCredentialsSecretName", &[]),
        makes_named("MongoDBCommunity", "{}-*-*", &[]),
        reads("Dragonfly", "spec.authentication.passwordFromSecret{name,key}"),
        reads("Dragonfly", "spec.*SecretRef{name}"),
        reads("Dragonfly", "spec.authentication.clientCaCertSecret{name,key}"),
        reads("Tenant", "spec.configuration{name}"),
        reads("Tenant", "spec.users[]{name}"),
        makes_named(
            "CephObjectStoreUser",
            "rook-ceph-object-user-*-{}",
            &["AccessKey", "SecretKey", "Endpoint"],
        ),
        makes_named("ObjectBucketClaim", "{}", &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        makes("BucketAccess", "spec.credentialsSecretName", &["BucketInfo", "*"]),
    ],
)
.with(generated);

/// `MariaDB` makes the passwords that are to be generated, Zalando's operator one Secret for each
/// user.
fn generated(object: &Object<'_>, out: &mut Facts) {
    path::find(object.tree, "spec.**.*SecretKeyRef", &mut |at| {
        let (Some(name), Some(scalar)) = (name_at(at, "name"), at.get("name")) else { return };
        if let Some(place) = scalar.place().filter(|_| is_true(at, "generate")) {
            let key = at.get("key").and_then(Tree::text).unwrap_or_else(|| "password".to_owned());
            let keys = keys_at(place, &[&key]);
            out.secrets.push(secret(object, object.own_scope(), name, place.clone(), keys));
        }
    });
    if object.kind != "postgresql" {
        return;
    }
    let users = object.tree.at(&["spec", "users"]).map(Tree::entries).unwrap_or_default();
    let listed = users.iter().map(|user| (user.key.as_str(), &user.place));
    for (user, place) in listed.chain([("postgres", &object.place), ("standby", &object.place)]) {
        let user = user.replace('_', "-");
        let name = sealine_model::Value::from(format!("{user}.").as_str())
            .concat(object.name.clone())
            .concat(".credentials.postgresql.acid.zalan.do".into());
        let keys = keys_at(place, &["username", "password"]);
        out.secrets.push(secret(object, object.own_scope(), name, place.clone(), keys));
    }
}
