//! Secrets that the values of a release define and name by identifiers, as app-template has them:
//! `secrets: {main: …}` and `secretRef: {identifier: main}`.
//!
//! Invariant: a name that only the chart knows is a pattern; an identifier that nothing defines has
//! no name.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_model::{Piece, Value};

use super::names::text_at;

/// The names of the Secrets that values define, by identifier.
#[derive(Debug, Default)]
pub(crate) struct OwnSecrets {
    names: Vec<(String, Value)>,
}

impl OwnSecrets {
    /// Returns those of a release.
    pub(crate) fn of(values: &Tree, release: &Value) -> Self {
        let is_enabled =
            |entry: &&TreeEntry| text_at(&entry.value, &["enabled"]).as_deref() != Some("false");
        let secrets = values.get("secrets").map(Tree::entries).unwrap_or_default();
        let secrets: Vec<&TreeEntry> = secrets.iter().filter(is_enabled).collect();
        let name = |entry: &&TreeEntry| {
            let renamed = entry.value.get("forceRename").and_then(Tree::value).cloned();
            // One alone has the name of the release, to which the chart may add its own.
            let name = renamed.unwrap_or_else(|| match secrets.as_slice() {
                [_] => release.clone().concat(Value::unknown()),
                _ => Value::from_pieces([
                    Piece::Hole,
                    Piece::Literal { text: format!("-{}", entry.key).into(), place: None },
                ]),
            });
            (entry.key.to_string(), name)
        };
        Self { names: secrets.iter().map(name).collect() }
    }

    /// Returns the name that an identifier stands for, where the identifier stands.
    pub(crate) fn name(&self, identifier: &Tree) -> Option<Tree> {
        let text = identifier.text()?;
        let (_, name) = self.names.iter().find(|(known, _)| *known == text)?;
        let place = name.single_place().or(identifier.place())?.clone();
        Some(Tree::Scalar { value: name.clone(), place })
    }

    /// Returns a reference by identifier as one by name.
    pub(crate) fn named(&self, map: &Tree) -> Option<Tree> {
        let entry = map.entry("identifier").filter(|_| map.get("name").is_none())?;
        let value = self.name(&entry.value)?;
        let mut entries = map.entries().to_vec();
        entries.push(TreeEntry { key: "name".into(), place: entry.place.clone(), value });
        Some(Tree::Map(TreeMap { entries: entries.into(), open: false }))
    }
}
