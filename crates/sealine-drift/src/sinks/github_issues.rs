//! # `github_issues`: issues of a GitHub repository
//!
//! Opens one issue for an alert, comments when something changes, and closes it when all is gone. A
//! hidden comment in the body tells which alert it is, and the first label finds it again, so a
//! message that is sent twice, or a CI job that has forgotten its history, opens no second issue. The
//! token needs to read and write issues.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     issues:
//!       github_issues:
//!         repository: owner/name
//!         token: { env: GITHUB_TOKEN }
//!         labels: [drift]
//! ```

#![expect(clippy::format_push_string, reason = "messages are short, and read so")]

use std::time::Duration;

use schemars::JsonSchema;
use sealine_http::reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::escape::{code, cut, markdown, plain};
use super::github::GitHub;
use super::{SecretSource, Sending, Sink, SinkKind, Surroundings, settings};
use crate::alerts::{Event, Item, Message};
use crate::store::{Answered, Due};

/// Issues of a GitHub repository.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The repository: OWNER/NAME.
    pub repository: String,
    /// Where the token is.
    pub token: SecretSource,
    /// The labels of its issues; the first finds them again. `drift` without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The address of the API of GitHub Enterprise Server: `https://host/api/v3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "github_issues",
    summary: "issues of a GitHub repository",
    pause: Duration::from_secs(1),
    schema: || schemars::schema_for!(Settings),
    make,
};

/// How many pages of open issues are looked through.
const PAGES: usize = 10;

/// A body may have 65,536 characters.
const BODY: usize = 60_000;

#[derive(Debug)]
struct GitHubIssues {
    github: GitHub,
    labels: Vec<String>,
}

fn make(value: &Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let token = with.secrets.get(&settings.token)?;
    let url = settings.api_url.as_deref();
    let github = GitHub::new(url, &settings.repository, &token, with.http)?;
    let mut labels = settings.labels;
    if labels.is_empty() {
        labels.push("drift".to_owned());
    }
    Ok(Box::new(GitHubIssues { github, labels }))
}

impl Sink for GitHubIssues {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            match self.tell(due).await {
                Ok(reference) => Answered::Sent { reference },
                Err(answered) => answered,
            }
        })
    }
}

impl GitHubIssues {
    async fn tell(&self, due: &Due) -> Result<Option<String>, Answered> {
        let message = &due.message;
        if message.event == Event::Gone {
            // No issue is opened for what is over.
            return Ok(None);
        }
        let known = match due.reference.as_deref().and_then(|text| text.parse::<u64>().ok()) {
            Some(number) => Some(number),
            None => self.find(&message.key).await?,
        };
        match (message.event, known) {
            (Event::Open, Some(number)) => Ok(Some(number.to_string())),
            (Event::Open, None) => {
                let body = json!({
                    "title": cut(&plain(&message.title), 250),
                    "body": body(message, &marker(&message.key)),
                    "labels": self.labels,
                });
                let answer = self.github.send(Method::POST, "/issues", &body).await?;
                Ok(answer["number"].as_u64().map(|number| number.to_string()))
            }
            (_, None) => Ok(None),
            (event, Some(number)) => {
                let marker = marker(&format!("{} {}", message.key, message.sequence));
                if due.attempts == 0 || !self.has_comment(number, &marker).await? {
                    let path = format!("/issues/{number}/comments");
                    let body = json!({"body": body(message, &marker)});
                    self.github.send(Method::POST, &path, &body).await?;
                }
                if event == Event::Resolve {
                    let body = json!({"state": "closed", "state_reason": "completed"});
                    let path = format!("/issues/{number}");
                    self.github.send(Method::PATCH, &path, &body).await?;
                }
                Ok(Some(number.to_string()))
            }
        }
    }

    /// Looks for the open issue of an alert. The search of GitHub lags behind; its list does not.
    async fn find(&self, key: &str) -> Result<Option<u64>, Answered> {
        let marker = marker(key);
        let label = percent(&self.labels[0]);
        for page in 1..=PAGES {
            let path = format!("/issues?labels={label}&state=open&per_page=100&page={page}");
            let answer = self.github.get(&path).await?;
            let Some(issues) = answer.as_array() else {
                let why = "the list of issues is not a list".to_owned();
                return Err(Answered::Later { why, after: None });
            };
            let found = issues
                .iter()
                .find(|issue| issue["body"].as_str().is_some_and(|body| body.contains(&marker)));
            if let Some(issue) = found {
                return Ok(issue["number"].as_u64());
            }
            if issues.len() < 100 {
                break;
            }
        }
        Ok(None)
    }

    async fn has_comment(&self, number: u64, marker: &str) -> Result<bool, Answered> {
        for page in 1..=PAGES {
            let path = format!("/issues/{number}/comments?per_page=100&page={page}");
            let answer = self.github.get(&path).await?;
            let comments = answer.as_array().map(Vec::as_slice).unwrap_or_default();
            let has = |comment: &Value| {
                comment["body"].as_str().is_some_and(|body| body.contains(marker))
            };
            if comments.iter().any(has) {
                return Ok(true);
            }
            if comments.len() < 100 {
                break;
            }
        }
        Ok(false)
    }
}

fn marker(key: &str) -> String {
    format!("<!-- sealine:{key} -->")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// The message in Markdown. The marker is first, so that no cut takes it.
fn body(message: &Message, marker: &str) -> String {
    let mut text = format!("{marker}\n{}\n\n", markdown(&message.title));
    for item in &message.items {
        text.push_str(&line(item));
    }
    if message.more > 0 {
        text.push_str(&format!("- and {} more\n", message.more));
    }
    text.push_str(&format!("\nSince {:.0}. ", message.since));
    if message.event == Event::Update {
        text.push_str(&format!("{} still there. ", message.standing));
    }
    if !message.owners.is_empty() {
        text.push_str(&format!("Owner: {}. ", code(&cut(&message.owners.join(", "), 300))));
    }
    if let Some(item) = message.items.first() {
        text.push_str(&format!("More: `sealine drift show {}`", item.id));
    }
    if let Some(link) = message.link.as_deref().filter(|link| link.starts_with("https://")) {
        let sound =
            link.chars().all(|letter| letter.is_ascii_graphic() && !"<>()[]".contains(letter));
        if sound {
            text.push_str(&format!(", [the run]({link})"));
        }
    }
    cut(&text, BODY)
}

fn line(item: &Item) -> String {
    let mut line = format!(
        "- {} in {} {}, {}, {}",
        code(&cut(&item.address, 300)),
        code(&cut(&item.project, 200)),
        markdown(&item.change),
        item.severity.word(),
        item.standing.word(),
    );
    if !item.paths.is_empty() {
        let paths: Vec<String> =
            item.paths.iter().take(10).map(|path| code(&cut(path, 80))).collect();
        line.push_str(&format!(": {}", paths.join(", ")));
        if item.paths.len() > 10 {
            line.push_str(&format!(" and {} more", item.paths.len() - 10));
        }
    }
    if !item.workloads.is_empty() {
        line.push_str(&format!("; read by {}", code(&cut(&item.workloads.join(", "), 300))));
    }
    if let Some(note) = &item.note {
        line.push_str(&format!(" ({})", markdown(&cut(note, 300))));
    }
    line.push('\n');
    line
}
