//! Kinds of keys that are recognised, and refused by their names.

use sealine_sops::{DataKey, Master, WrappedKey};

use super::{Kind, Services, Unwrapping, Wrapping};
use crate::fault::KeyFault;

pub(super) const PGP: Kind = Kind { name: "pgp", unwrap, wrap };

pub(super) const HUAWEI: Kind = Kind { name: "hckms", unwrap, wrap };

fn unwrap<'a>(key: &'a WrappedKey, _: &'a Services) -> Unwrapping<'a> {
    let fault = refused(&key.master);
    Box::pin(async move { Err(fault) })
}

fn wrap<'a>(master: &'a Master, _: &'a DataKey, _: &'a Services) -> Wrapping<'a> {
    let fault = refused(master);
    Box::pin(async move { Err(fault) })
}

fn refused(master: &Master) -> KeyFault {
    let kind = match master {
        Master::Pgp { .. } => "PGP keys are",
        _ => "keys of Huawei Cloud KMS are",
    };
    KeyFault::Unsupported(format!("{kind} not supported; add an age key or another key service"))
}
