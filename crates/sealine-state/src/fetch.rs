//! Fetches outputs: from a text, a file, or a program run in the folder of a root module.
//!
//! Invariant: a fault names the program, the folder, the exit code and the program's own last words,
//! never a value; the folder is not changed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sealine_model::SecretValue;
use sealine_process::{Call, ChildError, Ended, NotFound};

use crate::outputs::{self, Outputs, OutputsError};

/// How large a state may be.
pub const LARGEST: usize = 1 << 30;

/// How long a program may take.
pub const LONGEST: Duration = Duration::from_mins(5);

/// Where outputs are.
#[derive(Debug)]
pub enum Location {
    /// In a text at hand.
    Text(SecretValue),
    /// In a file: a state, or what `output -json` or `show -json` printed.
    File(PathBuf),
    /// Behind a program.
    Program(Program),
}

/// A program that knows a root module's backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Which one.
    pub engine: Engine,
    /// The folder of the root module, initialised.
    pub folder: PathBuf,
    /// The workspace; the selected one without any.
    pub workspace: Option<String>,
    /// The program's file, by an absolute path; found on the `PATH` without any.
    pub binary: Option<PathBuf>,
}

/// Who runs a root module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Terraform.
    Terraform,
    /// `OpenTofu`.
    Tofu,
}

impl Engine {
    /// Returns the name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Tofu => "tofu",
        }
    }
}

/// How to fetch.
#[derive(Clone, Copy, Debug)]
pub struct Fetching<'a> {
    /// What the caller's environment is; programs get it without what is Sealine's alone.
    pub environment: &'a BTreeMap<OsString, OsString>,
    /// Whether lineage and serial are wanted, for which a program has to hand out the whole state.
    pub with_serial: bool,
    /// How long a program may take.
    pub limit: Duration,
}

/// Why there are no outputs.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A text gives none.
    #[error("the text has no outputs")]
    Text(#[source] OutputsError),
    /// A file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file gives none.
    #[error("`{}` has no outputs", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: OutputsError,
    },
    /// There is no such folder.
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    /// There is no such program.
    #[error(transparent)]
    NoProgram(#[from] NotFound),
    /// It did not come to an end of its own.
    #[error("no outputs of `{}`", .folder.display())]
    Child {
        /// Where it ran.
        folder: PathBuf,
        /// What went wrong.
        #[source]
        source: ChildError,
    },
    /// It failed.
    #[error("`{call}` in `{}` {}{}", .folder.display(), ended(*.code), words(.last_words))]
    Failed {
        /// The program and its arguments.
        call: String,
        /// Where it ran.
        folder: PathBuf,
        /// The exit code; none when a signal ended it.
        code: Option<i32>,
        /// What it said last.
        last_words: Vec<String>,
    },
    /// What it printed gives none.
    #[error("what `{call}` in `{}` printed has no outputs", .folder.display())]
    Printed {
        /// The program and its arguments.
        call: String,
        /// Where it ran.
        folder: PathBuf,
        /// The reason.
        #[source]
        source: OutputsError,
    },
}

fn ended(code: Option<i32>) -> String {
    code.map_or("was ended by a signal".to_owned(), |code| format!("ended with exit code {code}"))
}

fn words(last_words: &[String]) -> String {
    last_words.iter().flat_map(|line| ["\n  | ", line]).collect()
}

/// Fetches the outputs of a root module.
///
/// # Errors
///
/// When they cannot be had whole.
pub async fn fetch(location: &Location, how: Fetching<'_>) -> Result<Outputs, FetchError> {
    match location {
        Location::Text(text) => outputs::read(text.expose()).map_err(FetchError::Text),
        Location::File(path) => {
            let unreadable = |source| FetchError::File { path: path.clone(), source };
            let text = file(path).await.map_err(unreadable)?;
            outputs::read(text.expose())
                .map_err(|source| FetchError::Content { path: path.clone(), source })
        }
        Location::Program(program) => by_program(program, how).await,
    }
}

