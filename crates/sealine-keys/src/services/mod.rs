//! The kinds of master keys: one file for each, listed here and nowhere else.

mod age;
mod aws_credentials;
mod aws_kms;
mod aws_profiles;
mod azure_key_vault;
mod azure_token;
mod encoding;
mod gcp_kms;
mod refused;
mod vault_transit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::OnceLock;

use sealine_http::{Client, Fault, Retry, Settings};
use sealine_sops::{DataKey, Master, WrappedKey};

use crate::fault::KeyFault;

/// What a kind of key does. The master key that comes back is the one given, complete.
type Unwrapping<'a> = Pin<Box<dyn Future<Output = Result<DataKey, KeyFault>> + Send + 'a>>;
type Wrapping<'a> = Pin<Box<dyn Future<Output = Result<(Master, String), KeyFault>> + Send + 'a>>;

/// One kind of key.
struct Kind {
    /// As [`Master::kind`] calls it.
    name: &'static str,
    unwrap: for<'a> fn(&'a WrappedKey, &'a Services) -> Unwrapping<'a>,
    wrap: for<'a> fn(&'a Master, &'a DataKey, &'a Services) -> Wrapping<'a>,
}

/// All kinds, in the order in which the keys of a file are tried: what needs no network first, what
/// is only refused last.
static KINDS: &[Kind] = &[
    age::KIND,
    aws_kms::KIND,
    gcp_kms::KIND,
    azure_key_vault::KIND,
    vault_transit::KIND,
    refused::HUAWEI,
    refused::PGP,
];

/// What the binary knows of the machine it runs on.
#[derive(Debug)]
pub struct Surroundings {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Where programs run that print a key (`SOPS_AGE_KEY_CMD`).
    pub folder: PathBuf,
    /// How services are reached.
    pub http: Settings,
}

/// All that master keys are unwrapped and wrapped with.
pub struct Services {
    surroundings: Surroundings,
    retry: Retry,
    client: OnceLock<Result<Client, Fault>>,
}

impl Services {
    /// Takes in what there is. Nothing is read or asked before a key needs it.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, retry: Retry::default(), client: OnceLock::new() }
    }

    /// Changes how often and for how long a service is asked.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Returns a variable of the environment, unless it is empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.surroundings.environment.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    pub(crate) fn home(&self) -> Option<&Path> {
        self.surroundings.home.as_deref()
    }

    fn client(&self) -> Result<&Client, KeyFault> {
        let client = self.client.get_or_init(|| Client::new(&self.surroundings.http));
        client.as_ref().map_err(|fault| KeyFault::Service(fault.clone()))
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment holds credentials.
        out.debug_struct("Services").finish_non_exhaustive()
    }
}

/// Returns where a master key stands among those that are tried.
pub(crate) fn rank(master: &Master) -> usize {
    let is_local = matches!(master, Master::Age { .. });
    let is_refused = matches!(master, Master::HuaweiKms { .. } | Master::Pgp { .. });
    usize::from(!is_local) + usize::from(is_refused)
}

pub(crate) async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    (kind(&key.master)?.unwrap)(key, services).await
}

pub(crate) async fn wrap(
    master: &Master,
    key: &DataKey,
    services: &Services,
) -> Result<(Master, String), KeyFault> {
    (kind(master)?.wrap)(master, key, services).await
}

fn kind(master: &Master) -> Result<&'static Kind, KeyFault> {
    let found = KINDS.iter().find(|kind| kind.name == master.kind());
    found.ok_or_else(|| KeyFault::Unsupported(format!("`{}` is not a kind of key", master.kind())))
}

/// What a file of this crate says of a master key that is not of its kind. The registry sees to it
/// that nobody reads it.
fn other_kind() -> KeyFault {
    KeyFault::Invalid("a master key of another kind".to_owned())
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
