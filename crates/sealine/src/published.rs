//! Reading the facts that other repositories published: `--with`.

use std::path::PathBuf;

use sealine_engine::linked::{self, LoadError};
use sealine_facts::{Fault, Published};

use crate::failure::Failure;

/// Reads facts files, and all that lie in folders.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Published>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let found = linked::files(path).map_err(failure)?;
        if found.is_empty() {
            return Err(Failure::new(format!("no `.json` file lies in `{}`", path.display()))
                .hint("`sealine facts -o NAME.json` writes one"));
        }
        files.extend(found);
    }
    linked::load(&files).map_err(failure)
}

fn failure(error: LoadError) -> Failure {
    let hint = match &error {
        LoadError::Malformed(_, Fault::OtherVersion(_)) => {
            Some("use the version of sealine that wrote it, or write it anew")
        }
        LoadError::Malformed(..) => Some("`sealine facts -o FILE` writes such a file"),
        _ => None,
    };
    let failure = Failure::new(error.to_string());
    let failure = match error {
        LoadError::Unreadable(_, cause) => failure.because(cause),
        LoadError::Malformed(_, cause) => failure.because(cause),
        LoadError::TooLarge(_) => failure,
    };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
