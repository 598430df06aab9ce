//! Vaults in which modules that are not loaded may make entries.
//!
//! Invariant: nothing is said of what such a module makes, only that more may be there.

use sealine_model::Value;
use sealine_model::vault::{VaultIdentity, VaultKind};

use super::azure::vault_in;
use crate::data::Data;
use crate::evaluate::Evaluator;

/// What modules are called that speak of a vault and put nothing into it.
const OTHERWISE: &[&str] = &[
    "access",
    "addon",
    "csi",
    "diagnostic",
    "dns",
    "endpoint",
    "external",
    "helm",
    "identity",
    "irsa",
    "monitor",
    "network",
    "polic",
    "rbac",
    "role",
];

/// What a module that makes entries has in its name, and the kinds of vaults for it.
const WORDS: &[(&str, &[VaultKind])] = &[
    (
        "secret",
        &[VaultKind::AwsSecretsManager, VaultKind::Gcp, VaultKind::HashiCorp, VaultKind::Azure],
    ),
    ("vault", &[VaultKind::Azure, VaultKind::HashiCorp]),
    ("ssm", &[VaultKind::AwsParameterStore]),
    ("parameter", &[VaultKind::AwsParameterStore]),
];

/// Returns the vaults that a call of a module which is not loaded leaves open: those that it is given, else those
/// of the kinds that its name or source speaks of.
pub(crate) fn open_vaults(
    evaluator: &Evaluator<'_>,
    (name, source): (&str, &str),
    arguments: &[(&str, Data)],
) -> Vec<VaultIdentity> {
    let called = format!("{name} {source}").to_ascii_lowercase();
    if OTHERWISE.iter().any(|word| called.contains(word)) {
        return Vec::new();
    }
    let given: Vec<VaultIdentity> = arguments
        .iter()
        .filter_map(|(argument, data)| vault_in(evaluator, argument, data))
        .map(VaultIdentity::azure)
        .collect();
    if !given.is_empty() {
        return given;
    }
    let words = WORDS.iter().filter(|(word, _)| called.contains(word));
    let kinds = words.flat_map(|(_, kinds)| kinds.iter());
    let open = |kind: &VaultKind| match kind {
        VaultKind::Azure => VaultIdentity::azure(Value::unknown()),
        kind => VaultIdentity::new(kind.clone(), []),
    };
    VaultIdentity::distinct(kinds.map(open).collect::<Vec<_>>().iter())
        .into_iter()
        .cloned()
        .collect()
}
