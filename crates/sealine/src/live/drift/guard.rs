//! `sealine drift guard`: not for people.

use std::ffi::OsString;

use crate::Outcome;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Guard {
    /// The process that must be there.
    #[arg(long)]
    parent: u32,
    /// What to start.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// Starts the program, and ends as it does.
pub(crate) fn run(args: &Guard) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("cannot wait").because(error))?;
    let code = runtime.block_on(sealine_drift::run::guard(args.parent, &args.command));
    let code = code.map_err(|error| Failure::new("cannot start the program").because(error))?;
    std::process::exit(code.into())
}
