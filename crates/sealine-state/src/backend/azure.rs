//! States in blobs of Azure.
//!
//! What is configured signs the request: the account's key, or a shared access signature. Else it
//! carries the token of whoever logs in as Azure's own libraries do.
//!
//! Invariant: a token goes to a host of Azure's storage, whatever the configuration says.

use reqsign_azure_storage::{Credential, RequestSigner, StaticCredentialProvider};
use reqsign_core::Signer;
use sealine_credentials::Services;
use sealine_credentials::azure::{self, Cloud, Login};
use sealine_http::Redactor;
use sealine_http::reqwest::{Method, Url};
use sealine_model::SecretValue;

use super::checks::{Check, bad, good, unknown};
use super::{BackendError, LARGEST, LARGEST_ANSWER, anyone_reads, encoded, get};

/// The version of the protocol that is spoken.
const VERSION: &str = "2021-12-02";

/// What a token is for.
const SCOPE: &str = "https://storage.azure.com/.default";

/// A blob of a container.
#[derive(Debug)]
pub struct AzureBlob {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The blob, that of the workspace.
    pub key: String,
    /// The cloud that the account is in.
    pub cloud: Cloud,
    /// Where the account is; its place in the cloud without any.
    pub endpoint: Option<String>,
    /// The account's key, where it is configured.
    pub access_key: Option<SecretValue>,
    /// A shared access signature, where it is configured.
    pub sas_token: Option<SecretValue>,
    /// Who logs in, where neither is configured.
    pub login: Login,
}

/// Who asks.
struct Asking<'s> {
    services: &'s Services,
    authority: Authority,
}

/// What opens the account.
enum Authority {
    /// A key or a shared access signature.
    Configured(Signer<Credential>),
    /// The token of whoever is logged in.
    Token(SecretValue),
}

/// The domain of storage accounts.
fn domain(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "blob.core.windows.net",
        Cloud::China => "blob.core.chinacloudapi.cn",
        Cloud::Government => "blob.core.usgovcloudapi.net",
    }
}

impl AzureBlob {
    pub(super) fn name(&self) -> String {
        format!("azblob://{}/{}/{}", self.account, self.container, self.key)
    }

