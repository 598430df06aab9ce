//! # `slack_webhook`: an incoming webhook of Slack
//!
//! Posts to the channel that the webhook belongs to. Slack gives no way to change such a message, so
//! an update and a recovery are messages of their own, and a message that Slack took without our
//! hearing of it is sent again: the first twelve digits of the alert's key stand in each.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     team:
//!       slack_webhook:
//!         url: { env: SLACK_WEBHOOK_URL }
//! ```

use std::time::Duration;

use schemars::JsonSchema;
use sealine_http::SecretUrl;
use sealine_http::reqwest::Method;
use serde::{Deserialize, Serialize};

use super::transport::{Transport, answered, secret_url};
use super::{SecretSource, Sending, Sink, SinkKind, Surroundings, settings, slack};
use crate::store::{Answered, Due};

/// An incoming webhook of Slack.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the URL of the webhook is; it is a credential.
    pub url: SecretSource,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "slack_webhook",
    summary: "an incoming webhook of Slack",
    pause: Duration::from_millis(1_100),
    schema: || schemars::schema_for!(Settings),
    make,
};

#[derive(Debug)]
struct SlackWebhook {
    url: SecretUrl,
    transport: Transport,
}

fn make(value: &serde_json::Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let secret = with.secrets.get(&settings.url)?;
    let transport = Transport::new(with.http, &[&secret])?;
    Ok(Box::new(SlackWebhook { url: secret_url(&secret)?, transport }))
}

impl Sink for SlackWebhook {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            let Ok(url) = self.url.expose() else {
                return Answered::Never { why: "the URL cannot be used".to_owned() };
            };
            let request = self.transport.client().request(Method::POST, url);
            match self.transport.call(request.json(&slack::body(&due.message))).await {
                Ok(_) => Answered::Sent { reference: None },
                Err(fault) => answered(&fault),
            }
        })
    }
}
