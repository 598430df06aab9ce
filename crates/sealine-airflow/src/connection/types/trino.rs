//! Trino.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "trino",
    title: "Trino",
    provider: ("apache-airflow-providers-trino", "6.7.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "the schema"),
    ],
    extras: &[
        field("auth", "`jwt`, `certs`, `kerberos` or `gssapi`; a password means Basic"),
        secret("jwt__token", "a token"),
        field("jwt__file", "the path of one"),
        field("certs__client_cert_path", "path of a certificate"),
        field("certs__client_key_path", "path of its key"),
        field("catalog", "the catalogue"),
        field("protocol", "`http` or `https`"),
        field("verify", "true, false, or the path of a bundle"),
        field("session_properties", "object"),
        field("client_tags", "a list"),
        field("timezone", "the time zone"),
        field("roles", "object: roles by catalogue"),
        field("extra_credential", "a list of pairs"),
    ],
    others: Others::PassedOn("by the way of `auth`"),
    flows: &[
        flow("basic", &[&["login"], &["password"]], "login and password"),
        flow("by method", &[&["auth"]], "what `auth` says"),
        flow("none", &[&["host"]], "a server that asks for nothing"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("trino.example.internal")),
        ("port", Sample::Json("443")),
        ("catalog", Sample::Text("hive")),
        ("protocol", Sample::Text("https")),
    ],
}];
