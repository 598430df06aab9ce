//! Why a master key does not open a file, or a data key is not wrapped.
//!
//! Invariant: a fault names keys, places and services, and holds nothing of what is secret about them.

use sealine_credentials::CredentialFault;
use sealine_http::escaped;
use sealine_sops::Master;

/// Why one master key was of no use.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyFault {
    /// Sealine knows this kind of key, and does not use it.
    #[error("{0}")]
    Unsupported(String),
    /// No private key on this machine opens it. What was looked at, and what was found there.
    #[error("no identity on this machine opens it: {}", .looked.join("; "))]
    NoIdentity {
        /// Each place with what was found in it.
        looked: Vec<String>,
    },
    /// The name of the key, or a setting about it, cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Nothing to log in with was found, or it was refused.
    #[error("{0}")]
    Credentials(String),
    /// The service was not reached, or refused.
    #[error(transparent)]
    Service(#[from] sealine_http::Fault),
    /// What the file or the service holds is not a wrapped key.
    #[error("{0}")]
    NotAKey(String),
}

/// A master key, and why it was of no use.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct Tried {
    /// What the key is called.
    pub key: String,
    /// What was wrong.
    pub why: KeyFault,
}

/// None of the master keys gave the data key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", Summary(.tried))]
pub struct CannotOpen {
    /// Each key, in the order in which they were tried.
    pub tried: Vec<Tried>,
}

struct Summary<'tried>(&'tried [Tried]);

impl std::fmt::Display for Summary<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            [] => out.write_str("it names no master key"),
            [one] => write!(out, "its master key does not open it: {one}"),
            many => {
                write!(out, "none of its {} master keys opens it", many.len())?;
                many.iter().try_for_each(|tried| write!(out, "\n- {tried}"))
            }
        }
    }
}

/// Returns what a message calls a master key by. Files name keys, so nothing in it may steer a
/// terminal.
pub(crate) fn shown(master: &Master) -> String {
    escaped(&master.to_string(), 200)
}

impl From<CredentialFault> for KeyFault {
    fn from(fault: CredentialFault) -> Self {
        match fault {
            CredentialFault::Unsupported(text) => Self::Unsupported(text),
            CredentialFault::Invalid(text) => Self::Invalid(text),
            CredentialFault::Missing(text) => Self::Credentials(text),
            CredentialFault::Service(fault) => Self::Service(fault),
        }
    }
}
