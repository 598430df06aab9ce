//! Runs a program and takes what it prints, as a secret.
//!
//! Invariant: a child has a process group of its own, no standard input, a time limit and a bounded
//! output; when the call ends early, in whatever way, the whole group is killed. What a child says on
//! standard error is cleaned before anyone sees it.

mod find;
mod words;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sealine_model::SecretValue;
use tokio::io::{AsyncRead, AsyncReadExt as _};

pub use find::{NotFound, find};
pub use words::last_words;

/// How much of standard error is kept, from its end.
const MOST_ERROR: usize = 64 << 10;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// A program to run.
#[derive(Debug)]
pub struct Call<'a> {
    /// The program, found by [`find`].
    pub program: &'a Path,
    /// Its arguments. Never a secret: everyone on the machine can read them.
    pub arguments: &'a [&'a OsStr],
    /// Where it runs.
    pub folder: &'a Path,
    /// All that it finds in its environment.
    pub environment: &'a BTreeMap<OsString, OsString>,
    /// How long it may take.
    pub limit: Duration,
    /// How many bytes it may print.
    pub most: usize,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub output: SecretValue,
    /// The last lines of its standard error, cleaned.
    pub last_words: Vec<String>,
}

/// Why a program did not come to an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It could not be started.
    #[error("cannot start `{}`", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Its output could not be read, or its end not be awaited.
    #[error("lost `{}` while it ran", .program.display())]
    Lost {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It took too long and was killed.
    #[error("`{}` did not end within {} s and was killed", .program.display(), .limit.as_secs())]
    TooLong {
        /// The program.
        program: PathBuf,
        /// The limit.
        limit: Duration,
    },
    /// It printed too much and was killed.
    #[error("`{}` printed more than {most} bytes and was killed", .program.display())]
    TooMuch {
        /// The program.
        program: PathBuf,
        /// The limit.
        most: usize,
    },
}

/// Runs a program to its end.
///
/// # Errors
///
/// When it cannot be started, takes too long or prints too much. That it fails is no error here.
pub async fn run(call: &Call<'_>) -> Result<Ended, ChildError> {
    let program = || call.program.to_owned();
    let lost = |source| ChildError::Lost { program: program(), source };
    let mut child =
        command(call).spawn().map_err(|source| ChildError::Start { program: program(), source })?;
    let mut group = Group::of(&child);
    let (output, error) = (child.stdout.take(), child.stderr.take());
    let whole = async {
        let (output, error, status) =
            tokio::join!(all(output, call.most), tail(error), child.wait());
        Ok::<_, std::io::Error>((output?, error?, status?))
    };
    let (output, error, status) = match tokio::time::timeout(call.limit, whole).await {
        Ok(ended) => ended.map_err(lost)?,
        Err(_) => return Err(ChildError::TooLong { program: program(), limit: call.limit }),
    };
    group.ended();
    let Some(output) = output else {
        return Err(ChildError::TooMuch { program: program(), most: call.most });
    };
    Ok(Ended { code: status.code(), output, last_words: last_words(&error) })
}

fn command(call: &Call<'_>) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(call.program);
    command.args(call.arguments).current_dir(call.folder);
    command.env_clear().envs(call.environment);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// Reads everything; nothing when it is too much. Then the pipe is closed, so that the child ends.
async fn all(
    pipe: Option<impl AsyncRead + Unpin>,
    most: usize,
) -> std::io::Result<Option<SecretValue>> {
    let Some(mut pipe) = pipe else { return Ok(Some(SecretValue::new(Vec::new()))) };
    // Pieces of their own, because a buffer that grows leaves copies behind that nobody wipes.
    let mut pieces: Vec<SecretValue> = Vec::new();
    let mut total = 0;
    loop {
        let mut piece = Vec::with_capacity(CHUNK);
        let read = (&mut pipe).take(CHUNK as u64).read_buf(&mut piece).await?;
        pieces.push(SecretValue::new(piece));
        total += read;
        if total > most {
            return Ok(None);
        }
        if read == 0 {
            break;
        }
    }
    let mut whole = Vec::with_capacity(total);
    for piece in &pieces {
        whole.extend_from_slice(piece.expose());
    }
    Ok(Some(SecretValue::new(whole)))
}

/// Reads everything and keeps the end.
async fn tail(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut pipe) = pipe else { return Ok(kept) };
    let mut piece = vec![0; 4096];
    loop {
        let read = pipe.read(&mut piece).await?;
        if read == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(&piece[..read]);
        if kept.len() > 2 * MOST_ERROR {
            kept.drain(..kept.len() - MOST_ERROR);
        }
    }
}

/// The process group of a child, killed when it is dropped before the child ended.
struct Group {
    #[cfg(unix)]
    leader: Option<nix::unistd::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.map(nix::unistd::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &tokio::process::Child) -> Self {
        Self {}
    }

    /// The child ended and closed its pipes: its number may soon be another's.
    fn ended(&mut self) {
        #[cfg(unix)]
        {
            self.leader = None;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            // Whoever is left. That nobody is, is no fault.
            let _ = nix::sys::signal::killpg(leader, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
