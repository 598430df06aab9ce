//! Elasticsearch.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "elasticsearch",
    title: "Elasticsearch",
    provider: ("apache-airflow-providers-elasticsearch", "6.10.0"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 9200 without"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "`http` or `https`"),
    ],
    extras: &[
        field("http_compress", "true or false"),
        field("timeout", "seconds"),
        field("fetch_size", "a number"),
    ],
    others: Others::PassedOn("to the client"),
    flows: &[
        flow("password", &[&["login"], &["password"]], "login and password"),
        flow("none", &[&["host"]], "a server that asks for nothing"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("search.example.internal")),
        ("port", Sample::Json("9200")),
        ("schema", Sample::Text("https")),
    ],
}];
