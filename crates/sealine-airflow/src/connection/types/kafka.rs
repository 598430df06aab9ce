//! Apache Kafka, whose `extra` is the configuration of librdkafka itself.

use super::{ConnectionType, Others, Sample, field, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "kafka",
    title: "Apache Kafka",
    provider: ("apache-airflow-providers-apache-kafka", "2.1.0"),
    fields: &[],
    extras: &[
        field("bootstrap.servers", "the first servers"),
        field("security.protocol", "such as `SASL_SSL`"),
        field("sasl.mechanism", "such as `SCRAM-SHA-512`"),
        field("sasl.username", "the user"),
        secret("sasl.password", "the password"),
        field("group.id", "the group of consumers"),
        field("ssl.ca.location", "the path of a bundle"),
        field("ssl.certificate.location", "the path of a certificate"),
        field("ssl.key.location", "the path of its key"),
        secret("ssl.key.password", "its passphrase"),
    ],
    others: Others::PassedOn("to librdkafka"),
    flows: &[],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("sasl.username", Sample::Vault),
        ("sasl.password", Sample::Vault),
        ("bootstrap.servers", Sample::Text("kafka.example.internal:9093")),
        ("security.protocol", Sample::Text("SASL_SSL")),
        ("sasl.mechanism", Sample::Text("SCRAM-SHA-512")),
    ],
}];
