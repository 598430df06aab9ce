//! `sealine drift`.

mod guard;
mod ignore;
mod projects;
mod run;

use clap::Subcommand;

use crate::Outcome;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Drift {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look once: plan every project, without changing anything, and say what differs.
    Run(run::Run),
    /// Write rules for what the last look found, so that it is not told again.
    Ignore(ignore::Ignore),
    /// Start a program and end it with its parent.
    #[command(hide = true)]
    Guard(guard::Guard),
}

/// Runs one of its commands.
pub(crate) fn run(args: &Drift) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Ignore(args) => ignore::run(args),
        Command::Guard(args) => guard::run(args),
    }
}

/// Waits until the user or the system asks us to end.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
