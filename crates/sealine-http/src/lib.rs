//! The one HTTP client: every request that leaves Sealine goes through it.
//!
//! - [`Client`] is made from explicit [`Settings`]: proxies, certificates, time limits.
//! - [`Client::fetch`] sends, retries as [`Retry`] says, and reads an answer of bounded size.
//! - [`SecretUrl`] is a URL that is itself a credential; [`Redactor`] keeps secrets out of texts.
//! - [`signing`] lets the libraries that sign requests to clouds use the same client.
//! - [`Guard`] refuses targets within the own network, for URLs that somebody else configured.
//!
//! Invariant: no [`Fault`] and nothing that is printed shows more of a URL than its scheme, host and
//! port, and no redirect is followed, so that credentials reach the host they were meant for alone.

mod client;
mod fault;
mod guard;
mod network;
mod redact;
mod retry;
mod retry_after;
mod secret_url;
mod settings;
pub mod signing;

pub use client::{Answer, Client, read_at_most};
pub use fault::{Cause, Fault};
pub use guard::{Allowed, Guard, InvalidAllowed};
pub use redact::{Redactor, escaped};
pub use reqwest;
pub use retry::Retry;
pub use retry_after::retry_after;
pub use secret_url::{InvalidUrl, SecretUrl, origin};
pub use settings::{Proxies, Settings};
