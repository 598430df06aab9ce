//! Which attributes of Terraform resources and backends hold secrets.
//!
//! Invariant: this is the only list of its kind. Readers drop the text of what it names; rules say
//! where such a value is given, and which form keeps it out of state, since which version.

/// An argument of a resource that takes a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretAttribute {
    /// The type of the resource.
    pub resource: &'static str,
    /// The argument; nested ones as `block.argument`, without the indexes of blocks.
    pub attribute: &'static str,
    /// Another argument and the value it must have for this one to be a secret.
    pub only_when: Option<(&'static str, &'static str)>,
    /// The form that never reaches the state.
    pub write_only: Option<WriteOnly>,
}

/// The write-only form of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteOnly {
    /// The argument that takes the value.
    pub attribute: &'static str,
    /// The argument whose change makes Terraform write the value.
    pub version_attribute: &'static str,
    /// The provider.
    pub provider: &'static str,
    /// The provider's version that brought it.
    pub since: &'static str,
}

/// The version of Terraform and `OpenTofu` that brought write-only arguments.
pub const WRITE_ONLY_SINCE: &str = "1.11";

/// A data source whose secret an ephemeral resource of the same type reads without keeping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EphemeralForm {
    /// The type of the data source and of the ephemeral resource.
    pub resource: &'static str,
    /// The attribute that holds the secret.
    pub attribute: &'static str,
    /// The provider.
    pub provider: &'static str,
    /// The provider's version that brought the ephemeral resource.
    pub since: &'static str,
}

/// Returns the row of an argument of a managed resource: of the argument itself, of its write-only
/// form, or of an element of it (`data.password` of `kubernetes_secret`).
pub fn secret_attribute(resource: &str, attribute: &str) -> Option<&'static SecretAttribute> {
    let rows = ARGUMENTS.iter().filter(|row| row.resource == resource);
    let path = without_indexes(attribute);
    rows.into_iter().find(|row| {
        let twin = row.write_only.is_some_and(|form| within(&path, form.attribute));
        twin || within(&path, row.attribute)
    })
}

/// Returns whether this argument is the write-only form of a secret argument.
pub fn is_write_only(resource: &str, attribute: &str) -> bool {
    let path = without_indexes(attribute);
    let form = secret_attribute(resource, attribute).and_then(|row| row.write_only);
    form.is_some_and(|form| within(&path, form.attribute))
}

/// Returns the ephemeral form of a data source that holds a secret.
pub fn ephemeral_form(data_source: &str) -> Option<&'static EphemeralForm> {
    EPHEMERAL.iter().find(|form| form.resource == data_source)
}

/// Returns whether an attribute of a managed resource or data source holds a secret: one that is
/// given to it, one that it generates or one that it reads.
pub fn holds_secret(resource: &str, attribute: &str) -> bool {
    let path = without_indexes(attribute);
    let generated = GENERATED.iter().filter(|(kind, _)| *kind == resource);
    let read = EPHEMERAL.iter().filter(|form| form.resource == resource);
    secret_attribute(resource, attribute).is_some()
        || generated.into_iter().any(|(_, name)| within(&path, name))
        || read.into_iter().any(|form| within(&path, form.attribute))
}

/// Returns whether `text`, given to an attribute of this backend (`cloud` for a `cloud` block), is
/// a credential.
pub fn is_backend_credential(backend: &str, attribute: &str, text: &str) -> bool {
    let listed = BACKEND_CREDENTIALS.iter().any(|(kind, names)| {
        *kind == backend && names.contains(&without_indexes(attribute).as_str())
    });
    let text = text.trim();
    match (backend, attribute) {
        _ if !listed || text.is_empty() => false,
        // A path to the key file, or the key itself.
        ("gcs", "credentials") => text.starts_with('{'),
        // A connection string with or without a password.
        ("pg", "conn_str") => has_password(text),
        // A path to the certificate's key, or the key itself.
        ("oci", "private_key") | ("kubernetes", "client_key") => text.starts_with("-----BEGIN"),
        _ => true,
    }
}

/// Whether a connection string carries a password: `scheme://user:password@host` or `password=x`.
fn has_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    let in_authority = authority
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty());
    in_authority || lower.contains("password=")
}

