//! Azure, but for its storage. How the tenant is written differs from hook to hook.

use super::{ConnectionType, Field, Flow, Others, Sample, field, flow, secret};

/// The package that brings these types, and the version that was read.
const PROVIDER: (&str, &str) = ("apache-airflow-providers-microsoft-azure", "15.2.1");

/// The login of a service principal.
const PRINCIPAL: &[Field] =
    &[field("login", "the client's id"), secret("password", "the client's secret")];

/// A service principal with its secret.
const CLIENT_SECRET: Flow =
    flow("client secret", &[&["login"], &["password"], &["tenantId"]], "a service principal");

/// What is left when nothing else is given.
const IDENTITY_OF_POD: Flow =
    flow("identity of the pod", &[], "neither login nor password: managed or workload identity");

/// How the tenant is written in most of them.
const CAMEL_CASE: &[&str] = &["`tenantId` is in camel case; `tenant_id` is not read here"];

/// A new connection with a client secret.
const WITH_SECRET: &[(&str, Sample)] = &[
    ("login", Sample::Vault),
    ("password", Sample::Vault),
    ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
];

/// The tenant.
const TENANT: Field = field("tenantId", "the tenant; in camel case here");

/// The subscription.
const SUBSCRIPTION: Field = field("subscriptionId", "the subscription; in camel case here");

/// Which identity of the pod.
const MANAGED_IDENTITY: Field =
    field("managed_identity_client_id", "the identity to use, where the pod has several");

/// Whose identity.
const WORKLOAD_TENANT: Field =
    field("workload_identity_tenant_id", "the tenant of the workload identity");

/// A principal in a file.
const KEY_PATH: Field = field("key_path", "the path of a file with the principal");

