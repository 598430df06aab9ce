//! The storage services of Azure.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "wasb",
        title: "Azure Blob Storage",
        provider: ("apache-airflow-providers-microsoft-azure", "15.2.1"),
        fields: &[
            field("host", "the account's URL"),
            field("login", "the account's name, or the client's id"),
            secret("password", "the account's key, or the client's secret"),
        ],
        extras: &[
            secret("connection_string", "the connection string; it wins over everything else"),
            field("tenant_id", "the tenant; in snake case here"),
            secret("shared_access_key", "a shared access key"),
            secret("sas_token", "a token, or a whole URL with one"),
            secret("account_key", "the account's key"),
            field("client_secret_auth_config", "object: more arguments of the credential"),
            field("managed_identity_client_id", "the identity to use, where the pod has several"),
            field("workload_identity_tenant_id", "the tenant of the workload identity"),
        ],
        others: Others::PassedOn("to the client"),
        flows: &[
            flow("connection string", &[&["connection_string"]], "the connection string"),
            flow("shared access key", &[&["shared_access_key"]], "a shared access key"),
            flow(
                "client secret",
                &[&["tenant_id"], &["login"], &["password"]],
                "a service principal; `host` is the account's URL",
            ),
            flow("token", &[&["sas_token"]], "a shared access signature"),
            flow("account key", &[&["password", "account_key"]], "the key of the account"),
            flow("identity of the pod", &[], "managed or workload identity"),
        ],
        exhaustive: false,
        notes: &["`tenant_id` is in snake case; `tenantId` is not read here"],
        sample: &[("connection_string", Sample::Vault)],
    },
    ConnectionType {
        name: "adls",
        title: "Azure Data Lake Storage Gen2",
        provider: ("apache-airflow-providers-microsoft-azure", "15.2.1"),
        fields: &[
            field("host", "the account's name"),
            field("login", "the client's id"),
            secret("password", "the account's key, or the client's secret"),
        ],
        extras: &[
            secret("connection_string", "the connection string; it wins over everything else"),
            field("tenant_id", "the tenant; in snake case here"),
            field("account_url", "another URL than the account's"),
            field("proxies", "object: proxies by scheme"),
            field("managed_identity_client_id", "the identity to use, where the pod has several"),
            field("workload_identity_tenant_id", "the tenant of the workload identity"),
        ],
        others: Others::PassedOn("to the client"),
        flows: &[
            flow("connection string", &[&["connection_string"]], "the connection string"),
            flow(
                "client secret",
                &[&["tenant_id"], &["login"], &["password"], &["host"]],
                "a service principal",
            ),
            flow("account key", &[&["password"], &["host"]], "the key of the account"),
            flow("identity of the pod", &[&["host"]], "managed or workload identity"),
        ],
        exhaustive: false,
        notes: &["`tenant_id` is in snake case; `tenantId` is not read here"],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("example")),
            ("tenant_id", Sample::Text("00000000-0000-0000-0000-000000000000")),
        ],
    },
    ConnectionType {
        name: "azure_data_lake",
        title: "Azure Data Lake Storage Gen1",
        provider: ("apache-airflow-providers-microsoft-azure", "15.2.1"),
        fields: &[field("login", "the client's id"), secret("password", "the client's secret")],
        extras: &[
            field("tenant", "the tenant; so named here"),
            field("account_name", "the store's name"),
            field("managed_identity_client_id", "the identity to use, where the pod has several"),
            field("workload_identity_tenant_id", "the tenant of the workload identity"),
        ],
        others: Others::Ignored,
        flows: &[
            flow(
                "client secret",
                &[&["login"], &["password"], &["tenant"], &["account_name"]],
                "a service principal",
            ),
            flow("identity of the pod", &[&["account_name"]], "managed or workload identity"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenant", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("account_name", Sample::Text("example")),
        ],
    },
    ConnectionType {
        name: "azure_fileshare",
        title: "Azure Files",
        provider: ("apache-airflow-providers-microsoft-azure", "15.2.1"),
        fields: &[
            field("login", "the account's name, or its URL"),
            secret("password", "the account's key"),
        ],
        extras: &[
            secret("connection_string", "the connection string; it wins over everything else"),
            secret("sas_token", "a shared access signature"),
            field("managed_identity_client_id", "the identity to use, where the pod has several"),
            field("workload_identity_tenant_id", "the tenant of the workload identity"),
        ],
        others: Others::Ignored,
        flows: &[
            flow("connection string", &[&["connection_string"]], "the connection string"),
            flow(
                "token or key",
                &[&["login"], &["sas_token", "password"]],
                "a shared access signature, or the account's key",
            ),
            flow("identity of the pod", &[&["login"]], "managed or workload identity"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[("login", Sample::Vault), ("password", Sample::Vault)],
    },
];
