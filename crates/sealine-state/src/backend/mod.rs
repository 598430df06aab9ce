//! Reads states from where backends keep them, without Terraform: S3, Azure blobs, HTTP, files; and
//! says who else may, as far as the configuration and the service tell.
//!
//! Invariant: requests only read. What a service refuses to tell is unknown, never good.

mod azure;
mod checks;
mod http;
mod s3;
mod settings;
mod url;

use std::path::PathBuf;

use sealine_credentials::{CredentialFault, Services};
use sealine_http::{Fault, Redactor, Retry, reqwest};
use sealine_model::SecretValue;

pub use azure::AzureBlob;
pub use checks::{Check, Outcome};
pub use http::HttpState;
pub use s3::S3;
pub use settings::{Settings, SettingsError, from_pointer, from_settings};
pub use url::from_url;

/// How large a state may be.
const LARGEST: u64 = 1 << 30;

/// How much of another answer is read.
const LARGEST_ANSWER: u64 = 1 << 20;

/// Where a backend keeps a state.
#[derive(Debug)]
pub enum Remote {
    /// In a bucket of S3, or of what speaks like it.
    S3(S3),
    /// In a container of an Azure storage account.
    Azure(AzureBlob),
    /// Behind a URL.
    Http(HttpState),
    /// In a file.
    Local(PathBuf),
}

/// Why a backend's state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// There are no credentials, or they are of no use.
    #[error(transparent)]
    Credentials(#[from] CredentialFault),
    /// What is configured makes no request.
    #[error("what is configured makes no valid request: {0}")]
    Invalid(&'static str),
    /// The service was not reached, or refused.
    #[error(transparent)]
    Http(#[from] Fault),
    /// The file cannot be read.
    #[error("cannot read `{}`", .0.display())]
    File(PathBuf, #[source] std::io::Error),
}

impl Remote {
    /// Returns its name in reports, without credentials.
    pub fn name(&self) -> String {
        match self {
            Self::S3(place) => place.name(),
            Self::Azure(place) => place.name(),
            Self::Http(place) => place.name(),
            Self::Local(path) => path.display().to_string(),
        }
    }

    /// Reads the state; nothing when there is none yet.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn read(&self, services: &Services) -> Result<Option<SecretValue>, BackendError> {
        let read = match self {
            Self::S3(place) => place.read(services).await,
            Self::Azure(place) => place.read(services).await,
            Self::Http(place) => place.read(services).await,
            Self::Local(path) if !path.exists() => return Ok(None),
            Self::Local(path) => crate::fetch::file(path)
                .await
                .map_err(|error| BackendError::File(path.clone(), error)),
        };
        match read {
            Err(BackendError::Http(fault)) if fault.status() == Some(404) => Ok(None),
            read => read.map(Some),
        }
    }

    /// Says who can read the state, and what keeps it.
    pub async fn checks(&self, services: &Services) -> Vec<Check> {
        match self {
            Self::S3(place) => place.checks(services).await,
            Self::Azure(place) => place.checks(services).await,
            Self::Http(place) => place.checks(services).await,
            Self::Local(_) => Vec::new(),
        }
    }
}

/// Sends a request that only reads.
async fn get(
    services: &Services,
    method: reqwest::Method,
    url: &str,
    headers: ::http::HeaderMap,
    limit: u64,
    secrets: &Redactor,
) -> Result<sealine_http::Answer, BackendError> {
    let client = services.client()?;
    let request = client.request(method, url).headers(headers);
    let retry = Retry { total: crate::fetch::LONGEST, attempts: 3, ..Retry::default() };
    Ok(client.fetch(request, limit, &retry, secrets).await?)
}

/// Whether a request without any credentials is answered with success; nothing when that is not told.
async fn anyone_reads(services: &Services, url: &str) -> Option<bool> {
    let none = ::http::HeaderMap::new();
    let head = reqwest::Method::HEAD;
    match get(services, head, url, none, LARGEST_ANSWER, &Redactor::new()).await {
        Ok(_) => Some(true),
        Err(BackendError::Http(fault)) => {
            matches!(fault.status(), Some(401 | 403 | 404 | 409)).then_some(false)
        }
        Err(_) => None,
    }
}

/// Encodes a key as the path of a URL, once.
fn encoded(key: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(key, KEPT).to_string()
}
