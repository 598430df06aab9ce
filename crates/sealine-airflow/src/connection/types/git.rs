//! Git and its hosts.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "git",
        title: "Git",
        provider: ("apache-airflow-providers-git", "1.0.1"),
        fields: &[
            field("host", "the URL of the repository"),
            field("login", "the user"),
            secret("password", "the token"),
        ],
        extras: &[
            secret("private_key", "a key in PEM, with real line breaks"),
            field("key_file", "the path of a key"),
            secret("private_key_passphrase", "its passphrase"),
            field("strict_host_key_checking", "`yes` or `no`"),
            field("known_hosts_file", "the path of a file"),
            field("github_app_id", "an app of GitHub"),
            field("github_installation_id", "its installation"),
        ],
        others: Others::PassedOn("to nothing that is known"),
        flows: &[
            flow("token", &[&["password"]], "a token"),
            flow("key", &[&["private_key", "key_file"]], "a key"),
            flow("none", &[&["host"]], "a public repository"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("https://git.example.com/team/dags.git")),
        ],
    },
    ConnectionType {
        name: "github",
        title: "GitHub",
        provider: ("apache-airflow-providers-github", "2.12.1"),
        fields: &[field("host", "a server of one's own"), secret("password", "the token")],
        extras: &[
            field("app_id", "an app"),
            field("installation_id", "its installation"),
            secret("private_key", "its key"),
            field("key_path", "the path of its key"),
            field("token_permissions", "object: what the token may"),
        ],
        others: Others::PassedOn("to nothing that is known"),
        flows: &[
            flow(
                "app",
                &[&["app_id"], &["installation_id"], &["private_key", "key_path"]],
                "a token of an app",
            ),
            flow("token", &[&["password"]], "a token"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[("password", Sample::Vault)],
    },
];
