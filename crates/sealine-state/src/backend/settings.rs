//! From what a root module configures to the place of its state.
//!
//! Invariant: what is missing is named; nothing is guessed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sealine_credentials::aws::{AccessKey, Role};
use sealine_credentials::azure::{Cloud, Login};
use sealine_model::SecretValue;

use super::{AzureBlob, HttpState, Remote, S3};
use crate::json::{Fault, Json, Reader};

/// The settings of a backend by their names; those of nested blocks as `name.setting`. Some are
/// credentials.
pub type Settings = BTreeMap<String, SecretValue>;

/// Why a configuration gives no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Something is not configured.
    #[error("the backend `{kind}` lacks {}", quoted(.missing))]
    Missing {
        /// The backend.
        kind: String,
        /// What it lacks.
        missing: Vec<&'static str>,
    },
    /// The backend is another.
    #[error("states of the backend `{0}` are not read directly")]
    Kind(String),
    /// Something is configured that is not done here.
    #[error("the backend `{kind}` is configured with `{setting}`, which is not done here")]
    Setting {
        /// The backend.
        kind: String,
        /// What is not done.
        setting: &'static str,
    },
    /// A URL is none.
    #[error("not an address of a state: {0}")]
    Url(&'static str),
    /// What `init` wrote is broken.
    #[error("no JSON: {0}")]
    Broken(#[from] Fault),
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Reads what `init` keeps in `.terraform/terraform.tfstate`: the kind of the backend and its settings,
/// those included that were given to `init` alone. Nothing when there is no backend.
///
/// # Errors
///
/// When it is broken.
pub fn from_pointer(text: &[u8]) -> Result<Option<(String, Settings)>, SettingsError> {
    let json = Json::read(&mut Reader::new(text)?)?;
    let Some(backend) = json.get("backend") else { return Ok(None) };
    let kind = backend.get("type").and_then(text_of);
    let mut settings = Settings::new();
    if let Some(config) = backend.get("config") {
        flatten("", config, &mut settings);
    }
    Ok(kind.map(|kind| (kind, settings)))
}

fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::String(text) | Json::Integer(text) => String::from_utf8(text.expose().to_vec()).ok(),
        Json::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// `{"endpoints": {"s3": "x"}}` as `endpoints.s3`. What is `null` was not given.
fn flatten(prefix: &str, json: &Json, settings: &mut Settings) {
    match json {
        Json::Object(entries) => {
            for (key, value) in entries {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, value, settings);
            }
        }
        Json::List(items) if items.len() == 1 => {
            for item in items {
                flatten(prefix, item, settings);
            }
        }
        _ => {
            if let Some(text) = text_of(json).filter(|text| !text.is_empty()) {
                settings.insert(prefix.to_owned(), SecretValue::new(text));
            }
        }
    }
}

/// Returns where a backend keeps the state of a workspace. The environment counts where the backend
/// reads it, too. `whole` says whether the settings are all there are.
///
/// # Errors
///
/// When something is missing, or the backend is not one that is read.
pub fn from_settings(
    kind: &str,
    settings: &Settings,
    whole: bool,
    workspace: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Remote, SettingsError> {
    let from = Configured { kind, given: settings, environment, whole, workspace };
    match kind {
        "s3" => from.s3(),
        "azurerm" => from.azure(),
        "http" => from.http(),
        "local" => {
            let path = from.get("path").unwrap_or("terraform.tfstate");
            Ok(Remote::Local(match workspace {
                "default" => path.into(),
                other => {
                    let folder = from.get("workspace_dir").unwrap_or("terraform.tfstate.d");
                    [folder, other, "terraform.tfstate"].iter().collect()
                }
            }))
        }
        other => Err(SettingsError::Kind(other.to_owned())),
    }
}

struct Configured<'s> {
    kind: &'s str,
    given: &'s Settings,
    environment: &'s BTreeMap<String, String>,
    whole: bool,
    workspace: &'s str,
}

impl<'s> Configured<'s> {
    fn get(&self, name: &str) -> Option<&'s str> {
        std::str::from_utf8(self.given.get(name)?.expose()).ok()
    }

    fn or(&self, name: &str, variables: &[&str]) -> Option<String> {
        let variable =
            |name: &&str| self.environment.get(*name).filter(|it| !it.is_empty()).cloned();
        self.get(name).map(str::to_owned).or_else(|| variables.iter().find_map(variable))
    }

    fn secret(&self, name: &str, variables: &[&str]) -> Option<SecretValue> {
        self.or(name, variables).map(SecretValue::new)
    }

    fn refuse(&self, setting: &'static str) -> Result<(), SettingsError> {
        let prefix = format!("{setting}.");
        let given = self.given.keys().any(|name| name == setting || name.starts_with(&prefix));
        if given {
            return Err(SettingsError::Setting { kind: self.kind.to_owned(), setting });
        }
        Ok(())
    }

    /// Whether one of these is given; unknown where more may come from outside.
    fn is_given(&self, names: &[&str]) -> Option<bool> {
        let given = names.iter().any(|name| self.get(name).is_some_and(|value| value != "false"));
        if given || self.whole { Some(given) } else { None }
    }

    fn missing(&self, missing: Vec<&'static str>) -> SettingsError {
        SettingsError::Missing { kind: self.kind.to_owned(), missing }
    }

    fn s3(&self) -> Result<Remote, SettingsError> {
        self.refuse("assume_role_with_web_identity")?;
        let bucket = self.get("bucket");
        let key = self.get("key");
        let region = self.or("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let (Some(bucket), Some(key), Some(region)) = (bucket, key, &region) else {
            let named = [("bucket", bucket), ("key", key), ("region", region.as_deref())];
            let missing = named.iter().filter(|(_, value)| value.is_none());
            return Err(self.missing(missing.map(|(name, _)| *name).collect()));
        };
        let key = match self.workspace {
            "default" => key.to_owned(),
            other => {
                let prefix = self.get("workspace_key_prefix").unwrap_or("env:");
                format!("{prefix}/{other}/{key}")
            }
        };
        let variables = ["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL"];
        let endpoint = self.get("endpoint").map(str::to_owned);
        let endpoint = self.get("endpoints.s3").map(str::to_owned).or(endpoint);
        let endpoint = endpoint.or_else(|| self.or("", &variables));
        let path_style = ["use_path_style", "force_path_style"]
            .iter()
            .any(|name| self.get(name) == Some("true"));
        let key_pair = self.get("access_key").zip(self.secret("secret_key", &[]));
        let access_key = key_pair.map(|(id, secret)| AccessKey {
            id: id.to_owned(),
            secret,
            token: self.secret("token", &[]),
        });
        let sts = self.get("endpoints.sts").or_else(|| self.get("sts_endpoint"));
        Ok(Remote::S3(S3 {
            bucket: bucket.to_owned(),
            key,
            region: region.clone(),
            // An address of its own rarely knows buckets as parts of its name.
            path_style: path_style || endpoint.as_deref().is_some_and(is_plain_host),
            endpoint,
            profile: self.or("profile", &[]),
            access_key,
            roles: self.roles(),
            sts: sts.map(str::to_owned),
            customer_key: self.secret("sse_customer_key", &["AWS_SSE_CUSTOMER_KEY"]),
            locks: self.is_given(&["use_lockfile", "dynamodb_table"]),
        }))
    }

    /// The role that is taken on, as newer and as older versions write it.
    fn roles(&self) -> Vec<Role> {
        let of = |prefix: &str| {
            let get = |name: &str| self.get(&format!("{prefix}{name}")).map(str::to_owned);
            let (session, external_id) = (get("session_name"), get("external_id"));
            Some(Role { arn: get("role_arn")?, session, external_id, region: None })
        };
        of("assume_role.").or_else(|| of("")).into_iter().collect()
    }

    fn azure(&self) -> Result<Remote, SettingsError> {
        let names = ["storage_account_name", "container_name", "key"];
        let given = names.map(|name| self.get(name));
        let [Some(account), Some(container), Some(key)] = given else {
            let missing = names.into_iter().zip(given).filter(|(_, value)| value.is_none());
            return Err(self.missing(missing.map(|(name, _)| name).collect()));
        };
        let key = match self.workspace {
            "default" => key.to_owned(),
            other => format!("{key}env:{other}"),
        };
        Ok(Remote::Azure(AzureBlob {
            account: account.to_owned(),
            container: container.to_owned(),
            key,
            endpoint: self.or("endpoint", &["AZURE_STORAGE_BLOB_ENDPOINT"]),
            access_key: self.secret("access_key", &["ARM_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"]),
            sas_token: self.secret("sas_token", &["ARM_SAS_TOKEN", "AZURE_STORAGE_SAS_TOKEN"]),
            cloud: match self.or("environment", &["ARM_ENVIRONMENT"]).as_deref() {
                Some("china") => Cloud::China,
                Some("usgovernment") => Cloud::Government,
                _ => Cloud::Public,
            },
            login: self.login(),
        }))
    }

    /// Who logs in: the backend's own variables come before those of Azure's libraries.
    fn login(&self) -> Login {
        let path = |name: &str, variables: &[&str]| self.or(name, variables).map(PathBuf::from);
        let certificate = ["ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"];
        let token_file = ["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"];
        Login {
            tenant: self.or("tenant_id", &["ARM_TENANT_ID", "AZURE_TENANT_ID"]),
            client: self.or("client_id", &["ARM_CLIENT_ID", "AZURE_CLIENT_ID"]),
            secret: self.secret("client_secret", &["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"]),
            certificate: path("client_certificate_path", &certificate),
            token_file: path("oidc_token_file_path", &token_file),
        }
    }

    fn http(&self) -> Result<Remote, SettingsError> {
        self.refuse("client_certificate_pem")?;
        let address = self.or("address", &["TF_HTTP_ADDRESS"]);
        let address = address.ok_or_else(|| self.missing(vec!["address"]))?;
        let user = self.or("username", &["TF_HTTP_USERNAME"]);
        let password = self.secret("password", &["TF_HTTP_PASSWORD"]);
        let mut state = HttpState::new(&address, user, password)
            .ok_or(SettingsError::Url("`address` is no web address"))?;
        state.locks = self.is_given(&["lock_address"]);
        state.any_certificate = self.get("skip_cert_verification") == Some("true");
        Ok(Remote::Http(state))
    }
}

