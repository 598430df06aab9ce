//! Keys of Google Cloud KMS.
//!
//! Credentials are looked for as Google's own programs do, by `reqsign`, in the environment that the
//! binary read.
//!
//! Invariant: a token goes to Google's service, or to the one that the user's own environment names.

use base64::Engine as _;
use http::header::CONTENT_TYPE;
use reqsign_core::{ProvideCredential, Signer};
use reqsign_google::{
    Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider,
    TokenCredentialProvider,
};
use sealine_http::reqwest::{Method, Url};
use sealine_http::{Redactor, escaped};
use sealine_model::SecretValue;
use sealine_sops::{DataKey, Master, WrappedKey};
use serde_json::json;
use zeroize::Zeroizing;

use super::encoding::{STANDARD, data_key, text, wrapped};
use super::{Kind, Services, Unwrapping, Wrapping, other_kind};
use crate::fault::KeyFault;

/// What a token is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";

pub(super) const KIND: Kind = Kind {
    name: "gcp_kms",
    unwrap: |key, services| Box::pin(unwrap(key, services)) as Unwrapping<'_>,
    wrap: |master, key, services| Box::pin(wrap(master, key, services)) as Wrapping<'_>,
};

async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    let ciphertext = STANDARD.encode(wrapped(&key.enc, &STANDARD)?);
    let body = json!({ "ciphertext": ciphertext }).to_string();
    let answer = call(&key.master, "decrypt", body, &Redactor::new(), services).await?;
    data_key(&text(answer.expose(), "/plaintext")?, &STANDARD)
}

async fn wrap(
    master: &Master,
    key: &DataKey,
    services: &Services,
) -> Result<(Master, String), KeyFault> {
    let plaintext = Zeroizing::new(STANDARD.encode(key.expose()));
    let body = json!({ "plaintext": *plaintext }).to_string();
    let secrets = Redactor::new().with(key.expose()).with(plaintext.as_bytes());
    let answer = call(master, "encrypt", body, &secrets, services).await?;
    let ciphertext = text(answer.expose(), "/ciphertext")?;
    Ok((master.clone(), STANDARD.encode(wrapped(&ciphertext, &STANDARD)?)))
}

async fn call(
    master: &Master,
    operation: &str,
    body: String,
    secrets: &Redactor,
    services: &Services,
) -> Result<SecretValue, KeyFault> {
    let Master::GcpKms { resource_id } = master else { return Err(other_kind()) };
    let url = endpoint(resource_id, operation, services)?;
    let client = services.client()?;
    let request = http::Request::post(url.as_str()).header(CONTENT_TYPE, "application/json");
    let wrong = |_| KeyFault::Invalid("the resource of its key is not a path".to_owned());
    let mut head = request.body(()).map_err(wrong)?.into_parts().0;
    let context = services.context()?;
    let signer = RequestSigner::new("cloudkms").with_scope(SCOPE);
    let signer = Signer::new(context, Credentials::of(services).await?, signer);
    signer.sign(&mut head, None).await.map_err(|error| {
        let mut secrets = Redactor::new();
        for name in ["GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"] {
            secrets.add(services.variable(name).unwrap_or_default().as_bytes());
        }
        let reason = escaped(&secrets.redact(&error.to_string()), 200);
        let places = "`GOOGLE_CREDENTIALS`, `GOOGLE_OAUTH_ACCESS_TOKEN`, \
                      `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's folder, the metadata server";
        KeyFault::Credentials(format!("nothing of {places} logs in to Google Cloud: {reason}"))
    })?;
    let mut secrets = secrets.clone();
    if let Some(value) = head.headers.get(http::header::AUTHORIZATION) {
        secrets.add(value.as_bytes().strip_prefix(b"Bearer ").unwrap_or(value.as_bytes()));
    }
    let request = client.request(Method::POST, url).headers(head.headers).body(body);
    let answer = client.fetch(request, 1 << 20, services.retry(), &secrets).await?;
    Ok(SecretValue::new(answer.body))
}

fn endpoint(resource: &str, operation: &str, services: &Services) -> Result<Url, KeyFault> {
    let parts: Vec<&str> = resource.trim().split('/').collect();
    let fine = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
    };
    let ["projects", project, "locations", location, "keyRings", ring, "cryptoKeys", key] =
        parts[..]
    else {
        return Err(invalid(resource));
    };
    if ![project, location, ring, key].into_iter().all(fine) {
        return Err(invalid(resource));
    }
    let base = if let Some(endpoint) = services.variable("SOPS_GCP_KMS_ENDPOINT") {
        if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") }
    } else if let Some(domain) = services.variable("SOPS_GCP_KMS_UNIVERSE_DOMAIN") {
        format!("https://cloudkms.{domain}")
    } else {
        "https://cloudkms.googleapis.com".to_owned()
    };
    let url = format!("{}/v1/{}:{operation}", base.trim_end_matches('/'), parts.join("/"));
    Url::parse(&url)
        .map_err(|_| KeyFault::Invalid("`SOPS_GCP_KMS_ENDPOINT` is not a web address".to_owned()))
}

fn invalid(resource: &str) -> KeyFault {
    let shown = escaped(resource, 100);
    KeyFault::Invalid(format!("`{shown}` is not `projects/…/locations/…/keyRings/…/cryptoKeys/…`"))
}

/// Where the credential comes from: what SOPS looks at first, then what all of Google's programs do.
#[derive(Debug)]
enum Credentials {
    Json(StaticCredentialProvider),
    Token(TokenCredentialProvider),
    Default(DefaultCredentialProvider),
}

impl Credentials {
    async fn of(services: &Services) -> Result<Self, KeyFault> {
        if let Some(given) = services.variable("GOOGLE_CREDENTIALS") {
            let json = if given.starts_with('{') {
                SecretValue::new(given)
            } else {
                sealine_credentials::read(given.as_ref()).await.map_err(|error| {
                    let kind = error.kind();
                    KeyFault::Credentials(format!("the file of `GOOGLE_CREDENTIALS`: {kind}"))
                })?
            };
            let json = String::from_utf8_lossy(json.expose()).into_owned();
            return Ok(Self::Json(StaticCredentialProvider::new(json).with_scope(SCOPE)));
        }
        Ok(match services.variable("GOOGLE_OAUTH_ACCESS_TOKEN") {
            Some(token) => Self::Token(TokenCredentialProvider::new(token)),
            None => Self::Default(DefaultCredentialProvider::new()),
        })
    }
}

impl ProvideCredential for Credentials {
    type Credential = Credential;

    async fn provide_credential(
        &self,
        context: &reqsign_core::Context,
    ) -> reqsign_core::Result<Option<Credential>> {
        match self {
            Self::Json(provider) => provider.provide_credential(context).await,
            Self::Token(provider) => provider.provide_credential(context).await,
            Self::Default(provider) => provider.provide_credential(context).await,
        }
    }
}
