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
//! ---
//! apiVersion: kafka.strimzi.io/v1beta2
//! kind: KafkaConnector
//! metadata: {name: orders}
//! spec:
//!   config:
//!     database.password: ${secrets:shop/orders-db:password}
//!     database.url: jdbc:postgresql://db/orders?user=${secrets:orders-db:user}
//!     topic.prefix: ${configmaps:shop/orders:prefix}
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
//! KafkaConnector orders reads orders-db[password] in shop at 23 (field)
//! KafkaConnector orders reads orders-db[user] in ns at 24 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Piece, Value};
use sealine_source::Place;

use super::Kind;
use super::argo_config::scalar_of;
use super::field::{makes_named, reads};
use super::path;
use crate::manifest::names::is_object_name;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

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
.complete()
.with(configuration);

/// Reads what the texts of a configuration ask of a provider of Secrets: `${secrets:namespace/name:key}`.
fn configuration(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    path::find(object.tree, "spec.**.config[]", &mut |text| texts(text, &reader, out));
}

fn texts(scalar: &Tree, reader: &Reader, out: &mut Facts) {
    let Some((value, home)) = scalar.value().zip(scalar.place()) else { return };
    for piece in value.pieces() {
        if let Piece::Literal { text, place } = piece {
            references(text, (place.as_ref(), home), reader, out);
        }
    }
}

/// Notes the references in a text that stands at a place, or else somewhere at `home`. Whoever configures the
/// workers names the provider as they like; that of Secrets is called so.
fn references(text: &str, at: (Option<&Place>, &Place), reader: &Reader, out: &mut Facts) {
    for (start, _) in text.match_indices("${") {
        let inner = text.get(start + 2..).and_then(|rest| rest.split_once('}'));
        let Some((provider, rest)) = inner.and_then(|(inner, _)| inner.split_once(':')) else {
            continue;
        };
        let Some((path, key)) = rest.split_once(':') else { continue };
        let (namespace, name) = match path.split_once('/') {
            Some((namespace, name)) => (Some(Value::from(namespace)), name),
            None => (None, path),
        };
        let is_provider = provider.to_ascii_lowercase().contains("secret");
        if !is_provider || !is_object_name(name) || key.is_empty() {
            continue;
        }
        let from = start + 2 + provider.len() + 1 + (path.len() - name.len());
        let key = scalar_of(text, at, from + name.len() + 1, key);
        let name = scalar_of(text, at, from, name);
        let read = Read { key: Some(&key), namespace, ..Read::new(&name, UseKind::Field) };
        note(reader, read, out);
    }
}
