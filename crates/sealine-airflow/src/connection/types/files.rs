//! FTP.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "ftp",
    title: "FTP",
    provider: ("apache-airflow-providers-ftp", "3.16.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 21 without"),
        field("login", "the user"),
        secret("password", "the password"),
    ],
    extras: &[field("passive", "true or false"), field("encoding", "the encoding of names")],
    others: Others::Ignored,
    flows: &[
        flow("password", &[&["login"], &["password"]], "login and password"),
        flow("anonymous", &[&["host"]], "no login"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("ftp.example.com")),
    ],
}];
