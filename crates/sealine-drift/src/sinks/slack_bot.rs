//! # `slack_bot`: a bot of Slack
//!
//! Posts with `chat.postMessage`; an update is a reply in the thread, a recovery changes the first
//! message and replies. The bot needs `chat:write`, and `chat:write.public` for channels that it is
//! not a member of.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     team:
//!       slack_bot:
//!         token: { env: SLACK_BOT_TOKEN }
//!         channel: C0123456789
//! ```

use std::time::Duration;

use schemars::JsonSchema;
use sealine_http::reqwest::Method;
use sealine_http::reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::transport::{Transport, answered, base, header};
use super::{SecretSource, Sending, Sink, SinkKind, Surroundings, escape, settings, slack};
use crate::alerts::Event;
use crate::store::{Answered, Due};

/// A bot of Slack.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the bot's token is.
    pub token: SecretSource,
    /// The channel: its id, or its name with `#`.
    pub channel: String,
    /// The address of the API, where it is not that of Slack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "slack_bot",
    summary: "a bot of Slack, which answers in threads",
    pause: Duration::from_millis(1_100),
    schema: || schemars::schema_for!(Settings),
    make,
};

#[derive(Debug)]
struct SlackBot {
    base: String,
    channel: String,
    authorization: HeaderValue,
    transport: Transport,
}

fn make(value: &Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let token = with.secrets.get(&settings.token)?;
    Ok(Box::new(SlackBot {
        base: base(settings.api_url.as_deref(), "https://slack.com/api")?,
        channel: settings.channel,
        authorization: header("Bearer ", &token)?,
        transport: Transport::new(with.http, &[&token])?,
    }))
}

impl Sink for SlackBot {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            match self.tell(due).await {
                Ok(reference) => Answered::Sent { reference },
                Err(answered) => answered,
            }
        })
    }
}

/// Errors of Slack that pass by themselves.
const PASSING: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
];

impl SlackBot {
    async fn tell(&self, due: &Due) -> Result<Option<String>, Answered> {
        let mut body = slack::body(&due.message);
        // The reference is the channel's id and the time stamp of the first message.
        let first = due.reference.as_deref().and_then(|text| text.split_once(' '));
        let Some((channel, stamp)) = first else {
            body["channel"] = json!(self.channel);
            let answer = self.call("chat.postMessage", &body).await?;
            let (channel, stamp) = (answer["channel"].as_str(), answer["ts"].as_str());
            return Ok(channel.zip(stamp).map(|(channel, stamp)| format!("{channel} {stamp}")));
        };
        body["channel"] = json!(channel);
        if due.message.event == Event::Resolve {
            // The first message is changed first: doing that twice does no harm.
            let mut changed = body.clone();
            changed["ts"] = json!(stamp);
            self.call("chat.update", &changed).await?;
        }
        body["thread_ts"] = json!(stamp);
        self.call("chat.postMessage", &body).await?;
        Ok(None)
    }

    async fn call(&self, method: &str, body: &Value) -> Result<Value, Answered> {
        let url = format!("{}/{method}", self.base);
        let request = self.transport.client().request(Method::POST, url);
        let request = request
            .header(AUTHORIZATION, self.authorization.clone())
            .header("content-type", "application/json; charset=utf-8")
            .body(body.to_string());
        let answer = self.transport.call(request).await.map_err(|fault| answered(&fault))?;
        let answer = super::transport::json(&answer);
        if answer["ok"] == json!(true) {
            return Ok(answer);
        }
        // Slack says with status 200 what is wrong. What is no answer of Slack's comes from
        // something between, and passes.
        let error = answer["error"].as_str();
        let said = error.unwrap_or("an answer that is not Slack's");
        let why = escape::cut(&format!("`{method}`: {}", escape::plain(said)), 200);
        if error.is_none_or(|error| PASSING.contains(&error)) {
            Err(Answered::Later { why, after: None })
        } else {
            Err(Answered::Never { why })
        }
    }
}
