//! What is known of the machine that Sealine runs on, and how services are reached from it.
//!
//! Invariant: nothing is read or asked before a credential is needed, and the environment is the one
//! that the binary read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sealine_http::{Client, Fault, Retry, Settings, signing};

use crate::CredentialFault;

/// What the binary knows of the machine it runs on.
#[derive(Debug)]
pub struct Surroundings {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Where programs run that print a credential.
    pub folder: PathBuf,
    /// How services are reached.
    pub http: Settings,
}

/// All that services are asked with.
pub struct Services {
    surroundings: Surroundings,
    retry: Retry,
    client: OnceLock<Result<Client, Fault>>,
}

impl Services {
    /// Takes in what there is.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, retry: Retry::default(), client: OnceLock::new() }
    }

    /// Changes how often and for how long a service is asked.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Returns a variable of the environment, unless it is empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.surroundings.environment.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// What is known of the machine.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&Path> {
        self.surroundings.home.as_deref()
    }

    /// How often and for how long a service is asked.
    pub fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Who sends requests.
    ///
    /// # Errors
    ///
    /// When proxies or certificates of the environment cannot be used.
    pub fn client(&self) -> Result<&Client, CredentialFault> {
        let client = self.client.get_or_init(|| Client::new(&self.surroundings.http));
        client.as_ref().map_err(|fault| CredentialFault::Service(fault.clone()))
    }

    /// What the libraries need that sign requests.
    ///
    /// # Errors
    ///
    /// As [`Services::client`].
    pub fn context(&self) -> Result<reqsign_core::Context, CredentialFault> {
        Ok(signing::context(self.client()?, &self.surroundings.environment, self.home()))
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment holds credentials.
        out.debug_struct("Services").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_not_shown() {
        let environment = [("VAULT_TOKEN".to_owned(), "hunter2".to_owned())].into();
        let http = Settings::default();
        let folder = PathBuf::new();
        let services = Services::new(Surroundings { environment, home: None, folder, http });
        assert!(!format!("{services:?}").contains("hunter2"));
    }
}