/// Reads a regular file of a bounded size.
///
/// # Errors
///
/// When it is none, or too large, or cannot be read.
pub async fn file(path: &Path) -> std::io::Result<SecretValue> {
    use tokio::io::AsyncReadExt as _;
    let other = |what: &str| Err(std::io::Error::other(what.to_owned()));
    // Looked at before it is opened, because opening a pipe waits for its writer.
    let length = match tokio::fs::metadata(path).await? {
        data if !data.is_file() => return other("it is no regular file"),
        data => usize::try_from(data.len()).unwrap_or(usize::MAX),
    };
    if length > LARGEST {
        return other("it is larger than 1 GiB");
    }
    let mut text = Vec::with_capacity(length + 1);
    let opened = tokio::fs::File::open(path).await?;
    opened.take(length as u64 + 1).read_to_end(&mut text).await?;
    if text.len() > length {
        return other("it grows while it is read");
    }
    Ok(SecretValue::new(text))
}

async fn by_program(program: &Program, how: Fetching<'_>) -> Result<Outputs, FetchError> {
    if how.with_serial {
        // One look at one version of the state. Some may read outputs but no states: then without.
        let ended = call(program, how, &["state", "pull"]).await?;
        if ended.code == Some(0) && !ended.output.expose().is_empty() {
            return printed(program, &["state", "pull"], &ended);
        }
    }
    let arguments = ["output", "-json", "-no-color"];
    let ended = call(program, how, &arguments).await?;
    printed(program, &arguments, &ended)
}

fn printed(program: &Program, arguments: &[&str], ended: &Ended) -> Result<Outputs, FetchError> {
    let call = format!("{} {}", program.engine.program(), arguments.join(" "));
    let folder = program.folder.clone();
    if ended.code != Some(0) {
        let last_words = ended.last_words.clone();
        return Err(FetchError::Failed { call, folder, code: ended.code, last_words });
    }
    outputs::read(ended.output.expose()).map_err(|source| FetchError::Printed {
        call,
        folder,
        source,
    })
}

async fn call(
    program: &Program,
    how: Fetching<'_>,
    arguments: &[&str],
) -> Result<Ended, FetchError> {
    let folder = &program.folder;
    if !folder.is_dir() {
        return Err(FetchError::NoFolder(folder.clone()));
    }
    let path = how.environment.get(OsStr::new("PATH")).map(OsString::as_os_str);
    let name = program.engine.program();
    let file =
        sealine_process::find(name, program.binary.as_deref(), path.unwrap_or_default(), folder)?;
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let environment = environment(how.environment, program.workspace.as_deref());
    let call = Call {
        program: &file,
        arguments: &arguments,
        folder,
        environment: &environment,
        limit: how.limit,
        most: LARGEST,
    };
    let lost = |source| FetchError::Child { folder: folder.clone(), source };
    sealine_process::run(&call).await.map_err(lost)
}

/// What the program finds in its environment: the caller's, without the keys of other programs and
/// without logs, which hold values.
fn environment(
    given: &BTreeMap<OsString, OsString>,
    workspace: Option<&str>,
) -> BTreeMap<OsString, OsString> {
    let foreign = ["SEALINE_", "SOPS_", "TF_LOG"];
    let is_foreign = |name: &OsString| {
        let name = name.to_string_lossy();
        foreign.iter().any(|prefix| name.starts_with(prefix))
    };
    let kept = given.iter().filter(|(name, _)| !is_foreign(name));
    let mut environment: BTreeMap<OsString, OsString> =
        kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in [("CHECKPOINT_DISABLE", "1"), ("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0")]
    {
        environment.insert(name.into(), value.into());
    }
    if let Some(workspace) = workspace {
        environment.insert("TF_WORKSPACE".into(), workspace.into());
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_gets_what_is_its_own() {
        let given =
            [("PATH", "/bin"), ("AWS_PROFILE", "p"), ("SOPS_AGE_KEY", "k"), ("TF_LOG", "trace")];
        let given = given.map(|(name, value)| (name.into(), value.into())).into();
        let got = environment(&given, Some("staging"));
        let names: Vec<_> = got.keys().map(|name| name.to_string_lossy()).collect();
        let expected = [
            "AWS_PROFILE",
            "CHECKPOINT_DISABLE",
            "PATH",
            "TF_INPUT",
            "TF_IN_AUTOMATION",
            "TF_WORKSPACE",
        ];
        assert_eq!(names, expected);
    }
}
