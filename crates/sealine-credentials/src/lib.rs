//! Who asks a cloud: the credentials that AWS's and Azure's own programs would find, and the programs
//! that print some.
//!
//! [`Services`] is what is known of the machine; [`aws`] and [`azure`] find credentials there;
//! [`programs`] runs what prints one.
//!
//! Invariant: no key, token or credential is in a fault, a log or a debug text.

pub mod aws;
pub mod azure;
mod fault;
pub mod programs;
mod services;

use sealine_model::SecretValue;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

pub use fault::CredentialFault;
pub use services::{Services, Surroundings};

/// Larger files hold no credentials.
const LARGEST: u64 = 1 << 20;

/// Reads a file that holds a credential.
///
/// # Errors
///
/// When the system refuses.
pub async fn read(file: &std::path::Path) -> std::io::Result<SecretValue> {
    let file = tokio::fs::File::open(file).await?;
    let length = file.metadata().await?.len().min(LARGEST);
    // All at once, because a buffer that grows leaves copies behind that nobody wipes.
    let mut text = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(LARGEST).read_to_end(&mut text).await?;
    Ok(SecretValue::new(text))
}

/// Returns the text of the first element of this name in an answer of XML; those that are asked for
/// here have no attributes.
pub fn element<'xml>(xml: &'xml str, name: &str) -> Option<&'xml str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.trim())
}

/// Returns a text within a JSON answer; nothing where there is none.
pub fn text(body: &[u8], pointer: &str) -> Option<Zeroizing<String>> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    // The tree is dropped without being wiped; it is the one copy that is out of reach.
    Some(Zeroizing::new(value.pointer(pointer)?.as_str()?.to_owned()))
}
