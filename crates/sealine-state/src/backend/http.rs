//! States behind a URL.

use base64::Engine as _;
use sealine_credentials::Services;
use sealine_http::Redactor;
use sealine_http::reqwest::{Method, Url};
use sealine_model::SecretValue;

use super::checks::{Check, bad, good, unknown};
use super::{BackendError, LARGEST, get};

/// A URL that answers with the state.
#[derive(Debug)]
pub struct HttpState {
    /// The URL, without user and password.
    address: Url,
    /// Who asks.
    user: Option<String>,
    password: Option<SecretValue>,
    /// Whether the configuration locks the state; unknown without a configuration.
    pub locks: Option<bool>,
    /// Whether the configuration accepts any certificate.
    pub any_certificate: bool,
}

impl HttpState {
    /// Takes a URL, whose user and password count where none are given; nothing when it is none.
    pub fn new(address: &str, user: Option<String>, password: Option<SecretValue>) -> Option<Self> {
        let mut address = Url::parse(address).ok()?;
        if !matches!(address.scheme(), "http" | "https") {
            return None;
        }
        let own = Some(address.username().to_owned()).filter(|user| !user.is_empty());
        let own_password = address.password().map(SecretValue::new);
        address.set_username("").ok()?;
        address.set_password(None).ok()?;
        let (user, password) = (user.or(own), password.or(own_password));
        Some(Self { address, user, password, locks: None, any_certificate: false })
    }

    pub(super) fn name(&self) -> String {
        let mut shown = self.address.clone();
        shown.set_query(None);
        shown.to_string()
    }

    pub(super) async fn read(&self, services: &Services) -> Result<SecretValue, BackendError> {
        let mut headers = ::http::HeaderMap::new();
        let mut secrets = Redactor::new();
        if let Some(user) = &self.user {
            let password = self.password.as_ref().map(SecretValue::expose).unwrap_or_default();
            secrets.add(password);
            let pair = [user.as_bytes(), b":", password].concat();
            let basic = base64::engine::general_purpose::STANDARD.encode(pair);
            let value = ::http::HeaderValue::from_str(&format!("Basic {basic}"));
            let mut value = value.map_err(|_| BackendError::Invalid("user or password"))?;
            value.set_sensitive(true);
            headers.insert(::http::header::AUTHORIZATION, value);
        }
        let answer =
            get(services, Method::GET, self.address.as_str(), headers, LARGEST, &secrets).await?;
        Ok(SecretValue::new(answer.body))
    }

    /// Asks as anyone could; says how it was refused.
    async fn without_credentials(&self, services: &Services) -> Result<(), Option<u16>> {
        let client = services.client().map_err(|_| None)?;
        let request = client.request(Method::GET, self.address.clone());
        let answer = client.send(request, &Redactor::new()).await;
        answer.map(drop).map_err(|fault| fault.status())
    }

    pub(super) async fn checks(&self, services: &Services) -> Vec<Check> {
        let mut checks = Vec::new();
        // Not every server knows HEAD: the answer's body stays unread.
        checks.push(match self.without_credentials(services).await {
            Ok(()) => bad(
                "anonymous",
                "the state was handed out without any credentials",
                "have the server ask for credentials, then rotate what the state holds",
            ),
            Err(Some(401 | 403)) => {
                good("anonymous", "the state is not handed out without credentials")
            }
            Err(_) => unknown("anonymous", "whether anyone can read it is not told"),
        });
        let tls = "use an `https` address, and a certificate that is checked";
        checks.push(match (self.address.scheme(), self.any_certificate) {
            ("https", false) => good("tls", "the address has TLS"),
            ("https", true) => bad("tls", "any certificate is accepted", tls),
            _ => bad(
                "tls",
                "the address has no TLS: the state and the password travel in clear",
                tls,
            ),
        });
        checks.push(match self.locks {
            Some(true) => good("lock", "the state is locked while it is written"),
            Some(false) => bad(
                "lock",
                "two runs may write the state at once",
                "set `lock_address` and `unlock_address`, if the server knows locks",
            ),
            None => unknown("lock", "whether runs lock it stands in the configuration"),
        });
        checks.push(unknown("encryption", "how the server keeps it is not told"));
        checks.push(unknown("versioning", "whether the server keeps versions is not told"));
        checks
    }
}
