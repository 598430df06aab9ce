//! Oracle.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "oracle",
    title: "Oracle",
    provider: ("apache-airflow-providers-oracle", "4.7.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 1521 without"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "the schema"),
    ],
    extras: &[
        field("dsn", "host and service in one"),
        field("service_name", "the service"),
        field("sid", "the instance"),
        field("mode", "such as `sysdba`"),
        field("thick_mode", "true or false"),
        field("thick_mode_lib_dir", "a folder"),
        field("thick_mode_config_dir", "a folder"),
        field("events", "true or false"),
        field("purity", "of the session: `new`, `self` or `default`"),
        field("fetch_lobs", "true or false"),
        field("fetch_decimals", "true or false"),
    ],
    others: Others::PassedOn("to nothing that is known"),
    flows: &[flow("password", &[&["login"], &["password"]], "login and password")],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("db.example.internal")),
        ("port", Sample::Json("1521")),
        ("service_name", Sample::Text("APP")),
    ],
}];
