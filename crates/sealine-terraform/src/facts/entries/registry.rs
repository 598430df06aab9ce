//! Vault entries that well-known registry modules make, read from the call's arguments.
//!
//! Invariant: only modules whose entry's name is one of their arguments are listed.

use sealine_model::vault::{Entry, EntryObject, EntryOrigin, Filling, VaultIdentity, VaultKind};
use sealine_model::{Alphabets, Value};
use sealine_source::Place;

use super::Found;
use crate::data::Data;

/// The source, the argument with the name, and the kind of vault.
const MODULES: &[(&str, &str, VaultKind)] = &[
    ("terraform-aws-modules/secrets-manager/aws", "name", VaultKind::AwsSecretsManager),
    ("terraform-aws-modules/ssm-parameter/aws", "name", VaultKind::AwsParameterStore),
];

/// Reads a call of a module that is not loaded; false when nobody knows the module. `argument` gives its arguments.
pub(crate) fn read_call(
    source: &str,
    address: &str,
    place: &Place,
    argument: impl Fn(&str) -> (Data, Value),
    found: &mut Found,
) -> bool {
    let Some((_, name, kind)) = MODULES.iter().find(|(known, ..)| *known == source) else {
        return false;
    };
    let (data, name) = argument(name);
    if data.is_null() {
        return true;
    }
    found.entries.push(Entry {
        vault: VaultIdentity::new(kind.clone(), []),
        name_place: name.single_place().cloned(),
        name,
        object: EntryObject::Secret,
        origin: EntryOrigin::Terraform,
        address: address.to_owned(),
        place: place.clone(),
        properties: None,
        alphabets: Alphabets::default(),
        filling: Filling::Unknown,
        ignores_value: false,
        block: None,
    });
    true
}
