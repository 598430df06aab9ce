//! Databases through ODBC, JDBC and their own drivers.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "mssql",
        title: "Microsoft SQL Server",
        provider: ("apache-airflow-providers-microsoft-mssql", "4.7.2"),
        fields: &[
            field("host", "the server"),
            field("port", "its port; 1433 without"),
            field("login", "the user"),
            secret("password", "the password"),
            field("schema", "the database"),
        ],
        extras: &[],
        others: Others::PassedOn("to the driver"),
        flows: &[flow("password", &[&["login"], &["password"]], "login and password")],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("db.example.internal")),
            ("port", Sample::Json("1433")),
            ("schema", Sample::Text("app")),
        ],
    },
    ConnectionType {
        name: "odbc",
        title: "ODBC",
        provider: ("apache-airflow-providers-odbc", "4.13.1"),
        fields: &[
            field("host", "the server"),
            field("port", "its port"),
            field("login", "the user"),
            secret("password", "the password"),
            field("schema", "the database"),
        ],
        extras: &[
            field("Driver", "the driver; read only where the configuration allows it"),
            field("DSN", "a data source of the machine"),
            field("connect_kwargs", "object: arguments of the driver"),
            field("sqlalchemy_scheme", "the scheme of SQLAlchemy's URL"),
        ],
        others: Others::PassedOn("into the connection string"),
        flows: &[],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("db.example.internal")),
            ("schema", Sample::Text("app")),
        ],
    },
    ConnectionType {
        name: "jdbc",
        title: "JDBC",
        provider: ("apache-airflow-providers-jdbc", "5.6.1"),
        fields: &[
            field("host", "the whole URL, `jdbc:…`"),
            field("login", "the user"),
            secret("password", "the password"),
        ],
        extras: &[
            field("driver_class", "the driver; read only where the configuration allows it"),
            field("driver_path", "its archive; as `driver_class`"),
            field("sqlalchemy_scheme", "the scheme of SQLAlchemy's URL"),
        ],
        others: Others::PassedOn("to SQLAlchemy's URL"),
        flows: &[],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("jdbc:postgresql://db.example.internal:5432/app")),
        ],
    },
];
