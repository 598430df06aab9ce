//! `sealine completions`.

use clap::CommandFactory as _;

use crate::Outcome;
use crate::args::{Args, Completions};
use crate::failure::Failure;
use crate::output;

/// Prints the completions of a shell.
pub(crate) fn run(args: &Completions) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "sealine", &mut text);
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Clean)
}
