//! What can go wrong with a request.
//!
//! Invariant: a fault names the scheme, host and port of a URL and no more of it, and a text of the
//! server only after it went through a redactor.

use std::error::Error as _;
use std::time::Duration;

use crate::redact::escaped;

/// How much of a cause's own words is shown.
const LONGEST_DETAIL: usize = 200;

/// Why a request came to nothing. `origin` is the scheme, host and port.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The settings do not make a client.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
    /// The request is not one that can be sent.
    #[error("not a request that can be sent: {0}")]
    Unsendable(String),
    /// The target is one that a [`crate::Guard`] refuses.
    #[error("{origin} leads to {address}, which is not a public address")]
    Forbidden {
        /// Where the request was to go.
        origin: String,
        /// The address, or the name, that is not allowed.
        address: String,
    },
    /// No complete answer came.
    #[error("{origin} was not reached: {cause}{}", Detail(.detail))]
    NotReached {
        /// Where the request was to go.
        origin: String,
        /// What kept it from getting there.
        cause: Cause,
        /// The system's own words.
        detail: String,
    },
    /// The server answered, but not with success.
    #[error("{origin} answered {status}{}", Detail(.excerpt))]
    Answered {
        /// Who answered.
        origin: String,
        /// The status code.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// The start of the body, on one line, without secrets.
        excerpt: String,
    },
    /// The answer is larger than anybody expects it to be.
    #[error("{origin} answered with more than {limit} bytes")]
    TooLarge {
        /// Who answered.
        origin: String,
        /// How much would have been read.
        limit: u64,
    },
}

/// What keeps a request from reaching its target, or the answer from coming back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// The name has no address.
    Name,
    /// Nobody accepts the connection, or a proxy does not pass it on.
    Connection,
    /// The certificate or the handshake is not acceptable.
    Tls,
    /// It took too long.
    Time,
    /// The answer ended early.
    Interrupted,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Name => "its name was not resolved",
            Self::Connection => "no connection",
            Self::Tls => "TLS failed",
            Self::Time => "it took too long",
            Self::Interrupted => "the answer ended early",
        })
    }
}

/// A text behind a colon, or nothing.
struct Detail<'text>(&'text str);

impl std::fmt::Display for Detail<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(out, ": {}", self.0) }
    }
}

impl Fault {
    /// Returns the status code, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether the same request may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotReached { cause, .. } => *cause != Cause::Tls,
            Self::Answered { status, .. } => {
                matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// Returns what became of a request that ended in an error of the HTTP library.
    pub(crate) fn of(error: reqwest::Error, origin: &str) -> Self {
        // The error's own words hold the URL; those of its innermost cause never do.
        let error = error.without_url();
        if error.is_builder() || error.is_request() && error.source().is_none() {
            return Self::Unsendable(innermost(&error));
        }
        if let Some(forbidden) = find::<crate::guard::Refused>(&error) {
            let address = forbidden.0.clone();
            return Self::Forbidden { origin: origin.to_owned(), address };
        }
        let cause = if error.is_timeout() {
            Cause::Time
        } else if error.is_dns() {
            Cause::Name
        } else if find::<rustls::Error>(&error).is_some() {
            Cause::Tls
        } else if error.is_connect() {
            Cause::Connection
        } else {
            Cause::Interrupted
        };
        let detail = if cause == Cause::Time { String::new() } else { innermost(&error) };
        Self::NotReached { origin: origin.to_owned(), cause, detail }
    }
}

/// Returns the innermost cause in its own words.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    escaped(&cause.to_string(), LONGEST_DETAIL)
}

/// Finds an error of one type among the causes.
fn find<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        // An error of input and output does not name what it holds as its source, but as itself.
        let held = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match held {
            Some(held) => Some(held as &(dyn std::error::Error + 'static)),
            None => current.source(),
        };
    }
    None
}
