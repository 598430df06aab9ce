//! Arguments of resources that take a secret, by provider.

use super::{SecretAttribute, WriteOnly};

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
pub(super) static ARGUMENTS: &[SecretAttribute] = &[
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
    plain("aws_acm_certificate", "private_key"),
    plain("aws_iam_server_certificate", "private_key"),
    plain("aws_cognito_identity_provider", "provider_details.client_secret"),
    plain("helm_release", "set_sensitive.value"),
    plain("helm_release", "repository_password"),
    plain("okta_idp_oidc", "client_secret"),
    plain("google_iap_client", "secret"),
    plain("google_identity_platform_oauth_idp_config", "client_secret"),
    plain("gitlab_user", "password"),
    plain("grafana_user", "password"),
    when(plain("gitlab_project_variable", "value"), "masked", "true"),
    when(plain("gitlab_group_variable", "value"), "masked", "true"),
    when(plain("tfe_variable", "value"), "sensitive", "true"),
];
