//! # `jira_service_management`: alerts of Jira Service Management
//!
//! What follows OpsGenie: the same requests at another address, with the key of an API integration.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     pager:
//!       jira_service_management:
//!         key: { file: /run/secrets/jsm }
//! ```

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ops::Ops;
use super::transport::base;
use super::{SecretSource, Sink, SinkKind, Surroundings, settings};

/// Alerts of Jira Service Management.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
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

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "jira_service_management",
    summary: "alerts of Jira Service Management",
    pause: Duration::from_millis(200),
    schema: || schemars::schema_for!(Settings),
    make,
};

fn make(value: &serde_json::Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let usual = "https://api.atlassian.com";
    let base = base(settings.api_url.as_deref(), usual)?;
    let base = format!("{base}/jsm/ops/integration/v2/alerts");
    let key = with.secrets.get(&settings.key)?;
    Ok(Box::new(Ops::new(base, &key, settings.teams, settings.tags, with.http)?))
}
