//! Tableau.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "tableau",
    title: "Tableau",
    provider: ("apache-airflow-providers-tableau", "5.7.1"),
    fields: &[
        field("host", "the server"),
        field("login", "the user"),
        secret("password", "the password"),
    ],
    extras: &[
        field("site_id", "the site"),
        field("auth", "`jwt` for a token"),
        secret("jwt_token", "a token"),
        field("jwt_file", "the path of one"),
        field("verify", "true, false, or the path of a bundle"),
        field("cert", "the path of a certificate"),
    ],
    others: Others::Ignored,
    flows: &[
        flow("token", &[&["auth"], &["jwt_token", "jwt_file"]], "a JSON Web Token"),
        flow("password", &[&["login"], &["password"]], "login and password"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("https://tableau.example.com")),
        ("site_id", Sample::Text("example")),
    ],
}];
