//! Why nobody can ask.

/// Why there are no credentials, or they are of no use.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialFault {
    /// Sealine knows this way to log in, and does not use it.
    #[error("{0}")]
    Unsupported(String),
    /// A setting about it cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// Nothing to log in with was found, or it was refused.
    #[error("{0}")]
    Missing(String),
    /// The service was not reached, or refused.
    #[error(transparent)]
    Service(#[from] sealine_http::Fault),
}
