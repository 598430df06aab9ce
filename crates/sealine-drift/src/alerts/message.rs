//! What a sink is told: one form for all of them.
//!
//! Invariant: no value of an attribute is here, only paths; texts of programs were scrubbed. The
//! serialised form is kept in the outbox and is what the generic webhook sends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::report::Severity;

/// The version of the serialised form.
pub const FORMAT: u32 = 1;

/// How many things one message lists.
pub const LISTED: usize = 50;

/// One message about one alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The version of the serialised form: [`FORMAT`].
    pub format: u32,
    /// What happened to the alert.
    pub event: Event,
    /// What the alert is known by: hexadecimal, the same in all its messages.
    pub key: String,
    /// Grows with each message of the alert.
    pub sequence: i64,
    /// What it is about: `drifted`, `unapplied`, `failed`, `blind`, `delivery`.
    pub topic: String,
    /// How bad it is.
    pub severity: Severity,
    /// The project; none where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Who owns it.
    pub owners: Vec<String>,
    /// One line that says it.
    pub title: String,
    /// What it is about in particular.
    pub items: Vec<Item>,
    /// How many more there are than [`LISTED`].
    pub more: usize,
    /// How many things of the alert are still there.
    pub standing: usize,
    /// Since when.
    #[serde(with = "crate::report::instant")]
    pub since: Timestamp,
    /// When this message was made.
    #[serde(with = "crate::report::instant")]
    pub at: Timestamp,
    /// Where to find more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It is new.
    Open,
    /// Something of it changed.
    Update,
    /// All of it is gone.
    Resolve,
    /// It came and went before it could be told.
    Gone,
}

impl Event {
    /// Returns the word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Update => "update",
            Self::Resolve => "resolve",
            Self::Gone => "gone",
        }
    }
}

/// One thing that an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What became of it.
    pub standing: Standing,
    /// The number under which `sealine drift show` and `ack` know it.
    pub id: i64,
    /// The project.
    pub project: String,
    /// The address of the resource; what an alarm is about otherwise.
    pub address: String,
    /// What happened to it: `changed outside`.
    pub change: String,
    /// The paths of the attributes that differ.
    pub paths: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// The workloads whose secrets pass through it.
    pub workloads: Vec<String>,
    /// A word more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Since when.
    #[serde(with = "crate::report::instant")]
    pub since: Timestamp,
}

/// What became of a thing since the last message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is new.
    New,
    /// It looks otherwise now.
    Changed,
    /// It is there as before.
    There,
    /// Somebody said that it is known.
    Acknowledged,
    /// It is gone.
    Gone,
    /// A rule of the configuration says that it does not matter.
    Ignored,
}

impl Standing {
    /// Returns the word that messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::There => "still there",
            Self::Acknowledged => "acknowledged",
            Self::Gone => "gone",
            Self::Ignored => "ignored by rule",
        }
    }
}

/// Returns the one line that says what an alert is about.
pub fn title(
    event: Event,
    topic: &str,
    project: Option<&str>,
    count: usize,
    first: &str,
) -> String {
    let place = project.map_or_else(|| "several projects".to_owned(), |name| format!("`{name}`"));
    let what = match (topic, count) {
        ("blind", _) => format!("{place} could not be looked at"),
        ("delivery", _) => format!("messages to `{first}` do not arrive"),
        ("drifted", 1) => format!("{place}: `{first}` drifted"),
        ("drifted", _) => format!("{place}: {count} resources drifted"),
        ("unapplied", 1) => format!("{place}: `{first}` is not applied"),
        ("unapplied", _) => format!("{place}: {count} changes are not applied"),
        ("failed", 1) => format!("{place}: the check `{first}` fails"),
        ("failed", _) => format!("{place}: {count} checks fail"),
        _ => format!("{place}: {count} findings"),
    };
    match event {
        Event::Open => what,
        Event::Update => format!("update: {what}"),
        Event::Resolve => format!("resolved: {what}"),
        Event::Gone => format!("was there and is gone: {what}"),
    }
}
