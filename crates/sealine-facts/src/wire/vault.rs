//! Vaults and their entries.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use sealine_model::kubernetes;
use sealine_model::vault::{self, EntryObject, EntryOrigin, Filling, VaultIdentity, VaultKind};
use sealine_model::{Alphabet, Alphabets, Value};
use sealine_source::Place;
use serde::{Deserialize, Serialize};

use crate::code::{Code, Reader, Text, Writer};
use crate::mirror::{mirror, words};

/// Which vault something means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Identity {
    /// Its kind.
    kind: String,
    /// The parts of its identity; one that is missing is not known.
    parts: BTreeMap<String, Text>,
}

impl Code for VaultIdentity {
    type Wire = Identity;

    fn write(&self, writer: Writer<'_>) -> Identity {
        let parts = self.parts.iter().map(|(name, part)| (name.to_string(), part.write(writer)));
        Identity { kind: self.kind.name().to_owned(), parts: parts.collect() }
    }

    fn read(wire: Identity, reader: &mut Reader) -> Self {
        let parts = wire.parts.into_iter();
        let parts = parts.map(|(name, part)| (Cow::Owned(name), Value::read(part, reader)));
        Self { kind: VaultKind::from_name(&wire.kind), parts: parts.collect() }
    }
}

mirror! {
    /// A vault.
    Vault = vault::Vault {
        /// Which one.
        identity: VaultIdentity,
        /// Its address in Terraform.
        address: String,
        /// Whether it is created here, rather than looked up.
        created: bool,
        /// Where it is named.
        place: Place,
    }
}

mirror! {
    /// A vault entry that something creates.
    Entry = vault::Entry {
        /// The vault.
        vault: VaultIdentity,
        /// The name.
        name: Value,
        /// `secret`, `certificate` or `key`.
        object: EntryObject,
        /// Who creates it: `terraform`, `push-secret` or `configured`.
        origin: EntryOrigin,
        /// Its address in Terraform, or the id of the `PushSecret`.
        address: String,
        /// Where it is declared.
        place: Place,
        /// The keys of the JSON object it holds.
        properties: Option<Vec<String>>,
        /// What its value is known to keep to.
        alphabets: Alphabets,
        /// Whether Terraform leaves its value alone.
        ignores_value: bool,
    }
    without { name_place: None, filling: Filling::Unknown, block: None, }
}

mirror! {
    /// What a value is known to keep to: `unquoted`, to nothing that a JSON string escapes, or
    /// `unreserved`, to nothing that a URI encodes.
    Kept = Alphabets {
        /// The value as a whole.
        whole: Option<Alphabet>,
        /// The properties of the JSON object it holds.
        properties: Vec<(String, Alphabet)>,
    }
}

words!(Alphabet { Unquoted = "unquoted", Unreserved = "unreserved", });

words!(EntryObject { Secret = "secret", Certificate = "certificate", Key = "key", });

words!(EntryOrigin {
    Terraform = "terraform",
    PushSecret = "push-secret",
    Configured = "configured",
});

mirror! {
    /// A read of an entry by something else than an `ExternalSecret`.
    EntryRead = vault::EntryRead {
        /// The vault, where that is told.
        vault: Option<VaultIdentity>,
        /// The name of the entry.
        name: Value,
        /// Who reads it.
        reader: String,
        /// Where.
        place: Place,
        /// The object that reads it, where that is one of a cluster, or a DAG.
        object: Option<kubernetes::Carrier>,
    }
    without { asked: None, }
}
