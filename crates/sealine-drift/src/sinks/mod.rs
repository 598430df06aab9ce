//! Where alerts go: one file for each kind of sink.
//!
//! A kind is a page (the head of its file), `Settings` as they stand in `sealine.yaml`, and `SINK`,
//! which says its name there and makes one from settings. The list below is the only one.
//!
//! Invariant: credentials come from the environment or from files, never from `sealine.yaml`, and
//! leave only in requests to the service they are for. No sink decides what to tell: it puts a
//! [`Message`](crate::alerts::Message) into its service's words, within its service's limits.

pub mod escape;
mod github;
mod ops;
mod secrets;
mod slack;
mod transport;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use sealine_http::Settings as HttpSettings;

pub use secrets::{SecretSource, Secrets};
pub(crate) use transport::secret_url as checked_url;

use crate::store::{Answered, Due};

macro_rules! sinks {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// All kinds of sinks.
        pub static SINKS: &[&SinkKind] = &[$(&$name::SINK,)*];
    };
}

sinks! {
    github_dispatch,
    github_issues,
    jira_service_management,
    opsgenie,
    slack_bot,
    slack_webhook,
    webhook,
}

/// What a sink does.
pub trait Sink: Debug + Send + Sync {
    /// Sends one message, once. The store decides what follows from the answer.
    fn send<'a>(&'a self, due: &'a Due) -> Sending<'a>;
}

/// A message under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

/// Makes a sink, or says what is wrong with its settings.
pub type Make = fn(&serde_json::Value, &Surroundings<'_>) -> Result<Box<dyn Sink>, String>;

/// A kind of sink.
#[derive(Debug)]
pub struct SinkKind {
    /// Its key in `sealine.yaml`.
    pub name: &'static str,
    /// One line on it.
    pub summary: &'static str,
    /// How long to wait between two messages, as the service asks for.
    pub pause: Duration,
    /// The JSON schema of its settings.
    pub schema: fn() -> schemars::Schema,
    /// Makes one from its settings.
    pub make: Make,
}

/// What sinks are made with.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// How requests leave.
    pub http: &'a HttpSettings,
    /// Where credentials come from.
    pub secrets: &'a Secrets,
}

/// A sink by its name.
#[derive(Debug)]
pub struct Outlet {
    /// Its name in `sealine.yaml`.
    pub name: String,
    /// How long to wait between two messages.
    pub pause: Duration,
    /// The sink.
    pub sink: Box<dyn Sink>,
}

impl Outlet {
    /// Makes a sink of the kind that `kind` names.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the settings, or which credential is not there.
    pub fn make(
        name: &str,
        kind: &str,
        settings: &serde_json::Value,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, String> {
        let known = SINKS.iter().find(|known| known.name == kind);
        let known = known.ok_or_else(|| format!("there is no kind of sink `{kind}`"))?;
        let sink = (known.make)(settings, surroundings)
            .map_err(|error| format!("the sink `{name}`: {error}"))?;
        Ok(Self { name: name.to_owned(), pause: known.pause, sink })
    }
}

/// Reads settings of a sink.
fn settings<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}
