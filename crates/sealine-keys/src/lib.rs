//! The master keys of SOPS files: who can unwrap a data key, and how a data key is wrapped for them.
//!
//! [`open`] tries the master keys of a file until one gives the data key; [`wrap`] wraps a data key
//! for each of a list. `services` has one file for each kind of key, and `identities` looks for the
//! private keys of age where SOPS looks for them. Who asks a cloud is in `sealine-credentials`.
//!
//! Invariant: no key, token or credential is in a fault, a log or a debug text; a request that carries
//! a credential goes to a host that the kind of key stands for, or that the user named.

mod fault;
mod identities;
mod services;

use jiff::Timestamp;
use sealine_credentials::Services;
use sealine_sops::{DataKey, Master, WrappedKey};

pub use fault::{CannotOpen, KeyFault, Tried};

/// Returns the data key, from the first master key that gives it: those on this machine first, then
/// services in the order of the file.
///
/// # Errors
///
/// When none of them does. It says of each key why.
pub async fn open(keys: &[WrappedKey], services: &Services) -> Result<DataKey, CannotOpen> {
    let mut order: Vec<&WrappedKey> = keys.iter().collect();
    order.sort_by_key(|key| services::rank(&key.master));
    let mut tried = Vec::new();
    for key in order {
        match services::unwrap(key, services).await {
            Ok(data_key) => return Ok(data_key),
            Err(why) => tried.push(Tried { key: fault::shown(&key.master), why }),
        }
    }
    Err(CannotOpen { tried })
}

/// Wraps a data key for each of the master keys, in their order.
///
/// # Errors
///
/// When one of them cannot be asked: a file is either for all of its keys, or is not written.
pub async fn wrap(
    masters: &[Master],
    key: &DataKey,
    services: &Services,
    now: Timestamp,
) -> Result<Vec<WrappedKey>, Tried> {
    let mut wrapped = Vec::with_capacity(masters.len());
    for master in masters {
        let outcome = services::wrap(master, key, services).await;
        let (master, enc) = outcome.map_err(|why| Tried { key: fault::shown(master), why })?;
        // An age file says nothing of when it was made, and SOPS adds nothing to it.
        let is_age = matches!(master, Master::Age { .. });
        let created_at = (!is_age).then(|| now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        wrapped.push(WrappedKey { master, enc, created_at });
    }
    Ok(wrapped)
}
