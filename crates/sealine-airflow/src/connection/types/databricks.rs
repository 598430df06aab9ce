//! Databricks.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "databricks",
    title: "Databricks",
    provider: ("apache-airflow-providers-databricks", "7.23.0"),
    fields: &[
        field("host", "the workspace"),
        field("login", "`token`, a user, or a client's id"),
        secret("password", "the token, the password, or the client's secret"),
    ],
    extras: &[
        secret("token", "a personal access token"),
        field("service_principal_oauth", "true: `login` and `password` are a service principal"),
        field("azure_tenant_id", "the tenant"),
        field("azure_resource_id", "the workspace in Azure"),
        field("azure_ad_endpoint", "where tokens come from"),
        field("use_azure_managed_identity", "true: the identity of the pod"),
        field("use_default_azure_credential", "true: azure-identity decides"),
        field("federated_token_provider", "who gives the token"),
        field("http_path", "the path of a warehouse"),
    ],
    others: Others::PassedOn("to the connector of the SQL hook"),
    flows: &[
        flow("token", &[&["token", "password"]], "a personal access token"),
        flow(
            "service principal",
            &[&["service_principal_oauth"], &["login"], &["password"]],
            "OAuth of Databricks",
        ),
        flow(
            "identity of the pod",
            &[&[
                "use_azure_managed_identity",
                "use_default_azure_credential",
                "federated_token_provider",
            ]],
            "a token of Azure or of the cluster",
        ),
    ],
    exhaustive: false,
    notes: &[],
    sample: &[
        ("token", Sample::Vault),
        ("host", Sample::Text("https://example.cloud.databricks.com")),
    ],
}];
