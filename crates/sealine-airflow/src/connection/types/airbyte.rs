//! Airbyte.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "airbyte",
    title: "Airbyte",
    provider: ("apache-airflow-providers-airbyte", "6.2.0"),
    fields: &[
        field("host", "the server's URL"),
        field("login", "the client's id"),
        secret("password", "the client's secret"),
        field("schema", "the URL of tokens"),
    ],
    extras: &[field("proxies", "object: proxies by scheme"), field("timeout", "seconds")],
    others: Others::Ignored,
    flows: &[
        flow("client credentials", &[&["login"], &["password"]], "a client"),
        flow("none", &[&["host"]], "a server that asks for nothing"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("https://airbyte.example.com/api/public/v1/")),
        ("schema", Sample::Text("v1/applications/token")),
    ],
}];
