//! The commands that use a network, run programs or wait, one file each. Feature `live`.
//!
//! Invariant: a static command never comes here.

mod drift;
mod export;
mod export_report;
mod origin;
mod passphrase;
mod state;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Subcommand;
use sealine_credentials::{Services, Surroundings};

use crate::Outcome;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See what was changed outside, or never applied: plans that change nothing, and what they show.
    Drift(drift::Drift),
    /// Bring values files of a GitOps tree up to date with outputs of Terraform, encrypted.
    Export(export::Args),
    /// Look into states of Terraform and `OpenTofu`.
    State(state::Args),
}

/// Runs a live command.
pub(crate) fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Drift(args) => drift::run(args),
        Command::Export(args) => export::run(args),
        Command::State(args) => state::run(args),
    }
}

/// Waits for what a command does.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("cannot wait").because(error))?;
    runtime.block_on(work)
}

/// Returns the environment, which libraries do not read themselves.
pub(crate) fn environment() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().collect()
}

/// Returns the environment as texts. What is none is nobody's setting.
pub(crate) fn texts(environment: &BTreeMap<OsString, OsString>) -> BTreeMap<String, String> {
    let text = |(name, value): (&OsString, &OsString)| {
        Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))
    };
    environment.iter().filter_map(text).collect()
}

/// Returns what services are asked with: the credentials that their own programs would find.
pub(crate) fn services(
    environment: &BTreeMap<String, String>,
    http: sealine_http::Settings,
) -> Result<Services, Failure> {
    let folder = std::env::current_dir()
        .map_err(|error| Failure::new("the current folder cannot be found").because(error))?;
    Ok(Services::new(Surroundings {
        environment: environment.clone(),
        home: std::env::home_dir(),
        folder,
        http,
    }))
}
