//! Keys of Azure Key Vault: RSA-OAEP with SHA-256, done by the vault.
//!
//! Invariant: a token goes to a host of Key Vault, over HTTPS, whatever a file calls its vault.

use base64::Engine as _;
use sealine_credentials::azure::{self, Cloud, Login};
use sealine_http::reqwest::{Method, RequestBuilder, Url};
use sealine_http::{Client, Redactor, escaped};
use sealine_model::SecretValue;
use sealine_sops::{DataKey, Master, WrappedKey};
use serde_json::json;
use zeroize::Zeroizing;

use super::encoding::{URL_SAFE, data_key, text, wrapped};
use super::{Kind, Services, Unwrapping, Wrapping, other_kind};
use crate::fault::KeyFault;

/// The version of the interface.
const VERSION: &str = "7.4";

/// What the vault encrypts with.
const ALGORITHM: &str = "RSA-OAEP-256";

/// The domains of vaults, with the cloud that each belongs to.
const DOMAINS: &[(&str, Cloud)] = &[
    ("vault.azure.net", Cloud::Public),
    ("managedhsm.azure.net", Cloud::Public),
    ("vault.azure.cn", Cloud::China),
    ("managedhsm.azure.cn", Cloud::China),
    ("vault.usgovcloudapi.net", Cloud::Government),
    ("managedhsm.usgovcloudapi.net", Cloud::Government),
];

pub(super) const KIND: Kind = Kind {
    name: "azure_kv",
    unwrap: |key, services| Box::pin(unwrap(key, services)) as Unwrapping<'_>,
    wrap: |master, key, services| Box::pin(wrap(master, key, services)) as Wrapping<'_>,
};

/// A vault that one has logged in to.
struct Vault<'services> {
    url: Url,
    token: SecretValue,
    client: &'services Client,
    services: &'services Services,
}

async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    let Master::AzureKeyVault { vault_url, name, version } = &key.master else {
        return Err(other_kind());
    };
    // Azure does not read padding, and older files have it.
    let value = URL_SAFE.encode(wrapped(&key.enc, &URL_SAFE)?);
    let vault = Vault::of(vault_url, services).await?;
    let body = json!({ "alg": ALGORITHM, "value": value }).to_string();
    let path = ["keys", name, version, "decrypt"];
    let answer = vault.ask(Method::POST, &path, Some(body), &Redactor::new()).await?;
    data_key(&text(answer.expose(), "/value")?, &URL_SAFE)
}

async fn wrap(
    master: &Master,
    key: &DataKey,
    services: &Services,
) -> Result<(Master, String), KeyFault> {
    let Master::AzureKeyVault { vault_url, name, version } = master else {
        return Err(other_kind());
    };
    let vault = Vault::of(vault_url, services).await?;
    let version = match version.as_str() {
        "" => vault.newest(name).await?,
        version => version.to_owned(),
    };
    let plaintext = Zeroizing::new(URL_SAFE.encode(key.expose()));
    let secrets = Redactor::new().with(key.expose()).with(plaintext.as_bytes());
    let body = json!({ "alg": ALGORITHM, "value": *plaintext }).to_string();
    let path = ["keys", name, &version, "encrypt"];
    let answer = vault.ask(Method::POST, &path, Some(body), &secrets).await?;
    let value = text(answer.expose(), "/value")?;
    let (vault_url, name) = (vault_url.clone(), name.clone());
    let enc = URL_SAFE.encode(wrapped(&value, &URL_SAFE)?);
    Ok((Master::AzureKeyVault { vault_url, name, version }, enc))
}

impl<'services> Vault<'services> {
    async fn of(vault_url: &str, services: &'services Services) -> Result<Self, KeyFault> {
        let (url, cloud, domain) = place(vault_url)?;
        let client = services.client()?;
        let scope = format!("https://{domain}/.default");
        let token = azure::token(&scope, cloud, &Login::of(services), services).await?;
        Ok(Self { url, token, client, services })
    }

    /// Returns the newest version of a key.
    async fn newest(&self, name: &str) -> Result<String, KeyFault> {
        let answer = self.ask(Method::GET, &["keys", name], None, &Redactor::new()).await?;
        let id = text(answer.expose(), "/key/kid")?;
        let version = id.rsplit('/').next().unwrap_or_default();
        let is_version =
            version.len() >= 16 && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_version {
            Ok(version.to_owned())
        } else {
            Err(KeyFault::NotAKey("the vault does not say which version is the newest".to_owned()))
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<String>,
        secrets: &Redactor,
    ) -> Result<SecretValue, KeyFault> {
        let mut url = self.url.clone();
        if path.iter().any(|part| matches!(*part, "" | "." | "..")) {
            let reason = "the name or the version of its key cannot stand in a path";
            return Err(KeyFault::Invalid(reason.to_owned()));
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().append_pair("api-version", VERSION);
        let token = std::str::from_utf8(self.token.expose()).unwrap_or_default();
        let request = self.client.request(method, url).bearer_auth(token);
        let json = |request: RequestBuilder| request.header("Content-Type", "application/json");
        let request = match body {
            Some(body) => json(request).body(body),
            None => request,
        };
        let secrets = secrets.clone().with(token.as_bytes());
        let answer = self.client.fetch(request, 1 << 20, self.services.retry(), &secrets).await?;
        Ok(SecretValue::new(answer.body))
    }
}

/// Returns the vault's URL, the cloud it is in, and the domain that a token is for.
fn place(vault_url: &str) -> Result<(Url, Cloud, &'static str), KeyFault> {
    let wrong = || {
        let shown = escaped(vault_url, 100);
        KeyFault::Invalid(format!("`{shown}` is not the address of a vault of Azure"))
    };
    let url = Url::parse(vault_url.trim()).map_err(|_| wrong())?;
    let host = url.host_str().unwrap_or_default();
    let found = DOMAINS.iter().find(|(domain, _)| {
        host.strip_suffix(domain).is_some_and(|name| name.len() > 1 && name.ends_with('.'))
    });
    let plain = url.scheme() == "https"
        && url.path() == "/"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none();
    match found {
        Some((domain, cloud)) if plain => Ok((url, *cloud, domain)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_vaults_of_azure_are_asked() {
        let cloud = |url: &str| place(url).ok().map(|(_, cloud, domain)| (cloud, domain));
        assert_eq!(cloud("https://a.vault.azure.net"), Some((Cloud::Public, "vault.azure.net")));
        assert_eq!(cloud("https://a.vault.azure.cn/"), Some((Cloud::China, "vault.azure.cn")));
        for url in [
            "",
            "https://vault.azure.net",
            "http://a.vault.azure.net",
            "https://a.evilvault.azure.net",
            "https://a.vault.azure.net.evil.example.com",
            "https://a.vault.azure.net@evil.example.com",
            "https://evil.example.com/.vault.azure.net",
            "https://a.vault.azure.net:8443",
            "https://a.vault.azure.net/x",
            "https://a.vault.azure.net?x",
        ] {
            assert_eq!(cloud(url), None, "{url}");
        }
    }
}