/// `os_profile.0.admin_password` as `os_profile.admin_password`.
fn without_indexes(attribute: &str) -> String {
    let is_index = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*');
    attribute.split('.').filter(|part| !is_index(part)).collect::<Vec<_>>().join(".")
}

/// Whether `path` is `name` or an element of it.
fn within(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The secrets that may stand in a backend block.
const BACKEND_CREDENTIALS: &[(&str, &[&str])] = &[
    ("s3", &["access_key", "secret_key", "token", "sse_customer_key"]),
    (
        "azurerm",
        &["access_key", "sas_token", "client_secret", "client_certificate_password", "oidc_token"],
    ),
    ("gcs", &["credentials", "access_token", "encryption_key"]),
    ("http", &["password", "client_private_key_pem"]),
    ("pg", &["conn_str"]),
    ("consul", &["access_token", "http_auth"]),
    ("kubernetes", &["token", "password", "client_key"]),
    ("oss", &["access_key", "secret_key", "security_token"]),
    ("cos", &["secret_id", "secret_key", "security_token"]),
    ("oci", &["private_key", "private_key_password", "sse_customer_key"]),
    ("remote", &["token"]),
    ("cloud", &["token"]),
];

const fn plain(resource: &'static str, attribute: &'static str) -> SecretAttribute {
    SecretAttribute { resource, attribute, only_when: None, write_only: None }
}

const fn twin(
    resource: &'static str,
    attribute: &'static str,
    form: [&'static str; 2],
    provider: &'static str,
    since: &'static str,
) -> SecretAttribute {
    let [write_only, version_attribute] = form;
    let form = WriteOnly { attribute: write_only, version_attribute, provider, since };
    SecretAttribute { resource, attribute, only_when: None, write_only: Some(form) }
}

const fn when(
    row: SecretAttribute,
    attribute: &'static str,
    value: &'static str,
) -> SecretAttribute {
    SecretAttribute { only_when: Some((attribute, value)), ..row }
}

const VALUE: [&str; 2] = ["value_wo", "value_wo_version"];
const PASSWORD: [&str; 2] = ["password_wo", "password_wo_version"];
const ADMINISTRATOR_PASSWORD: [&str; 2] =
    ["administrator_password_wo", "administrator_password_wo_version"];
const ADMINISTRATOR_LOGIN_PASSWORD: [&str; 2] =
    ["administrator_login_password_wo", "administrator_login_password_wo_version"];
const MASTER_PASSWORD: [&str; 2] = ["master_password_wo", "master_password_wo_version"];
const CLIENT_SECRET: [&str; 2] = ["client_secret_wo", "client_secret_wo_version"];
const CREDENTIALS: [&str; 2] = ["credentials_wo", "credentials_wo_version"];
const SECRET_KEY: [&str; 2] = ["secret_key_wo", "secret_key_wo_version"];
const BINDPASS: [&str; 2] = ["bindpass_wo", "bindpass_wo_version"];
const TOKEN: [&str; 2] = ["token_wo", "token_wo_version"];
const PRIVATE_KEY: [&str; 2] = ["private_key_wo", "private_key_wo_version"];
const SHARED_SECRET: [&str; 2] = ["shared_secret_wo", "shared_secret_wo_version"];

/// Arguments that take a secret, by provider.
static ARGUMENTS: &[SecretAttribute] = &[
    twin("azurerm_key_vault_secret", "value", VALUE, "azurerm", "4.23.0"),
    plain("azurerm_key_vault_certificate", "certificate.contents"),
    plain("azurerm_key_vault_certificate", "certificate.password"),
    twin("azurerm_mssql_job_credential", "password", PASSWORD, "azurerm", "4.21.0"),
    twin(
        "azurerm_mssql_server",
        "administrator_login_password",
        ADMINISTRATOR_LOGIN_PASSWORD,
        "azurerm",
        "4.21.0",
    ),
    twin(
        "azurerm_mysql_flexible_server",
        "administrator_password",
        ADMINISTRATOR_PASSWORD,
        "azurerm",
        "4.21.0",
    ),
    twin(
        "azurerm_postgresql_flexible_server",
        "administrator_password",
        ADMINISTRATOR_PASSWORD,
        "azurerm",
        "4.21.0",
    ),
    twin(
        "azurerm_postgresql_server",
        "administrator_login_password",
        ADMINISTRATOR_LOGIN_PASSWORD,
        "azurerm",
        "4.21.0",
    ),
    plain("azurerm_mariadb_server", "administrator_login_password"),
    plain("azurerm_mysql_server", "administrator_login_password"),
    plain("azurerm_sql_server", "administrator_login_password"),
    plain("azurerm_synapse_workspace", "sql_administrator_login_password"),
    plain("azurerm_linux_virtual_machine", "admin_password"),
    plain("azurerm_linux_virtual_machine_scale_set", "admin_password"),
    plain("azurerm_windows_virtual_machine", "admin_password"),
    plain("azurerm_windows_virtual_machine_scale_set", "admin_password"),
    plain("azurerm_virtual_machine", "os_profile.admin_password"),
    plain("azuread_user", "password"),
    twin(
        "aws_secretsmanager_secret_version",
        "secret_string",
        ["secret_string_wo", "secret_string_wo_version"],
        "aws",
        "5.88.0",
    ),
    plain("aws_secretsmanager_secret_version", "secret_binary"),
    when(twin("aws_ssm_parameter", "value", VALUE, "aws", "5.87.0"), "type", "SecureString"),
    twin("aws_db_instance", "password", PASSWORD, "aws", "5.88.0"),
    twin("aws_rds_cluster", "master_password", MASTER_PASSWORD, "aws", "5.87.0"),
    twin("aws_docdb_cluster", "master_password", MASTER_PASSWORD, "aws", "5.88.0"),
    twin("aws_redshift_cluster", "master_password", MASTER_PASSWORD, "aws", "5.88.0"),
    twin(
        "aws_redshiftserverless_namespace",
        "admin_user_password",
        ["admin_user_password_wo", "admin_user_password_wo_version"],
        "aws",
        "5.88.0",
    ),
    plain("aws_amplify_app", "access_token"),
    plain("aws_amplify_app", "oauth_token"),
    plain("aws_directory_service_directory", "password"),
    plain("aws_dms_endpoint", "password"),
    plain("aws_docdbelastic_cluster", "admin_user_password"),
    plain("aws_elasticache_replication_group", "auth_token"),
    plain("aws_elasticache_user", "passwords"),
    plain(
        "aws_elasticsearch_domain",
        "advanced_security_options.master_user_options.master_user_password",
    ),
    plain("aws_lightsail_database", "master_password"),
    plain("aws_memorydb_user", "authentication_mode.passwords"),
    plain("aws_mq_broker", "user.password"),
    plain(
        "aws_opensearch_domain",
        "advanced_security_options.master_user_options.master_user_password",
    ),
    plain("aws_vpn_connection", "tunnel1_preshared_key"),
    plain("aws_vpn_connection", "tunnel2_preshared_key"),
    twin(
        "google_secret_manager_secret_version",
        "secret_data",
        ["secret_data_wo", "secret_data_wo_version"],
        "google",
        "6.23.0",
    ),
    twin("google_sql_user", "password", PASSWORD, "google", "6.23.0"),
    twin(
        "google_sql_database_instance",
        "root_password",
        ["root_password_wo", "root_password_wo_version"],
        "google",
        "7.13.0",
    ),
    twin("google_alloydb_user", "password", PASSWORD, "google", "7.13.0"),
    twin(
        "google_alloydb_cluster",
        "initial_user.password",
        ["initial_user.password_wo", "initial_user.password_wo_version"],
        "google",
        "7.20.0",
    ),
    twin(
        "google_bigquery_data_transfer_config",
        "sensitive_params.secret_access_key",
        ["sensitive_params.secret_access_key_wo", "sensitive_params.secret_access_key_wo_version"],
        "google",
        "6.23.0",
    ),
    twin("google_compute_ssl_certificate", "private_key", PRIVATE_KEY, "google", "7.20.0"),
    twin("google_compute_region_ssl_certificate", "private_key", PRIVATE_KEY, "google", "7.20.0"),
    twin("google_compute_vpn_tunnel", "shared_secret", SHARED_SECRET, "google", "7.5.0"),
    twin(
        "google_monitoring_uptime_check_config",
        "http_check.auth_info.password",
        ["http_check.auth_info.password_wo", "http_check.auth_info.password_wo_version"],
        "google",
        "6.30.0",
    ),
    twin(
        "vault_kv_secret_v2",
        "data_json",
        ["data_json_wo", "data_json_wo_version"],
        "vault",
        "5.0.0",
    ),
    plain("vault_kv_secret", "data_json"),
    plain("vault_generic_secret", "data_json"),
    plain("vault_generic_endpoint", "data_json"),
    twin("vault_aws_auth_backend_client", "secret_key", SECRET_KEY, "vault", "5.7.0"),
    twin("vault_aws_secret_backend", "secret_key", SECRET_KEY, "vault", "5.7.0"),
    twin("vault_azure_auth_backend_config", "client_secret", CLIENT_SECRET, "vault", "5.7.0"),
    twin("vault_azure_secret_backend", "client_secret", CLIENT_SECRET, "vault", "5.7.0"),
    twin("vault_consul_secret_backend", "token", TOKEN, "vault", "5.7.0"),
    twin("vault_gcp_auth_backend", "credentials", CREDENTIALS, "vault", "5.7.0"),
    twin("vault_gcp_secret_backend", "credentials", CREDENTIALS, "vault", "5.0.0"),
    twin(
        "vault_jwt_auth_backend",
        "oidc_client_secret",
        ["oidc_client_secret_wo", "oidc_client_secret_wo_version"],
        "vault",
        "5.7.0",
    ),
    twin(
        "vault_kubernetes_auth_backend_config",
        "token_reviewer_jwt",
        ["token_reviewer_jwt_wo", "token_reviewer_jwt_wo_version"],
        "vault",
        "5.7.0",
    ),
    twin(
        "vault_kubernetes_secret_backend",
        "service_account_jwt",
        ["service_account_jwt_wo", "service_account_jwt_wo_version"],
        "vault",
        "5.7.0",
    ),
    twin("vault_ldap_auth_backend", "bindpass", BINDPASS, "vault", "5.7.0"),
    twin("vault_ldap_secret_backend", "bindpass", BINDPASS, "vault", "5.7.0"),
    twin("vault_mongodbatlas_secret_backend", "private_key", PRIVATE_KEY, "vault", "5.7.0"),
    twin("vault_nomad_secret_backend", "token", TOKEN, "vault", "5.7.0"),
    twin("vault_rabbitmq_secret_backend", "password", PASSWORD, "vault", "5.7.0"),
    plain("kubernetes_secret", "data"),
    plain("kubernetes_secret", "binary_data"),
    twin("kubernetes_secret_v1", "data", ["data_wo", "data_wo_revision"], "kubernetes", "2.36.0"),
    plain("kubernetes_secret_v1", "binary_data"),
    plain("postgresql_role", "password"),
    plain("mysql_user", "plaintext_password"),
    plain("rabbitmq_user", "password"),
    plain("mongodbatlas_database_user", "password"),
    plain("github_actions_secret", "plaintext_value"),
    plain("github_actions_environment_secret", "plaintext_value"),
    plain("github_actions_organization_secret", "plaintext_value"),
    plain("github_dependabot_secret", "plaintext_value"),
    plain("cloudflare_workers_secret", "secret_text"),
    plain("keycloak_openid_client", "client_secret"),
    when(plain("tfe_variable", "value"), "sensitive", "true"),
];

/// Attributes in which a resource hands out a secret that it made.
static GENERATED: &[(&str, &str)] = &[
    ("random_password", "result"),
    ("random_password", "bcrypt_hash"),
    ("tls_private_key", "private_key_pem"),
    ("tls_private_key", "private_key_pem_pkcs8"),
    ("tls_private_key", "private_key_openssh"),
    ("aws_cognito_user_pool_client", "client_secret"),
    ("aws_iam_access_key", "secret"),
    ("aws_iam_access_key", "ses_smtp_password_v4"),
    ("azuread_application_password", "value"),
    ("azuread_service_principal_password", "value"),
    ("azurerm_container_registry", "admin_password"),
    ("azurerm_cosmosdb_account", "primary_key"),
    ("azurerm_cosmosdb_account", "secondary_key"),
    ("azurerm_cognitive_account", "primary_access_key"),
    ("azurerm_cognitive_account", "secondary_access_key"),
    ("azurerm_eventhub_namespace", "default_primary_connection_string"),
    ("azurerm_eventhub_namespace", "default_primary_key"),
    ("azurerm_kubernetes_cluster", "kube_admin_config_raw"),
    ("azurerm_kubernetes_cluster", "kube_config_raw"),
    ("azurerm_redis_cache", "primary_access_key"),
    ("azurerm_redis_cache", "primary_connection_string"),
    ("azurerm_search_service", "primary_key"),
    ("azurerm_servicebus_namespace", "default_primary_connection_string"),
    ("azurerm_servicebus_namespace", "default_primary_key"),
    ("azurerm_storage_account", "primary_access_key"),
    ("azurerm_storage_account", "secondary_access_key"),
    ("azurerm_storage_account", "primary_connection_string"),
    ("azurerm_storage_account", "secondary_connection_string"),
    ("azurerm_storage_account", "primary_blob_connection_string"),
    ("google_service_account_key", "private_key"),
    ("google_storage_hmac_key", "secret"),
    ("vault_approle_auth_backend_role_secret_id", "secret_id"),
];

/// Data sources with an ephemeral twin of the same type.
static EPHEMERAL: &[EphemeralForm] = &[
    EphemeralForm {
        resource: "azurerm_key_vault_secret",
        attribute: "value",
        provider: "azurerm",
        since: "4.11.0",
    },
    EphemeralForm {
        resource: "aws_secretsmanager_secret_version",
        attribute: "secret_string",
        provider: "aws",
        since: "5.77.0",
    },
    EphemeralForm {
        resource: "aws_kms_secrets",
        attribute: "plaintext",
        provider: "aws",
        since: "5.77.0",
    },
    EphemeralForm {
        resource: "google_secret_manager_secret_version",
        attribute: "secret_data",
        provider: "google",
        since: "7.6.0",
    },
    EphemeralForm {
        resource: "vault_kv_secret_v2",
        attribute: "data",
        provider: "vault",
        since: "5.0.0",
    },
    EphemeralForm {
        resource: "vault_generic_secret",
        attribute: "data",
        provider: "vault",
        since: "5.8.0",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_with_their_twins_and_elements() {
        let secret = |resource: &str, attribute: &str| {
            secret_attribute(resource, attribute).map(|row| row.attribute)
        };
        assert_eq!(secret("azurerm_key_vault_secret", "value"), Some("value"));
        assert_eq!(secret("azurerm_key_vault_secret", "value_wo"), Some("value"));
        assert_eq!(secret("azurerm_key_vault_secret", "value_wo_version"), None);
        assert_eq!(secret("kubernetes_secret", "data.password"), Some("data"));
        assert_eq!(
            secret("azurerm_virtual_machine", "os_profile.0.admin_password"),
            Some("os_profile.admin_password")
        );
        assert!(is_write_only("aws_db_instance", "password_wo"));
        assert!(!is_write_only("aws_db_instance", "password"));
        assert!(holds_secret("random_password", "result"));
        assert!(!holds_secret("random_password", "length"));
    }

    #[test]
    fn backend_credentials_are_told_from_paths_and_names() {
        for (backend, attribute, text, expected) in [
            ("s3", "secret_key", "x", true),
            ("s3", "secret_key", "", false),
            ("s3", "bucket", "x", false),
            ("gcs", "credentials", "key.json", false),
            ("gcs", "credentials", "{\"type\": 1}", true),
            ("pg", "conn_str", "postgres://host/db", false),
            ("pg", "conn_str", "postgres://user:pass@host/db", true),
            ("pg", "conn_str", "host=h password=p", true),
        ] {
            let found = is_backend_credential(backend, attribute, text);
            assert_eq!(found, expected, "{backend} {attribute} {text}");
        }
    }

    #[test]
    fn no_argument_is_listed_twice() {
        let mut rows: Vec<_> = ARGUMENTS.iter().map(|row| (row.resource, row.attribute)).collect();
        rows.sort_unstable();
        let listed = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), listed);
    }
}
