//! Paths in a HashiCorp Vault: the mount of an engine, and an entry below it.

use sealine_model::Value;
use sealine_model::vault::{VaultIdentity, VaultKind};

/// What paths below a mount begin with where the engine makes credentials when it is asked.
const MADE: [&str; 5] = ["creds/", "issue/", "sign/", "static-creds/", "sts/"];

/// Returns the mount that a whole path in a HashiCorp Vault begins with, and the entry below it.
pub(crate) fn below_mount(path: &Value) -> (Option<Value>, Value) {
    // The second version of the engine has `data` between the mount and the path.
    let head = path.head();
    let parts = head.split_once("/data/").or_else(|| head.split_once('/'));
    let mount = parts.map(|(mount, _)| Value::from(mount));
    let entry = match (parts, path.text()) {
        (Some((_, rest)), Some(_)) => Value::from(rest),
        // Of a path that is not known as a whole, what stands around the first hole is told.
        (Some((_, rest)), None) => {
            Value::from(rest).concat(Value::unknown()).concat(Value::from(path.tail()))
        }
        (None, _) => path.clone(),
    };
    (mount, entry)
}

/// Returns the vault and the entry that a path means, where it is one that stays: an engine that makes
/// credentials when it is asked (`database/creds/web`) has none.
pub(crate) fn kept_entry(path: &Value) -> Option<(VaultIdentity, Value)> {
    let (mount, name) = below_mount(path);
    let mount = mount.filter(|_| !MADE.iter().any(|made| name.head().starts_with(made)))?;
    Some((VaultIdentity::new(VaultKind::HashiCorp, [("mount", mount)]), name))
}
