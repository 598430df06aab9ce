//! Says to an outside watcher that Sealine still looks: who hears nothing for long raises the alarm.
//!
//! Invariant: a heartbeat is sent only while the scheduler goes round and the history can be written.
//! It carries nothing.

use std::time::Duration;

use sealine_http::reqwest::Method;
use sealine_http::{Client, Redactor, Retry, SecretUrl, Settings};
use sealine_model::SecretValue;

use crate::sinks::checked_url;

/// Where to send heartbeats.
#[derive(Debug)]
pub struct Heartbeat {
    url: SecretUrl,
    secrets: Redactor,
    client: Client,
}

/// How long one may take, with its retries.
const TOTAL: Duration = Duration::from_secs(20);

impl Heartbeat {
    /// Makes one from its URL, which is a credential.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the URL.
    pub fn new(url: &SecretValue, http: &Settings) -> Result<Self, String> {
        Ok(Self {
            url: checked_url(url)?,
            secrets: Redactor::new().with(url.expose()),
            client: Client::new(http).map_err(|fault| fault.to_string())?,
        })
    }

    /// Sends one.
    ///
    /// # Errors
    ///
    /// Says why it did not arrive.
    pub async fn beat(&self) -> Result<(), String> {
        let url = self.url.expose().map_err(|error| error.to_string())?;
        let request = self.client.request(Method::GET, url);
        let retry = Retry { attempts: 3, total: TOTAL, ..Retry::default() };
        let answer = self.client.fetch(request, 64 * 1024, &retry, &self.secrets).await;
        answer.map(|_| ()).map_err(|fault| fault.to_string())
    }
}
