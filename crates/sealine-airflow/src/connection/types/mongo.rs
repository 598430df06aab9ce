//! `MongoDB`.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "mongo",
    title: "MongoDB",
    provider: ("apache-airflow-providers-mongo", "5.5.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 27017 without"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "the default database"),
    ],
    extras: &[
        field("srv", "true: hosts come from an SRV record"),
        field("ssl", "true or false"),
        field("allow_insecure", "true: any certificate will do"),
    ],
    others: Others::PassedOn("to the client"),
    flows: &[
        flow("password", &[&["login"], &["password"]], "login and password"),
        flow("none", &[], "a server that asks for nothing"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("db.example.internal")),
        ("port", Sample::Json("27017")),
        ("schema", Sample::Text("app")),
    ],
}];
