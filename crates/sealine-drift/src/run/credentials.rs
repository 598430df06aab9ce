//! What a project says of its credentials, done before anything else.
//!
//! Invariant: a value that a command prints goes to the program that plans and nowhere else, and is
//! known as a secret from then on.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::redact::Secrets;
use crate::report::{Failure, FailureKind};

use super::child::{Call, End, Limits, run};
use super::environment::read_credentials;
use super::identity::Identity;
use super::{failed, output};

/// What a command runs with.
pub(super) struct Surroundings<'a> {
    pub(super) folder: &'a Path,
    pub(super) environment: &'a BTreeMap<OsString, OsString>,
    pub(super) guard: &'a [OsString],
    pub(super) run_as: Option<&'a Identity>,
    pub(super) limits: Limits<'a>,
}

/// Runs the command that gives credentials.
pub(super) async fn ask(
    command: &[String],
    around: &Surroundings<'_>,
    secrets: &mut Secrets,
) -> Result<BTreeMap<String, String>, Failure> {
    let Some((name, words)) = command.split_first() else { return Ok(BTreeMap::new()) };
    let (code, printed) = helper(name, words, around).await?;
    let cannot = |message: String| failed(FailureKind::Credentials, message);
    if code != Some(0) {
        return Err(cannot(format!("the command for credentials, `{name}`, failed")));
    }
    let found = read_credentials(&printed).ok_or_else(|| {
        cannot(format!("`{name}` printed neither lines of NAME=value nor an object of texts"))
    })?;
    for value in found.values() {
        secrets.learn_text(value);
    }
    Ok(found)
}

/// Runs the command that tells whether credentials can only read.
pub(super) async fn check(command: &[String], around: &Surroundings<'_>) -> Result<(), Failure> {
    let Some((name, words)) = command.split_first() else { return Ok(()) };
    let (code, _) = helper(name, words, around).await?;
    if code == Some(0) {
        return Ok(());
    }
    Err(failed(FailureKind::WriteCredentials, format!("`{name}` says that they could write")))
}

async fn helper(
    name: &str,
    words: &[String],
    around: &Surroundings<'_>,
) -> Result<(Option<i32>, Vec<u8>), Failure> {
    let cannot = |message: String| failed(FailureKind::Credentials, message);
    let path = around.environment.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let absolute = Some(PathBuf::from(name)).filter(|file| file.is_absolute());
    let program = sealine_process::find(name, absolute.as_deref(), &path, around.folder)
        .map_err(|error| cannot(error.to_string()))?;
    let call = Call {
        program: &program,
        arguments: words.iter().map(OsString::from).collect(),
        folder: around.folder,
        environment: around.environment,
        guard: around.guard,
        run_as: around.run_as,
        input: Stdio::null(),
    };
    let ended = run(call, around.limits, output::short).await;
    let ended = ended.map_err(|error| cannot(format!("cannot run `{name}`: {error}")))?;
    match ended.end {
        End::Exited(status) => Ok((status.code(), ended.output.unwrap_or_default())),
        End::TimedOut => Err(failed(FailureKind::TimedOut, format!("`{name}` did not end"))),
        End::Cancelled => Err(failed(FailureKind::Cancelled, "the run was cancelled")),
        End::Flooded => Err(cannot(format!("`{name}` printed too much"))),
    }
}
