//! The `sealine` binary: arguments, exit codes, one thin file a command. Logic lives in the crates.

mod args;
mod commands;
mod core_files;
mod failure;
#[cfg(feature = "live")]
mod live;
mod output;
mod progress;
mod project;
mod published;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};
use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a command found. Failures are another matter: a failed look never reads as clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing, or the command does not look for anything.
    Clean,
    /// Something that the user asked to fail on.
    Found,
    /// The look was not whole: something could not be read.
    Incomplete,
}

fn main() -> ExitCode {
    core_files::forbid();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors; everything else is usage, which is exit code 1.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    match run(args) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(2),
        Ok(Outcome::Incomplete) => ExitCode::from(1),
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::from(1)
        }
    }
}

fn run(args: Args) -> Result<Outcome, Failure> {
    args.color.write_global();
    match args.command {
        Command::Check(check) => commands::check::run(&check),
        Command::Trace(trace) => commands::trace::run(&trace),
        Command::Graph(graph) => commands::graph::run(&graph),
        Command::Render(render) => commands::render::run(&render),
        Command::Facts(facts) => commands::facts::run(&facts),
        Command::Impact(impact) => commands::impact::run(&impact),
        Command::Explain(explain) => commands::explain::run(&explain),
        Command::Config(config) => commands::config::run(&config),
        Command::Init(init) => commands::init::run(&init),
        Command::New(new) => commands::new::run(&new),
        #[cfg(feature = "live")]
        Command::Live(command) => live::run(&command),
        Command::Completions(completions) => commands::completions::run(&completions),
        Command::Man => commands::man::run(),
    }
}
