//! Stands between us and a program, so that the program does not outlive us.
//!
//! Invariant: it leads the group of the program, passes no signal on by itself, ends when the program
//! ends, and ends the whole group when whoever started it is gone.

use std::ffi::OsString;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};

/// How often it looks whether its parent is there.
const TICK: Duration = Duration::from_millis(25);

/// Starts the command and waits for it. Returns the exit code to end with.
///
/// # Errors
///
/// When the program cannot be started.
pub async fn guard(parent: u32, command: &[OsString]) -> std::io::Result<u8> {
    let Some((program, words)) = command.split_first() else {
        return Err(std::io::Error::other("there is nothing to start"));
    };
    // Whoever asks the group to end asks the program; this waits for it.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut child = tokio::process::Command::new(program).args(words).spawn()?;
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            status = child.wait() => {
                // A signal reads as in a shell.
                let code = status?.code().and_then(|code| u8::try_from(code).ok());
                return Ok(code.unwrap_or(128));
            }
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = tick.tick() => {
                if std::os::unix::process::parent_id() != parent {
                    // The group of the caller: itself and all that the program started.
                    let _ = kill(Pid::from_raw(0), Signal::SIGKILL);
                }
            }
        }
    }
}
