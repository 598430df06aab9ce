//! Where an export's outputs come from: a root module, a file, a backend, standard input.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;

use sealine_http::Settings as Http;
use sealine_model::SecretValue;
use sealine_state::backend::{Remote, from_url};
use sealine_state::encryption::decrypt;
use sealine_state::fetch::{Fetching, LONGEST, file};
use sealine_state::{Location, Outputs, OutputsError, Program, outputs};

use super::passphrase;
use crate::failure::Failure;

/// Where outputs come from, and who knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct From {
    /// As it was typed, or stands in the configuration.
    pub(super) text: String,
    /// The folder that paths are relative to.
    pub(super) folder: PathBuf,
    pub(super) engine: sealine_state::Engine,
    pub(super) workspace: Option<String>,
    pub(super) passphrase: passphrase::PassphraseArgs,
}

impl From {
    /// Fetches the outputs.
    pub(super) async fn fetch(
        &self,
        environment: &BTreeMap<OsString, OsString>,
        words: &BTreeMap<String, String>,
    ) -> Result<Outputs, Failure> {
        let path = self.folder.join(&self.text);
        let text = if self.text == "-" {
            standard_input()?
        } else if let Some(remote) = from_url(&self.text, words) {
            let remote = remote.map_err(|error| {
                Failure::new("cannot read the address in `from`").because(error)
            })?;
            state_of(&remote, words).await?
        } else if path.is_dir() {
            return self.by_program(path, environment).await;
        } else if path.exists() {
            file(&path).await.map_err(|error| {
                Failure::new(format!("cannot read `{}`", path.display())).because(error)
            })?
        } else {
            return Err(Failure::new(format!("there is no `{}`", path.display())).hint(
                "`from` is the folder of a root module, a state file, the address of a state, or `-`",
            ));
        };
        self.read(text).await
    }

    async fn by_program(
        &self,
        folder: PathBuf,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<Outputs, Failure> {
        let workspace = self.workspace.clone();
        let program = Program { engine: self.engine, folder, workspace, binary: None };
        let how = Fetching { environment, with_serial: true, limit: LONGEST };
        let fetched = sealine_state::fetch(&Location::Program(program), how).await;
        fetched.map_err(|fault| self.failed().because(fault))
    }

    /// Reads a text, which OpenTofu may have encrypted.
    async fn read(&self, text: SecretValue) -> Result<Outputs, Failure> {
        let refused = match outputs::read(text.expose()) {
            Ok(outputs) => return Ok(outputs),
            Err(refused) => refused,
        };
        if refused != OutputsError::Encrypted {
            return Err(self.failed().because(refused));
        }
        let Some(passphrase) = passphrase::read(&self.passphrase).await? else {
            let failure = self.failed().because(refused);
            return Err(failure.hint(
                "`--passphrase-env` or `passphrase_env` names the variable with the passphrase",
            ));
        };
        let plain = decrypt(text.expose(), &passphrase);
        let plain = plain.map_err(|fault| self.failed().because(fault))?;
        outputs::read(plain.expose()).map_err(|fault| self.failed().because(fault))
    }

    fn failed(&self) -> Failure {
        Failure::new(format!("cannot read the outputs of `{}`", self.text))
    }
}

/// Reads a state from its backend.
async fn state_of(
    remote: &Remote,
    words: &BTreeMap<String, String>,
) -> Result<SecretValue, Failure> {
    let name = remote.name();
    let http = Http { total: LONGEST, ..Http::from_environment(words) };
    let state = remote.read(&super::services(words, http)?).await;
    let state =
        state.map_err(|error| Failure::new(format!("cannot read `{name}`")).because(error))?;
    state.ok_or_else(|| Failure::new(format!("there is no state at `{name}` yet")))
}

/// Reads a state, or what `output -json` printed, from standard input.
fn standard_input() -> Result<SecretValue, Failure> {
    let limit = sealine_state::fetch::LARGEST as u64;
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(limit + 1).read_to_end(&mut text);
    let text = SecretValue::new(text);
    match read {
        Ok(_) if text.expose().len() as u64 <= limit => Ok(text),
        Ok(_) => Err(Failure::new("standard input is larger than 1 GiB")),
        Err(error) => Err(Failure::new("cannot read standard input").because(error)),
    }
}
