//! Which alphabet the value of an entry keeps to: what a generator was told, or a literal is.
//!
//! Invariant: what may be one of several values keeps to none.

use std::borrow::Cow;

use sealine_model::{Alphabet, Alphabets};

use crate::data::{Data, Kind};
use crate::evaluate::{Computed, Evaluator};

/// What `random_password` and `random_string` draw from where they are not told.
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// Returns what is known of the value of an entry and of its properties.
pub(super) fn of_entry(evaluator: &Evaluator<'_>, data: &Data) -> Alphabets {
    let map = match &data.kind {
        Kind::Encoded(inner) => inner.as_map(),
        _ => data.as_map(),
    };
    let entries = map.map(|map| map.entries.as_slice()).unwrap_or_default().iter();
    let known =
        entries.filter_map(|entry| Some((entry.key.to_string(), of(evaluator, &entry.value)?)));
    Alphabets { whole: of(evaluator, data), properties: known.collect() }
}

fn of(evaluator: &Evaluator<'_>, data: &Data) -> Option<Alphabet> {
    if data.guess {
        return None;
    }
    match &data.kind {
        Kind::Computed(computed) => generated(evaluator, computed),
        Kind::Text(_) | Kind::Bool(_) | Kind::Number(_) => Alphabet::of(&data.known_text()?),
        _ => None,
    }
}

/// Returns the alphabet of what the provider `random` makes.
fn generated(evaluator: &Evaluator<'_>, computed: &Computed) -> Option<Alphabet> {
    let config = evaluator.config_of(&computed.resource)?;
    let given = |name: &str| {
        let data = evaluator.resource_attribute(&computed.resource, name);
        // What is computed was not given.
        (!matches!(data.kind, Kind::Computed(_))).then_some(data)
    };
    match (config.kind, &*computed.attribute) {
        ("random_password" | "random_string", "result") => match given("special") {
            Some(special) if special.as_bool()? => drawn(given("override_special").as_ref()),
            Some(_) => Some(Alphabet::Unreserved),
            None => drawn(given("override_special").as_ref()),
        },
        ("random_password", "bcrypt_hash") => Some(Alphabet::Unquoted),
        ("random_id", "b64_std") if given("prefix").is_none() => Some(Alphabet::Unquoted),
        ("random_id", "hex" | "dec" | "b64_url" | "id") if given("prefix").is_none() => {
            Some(Alphabet::Unreserved)
        }
        ("random_uuid" | "random_integer", "id" | "result") => Some(Alphabet::Unreserved),
        _ => None,
    }
}

/// Returns the alphabet of letters, digits and these special characters.
fn drawn(special: Option<&Data>) -> Option<Alphabet> {
    let special = match special {
        Some(given) => given.known_text()?,
        None => Cow::default(),
    };
    Alphabet::of(if special.is_empty() { SPECIAL } else { &special })
}
