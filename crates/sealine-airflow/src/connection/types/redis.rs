//! Redis.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "redis",
    title: "Redis",
    provider: ("apache-airflow-providers-redis", "4.7.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port"),
        field("login", "the user"),
        secret("password", "the password"),
    ],
    extras: &[
        field("db", "a number; the path of a URI is not read"),
        field("cluster", "true: a cluster"),
        field("startup_nodes", "its first nodes, as `host:port`, separated by commas"),
        field("ssl", "true or false"),
        field("ssl_cert_reqs", "`required`, `optional` or `none`"),
        field("ssl_ca_certs", "the path of a bundle"),
        field("ssl_keyfile", "the path of a key"),
        field("ssl_certfile", "the path of a certificate"),
        field("ssl_check_hostname", "true or false"),
    ],
    others: Others::Ignored,
    flows: &[
        flow("password", &[&["password"]], "the password, with or without a user"),
        flow("none", &[], "a server that asks for nothing"),
    ],
    exhaustive: false,
    notes: &["a database in the path of a URI is not read: write `db` into `extra`"],
    sample: &[
        ("password", Sample::Vault),
        ("host", Sample::Text("redis.example.internal")),
        ("port", Sample::Json("6379")),
        ("db", Sample::Json("0")),
    ],
}];
