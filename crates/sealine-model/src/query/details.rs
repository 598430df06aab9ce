//! What a joint says besides its ends: which key is read, and as what.

use std::collections::HashMap;

use sealine_source::Place;

use crate::kubernetes::{SecretUse, UseKind};
use crate::{Asked, Facts};

/// What is said at the places of joints.
#[derive(Debug, Default)]
pub struct Details<'a> {
    by_place: HashMap<&'a Place, Vec<String>>,
}

impl<'a> Details<'a> {
    /// Looks at all reads once.
    pub fn of(facts: &'a [Facts]) -> Self {
        let mut details = Self::default();
        for unit in facts {
            for reader in &unit.uses {
                details.add(&reader.place, &reader.asked, &of_use(reader));
            }
            for read in unit.external_secrets.iter().flat_map(|external| &external.reads) {
                let property = read.property.as_ref().map(|(name, _)| format!("property `{name}`"));
                let key = read.secret_key.as_ref().map(|(name, _)| format!("as `{name}`"));
                let said: Vec<String> = property.into_iter().chain(key).collect();
                let said = if read.extract { "all of it".to_owned() } else { said.join(" ") };
                details.add(&read.place, &read.asked, &said);
            }
        }
        details
    }

    fn add(&mut self, place: &'a Place, asked: &'a Asked, said: &str) {
        for place in [Some(place), asked.as_deref()].into_iter().flatten() {
            let known = self.by_place.entry(place).or_default();
            if !said.is_empty() && known.iter().all(|known| known != said) {
                known.push(said.to_owned());
            }
        }
    }

    /// Returns what is said there: `key TOKEN as env TOKEN`; empty for nothing.
    pub fn at(&self, place: &Place) -> String {
        self.by_place.get(place).map(|said| said.join(", ")).unwrap_or_default()
    }
}

fn of_use(reader: &SecretUse) -> String {
    let key = reader.key.as_ref().map(|(key, _)| format!("key `{key}`"));
    let how = match &reader.kind {
        UseKind::Env(name) => format!("as env `{name}`"),
        UseKind::EnvFrom(prefix) if prefix.is_empty() => "all keys as env".to_owned(),
        UseKind::EnvFrom(prefix) => format!("all keys as env with `{prefix}` before them"),
        UseKind::Volume => "as files".to_owned(),
        UseKind::ImagePull => "to pull images".to_owned(),
        UseKind::Bootstrap => "as credentials".to_owned(),
        UseKind::Copy => "copied".to_owned(),
        UseKind::Field | UseKind::ChartValue | UseKind::Probable => String::new(),
    };
    let optional = if reader.optional { "optional".to_owned() } else { String::new() };
    let parts: Vec<String> =
        key.into_iter().chain([how, optional]).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
