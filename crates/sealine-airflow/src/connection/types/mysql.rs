//! `MySQL`, `MariaDB` and Aurora.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "mysql",
    title: "MySQL",
    provider: ("apache-airflow-providers-mysql", "6.7.1"),
    fields: &[
        field("host", "the server"),
        field("port", "its port; 3306 without"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "the database"),
    ],
    extras: &[
        field("charset", "such as `utf8mb4`"),
        field("cursor", "`sscursor`, `dictcursor` or `ssdictcursor`"),
        field("ssl", "object, or JSON text, with `ca`, `cert`, `key`"),
        field("ssl_mode", "such as `REQUIRED`"),
        field("unix_socket", "path of a socket in place of host and port"),
        field("client", "`mysqlclient` or `mysql-connector-python`"),
        field("iam", "true: a token instead of the password"),
        field("aws_conn_id", "the connection that gets the token"),
        field("local_infile", "true: files of the client may be loaded"),
        field("sqlalchemy_scheme", "such as `mysql+pymysql`"),
        field("sqlalchemy_query", "object: the query of SQLAlchemy's URL"),
    ],
    others: Others::PassedOn("to mysql-connector-python; mysqlclient never sees it"),
    flows: &[
        flow("password", &[&["login"], &["password"]], "login and password"),
        flow("token", &[&["iam"]], "a token of AWS in place of the password"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("db.example.internal")),
        ("port", Sample::Json("3306")),
        ("schema", Sample::Text("app")),
    ],
}];
