//! Development tasks: `cargo xtask test` and `cargo xtask peers`.
//!
//! Nothing here is needed to build or use Sealine; it finds and builds the real programs that tests
//! compare with, and runs the tests.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the terminal")]

mod peers;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask test [ARGUMENT...]   build the peers that can be built, then run all tests;
                                        arguments go to `cargo test`
       cargo xtask peers                only build the peers

With SEALINE_PEERS=required, a peer that cannot be had is a failure.";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let task = arguments.next();
    let rest: Vec<OsString> = arguments.collect();
    match task.as_deref().and_then(|task| task.to_str()) {
        Some("test") => test(&rest),
        Some("peers") if rest.is_empty() => match peers::prepare() {
            Ok(_) => ExitCode::SUCCESS,
            Err(message) => failure(&message),
        },
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => failure(USAGE),
    }
}

/// Prepares the peers and runs the tests of the whole workspace against them.
#[expect(clippy::disallowed_methods, reason = "this task runs cargo")]
fn test(arguments: &[OsString]) -> ExitCode {
    let folder = match peers::prepare() {
        Ok(folder) => folder,
        Err(message) => return failure(&message),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["test", "--workspace"])
        .args(arguments)
        .env("SEALINE_PEERS_DIR", folder)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => failure(&format!("cannot run cargo: {error}")),
    }
}

fn failure(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
