//! # `opsgenie`: OpsGenie
//!
//! Opens an alert whose alias is the alert's key, adds a note when something changes, and closes it
//! when all is gone. OpsGenie ends in April 2027; `jira_service_management` takes the same requests.
//!
//! ```yaml
//! alerts:
//!   sinks:
//!     pager:
//!       opsgenie:
//!         key: { env: OPSGENIE_API_KEY }
//!         region: eu
//!         teams: [platform]
//! ```

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ops::Ops;
use super::transport::base;
use super::{SecretSource, Sink, SinkKind, Surroundings, settings};

/// OpsGenie.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the key of the integration is.
    pub key: SecretSource,
    /// Where the account lives.
    #[serde(default)]
    pub region: Region,
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
pub enum Region {
    /// In the United States.
    #[default]
    Us,
    /// In the European Union.
    Eu,
}

/// The kind.
pub static SINK: SinkKind = SinkKind {
    name: "opsgenie",
    summary: "OpsGenie",
    pause: Duration::from_millis(200),
    schema: || schemars::schema_for!(Settings),
    make,
};

fn make(value: &serde_json::Value, with: &Surroundings<'_>) -> Result<Box<dyn Sink>, String> {
    let settings: Settings = settings(value)?;
    let usual = match settings.region {
        Region::Us => "https://api.opsgenie.com",
        Region::Eu => "https://api.eu.opsgenie.com",
    };
    let base = format!("{}/v2/alerts", base(settings.api_url.as_deref(), usual)?);
    let key = with.secrets.get(&settings.key)?;
    Ok(Box::new(Ops::new(base, &key, settings.teams, settings.tags, with.http)?))
}
