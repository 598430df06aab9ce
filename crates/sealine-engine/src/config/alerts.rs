//! The section `alerts` of `sealine.yaml`: whom `sealine drift` tells, and of what.
//!
//! Invariant: no credential stands here, only the name of a variable or of a file that holds one.
//! The settings of a sink are those that its file in `sealine-drift` reads; a test compares both.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whom `sealine drift` tells, and of what.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Where alerts go, by names of your own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sinks: BTreeMap<String, AlertSink>,
    /// Which sinks are told of what. Without any, each is told of everything but what is only not
    /// applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<AlertRoute>,
    /// Sinks that are told of drift whatever the routes say, and of nothing else: a workflow to
    /// start, an issue to open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_drift: Vec<String>,
    /// After how long without a whole look this is an alarm, such as `24h`, which it is without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_succeeded_for: Option<String>,
    /// After how many looks in a row that were not whole this is an alarm; `3` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_looks: Option<String>,
    /// Who outside is told that Sealine still looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<AlertHeartbeat>,
}

impl Alerts {
    /// Returns whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One way from what happens to sinks. What is left out does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRoute {
    /// The sinks, by their names above.
    pub sinks: Vec<String>,
    /// The least severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<AlertSeverity>,
    /// Names of projects, with `*` for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// Owners, with `*` for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// What about; all but `unapplied` without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<AlertTopic>,
}

/// How bad a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlertSeverity {
    /// Worth knowing.
    Low,
    /// Something is not as it was agreed.
    Medium,
    /// Something is gone, or would be.
    High,
    /// Workloads depend on it.
    Critical,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlertTopic {
    /// Something was changed outside.
    Drifted,
    /// Something is configured and was not applied.
    Unapplied,
    /// A check of the configuration fails.
    Failed,
    /// Looking has not succeeded for some time.
    Blind,
    /// Messages to another sink do not arrive.
    Delivery,
}

/// Who outside is told that Sealine still looks.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertHeartbeat {
    /// Where the URL to ask is; it is a credential.
    pub url: SecretSource,
    /// How often, such as `5m`, which it is without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
}

/// Where a credential is: in a variable of the environment or in a file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSource {
    /// The name of the variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The file, such as a mounted Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Where alerts go: one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertSink {
    /// Starts a workflow of GitHub Actions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_dispatch: Option<GitHubDispatch>,
    /// Issues of a GitHub repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_issues: Option<GitHubIssues>,
    /// Alerts of Jira Service Management.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jira_service_management: Option<JiraServiceManagement>,
    /// OpsGenie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opsgenie: Option<OpsGenie>,
    /// A bot of Slack, which answers in threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_bot: Option<SlackBot>,
    /// An incoming webhook of Slack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_webhook: Option<SlackWebhook>,
    /// A signed webhook of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

/// Starts a workflow of GitHub Actions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubDispatch {
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
    /// Which inputs the workflow declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<DispatchInput>,
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
pub enum DispatchInput {
    /// The project; empty where there are several.
    Project,
    /// The key of the alert.
    Key,
    /// How bad it is.
    Severity,
    /// One line that says it.
    Title,
}

/// Issues of a GitHub repository.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubIssues {
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

/// Alerts of Jira Service Management.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JiraServiceManagement {
    /// Where the key of the integration is.
    pub key: SecretSource,
    /// The teams that respond.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// Tags that each alert gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The address of the API, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// OpsGenie.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpsGenie {
    /// Where the key of the integration is.
    pub key: SecretSource,
    /// Where the account lives.
    #[serde(default)]
    pub region: OpsGenieRegion,
    /// The teams that respond.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// Tags that each alert gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The address of the API, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// Where an account of OpsGenie lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpsGenieRegion {
    /// In the United States.
    #[default]
    Us,
    /// In the European Union.
    Eu,
}

/// A bot of Slack, which answers in threads.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackBot {
    /// Where the bot's token is.
    pub token: SecretSource,
    /// The channel: its id, or its name with `#`.
    pub channel: String,
    /// The address of the API, where it is not that of Slack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
}

/// An incoming webhook of Slack.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackWebhook {
    /// Where the URL of the webhook is; it is a credential.
    pub url: SecretSource,
}

/// A signed webhook of your own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where the URL is.
    pub url: SecretSource,
    /// Where the secret is that messages are signed with: `whsec_` and base64.
    pub secret: SecretSource,
    /// Networks and hosts of your own that the URL may lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
}
