//! The passphrase of states that `OpenTofu` encrypted.
//!
//! Invariant: it never comes from the arguments, which everyone on the machine can read.

use std::path::PathBuf;

use sealine_model::SecretValue;
use sealine_state::encryption::Passphrase;

use super::environment;
use crate::failure::Failure;

#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct PassphraseArgs {
    /// The environment variable that holds the passphrase of states that `OpenTofu` encrypted.
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file")]
    pub(super) passphrase_env: Option<String>,
    /// The file that holds it.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// Returns what was typed, else what the configuration says.
    pub(super) fn or(&self, variable: Option<&String>) -> Self {
        if *self == Self::default() {
            return Self { passphrase_env: variable.cloned(), passphrase_file: None };
        }
        self.clone()
    }
}

/// Reads the passphrase, when there is to be one.
pub(super) async fn read(args: &PassphraseArgs) -> Result<Option<Passphrase>, Failure> {
    if let Some(name) = &args.passphrase_env {
        let value = environment().remove(std::ffi::OsStr::new(name));
        let value = value.and_then(|value| value.into_string().ok());
        let value = value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::new(format!("the environment variable `{name}` is not set")))?;
        return Ok(Some(Passphrase::new(&SecretValue::new(value))));
    }
    let Some(path) = &args.passphrase_file else { return Ok(None) };
    let value = sealine_state::fetch::file(path).await.map_err(|error| {
        Failure::new(format!("cannot read `{}`", path.display())).because(error)
    })?;
    Ok(Some(Passphrase::new(&value)))
}
