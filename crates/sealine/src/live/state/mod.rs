//! `sealine state`.

mod audit;
mod backends;
mod json;
mod targets;
mod text;

use clap::Subcommand;

use crate::Outcome;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which secrets lie in states and plans in plain text, and who can read them.
    Audit(audit::Args),
}

/// Runs `sealine state`.
pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Audit(args) => audit::run(args),
    }
}
