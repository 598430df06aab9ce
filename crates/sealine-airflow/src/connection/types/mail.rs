//! Mail: sending and fetching.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "smtp",
        title: "SMTP",
        provider: ("apache-airflow-providers-smtp", "3.2.0"),
        fields: &[
            field("host", "the server"),
            field("port", "its port"),
            field("login", "the user"),
            secret("password", "the password"),
        ],
        extras: &[
            field("from_email", "the sender; needed unless the call gives one"),
            field("timeout", "seconds"),
            field("retry_limit", "a number"),
            field("disable_tls", "true or false"),
            field("disable_ssl", "true or false"),
            field("ssl_context", "`default` or `none`"),
            field("auth_type", "`basic` or `oauth2`"),
            secret("access_token", "a token"),
            field("client_id", "the client"),
            secret("client_secret", "its secret"),
            field("tenant_id", "the tenant"),
            field("scope", "the scope of the token"),
            field("subject_template", "the path of a template"),
            field("html_content_template", "the path of a template"),
        ],
        others: Others::Ignored,
        flows: &[
            flow(
                "OAuth",
                &[&["auth_type"], &["access_token", "client_secret"]],
                "a token, or a client that gets one",
            ),
            flow("basic", &[&["login"], &["password"]], "login and password"),
            flow("open relay", &[&["host"]], "no login"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("smtp.example.com")),
            ("port", Sample::Json("587")),
            ("from_email", Sample::Text("airflow@example.com")),
        ],
    },
    ConnectionType {
        name: "imap",
        title: "IMAP",
        provider: ("apache-airflow-providers-imap", "3.13.1"),
        fields: &[
            field("host", "the server"),
            field("port", "its port"),
            field("login", "the user"),
            secret("password", "the password"),
        ],
        extras: &[field("use_ssl", "true or false"), field("ssl_context", "`default` or `none`")],
        others: Others::Ignored,
        flows: &[flow("password", &[&["login"], &["password"]], "login and password")],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("imap.example.com")),
        ],
    },
];
