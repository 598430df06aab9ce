//! What OpsGenie and Jira Service Management share: they take the same requests.
//!
//! Invariant: the alias is the alert's key, so a message that arrives twice is one alert.

#![expect(clippy::format_push_string, reason = "messages are short, and read so")]

use sealine_http::reqwest::Method;
use sealine_http::reqwest::header::{AUTHORIZATION, HeaderValue};
use sealine_model::SecretValue;
use serde_json::{Value, json};

use super::escape::{cut, plain};
use super::transport::{Transport, answered, header};
use super::{Sending, Sink};
use crate::alerts::{Event, Item, Message};
use crate::report::Severity;
use crate::store::{Answered, Due};

#[derive(Debug)]
pub(super) struct Ops {
    /// Up to `alerts`.
    base: String,
    authorization: HeaderValue,
    teams: Vec<String>,
    tags: Vec<String>,
    transport: Transport,
}

impl Ops {
    pub(super) fn new(
        base: String,
        key: &SecretValue,
        teams: Vec<String>,
        tags: Vec<String>,
        http: &sealine_http::Settings,
    ) -> Result<Self, String> {
        let transport = Transport::new(http, &[key])?;
        Ok(Self { base, authorization: header("GenieKey ", key)?, teams, tags, transport })
    }

    async fn call(&self, path: &str, body: &Value) -> Answered {
        let url = format!("{}{path}", self.base);
        let request = self.transport.client().request(Method::POST, url);
        let request = request.header(AUTHORIZATION, self.authorization.clone()).json(body);
        match self.transport.call(request).await {
            Ok(_) => Answered::Sent { reference: None },
            Err(fault) => answered(&fault),
        }
    }
}

impl Sink for Ops {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            let message = &due.message;
            // The key is hexadecimal: nothing in it needs an escape.
            let about = |what: &str| format!("/{}/{what}?identifierType=alias", message.key);
            match message.event {
                Event::Open => self.call("", &create(message, &self.teams, &self.tags)).await,
                Event::Update => self.call(&about("notes"), &note(message)).await,
                Event::Resolve => self.call(&about("close"), &note(message)).await,
                // Nobody is woken for what is over.
                Event::Gone => Answered::Sent { reference: None },
            }
        })
    }
}

fn create(message: &Message, teams: &[String], tags: &[String]) -> Value {
    let mut all: Vec<String> = vec!["sealine".to_owned(), message.topic.clone()];
    all.extend(tags.iter().cloned());
    let tags: Vec<String> = all.iter().take(20).map(|tag| cut(&plain(tag), 50)).collect();
    let responders: Vec<Value> =
        teams.iter().take(50).map(|team| json!({"type": "team", "name": team})).collect();
    let mut details = serde_json::Map::new();
    details.insert("severity".to_owned(), json!(message.severity.word()));
    details.insert("since".to_owned(), json!(format!("{:.0}", message.since)));
    details.insert("owners".to_owned(), json!(cut(&plain(&message.owners.join(", ")), 1_000)));
    if let Some(link) = &message.link {
        details.insert("link".to_owned(), json!(cut(&plain(link), 1_000)));
    }
    let entity = message.project.as_deref().unwrap_or("several projects");
    let mut body = json!({
        "message": cut(&plain(&message.title), 130),
        "alias": message.key,
        "description": text(message, 15_000),
        "tags": tags,
        "details": details,
        "entity": cut(&plain(entity), 512),
        "source": "sealine",
        "priority": priority(message.severity),
    });
    if !responders.is_empty() {
        body["responders"] = Value::from(responders);
    }
    body
}

fn note(message: &Message) -> Value {
    json!({"source": "sealine", "note": text(message, 25_000)})
}

fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "P1",
        Severity::High => "P2",
        Severity::Medium => "P3",
        Severity::Low => "P5",
    }
}

/// The message as plain text.
fn text(message: &Message, limit: usize) -> String {
    let mut text = plain(&message.title);
    // What to do comes before the list, which may be cut.
    if let Some(item) = message.items.first() {
        text.push_str(&format!("\nsealine drift show {}", item.id));
    }
    if message.event == Event::Update {
        text.push_str(&format!("\n{} still there", message.standing));
    }
    if message.more > 0 {
        text.push_str(&format!("\nthese and {} more:", message.more));
    }
    for item in &message.items {
        text.push('\n');
        text.push_str(&line(item));
    }
    cut(&text, limit)
}

fn line(item: &Item) -> String {
    let mut line =
        format!("- {}: {} {}, {}", item.project, item.address, item.change, item.standing.word());
    if !item.paths.is_empty() {
        line.push_str(&format!(": {}", item.paths.join(", ")));
    }
    if !item.workloads.is_empty() {
        line.push_str(&format!(" (read by {})", item.workloads.join(", ")));
    }
    if let Some(note) = &item.note {
        line.push_str(&format!(" ({note})"));
    }
    cut(&plain(&line), 1_000)
}
