//! `sealine man`.

use clap::CommandFactory as _;

use crate::Outcome;
use crate::args::Args;
use crate::failure::Failure;
use crate::output;

/// Prints the manual page.
pub(crate) fn run() -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Args::command()).render(&mut text)?;
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Clean)
}
