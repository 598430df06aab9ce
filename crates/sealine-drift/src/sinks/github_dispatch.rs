//! # `github_dispatch`: starts a workflow of GitHub Actions
//!
//! Meant for `on_drift`: when something drifted, a workflow of the repository starts, which may open
//! a pull request or ask for an apply. Sealine itself changes nothing. With `workflow`, that workflow
//! is started (`workflow_dispatch`), with those of `inputs` that it declares; without, all that
//! listen for the event (`repository_dispatch`), with the message in `client_payload`. Only the
//! opening of an alert starts anything. GitHub gives no way to tell a repeated start, so after a lost
//! answer a workflow may start twice: give it a `concurrency` group.
//!
//! ```yaml
//! alerts:
//!   on_drift: [repair]
//!   sinks:
//!     repair:
//!       github_dispatch:
//!         repository: owner/name
//!         token: { env: DISPATCH_TOKEN }
//!         workflow: propose-repair.yml
//!         ref: main
//!         inputs: [project]
//! ```

use std::time::Duration;

use schemars::JsonSchema;
use sealine_http::reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::escape::{cut, plain};
use super::github::GitHub;
use super::{SecretSource, Sending, Sink, SinkKind, Surroundings, settings};
use crate::alerts::{Event, Message};
use crate::store::{Answered, Due};

/// Starts a workflow of GitHub Actions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The repository: OWNER/NAME.
    pub repository: String,
    /// Where the token is.
    pub token: SecretSource,
    /// The file of the workflow to start; without it, an event is sent to the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The branch or tag that the workflow runs on; `main` without it.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Which inputs the workflow declares, of `project`, `key`, `severity` and `title`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// The name of the event; `sealine-drift` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The address of the API of GitHub Enterprise Server: `https://host/api/v3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// An input that a workflow may declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// The project; empty where there are several.
    Project,
    /// The key of the alert.
    Key,
    /// How bad it is.
    Severity,
    /// One line that says it.
    Title,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "github_dispatch",
    summary: "starts a workflow of GitHub Actions",
    pause: Duration::from_secs(1),
    schema: || schemars::schema_for!(Settings),
    make,
};

#[derive(Debug)]
struct GitHubDispatch {
    github: GitHub,
    settings: Settings,
}

fn make(value: &Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let token = with.secrets.get(&settings.token)?;
    let url = settings.api_url.as_deref();
    let github = GitHub::new(url, &settings.repository, &token, with.http)?;
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if let Some(workflow) = &settings.workflow
        && !workflow.chars().all(known)
    {
        return Err(format!("`{workflow}` is not the name of a file of a workflow"));
    }
    Ok(Box::new(GitHubDispatch { github, settings }))
}

impl Sink for GitHubDispatch {
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a> {
        Box::pin(async move {
            if due.message.event != Event::Open {
                return Answered::Sent { reference: None };
            }
            let (path, body) = self.request(&due.message);
            match self.github.send(Method::POST, &path, &body).await {
                Ok(_) => Answered::Sent { reference: None },
                Err(answered) => answered,
            }
        })
    }
}

impl GitHubDispatch {
    fn request(&self, message: &Message) -> (String, Value) {
        let project = message.project.clone().unwrap_or_default();
        let title = cut(&plain(&message.title), 250);
        if let Some(workflow) = &self.settings.workflow {
            let inputs = self.settings.inputs.iter().map(|input| match input {
                Input::Project => ("project".to_owned(), json!(project)),
                Input::Key => ("key".to_owned(), json!(message.key)),
                Input::Severity => ("severity".to_owned(), json!(message.severity.word())),
                Input::Title => ("title".to_owned(), json!(title)),
            });
            let inputs: serde_json::Map<String, Value> = inputs.collect();
            let reference = self.settings.reference.as_deref().unwrap_or("main");
            let path = format!("/actions/workflows/{workflow}/dispatches");
            return (path, json!({"ref": reference, "inputs": inputs}));
        }
        let event = self.settings.event.as_deref().unwrap_or("sealine-drift");
        let addresses: Vec<String> =
            message.items.iter().map(|item| cut(&plain(&item.address), 300)).collect();
        let payload = json!({
            "key": message.key,
            "project": project,
            "severity": message.severity.word(),
            "title": title,
            "addresses": addresses,
        });
        (
            "/dispatches".to_owned(),
            json!({"event_type": cut(event, 100), "client_payload": payload}),
        )
    }
}
