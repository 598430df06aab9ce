//! What a joint says besides its ends: which key is read, and as what.
//!
//! Invariant: a line that stands for several readers, a helper's or a chart's, says of each its own.

use std::borrow::Cow;
use std::collections::HashMap;

use sealine_source::Place;

use crate::graph::{Links, Node, Stage};
use crate::kubernetes::{SecretUse, UseKind};
use crate::link::Names;
use crate::{Facts, Value};

/// What is said at the places of joints.
#[derive(Debug, Default)]
pub struct Details<'a> {
    by_place: HashMap<&'a Place, Vec<Said<'a>>>,
}

/// What one read says.
#[derive(Debug, PartialEq, Eq)]
struct Said<'a> {
    /// What is read: an entry or a Secret.
    stage: Stage,
    /// Its name; nothing where that is not known.
    name: Option<Cow<'a, str>>,
    /// The id of who reads it.
    reader: String,
    text: String,
}

impl<'a> Details<'a> {
    /// Looks at all reads once.
    pub fn of(facts: &'a [Facts], links: &Links) -> Self {
        let mut details = Self::default();
        let names = Names::of(facts, links);
        for unit in facts {
            for reader in &unit.uses {
                let places = [Some(&reader.place), reader.asked.as_deref()];
                let id = names.consumer(&reader.scope, &reader.consumer);
                details.add(places, (Stage::Secret, &reader.secret), &id, &of_use(reader));
            }
            let reads = unit.external_secrets.iter().flat_map(|external| {
                let id = names.external(external);
                external.reads.iter().map(move |read| (id.clone(), read))
            });
            for (id, read) in reads {
                let property = read.property.as_ref().map(|(name, _)| format!("property `{name}`"));
                let key = read.secret_key.as_ref().map(|(name, _)| format!("as `{name}`"));
                let said: Vec<String> = property.into_iter().chain(key).collect();
                let said = if read.extract { "all of it".to_owned() } else { said.join(" ") };
                let places = [Some(&read.place), read.asked.as_deref()];
                details.add(places, (Stage::VaultEntry, &read.key), &id, &said);
            }
        }
        details
    }

    fn add(
        &mut self,
        places: [Option<&'a Place>; 2],
        (stage, name): (Stage, &'a Value),
        reader: &str,
        text: &str,
    ) {
        for place in places.into_iter().flatten() {
            let known = self.by_place.entry(place).or_default();
            let (reader, text) = (reader.to_owned(), text.to_owned());
            let said = Said { stage, name: name.known_text(), reader, text };
            if !known.contains(&said) {
                known.push(said);
            }
        }
    }

    /// Returns what is said there of reading `from`, an entry or a Secret, by `to`: `key TOKEN as env
    /// TOKEN`; empty for nothing. A line of a template or of a helper says something of each that it is
    /// written out for; where it says nothing of this one, all of it may be meant.
    pub fn at(&self, place: &Place, from: &Node, to: &Node) -> String {
        let all = self.by_place.get(place).into_iter().flatten();
        let all: Vec<&Said<'_>> = all.filter(|said| said.stage == from.stage).collect();
        let said = own(all, |said| said.reader == to.id);
        let said = own(said, |said| said.name.as_deref() == Some(from.name.as_str()));
        let mut texts: Vec<&str> = Vec::with_capacity(said.len());
        for text in said.into_iter().map(|said| said.text.as_str()) {
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join(", ")
    }
}

/// Those of this one, or all where none is.
fn own<'a>(all: Vec<&'a Said<'a>>, is_own: impl Fn(&Said<'_>) -> bool) -> Vec<&'a Said<'a>> {
    let own: Vec<&Said<'_>> = all.iter().copied().filter(|said| is_own(said)).collect();
    if own.is_empty() { all } else { own }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_source::FileName;

    use super::*;

    #[test]
    fn a_line_that_is_written_out_for_several_says_of_each_its_own() {
        let file = Arc::new(FileName::new("r", "templates/external.yaml"));
        let line = Place { file, start: 10, end: 20, line: 2, column: 3 };
        let names = [Value::from("/app/db"), Value::from("/app/token"), Value::unknown()];
        let mut details = Details::default();
        for (name, text) in names.iter().zip(["as `DB`", "as `TOKEN`", "as `DB`"]) {
            details.add([Some(&line), None], (Stage::VaultEntry, name), "one", text);
        }
        for (reader, text) in [("one", "as `A`"), ("two", "as `B`")] {
            details.add([Some(&line), None], (Stage::Secret, &names[0]), reader, text);
        }
        let node = |stage, name: &str| Node {
            id: name.to_owned(),
            stage,
            name: name.to_owned(),
            scope: String::new(),
            declared: None,
        };
        let entry = |name: &str| node(Stage::VaultEntry, name);
        let [one, two, other] = ["one", "two", "other"].map(|id| node(Stage::Workload, id));
        assert_eq!(details.at(&line, &entry("/app/token"), &one), "as `TOKEN`");
        assert_eq!(details.at(&line, &entry("/app/other"), &one), "as `DB`, as `TOKEN`");
        assert_eq!(details.at(&line, &node(Stage::ExternalSecret, "/app/db"), &one), "");
        assert_eq!(details.at(&Place { line: 3, ..line.clone() }, &entry("/app/db"), &one), "");
        let secret = node(Stage::Secret, "/app/db");
        assert_eq!(details.at(&line, &secret, &one), "as `A`");
        assert_eq!(details.at(&line, &secret, &two), "as `B`");
        assert_eq!(details.at(&line, &secret, &other), "as `A`, as `B`");
    }
}
