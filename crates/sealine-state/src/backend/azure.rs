//! States in blobs of Azure.
//!
//! Credentials are looked for by `reqsign`, in the environment that the binary read: a workload's or
//! a machine's identity, a client's secret.

use reqsign_azure_storage::{
    Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::Signer;
use sealine_http::{Redactor, reqwest::Method, signing};
use sealine_model::SecretValue;

use super::checks::{Check, bad, good, unknown};
use super::{Access, BackendError, LARGEST, LARGEST_ANSWER, anyone_reads, encoded, get};

/// The version of the protocol that is spoken.
const VERSION: &str = "2021-12-02";

/// A blob of a container.
#[derive(Debug, Default)]
pub struct AzureBlob {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The blob, that of the workspace.
    pub key: String,
    /// Where the account is; Azure's own without any.
    pub endpoint: Option<String>,
    /// The account's key, where it is configured.
    pub access_key: Option<SecretValue>,
    /// A shared access signature, where it is configured.
    pub sas_token: Option<SecretValue>,
}

impl AzureBlob {
    pub(super) fn name(&self) -> String {
        format!("azblob://{}/{}/{}", self.account, self.container, self.key)
    }

    fn base(&self) -> String {
        match &self.endpoint {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{}.blob.core.windows.net", self.account),
        }
    }

    fn blob(&self) -> String {
        format!("{}/{}/{}", self.base(), encoded(&self.container), encoded(&self.key))
    }

    pub(super) async fn read(&self, access: &Access<'_>) -> Result<SecretValue, BackendError> {
        let answer = self.signed(access, &self.blob(), LARGEST).await?;
        Ok(SecretValue::new(answer.body))
    }

    async fn signed(
        &self,
        access: &Access<'_>,
        url: &str,
        limit: u64,
    ) -> Result<sealine_http::Answer, BackendError> {
        let request = ::http::Request::get(url).header("x-ms-version", VERSION).body(());
        let request = request.map_err(|_| BackendError::Invalid("account, container or key"))?;
        let mut head = request.into_parts().0;
        let signed = self.signer(access)?.sign(&mut head, None).await;
        signed.map_err(|_| BackendError::Credentials("Azure"))?;
        let mut secrets = Redactor::new();
        for secret in self.access_key.iter().chain(&self.sas_token) {
            secrets.add(secret.expose());
        }
        // A shared access signature is part of the URL.
        let url = head.uri.to_string();
        get(access, Method::GET, &url, head.headers, limit, &secrets).await
    }

    fn signer(&self, access: &Access<'_>) -> Result<Signer<Credential>, BackendError> {
        let context = signing::context(access.client, access.environment, access.home);
        let text = |value: &SecretValue| {
            String::from_utf8(value.expose().to_vec())
                .map_err(|_| BackendError::Invalid("the configured keys"))
        };
        let provider = match (&self.access_key, &self.sas_token) {
            (Some(key), _) => StaticCredentialProvider::new_shared_key(&self.account, &text(key)?),
            (None, Some(token)) => {
                StaticCredentialProvider::new_sas_token(text(token)?.trim_start_matches('?'))
            }
            (None, None) => {
                let provider = DefaultCredentialProvider::new();
                return Ok(Signer::new(context, provider, RequestSigner::new()));
            }
        };
        Ok(Signer::new(context, provider, RequestSigner::new()))
    }

    pub(super) async fn checks(&self, access: &Access<'_>) -> Vec<Check> {
        let mut checks = Vec::new();
        checks.push(match anyone_reads(access, &self.blob()).await {
            Some(true) => bad(
                "anonymous",
                "the state was handed out without any credentials",
                "make the container private now, then rotate what the state holds",
            ),
            Some(false) => good("anonymous", "the state is not handed out without credentials"),
            None => unknown("anonymous", "whether anyone can read it is not told"),
        });
        let level = format!("{}/{}?restype=container&comp=acl", self.base(), self.container);
        checks.push(match self.signed(access, &level, LARGEST_ANSWER).await {
            Ok(answer) => match answer.headers.get("x-ms-blob-public-access") {
                Some(level) => bad(
                    "public",
                    format!("the container is public: {}", level.to_str().unwrap_or("?")),
                    "set the container's access level to private, and forbid public access of the account",
                ),
                None => good("public", "the container is private"),
            },
            Err(_) => unknown("public", "the container's access level is not told"),
        });
        checks.push(good("encryption", "Azure encrypts blobs at rest, always"));
        checks.push(good("lock", "the backend leases the blob while it writes"));
        let version = self.signed(access, &self.blob(), LARGEST).await;
        checks.push(match version {
            Ok(answer) if answer.headers.contains_key("x-ms-version-id") => {
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
