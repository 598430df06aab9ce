//! Which attributes of Terraform resources and backends hold secrets.
//!
//! Invariant: this is the only list of its kind. Readers drop the text of what it names; rules say
//! where such a value is given, and which form keeps it out of state, since which version.

mod arguments;
mod generated;

use arguments::ARGUMENTS;
use generated::{EPHEMERAL, EPHEMERAL_GENERATORS, GENERATED};

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

/// Returns the ephemeral form of a resource that makes a secret.
pub fn ephemeral_generator(resource: &str) -> Option<&'static EphemeralForm> {
    EPHEMERAL_GENERATORS.iter().find(|form| form.resource == resource)
}

/// An attribute of a resource or data source that holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The attribute; nested ones as `block.attribute`, without indexes. All below it is meant.
    pub attribute: &'static str,
    /// Another attribute and the value it must have.
    pub only_when: Option<(&'static str, &'static str)>,
}

/// Returns the attributes of a resource or data source that hold secrets.
pub fn listed(resource: &str) -> Vec<Listed> {
    let given = ARGUMENTS.iter().filter(|row| row.resource == resource);
    let given = given.map(|row| Listed { attribute: row.attribute, only_when: row.only_when });
    let always = |attribute| Listed { attribute, only_when: None };
    let generated = GENERATED.iter().filter(|(kind, _)| *kind == resource);
    let read = EPHEMERAL.iter().filter(|form| form.resource == resource);
    given
        .chain(generated.map(|(_, attribute)| always(attribute)))
        .chain(read.map(|form| always(form.attribute)))
        .collect()
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

/// Returns whether `text`, given to an argument of this provider (`kubernetes.token` of `helm`), is a credential.
pub fn is_provider_credential(provider: &str, argument: &str, text: &str) -> bool {
    let listed = PROVIDER_CREDENTIALS
        .iter()
        .any(|(kind, names)| *kind == provider && names.contains(&argument));
    match argument {
        // A path to the file, or what stands in it.
        "credentials" => listed && text.trim_start().starts_with('{'),
        "client_key" | "private_key" | "kubernetes.client_key" => {
            listed && text.trim_start().starts_with("-----BEGIN")
        }
        _ => listed,
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

/// The arguments of providers that take a credential, as their documentation says.
const PROVIDER_CREDENTIALS: &[(&str, &[&str])] = &[
    ("auth0", &["client_secret", "api_token"]),
    ("aws", &["secret_key", "token"]),
    ("azuread", &["client_secret"]),
    ("azurerm", &["client_secret"]),
    ("bitwarden", &["master_password", "access_token"]),
    ("cloudflare", &["api_token", "api_key", "api_user_service_key"]),
    ("confluent", &["cloud_api_secret"]),
    ("consul", &["token"]),
    ("datadog", &["api_key", "app_key"]),
    ("digitalocean", &["token", "spaces_secret_key"]),
    ("fastly", &["api_key"]),
    ("github", &["token"]),
    ("gitlab", &["token"]),
    ("google", &["credentials", "access_token"]),
    ("google-beta", &["credentials", "access_token"]),
    ("grafana", &["auth"]),
    ("hcloud", &["token"]),
    ("hcp", &["client_secret"]),
    ("helm", &["kubernetes.token", "kubernetes.password", "kubernetes.client_key"]),
    ("keycloak", &["client_secret", "password"]),
    ("kubernetes", &["token", "password", "client_key"]),
    ("linode", &["token"]),
    ("mongodbatlas", &["private_key"]),
    ("mysql", &["password"]),
    ("newrelic", &["api_key"]),
    ("okta", &["api_token"]),
    ("pagerduty", &["token"]),
    ("postgresql", &["password"]),
    ("proxmox", &["password", "api_token", "pm_password", "pm_api_token_secret"]),
    ("rabbitmq", &["password"]),
    ("scaleway", &["secret_key"]),
    ("snowflake", &["password", "private_key"]),
    ("tfe", &["token"]),
    ("vault", &["token"]),
    ("vsphere", &["password"]),
];

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
    fn no_attribute_is_listed_twice() {
        let given = ARGUMENTS.iter().map(|row| (row.resource, row.attribute));
        let mut rows: Vec<_> = given.chain(GENERATED.iter().copied()).collect();
        rows.sort_unstable();
        let listed = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), listed);
    }
}
