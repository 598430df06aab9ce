//! Where the history of `sealine drift` is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;
use sealine_drift::store::Error;

use crate::failure::Failure;

/// Where the history is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Place {
    /// The file of the history; `sealine/drift.db` in the folder for state without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// Stable; see docs/alerts.md.
    Json,
}

impl Place {
    /// Returns the file: what was typed, else below `$XDG_STATE_HOME`, else below `~/.local/state`.
    pub(crate) fn path(
        &self,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.store {
            return Ok(path.clone());
        }
        let folder = |name: &str| {
            let path = environment.get(&OsString::from(name)).map(PathBuf::from);
            // A relative folder would be another one wherever one stands.
            path.filter(|path| path.is_absolute())
        };
        let state = folder("XDG_STATE_HOME");
        let state = state.or_else(|| folder("HOME").map(|home| home.join(".local/state")));
        let state = state.ok_or_else(|| {
            Failure::new("there is no place for the history")
                .hint("`--store FILE` names one; `XDG_STATE_HOME` and `HOME` are not set")
        })?;
        Ok(state.join("sealine/drift.db"))
    }
}

/// Returns the failure that an error of the store is.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn failure(error: Error) -> Failure {
    let hint = match &error {
        Error::NoHistory(_) => Some("`sealine drift run` and `sealine drift watch` write one"),
        Error::Owned { .. } => Some("`--store FILE` names another history"),
        Error::Newer { .. } => Some("use the newer `sealine` that wrote it"),
        Error::File { .. } => Some("`--store FILE` names another place"),
        Error::Gone(_) => Some("put the file back; what is not written yet waits for it"),
        Error::Full => Some("make room; nothing that was recorded is lost"),
        Error::Damaged(_) => Some("move the file away: a new one is made"),
        _ => None,
    };
    let failure = Failure::new(error.to_string());
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
