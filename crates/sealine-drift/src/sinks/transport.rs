//! How sinks send: one attempt, a bounded answer, and what the answer means for the outbox.
//!
//! Invariant: whatever comes back, the message stays or is given up; a fault's text holds no
//! credential, for it is stored and shown.

use std::time::Duration;

use sealine_http::reqwest::RequestBuilder;
use sealine_http::reqwest::header::HeaderValue;
use sealine_http::{Answer, Client, Fault, Guard, Redactor, Retry, SecretUrl, Settings};
use sealine_model::SecretValue;
use serde_json::Value;

use super::escape;
use crate::alerts::scrub::scrubbed;
use crate::store::Answered;

/// How much of an answer is read. A page of a hundred issues with long bodies is the largest.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How long one request may take.
const TOTAL: Duration = Duration::from_secs(15);

/// A client and what must not be in its faults.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    secrets: Redactor,
}

impl Transport {
    /// For services that the user names.
    pub(super) fn new(settings: &Settings, secrets: &[&SecretValue]) -> Result<Self, String> {
        let client = Client::new(settings).map_err(|fault| fault.to_string())?;
        Ok(Self::of(client, secrets))
    }

    /// For targets that must not be within the own network.
    pub(super) fn guarded(
        settings: &Settings,
        guard: Guard,
        secrets: &[&SecretValue],
    ) -> Result<Self, String> {
        let client = Client::guarded(settings, guard).map_err(|fault| fault.to_string())?;
        Ok(Self::of(client, secrets))
    }

    fn of(client: Client, secrets: &[&SecretValue]) -> Self {
        let mut redactor = Redactor::new();
        for secret in secrets {
            redactor.add(secret.expose());
            // A server that answers with the path of a URL shows a part of it.
            let url = SecretUrl::parse(secret).ok().and_then(|url| url.expose().ok());
            let Some(url) = url else { continue };
            let parts = url.path().split('/').chain(url.query());
            parts.filter(|part| part.len() >= 8).for_each(|part| redactor.add(part.as_bytes()));
        }
        Self { client, secrets: redactor }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends once.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Answer, Fault> {
        let once = Retry { total: TOTAL, ..Retry::never() };
        self.client.fetch(request, LARGEST, &once, &self.secrets).await
    }
}

/// Returns what a fault means for the message.
pub(super) fn answered(fault: &Fault) -> Answered {
    let why = escape::cut(&scrubbed(&fault.to_string()), 300);
    match fault {
        Fault::Answered { status, retry_after, excerpt, .. } => {
            let after = *retry_after;
            // GitHub's limits come as 403, at times without the header.
            let limited = *status == 403 && excerpt.to_ascii_lowercase().contains("rate limit");
            match status {
                408 | 425 | 429 | 500..=599 => Answered::Later { why, after },
                403 if after.is_some() => Answered::Later { why, after },
                403 if limited => Answered::Later { why, after: Some(Duration::from_mins(1)) },
                _ => Answered::Never { why },
            }
        }
        // A name or a certificate that is wrong today may be right tomorrow.
        Fault::NotReached { .. } | Fault::TooLarge { .. } => Answered::Later { why, after: None },
        _ => Answered::Never { why },
    }
}

/// Reads an answer as JSON; what is not, is as if it were empty.
pub(super) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Returns a credential as the value of a header.
pub(super) fn header(scheme: &str, secret: &SecretValue) -> Result<HeaderValue, String> {
    let bytes = SecretValue::new([scheme.as_bytes(), secret.expose()].concat());
    let value = HeaderValue::from_bytes(bytes.expose());
    let mut value = value.map_err(|_| "the credential holds what no header can".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads a URL that is a credential.
pub(crate) fn secret_url(value: &SecretValue) -> Result<SecretUrl, String> {
    let url = SecretUrl::parse(value).map_err(|error| error.to_string())?;
    if url.is_https() || is_loopback(url.origin()) {
        Ok(url)
    } else {
        Err("the URL must begin with `https://`".to_owned())
    }
}

/// Plain HTTP is for this machine alone, where a relay may listen.
fn is_loopback(origin: &str) -> bool {
    let host = origin.trim_start_matches("http://");
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        let rest = host.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

/// Holds the address of a service against the same rule.
pub(super) fn base(given: Option<&str>, usual: &str) -> Result<String, String> {
    let base = given.unwrap_or(usual).trim_end_matches('/').to_owned();
    secret_url(&SecretValue::new(base.as_str())).map(|_| base)
}
