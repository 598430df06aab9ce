//! Google Cloud.

use super::{ConnectionType, Flow, Others, Sample, field, flow, secret};

/// The ways to log in.
const FLOWS: &[Flow] = &[
    flow("key", &[&["keyfile_dict"]], "the key of a service account"),
    flow("key file", &[&["key_path"]], "such a key in a file of the pod"),
    flow(
        "key in Secret Manager",
        &[&["key_secret_name"]],
        "such a key, read with the credentials of the pod",
    ),
    flow(
        "workload identity",
        &[&["credential_config_file"]],
        "a token of another provider, by configuration",
    ),
    flow(
        "client credentials",
        &[&["idp_issuer_url"], &["client_id"], &["client_secret"]],
        "a token of another provider, by OAuth",
    ),
    flow(
        "account of the pod",
        &[],
        "no credentials: the library looks at the environment and the node",
    ),
];

/// What is easily missed.
const NOTES: &[&str] = &[
    "at most one of `key_path`, `keyfile_dict`, `key_secret_name` and `credential_config_file` may be set",
    "a key from a vault is JSON already: put it in as it is with `{{ .key | toJson }}`, which makes text of it",
];

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "google_cloud_platform",
        title: "Google Cloud",
        provider: ("apache-airflow-providers-google", "22.8.0"),
        fields: &[],
        extras: &[
            field("project", "the project"),
            field("key_path", "the path of a key in the pod"),
            secret("keyfile_dict", "the key: an object, or its JSON as text"),
            field(
                "credential_config_file",
                "a configuration of workload identity: a path, or an object",
            ),
            field("scope", "scopes, separated by commas"),
            field("key_secret_name", "the name of a key in Secret Manager"),
            field("key_secret_project_id", "its project"),
            field("num_retries", "a number"),
            field("impersonation_chain", "accounts to act as"),
            field("quota_project_id", "the project that pays"),
            field("is_anonymous", "true: no credentials at all"),
            field("idp_issuer_url", "where a token of another provider comes from"),
            field("client_id", "the client there"),
            secret("client_secret", "its secret"),
            field("idp_extra_parameters", "what the form writes, and the hook does not read"),
            field("idp_extra_params", "JSON as text: more parameters of that request"),
        ],
        others: Others::Ignored,
        flows: FLOWS,
        exhaustive: false,
        notes: NOTES,
        sample: &[("keyfile_dict", Sample::Vault), ("project", Sample::Text("example-project"))],
    },
    ConnectionType {
        name: "gcpbigquery",
        title: "Google BigQuery",
        provider: ("apache-airflow-providers-google", "22.8.0"),
        fields: &[],
        extras: &[
            field("project", "the project"),
            field("key_path", "the path of a key in the pod"),
            secret("keyfile_dict", "the key: an object, or its JSON as text"),
            field(
                "credential_config_file",
                "a configuration of workload identity: a path, or an object",
            ),
            field("scope", "scopes, separated by commas"),
            field("key_secret_name", "the name of a key in Secret Manager"),
            field("key_secret_project_id", "its project"),
            field("num_retries", "a number"),
            field("impersonation_chain", "accounts to act as"),
            field("quota_project_id", "the project that pays"),
            field("is_anonymous", "true: no credentials at all"),
            field("idp_issuer_url", "where a token of another provider comes from"),
            field("client_id", "the client there"),
            secret("client_secret", "its secret"),
            field("idp_extra_parameters", "what the form writes, and the hook does not read"),
            field("idp_extra_params", "JSON as text: more parameters of that request"),
            field("use_legacy_sql", "true or false"),
            field("location", "the location of jobs"),
            field("priority", "`INTERACTIVE` or `BATCH`"),
            field("api_resource_configs", "object: parts of the job's configuration"),
            field("labels", "object: labels of jobs"),
        ],
        others: Others::Ignored,
        flows: FLOWS,
        exhaustive: false,
        notes: NOTES,
        sample: &[("keyfile_dict", Sample::Vault), ("project", Sample::Text("example-project"))],
    },
];
