//! PostgreSQL, Amazon Redshift through its wire protocol, and what speaks it.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "postgres",
    title: "PostgreSQL",
    provider: ("apache-airflow-providers-postgres", "7.1.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 5432 without"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "the database"),
    ],
    extras: &[
        field("sslmode", "`disable` to `verify-full`"),
        field("sslcert", "path of the client certificate"),
        field("sslkey", "path of its key"),
        field("sslrootcert", "path of the authority's certificate"),
        field("options", "options of the server, such as `-c search_path=app`"),
        field("connect_timeout", "seconds"),
        field("application_name", "how the server names the session"),
        field("keepalives", "0 or 1"),
        field("keepalives_idle", "seconds"),
        field("target_session_attrs", "such as `read-write`"),
        field("cursor", "`dictcursor`, `realdictcursor` or `namedtuplecursor`"),
        field("iam", "true: a token instead of the password"),
        field("redshift", "true: the token is one of Redshift"),
        field("redshift-serverless", "true: the token is one of Redshift Serverless"),
        field("cluster-identifier", "the cluster of Redshift"),
        field("workgroup-name", "the workgroup of Redshift Serverless"),
        field("aws_conn_id", "the connection that gets the token from AWS"),
        field("azure_conn_id", "the connection that gets the token from Azure"),
        field("sqlalchemy_scheme", "such as `postgresql+psycopg`"),
        field("sqlalchemy_query", "object: the query of SQLAlchemy's URL"),
    ],
    others: Others::PassedOn("to the driver, which refuses what it does not know"),
    flows: &[
        flow("password", &[&["login"], &["password"]], "login and password"),
        flow("token", &[&["iam"]], "a token of AWS or Azure in place of the password"),
        flow(
            "certificate",
            &[&["sslcert"], &["sslkey"]],
            "a client certificate, where the server maps it to a user",
        ),
    ],
    exhaustive: false,
    notes: &["the URI form is `postgres://` or `postgresql://`; both become `postgres`"],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("db.example.internal")),
        ("port", Sample::Json("5432")),
        ("schema", Sample::Text("app")),
    ],
}];
