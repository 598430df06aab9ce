//! HashiCorp Vault, whose dashes and underscores in `extra` are the hook's.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "vault",
    title: "HashiCorp Vault",
    provider: ("apache-airflow-providers-hashicorp", "4.8.4"),
    fields: &[
        field("host", "the server"),
        field("port", "its port"),
        field("schema", "the mount point"),
        field("login", "the role's id, the user, or the access key's id"),
        secret("password", "the token, the secret, or the password"),
    ],
    extras: &[
        field(
            "auth_type",
            "`token` without; `approle`, `kubernetes`, `userpass`, `aws_iam`, `azure`, `gcp`, `jwt`, `ldap`, `radius`, `github`",
        ),
        field("auth_mount_point", "where the method is mounted"),
        field("kv_engine_version", "1 or 2"),
        field("role_id", "the role's id"),
        field("kubernetes_role", "the role"),
        field("kubernetes_jwt_path", "the path of the account's token"),
        field("jwt_role", "the role"),
        secret("jwt_token", "a token"),
        field("jwt_token_path", "the path of one"),
        field("token_path", "the path of a token"),
        field("gcp_key_path", "the path of a key"),
        field("gcp_scopes", "scopes"),
        field("azure_tenant_id", "the tenant"),
        field("azure_resource", "the resource"),
        field("radius_host", "a server"),
        field("radius_port", "its port"),
        field("use_tls", "true or false"),
    ],
    others: Others::PassedOn("to the client"),
    flows: &[
        flow("token", &[&["password"]], "a token, or the secret of `auth_type`"),
        flow("by method", &[&["auth_type"]], "what `auth_type` says"),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("password", Sample::Vault),
        ("host", Sample::Text("vault.example.internal")),
        ("port", Sample::Json("8200")),
        ("schema", Sample::Text("secret")),
    ],
}];