/// A principal as it is.
const KEY_JSON: Field = secret("key_json", "the principal as an object");

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "azure",
        title: "Azure",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[
            TENANT,
            SUBSCRIPTION,
            field("cloud_environment", "another cloud than the public one"),
            KEY_PATH,
            KEY_JSON,
            field("use_azure_identity_object", "true: credentials of azure-identity"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[
            flow("key file", &[&["key_path"]], "a principal in a file of the pod"),
            flow("key", &[&["key_json"]], "a principal as an object"),
            CLIENT_SECRET,
            IDENTITY_OF_POD,
        ],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("subscriptionId", Sample::Text("00000000-0000-0000-0000-000000000000")),
        ],
    },
    ConnectionType {
        name: "azure_container_instance",
        title: "Azure Container Instances",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[
            TENANT,
            SUBSCRIPTION,
            field("cloud_environment", "another cloud than the public one"),
            KEY_PATH,
            KEY_JSON,
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[CLIENT_SECRET, IDENTITY_OF_POD],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: WITH_SECRET,
    },
    ConnectionType {
        name: "azure_compute",
        title: "Azure Virtual Machines",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[TENANT, SUBSCRIPTION, KEY_PATH, KEY_JSON, MANAGED_IDENTITY, WORKLOAD_TENANT],
        others: Others::Ignored,
        flows: &[CLIENT_SECRET, IDENTITY_OF_POD],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: WITH_SECRET,
    },
    ConnectionType {
        name: "azure_data_factory",
        title: "Azure Data Factory",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[
            TENANT,
            SUBSCRIPTION,
            field("resource_group_name", "the resource group"),
            field("factory_name", "the factory"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[CLIENT_SECRET, IDENTITY_OF_POD],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("subscriptionId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("resource_group_name", Sample::Text("example")),
            ("factory_name", Sample::Text("example")),
        ],
    },
    ConnectionType {
        name: "azure_synapse",
        title: "Azure Synapse",
        provider: PROVIDER,
        fields: &[
            field("host", "the workspace's URL"),
            field("login", "the client's id"),
            secret("password", "the client's secret"),
        ],
        extras: &[TENANT, SUBSCRIPTION, MANAGED_IDENTITY, WORKLOAD_TENANT],
        others: Others::Ignored,
        flows: &[CLIENT_SECRET, IDENTITY_OF_POD],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("host", Sample::Text("https://example.dev.azuresynapse.net")),
        ],
    },
    ConnectionType {
        name: "azure_analysis_services",
        title: "Azure Analysis Services",
        provider: PROVIDER,
        fields: &[
            field("host", "the region's endpoint"),
            field("login", "the client's id"),
            secret("password", "the client's secret"),
        ],
        extras: &[TENANT],
        others: Others::Ignored,
        flows: &[flow(
            "client secret",
            &[&["login"], &["password"], &["tenantId"]],
            "a service principal",
        )],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("host", Sample::Text("https://westeurope.asazure.windows.net")),
        ],
    },
    ConnectionType {
        name: "azure_ai_agents",
        title: "Azure AI Agents",
        provider: PROVIDER,
        fields: &[
            field("host", "the project's endpoint"),
            field("login", "the client's id"),
            secret("password", "the client's secret"),
        ],
        extras: &[
            TENANT,
            field("cloud_environment", "another cloud than the public one"),
            field("endpoint", "as `host`"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[CLIENT_SECRET, IDENTITY_OF_POD],
        exhaustive: false,
        notes: CAMEL_CASE,
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenantId", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("host", Sample::Text("https://example.services.ai.azure.com")),
        ],
    },
    ConnectionType {
        name: "azure_batch",
        title: "Azure Batch",
        provider: PROVIDER,
        fields: &[field("login", "the account's name"), secret("password", "the account's key")],
        extras: &[field("account_url", "the account's URL"), MANAGED_IDENTITY, WORKLOAD_TENANT],
        others: Others::Ignored,
        flows: &[
            flow("key", &[&["login"], &["password"], &["account_url"]], "the key of the account"),
            flow("identity of the pod", &[&["account_url"]], "managed or workload identity"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("account_url", Sample::Text("https://example.westeurope.batch.azure.com")),
        ],
    },
    ConnectionType {
        name: "azure_cosmos",
        title: "Azure Cosmos DB",
        provider: PROVIDER,
        fields: &[field("login", "the endpoint"), secret("password", "the master key")],
        extras: &[
            field("database_name", "the database"),
            field("collection_name", "the collection"),
            field("subscription_id", "the subscription"),
            field("resource_group_name", "the resource group"),
            field("partition_key", "the partition key"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[
            flow("key", &[&["login"], &["password"]], "the master key"),
            flow(
                "identity of the pod",
                &[&["login"], &["subscription_id"], &["resource_group_name"]],
                "the key is looked up with the identity of the pod",
            ),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("database_name", Sample::Text("example")),
        ],
    },
    ConnectionType {
        name: "azure_data_explorer",
        title: "Azure Data Explorer",
        provider: PROVIDER,
        fields: &[
            field("host", "the cluster's URL"),
            field("login", "the user, or the client's id"),
            secret("password", "the password, or the client's secret"),
        ],
        extras: &[
            field("tenant", "the tenant; so named here"),
            field(
                "auth_method",
                "`AAD_APP`, `AAD_APP_CERT`, `AAD_CREDS`, `AAD_DEVICE` or `AZURE_TOKEN_CRED`",
            ),
            secret("certificate", "the client's certificate"),
            field("thumbprint", "its thumbprint"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[flow("by method", &[&["auth_method"]], "what `auth_method` says")],
        exhaustive: false,
        notes: &["`auth_method` is required"],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("https://example.westeurope.kusto.windows.net")),
            ("tenant", Sample::Text("00000000-0000-0000-0000-000000000000")),
            ("auth_method", Sample::Text("AAD_APP")),
        ],
    },
    ConnectionType {
        name: "azure_container_registry",
        title: "Azure Container Registry",
        provider: PROVIDER,
        fields: &[
            field("host", "the registry"),
            field("login", "the user"),
            secret("password", "the password"),
        ],
        extras: &[
            field("subscription_id", "the subscription"),
            field("resource_group", "the resource group"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[
            flow("password", &[&["login"], &["password"]], "login and password"),
            flow(
                "identity of the pod",
                &[&["login"]],
                "the password is looked up with the identity of the pod",
            ),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("example.azurecr.io")),
        ],
    },
    ConnectionType {
        name: "azure_container_volume",
        title: "Azure Container Volume",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[
            secret("connection_string", "the connection string of the storage account"),
            field("subscription_id", "the subscription"),
            field("resource_group", "the resource group"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[],
        exhaustive: false,
        notes: &[],
        sample: &[("connection_string", Sample::Vault)],
    },
    ConnectionType {
        name: "azure_service_bus",
        title: "Azure Service Bus",
        provider: PROVIDER,
        fields: &[secret("schema", "the connection string")],
        extras: &[
            field("fully_qualified_namespace", "`NAME.servicebus.windows.net`"),
            secret("credential", "an object of credentials"),
            MANAGED_IDENTITY,
            WORKLOAD_TENANT,
        ],
        others: Others::Ignored,
        flows: &[
            flow(
                "connection string",
                &[&["schema"]],
                "the connection string, which stands in `schema`",
            ),
            flow(
                "identity of the pod",
                &[&["fully_qualified_namespace"]],
                "managed or workload identity",
            ),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[("schema", Sample::Vault)],
    },
    ConnectionType {
        name: "msgraph",
        title: "Microsoft Graph",
        provider: PROVIDER,
        fields: &[
            field("host", "another host than the public one"),
            field("schema", "its scheme"),
            field("login", "the client's id"),
            secret("password", "the client's secret"),
        ],
        extras: &[
            field("tenant_id", "the tenant; in snake case here"),
            field("tenantId", "as `tenant_id`"),
            field("api_version", "`v1.0` or `beta`"),
            field("drive_id", "the drive"),
            field("authority", "where tokens come from"),
            field("certificate_path", "path of a certificate"),
            secret("certificate_data", "a certificate"),
            field("scopes", "scopes of the token"),
            field("disable_instance_discovery", "true or false"),
            field("allowed_hosts", "hosts that may get the token"),
            field("proxies", "object: proxies by scheme"),
            field("verify", "true or false"),
            field("trust_env", "true or false"),
            field("base_url", "another URL than the public one"),
        ],
        others: Others::Ignored,
        flows: &[
            flow(
                "client secret",
                &[&["login"], &["password"], &["tenant_id", "tenantId"]],
                "a service principal",
            ),
            flow(
                "certificate",
                &[
                    &["login"],
                    &["certificate_data", "certificate_path"],
                    &["tenant_id", "tenantId"],
                ],
                "a service principal with a certificate",
            ),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenant_id", Sample::Text("00000000-0000-0000-0000-000000000000")),
        ],
    },
    ConnectionType {
        name: "powerbi",
        title: "Power BI",
        provider: PROVIDER,
        fields: PRINCIPAL,
        extras: &[
            field("tenant_id", "the tenant; in snake case here"),
            field("tenantId", "as `tenant_id`"),
            field("api_version", "the version of the interface"),
        ],
        others: Others::PassedOn("to the adapter of Microsoft Graph"),
        flows: &[flow(
            "client secret",
            &[&["login"], &["password"], &["tenant_id", "tenantId"]],
            "a service principal",
        )],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("tenant_id", Sample::Text("00000000-0000-0000-0000-000000000000")),
        ],
    },
];
