//! The kinds of master keys: one file for each, listed here and nowhere else.

mod age;
mod aws_kms;
mod azure_key_vault;
mod encoding;
mod gcp_kms;
mod refused;
mod vault_transit;

use std::pin::Pin;

use sealine_credentials::Services;
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
