//! The JSON of a plan, read as it arrives.
//!
//! Invariant: resources that do not differ leave nothing behind but their addresses and, while the
//! plan is judged, the secrets in them, so that these can be covered wherever else they stand.

pub(crate) mod configured;
pub(crate) mod difference;
pub(crate) mod held;
pub(crate) mod path;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::{Deserialize, Deserializer};

pub(crate) use configured::{Configuration, bare};
pub(crate) use difference::{Leaf, leaves};
pub(crate) use held::Held;
pub(crate) use path::Path;

use crate::redact::Secrets;

/// What a plan says, as far as it is judged.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) format: String,
    pub(crate) program_version: String,
    /// What refreshing found changed.
    pub(crate) drift: Vec<ResourceChange>,
    /// What applying would do, without what it would leave alone.
    pub(crate) changes: Vec<ResourceChange>,
    /// Managed resources that exist, as far as the state knows.
    pub(crate) existing: BTreeSet<String>,
    pub(crate) outputs: BTreeMap<String, Change>,
    pub(crate) checks: Vec<Check>,
    pub(crate) configuration: Configuration,
    pub(crate) relevant: Vec<Relevant>,
    pub(crate) errored: bool,
    /// Values that are marked anywhere.
    pub(crate) secrets: Secrets,
}

/// A change of one resource instance.
#[derive(Debug, Deserialize)]
pub(crate) struct ResourceChange {
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) previous_address: Option<String>,
    #[serde(default)]
    pub(crate) mode: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) deposed: Option<String>,
    #[serde(default)]
    pub(crate) change: Change,
    #[serde(default)]
    pub(crate) action_reason: Option<String>,
}

/// What a change is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    pub(crate) actions: Vec<String>,
    pub(crate) before: Held,
    pub(crate) after: Held,
    pub(crate) after_unknown: Held,
    pub(crate) before_sensitive: Held,
    pub(crate) after_sensitive: Held,
    pub(crate) importing: Held,
    /// Which attributes ask for a replacement.
    #[serde(deserialize_with = "or_nothing")]
    pub(crate) replace_paths: Vec<Vec<serde_json::Value>>,
}

/// The state of a check.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Check {
    pub(crate) address: CheckAddress,
    pub(crate) status: String,
    pub(crate) instances: Vec<CheckInstance>,
}

/// What a check is of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckAddress {
    pub(crate) kind: String,
    pub(crate) to_display: String,
}

/// One instance of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckInstance {
    pub(crate) problems: Vec<CheckProblem>,
}

/// What an instance of a check says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckProblem {
    pub(crate) message: String,
}

/// An attribute of a resource that something else in the configuration reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Relevant {
    pub(crate) resource: String,
    pub(crate) attribute: Vec<serde_json::Value>,
}

/// Why a plan cannot be read. The text of the plan takes no part in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlanError {
    #[error("the plan ended early or is no JSON (line {0}, column {1})")]
    Malformed(usize, usize),
    #[error("the plan has the format `{0}`, and only 1.x is understood")]
    Format(String),
}

impl Change {
    /// Returns whether the actions are just these.
    pub(crate) fn is(&self, actions: &[&str]) -> bool {
        self.actions.iter().map(String::as_str).eq(actions.iter().copied())
    }

    pub(crate) fn has(&self, action: &str) -> bool {
        self.actions.iter().any(|other| other == action)
    }
}

/// Reads a list that may be null.
fn or_nothing<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads a plan.
pub(crate) fn read(from: impl Read) -> Result<Plan, PlanError> {
    let mut plan = Plan::default();
    let mut parser = serde_json::Deserializer::from_reader(from);
    let malformed = |error: serde_json::Error| PlanError::Malformed(error.line(), error.column());
    stream::read(&mut plan, &mut parser).map_err(malformed)?;
    parser.end().map_err(malformed)?;
    if !plan.format.starts_with("1.") {
        return Err(PlanError::Format(plan.format.chars().take(20).collect()));
    }
    Ok(plan)
}

/// Reads the values of a state for the secrets in it.
pub(crate) fn read_secrets(from: impl Read) -> Option<Secrets> {
    let mut plan = Plan::default();
    let mut parser = serde_json::Deserializer::from_reader(from);
    stream::read_state(&mut plan, &mut parser).ok()?;
    Some(plan.secrets)
}
