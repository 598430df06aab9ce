//! Registries of images.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "docker",
    title: "Docker registry",
    provider: ("apache-airflow-providers-docker", "4.6.1"),
    fields: &[
        field("host", "the registry"),
        field("port", "its port"),
        field("login", "the user"),
        secret("password", "the password"),
    ],
    extras: &[field("reauth", "true or false"), field("email", "an address")],
    others: Others::Ignored,
    flows: &[flow("password", &[&["host"], &["login"], &["password"]], "login and password")],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("registry.example.com")),
    ],
}];
