//! Strimzi: Kafka users make Secrets, connectors and bridges read them.
//!
//! ```yaml
//! apiVersion: kafka.strimzi.io/v1beta2
//! kind: Kafka
//! metadata: {name: bus}
//! spec: {kafka: {listeners: [{name: tls, configuration: {brokerCertChainAndKey: {secretName: cert, key: tls.key}}}]}}
//! ---
//! apiVersion: kafka.strimzi.io/v1beta2
//! kind: KafkaUser
//! metadata: {name: reader}
//! spec: {authentication: {type: scram-sha-512}}
//! ---
//! apiVersion: kafka.strimzi.io/v1beta2
//! kind: KafkaConnect
//! metadata: {name: connect}
//! spec:
//!   authentication: {passwordSecret: {secretName: reader, password: password}}
//!   tls: {trustedCertificates: [{secretName: bus-cluster-ca-cert, certificate: ca.crt}]}
//! ```
//!
//! ```text
//! Kafka bus makes bus-cluster-ca-cert in ns [ca.crt ca.p12 ca.password] at 3
//! Kafka bus makes bus-clients-ca-cert in ns [ca.crt ca.p12 ca.password] at 3
//! Kafka bus makes bus-cluster-ca in ns [*] at 3
//! Kafka bus makes bus-clients-ca in ns [*] at 3
//! KafkaUser reader makes reader in ns [*] at 8
//! Kafka bus reads cert[tls.key] in ns at 4 (field)
//! KafkaConnect connect reads reader[password] in ns at 15 (field)
//! KafkaConnect connect reads bus-cluster-ca-cert[ca.crt] in ns at 16 (field)
//! ```

use super::Kind;
use super::field::{makes_named, reads};

pub(super) static KIND: Kind = Kind::new(
    &["kafka.strimzi.io"],
    &[
        reads("*", "spec.**.passwordSecret{secretName,password}"),
        reads("*", "spec.**.clientSecret{secretName,key}"),
        reads("*", "spec.**.accessToken{secretName,key}"),
        reads("*", "spec.**.certificateAndKey{secretName,key}"),
        reads("*", "spec.**.brokerCertChainAndKey{secretName,key}"),
        reads("*", "spec.**.*rustedCertificates[]{secretName,certificate}"),
        reads("*", "spec.**.valueFrom.secretKeyRef{name,key}"),
        makes_named("KafkaUser", "{}", &[]),
        makes_named("Kafka", "{}-cluster-ca-cert", &["ca.crt", "ca.p12", "ca.password"]),
        makes_named("Kafka", "{}-clients-ca-cert", &["ca.crt", "ca.p12", "ca.password"]),
        makes_named("Kafka", "{}-cluster-ca", &[]),
        makes_named("Kafka", "{}-clients-ca", &[]),
    ],
)
.complete();
