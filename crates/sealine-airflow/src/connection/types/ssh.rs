//! SSH and SFTP.

use super::{ConnectionType, Field, Flow, Others, Sample, field, flow, secret};

/// The server and who logs in.
const FIELDS: &[Field] = &[
    field("host", "the server"),
    field("port", "its port; 22 without"),
    field("login", "the user"),
    secret("password", "the password"),
];

/// What both hooks read besides.
const EXTRAS: &[Field] = &[
    field("key_file", "the path of a key"),
    secret("private_key", "a key in PEM, with real line breaks"),
    secret("private_key_passphrase", "its passphrase"),
    secret("passphrase", "as `private_key_passphrase`"),
    field("no_host_key_check", "true: any host key will do"),
    field("allow_host_key_change", "true: a host may have another key than before"),
    field("host_key", "the host's public key, in base64"),
    field("known_hosts", "a file of known hosts, or its text"),
    field("look_for_keys", "false: no keys of the user's folder"),
    field("ciphers", "ciphers, in order"),
    field("disabled_algorithms", "object: algorithms that must not be used"),
    field("ignore_hostkey_verification", "true: the old name of `no_host_key_check`"),
    field("compress", "true or false"),
    field("conn_timeout", "seconds"),
    field("cmd_timeout", "seconds"),
];

/// The ways to log in.
const FLOWS: &[Flow] = &[
    flow("key", &[&["login"], &["private_key"]], "a key"),
    flow("key file", &[&["login"], &["key_file"]], "a key in a file of the pod"),
    flow("password", &[&["login"], &["password"]], "login and password"),
];

/// What is easily missed.
const NOTES: &[&str] = &[
    "`private_key` and `host_key` want real line breaks: in JSON they are `\\n` once",
    "`host_key` needs `no_host_key_check` to be false",
];

/// A new connection.
const SAMPLE: &[(&str, Sample)] = &[
    ("login", Sample::Vault),
    ("private_key", Sample::Vault),
    ("host", Sample::Text("files.example.com")),
    ("port", Sample::Json("22")),
];

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "ssh",
        title: "SSH",
        provider: ("apache-airflow-providers-ssh", "7.0.1"),
        fields: FIELDS,
        extras: EXTRAS,
        others: Others::Ignored,
        flows: FLOWS,
        exhaustive: false,
        notes: NOTES,
        sample: SAMPLE,
    },
    ConnectionType {
        name: "sftp",
        title: "SFTP",
        provider: ("apache-airflow-providers-sftp", "7.0.0"),
        fields: FIELDS,
        extras: EXTRAS,
        others: Others::Ignored,
        flows: FLOWS,
        exhaustive: false,
        notes: NOTES,
        sample: SAMPLE,
    },
];
