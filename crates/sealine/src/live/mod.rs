//! The commands that use a network, run programs or wait, one file each. Feature `live`.
//!
//! Invariant: a static command never comes here.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Subcommand;

use crate::Outcome;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {}

/// Runs a live command.
pub(crate) fn run(command: &Command) -> Result<Outcome, Failure> {
    match *command {}
}

/// Waits for what a command does.
#[expect(dead_code, reason = "the first command comes with the next change")]
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("cannot wait").because(error))?;
    runtime.block_on(work)
}

/// Returns the environment, which libraries do not read themselves.
#[expect(dead_code, reason = "the first command comes with the next change")]
pub(crate) fn environment() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().collect()
}
