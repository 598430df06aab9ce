//! `sealine drift`.

mod ack;
mod alerting;
mod changes;
mod guard;
mod history;
mod ignore;
mod projects;
mod record;
mod run;
mod show;
mod status;
mod store;
mod text;
mod watch;

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
    ///
    /// Remembers what it saw and tells the sinks under `alerts` in sealine.yaml. Exits with 0 when
    /// nothing differs that matters, with 2 when something does, and with 1 when a look was not whole.
    Run(run::Run),
    /// Look at each project when it is due, until asked to end.
    ///
    /// A project that was never looked at, or that fell due while nothing ran, is looked at at once.
    Watch(watch::Arguments),
    /// Show how the projects stand: what is open since when, when each was looked at last, and what
    /// could not be told.
    ///
    /// Exits with 0 when nothing is open, with 2 when something is that nobody acknowledged, and with 1
    /// when a project could not be looked at or an alarm stands.
    Status(status::Status),
    /// List what was found or which looks were made, newest first.
    History(history::History),
    /// Show one finding, by its number, or the last report of a project.
    Show(show::Show),
    /// Say that findings are known, and why: they are not told again until they change.
    Ack(ack::Ack),
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
        Command::Watch(args) => watch::run(args),
        Command::Status(args) => status::run(args),
        Command::History(args) => history::run(args),
        Command::Show(args) => show::run(args),
        Command::Ack(args) => ack::run(args),
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