    fn base(&self) -> String {
        match &self.endpoint {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}.{}", self.account, domain(self.cloud)),
        }
    }

    fn blob(&self) -> String {
        format!("{}/{}/{}", self.base(), encoded(&self.container), encoded(&self.key))
    }

    pub(super) async fn read(&self, services: &Services) -> Result<SecretValue, BackendError> {
        let asking = self.log_in(services).await?;
        let answer = self.signed(&asking, Method::GET, &self.blob(), LARGEST).await?;
        Ok(SecretValue::new(answer.body))
    }

    /// Finds what opens the account. A token is asked for here, and once.
    async fn log_in<'s>(&self, services: &'s Services) -> Result<Asking<'s>, BackendError> {
        let authority = match self.configured()? {
            Some(provider) => {
                let signer = Signer::new(services.context()?, provider, RequestSigner::new());
                Authority::Configured(signer)
            }
            None => Authority::Token(self.token(services).await?),
        };
        Ok(Asking { services, authority })
    }

    async fn signed(
        &self,
        asking: &Asking<'_>,
        method: Method,
        url: &str,
        limit: u64,
    ) -> Result<sealine_http::Answer, BackendError> {
        let request = ::http::Request::builder().method(method.clone()).uri(url);
        let request = request.header("x-ms-version", VERSION).body(());
        let request = request.map_err(|_| BackendError::Invalid("account, container or key"))?;
        let mut head = request.into_parts().0;
        let mut secrets = Redactor::new();
        for secret in self.access_key.iter().chain(&self.sas_token) {
            secrets.add(secret.expose());
        }
        match &asking.authority {
            Authority::Configured(signer) => {
                let signed = signer.sign(&mut head, None).await;
                signed.map_err(|_| BackendError::Invalid("the configured key cannot sign"))?;
            }
            Authority::Token(token) => {
                secrets.add(token.expose());
                let value = ::http::HeaderValue::from_bytes(&[b"Bearer ", token.expose()].concat());
                let mut value = value.map_err(|_| BackendError::Invalid("the token of Azure"))?;
                value.set_sensitive(true);
                head.headers.insert(::http::header::AUTHORIZATION, value);
            }
        }
        // A shared access signature is part of the URL.
        let url = head.uri.to_string();
        get(asking.services, method, &url, head.headers, limit, &secrets).await
    }

    /// What signs, where something is configured that does.
    fn configured(&self) -> Result<Option<StaticCredentialProvider>, BackendError> {
        let text = |value: &SecretValue| {
            String::from_utf8(value.expose().to_vec())
                .map_err(|_| BackendError::Invalid("the configured keys"))
        };
        Ok(match (&self.access_key, &self.sas_token) {
            (Some(key), _) => {
                Some(StaticCredentialProvider::new_shared_key(&self.account, &text(key)?))
            }
            (None, Some(token)) => {
                Some(StaticCredentialProvider::new_sas_token(text(token)?.trim_start_matches('?')))
            }
            (None, None) => None,
        })
    }

    /// The token of whoever is logged in, for Azure's own hosts alone.
    async fn token(&self, services: &Services) -> Result<SecretValue, BackendError> {
        let url = Url::parse(&self.base()).ok().filter(|url| url.scheme() == "https");
        let is_azure = url.is_some_and(|url| {
            let inside = url.host_str().and_then(|host| host.strip_suffix(domain(self.cloud)));
            inside.is_some_and(|name| name.ends_with('.'))
        });
        if !is_azure {
            let reason = "the endpoint, which is no host of Azure's storage: a token is not sent \
                          there, only a key or a shared access signature";
            return Err(BackendError::Invalid(reason));
        }
        Ok(azure::token(SCOPE, self.cloud, &self.login, services).await?)
    }

    pub(super) async fn checks(&self, services: &Services) -> Vec<Check> {
        let mut checks = Vec::new();
        checks.push(match anyone_reads(services, &self.blob()).await {
            Some(true) => bad(
                "anonymous",
                "the state was handed out without any credentials",
                "make the container private now, then rotate what the state holds",
            ),
            Some(false) => good("anonymous", "the state is not handed out without credentials"),
            None => unknown("anonymous", "whether anyone can read it is not told"),
        });
        let asking = self.log_in(services).await.ok();
        let ask = async |method, url: &str| {
            self.signed(asking.as_ref()?, method, url, LARGEST_ANSWER).await.ok()
        };
        let level = format!("{}/{}?restype=container&comp=acl", self.base(), self.container);
        checks.push(match ask(Method::GET, &level).await {
            Some(answer) => match answer.headers.get("x-ms-blob-public-access") {
                Some(level) => bad(
                    "public",
                    format!("the container is public: {}", level.to_str().unwrap_or("?")),
                    "set the container's access level to private, and forbid public access of the account",
                ),
                None => good("public", "the container is private"),
            },
            None => unknown("public", "the container's access level is not told"),
        });
        checks.push(good("encryption", "Azure encrypts blobs at rest, always"));
        checks.push(good("lock", "the backend leases the blob while it writes"));
        checks.push(match ask(Method::HEAD, &self.blob()).await {
            Some(answer) if answer.headers.contains_key("x-ms-version-id") => {
                good("versioning", "versions are kept")
            }
            _ => unknown("versioning", "whether the account keeps versions is not told"),
        });
        checks.push(if self.base().starts_with("https://") {
            unknown("tls", "whether the account refuses requests without TLS is not told")
        } else {
            bad("tls", "the endpoint has no TLS", "use an `https` endpoint")
        });
        checks
    }
}
