//! One program from start to end.
//!
//! Invariant: a child has a process group of its own, and when a call ends, in whatever way, the whole
//! group is gone. What it prints is read to a bound. It is asked to end (so that it gives back a lock)
//! before it is made to.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{PipeReader, Read};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::cancel::Cancel;

use super::identity::Identity;
use super::memory::Peak;

/// How much of standard error is kept, from its end.
const MOST_ERROR: usize = 64 << 10;

/// After this much a program does nothing but print.
const FLOOD: u64 = 1 << 30;

/// How long a pipe may stay open after its program ended, held by something that left the group.
const LINGER: Duration = Duration::from_secs(2);

/// A program to run.
pub(super) struct Call<'a> {
    pub(super) program: &'a Path,
    /// Everyone on the machine can read them.
    pub(super) arguments: Vec<OsString>,
    pub(super) folder: &'a Path,
    pub(super) environment: &'a BTreeMap<OsString, OsString>,
    /// A program that starts the other one and ends it when we are gone.
    pub(super) guard: &'a [OsString],
    pub(super) run_as: Option<&'a Identity>,
    pub(super) input: Stdio,
}

/// When a program must have ended.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) deadline: Instant,
    /// How long it may take to end when it is asked to.
    pub(super) grace: Duration,
    pub(super) cancel: &'a Cancel,
    /// Where it is noted how much memory the group takes.
    pub(super) peak: &'a Peak,
}

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut,
    Cancelled,
    Flooded,
}

/// What is left of a program.
pub(super) struct Ended<T> {
    pub(super) end: End,
    /// What was made of its output; nothing when it could not be read to its end.
    pub(super) output: Option<T>,
    /// The end of its standard error.
    pub(super) error: String,
}

/// The program printed more than is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Runs a program. `consume` reads its output, on a thread of its own.
pub(super) async fn run<T: Send + 'static>(
    call: Call<'_>,
    limits: Limits<'_>,
    consume: impl FnOnce(PipeReader) -> Result<T, TooMuch> + Send + 'static,
) -> std::io::Result<Ended<T>> {
    let (output, output_end) = std::io::pipe()?;
    let (error, error_end) = std::io::pipe()?;
    let mut child = {
        let mut command = command(call);
        command.stdout(output_end).stderr(error_end).kill_on_drop(true).process_group(0);
        command.spawn()?
        // Our ends of the pipes go with the command.
    };
    let group = Group::of(&child);
    let mut output = on_thread(move || consume(output));
    let error = on_thread(move || tail(error));
    let mut early = None;
    let end = tokio::select! {
        biased;
        status = child.wait() => End::Exited(status?),
        () = limits.cancel.asked() => End::Cancelled,
        never = limits.peak.follow(group.leader) => match never {},
        () = tokio::time::sleep_until(limits.deadline) => End::TimedOut,
        () = async {
            match (&mut output).await {
                Ok(Err(TooMuch)) => {}
                other => {
                    early = Some(other);
                    std::future::pending::<()>().await;
                }
            }
        } => End::Flooded,
    };
    // Where the output was read before the program ended, the branch above waits for ever.
    if matches!(end, End::TimedOut | End::Cancelled) {
        ask(&group, &mut child, limits.grace).await;
    }
    drop(group);
    let flooded = matches!(end, End::Flooded);
    if flooded {
        let _ = child.wait().await;
    }
    let output = match early {
        Some(output) => output.ok(),
        None if flooded => None,
        None => tokio::time::timeout(LINGER, output).await.ok().and_then(Result::ok),
    };
    let error = tokio::time::timeout(LINGER, error).await.ok().and_then(Result::ok);
    let too_much = matches!(output, Some(Err(TooMuch)));
    Ok(Ended {
        end: if too_much && matches!(end, End::Exited(_)) { End::Flooded } else { end },
        output: output.and_then(Result::ok),
        error: error.unwrap_or_default(),
    })
}

fn command(call: Call<'_>) -> tokio::process::Command {
    let mut command = match call.guard.split_first() {
        Some((guard, words)) => {
            let mut command = tokio::process::Command::new(guard);
            command.args(words).arg(call.program);
            command
        }
        None => tokio::process::Command::new(call.program),
    };
    command.args(call.arguments).current_dir(call.folder);
    command.env_clear().envs(call.environment).stdin(call.input);
    if let Some(identity) = call.run_as {
        // Without groups of their own, and so without ours.
        command.uid(identity.user).gid(identity.group);
    }
    command
}

/// Asks the group to end, twice.
async fn ask(group: &Group, child: &mut tokio::process::Child, grace: Duration) {
    for part in [grace, grace / 4] {
        group.send(Signal::SIGINT);
        if tokio::time::timeout(part, child.wait()).await.is_ok() {
            return;
        }
    }
}

/// A thread of its own, so that a pipe that somebody holds open holds up no runtime.
fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    let named = std::thread::Builder::new().name("output".to_owned());
    // Without a thread the sender is gone, which reads as an output that could not be read.
    let _ = named.spawn(move || drop(sender.send(work())));
    receiver
}

fn tail(mut pipe: PipeReader) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = vec![0; 16 << 10];
    let mut total = 0_u64;
    while let Ok(read @ 1..) = pipe.read(&mut piece) {
        total += read as u64;
        if total > FLOOD {
            break;
        }
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > 2 * MOST_ERROR {
            kept.drain(..kept.len() - MOST_ERROR);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The process group of a child. Whoever is left in it is killed when this is dropped.
struct Group {
    leader: Option<Pid>,
}

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.map(Pid::from_raw) }
    }

    fn send(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // That nobody is left is no fault.
            let _ = killpg(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.send(Signal::SIGKILL);
    }
}