/// Whether a URL leads to a number or to this machine.
fn is_plain_host(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    !host.contains("amazonaws.com")
        && (host == "localhost" || host.parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, settings: &[(&str, &str)], workspace: &str) -> Result<Remote, SettingsError> {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), SecretValue::new(*value)));
        from_settings(kind, &settings.collect(), true, workspace, &BTreeMap::new())
    }

    #[test]
    fn what_is_missing_is_named() {
        let said =
            |kind, settings: &[_]| of(kind, settings, "default").expect_err("missing").to_string();
        assert_eq!(said("s3", &[("key", "k")]), "the backend `s3` lacks `bucket`, `region`");
        assert_eq!(
            said("azurerm", &[("key", "k"), ("container_name", "c")]),
            "the backend `azurerm` lacks `storage_account_name`"
        );
        assert_eq!(said("http", &[]), "the backend `http` lacks `address`");
        assert_eq!(said("pg", &[]), "states of the backend `pg` are not read directly");
        let web = "assume_role_with_web_identity.role_arn";
        let web = [("bucket", "b"), ("key", "k"), ("region", "r"), (web, "a")];
        assert!(said("s3", &web).contains("`assume_role_with_web_identity`, which is not done"));
    }

    #[test]
    fn a_role_is_read_as_newer_and_older_versions_write_it() {
        let place = [("bucket", "b"), ("key", "k"), ("region", "r")];
        for prefix in ["assume_role.", ""] {
            let names = ["role_arn", "session_name", "external_id"];
            let names = names.map(|name| format!("{prefix}{name}"));
            let role = names.iter().map(|name| (name.as_str(), "x"));
            let settings: Vec<_> = place.iter().copied().chain(role).collect();
            let Ok(Remote::S3(found)) = of("s3", &settings, "default") else { panic!("a bucket") };
            let x = || Some("x".to_owned());
            let role = Role { arn: "x".into(), session: x(), external_id: x(), region: None };
            assert_eq!(found.roles, [role], "{prefix}");
        }
    }

    #[test]
    fn workspaces_have_names_of_their_own() {
        let name = |kind: &str, settings: &[_], workspace: &str| {
            of(kind, settings, workspace).expect("a place").name()
        };
        let s3 = [("bucket", "b"), ("key", "a/k"), ("region", "r")];
        assert_eq!(name("s3", &s3, "default"), "s3://b/a/k");
        assert_eq!(name("s3", &s3, "dev"), "s3://b/env:/dev/a/k");
        let azure = [("storage_account_name", "a"), ("container_name", "c"), ("key", "k")];
        assert_eq!(name("azurerm", &azure, "dev"), "azblob://a/c/kenv:dev");
        assert_eq!(name("local", &[], "dev"), "terraform.tfstate.d/dev/terraform.tfstate");
        let http = [("address", "https://u:hunter2@h/s?token=x")];
        assert_eq!(name("http", &http, "default"), "https://h/s");
    }

    #[test]
    fn what_init_wrote_is_read() {
        let text =
            br#"{"version": 3, "terraform_version": "1.11.4", "backend": {"type": "s3", "config":
            {"bucket": "b", "encrypt": true, "endpoints": {"s3": "http://h"}, "profile": null}}}"#;
        let (kind, settings) = from_pointer(text).expect("JSON").expect("a backend");
        assert_eq!(kind, "s3");
        let shown: Vec<_> = settings
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.expose())))
            .collect();
        let expected = [("bucket", "b"), ("encrypt", "true"), ("endpoints.s3", "http://h")];
        assert_eq!(shown, expected.map(|(name, value)| (name, value.into())));
        assert!(from_pointer(br#"{"version": 3}"#).expect("JSON").is_none());
        assert!(from_pointer(b"{").is_err());
    }
}
