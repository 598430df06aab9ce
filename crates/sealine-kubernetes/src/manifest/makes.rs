//! Noting that something other than an ExternalSecret makes a Secret, or reads an entry for one.

use sealine_model::kubernetes::{Carrier, Keys, Scope, Secret, SecretOrigin};
use sealine_model::tree::Tree;
use sealine_model::vault::{EntryRead, VaultIdentity};
use sealine_model::{Facts, Value};
use sealine_source::Place;

use super::object::Object;

/// Returns the Secret `name` in `scope` as made by `object`.
pub(crate) fn secret(
    object: &Object<'_>,
    scope: Scope,
    name: Value,
    place: Place,
    keys: Keys,
) -> Secret {
    // What has a name of its own beside the object's asks for it where it stands.
    let asked = if place == object.place { object.asked() } else { None };
    Secret {
        scope,
        name,
        place,
        asked,
        origin: SecretOrigin::Controller,
        maker: object.label(),
        by: Some(Box::new(carrier(object))),
        keys,
        plaintext: false,
        read_by_controller: false,
        rendered: object.context.rendered,
    }
}

/// Returns that `object` reads the entry `name`, which is written at `place`.
pub(crate) fn entry_read(
    object: &Object<'_>,
    (vault, name): (VaultIdentity, Value),
    place: Place,
) -> EntryRead {
    let (vault, reader) = (Some(vault), object.label());
    EntryRead { vault, name, reader, place, asked: None, object: Some(carrier(object)) }
}

fn carrier(object: &Object<'_>) -> Carrier {
    Carrier {
        scope: object.own_scope(),
        kind: object.kind.clone(),
        name: object.name.clone(),
        place: object.place.clone(),
        asked: object.asked(),
    }
}

/// Notes that `object` makes a Secret of this name, which stands where the object's name does.
pub(crate) fn note_named(object: &Object<'_>, name: Value, keys: Keys, out: &mut Facts) {
    out.secrets.push(secret(object, object.own_scope(), name, object.place.clone(), keys));
}

/// Returns keys that all stand at `place`.
pub(crate) fn keys_at(place: &Place, names: &[&str]) -> Keys {
    let known = names.iter().filter(|name| **name != "*");
    Keys {
        known: known.map(|name| ((*name).to_owned(), place.clone())).collect(),
        open: names.is_empty() || names.contains(&"*"),
    }
}

/// Returns the keys of a map, as the keys of a Secret.
pub(crate) fn keys_of_map(map: Option<&Tree>) -> Keys {
    match map {
        Some(Tree::Map(map)) => Keys {
            known: map
                .entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.place.clone()))
                .collect(),
            open: map.open,
        },
        Some(Tree::Unknown) => Keys::unknown(),
        _ => Keys::default(),
    }
}
