//! Data sources that only compute: what they give follows from their arguments and from files of the project.
//!
//! Invariant: a data source that asks a cloud or a cluster is none of these, and what one computes from
//! something unknown is unknown as far as that reaches.

use std::rc::Rc;

use super::{Evaluator, Scope};
use crate::config::{Mode, ResourceConfig};
use crate::data::{Data, Kind, MapEntry, Piece, Spot};
use crate::functions::decode_yaml;

/// How deep maps are merged; what lies deeper is that of the later one.
const MAX_MERGE: usize = 64;

impl<'w> Evaluator<'w> {
    /// Returns an attribute that a data source computes; nothing for other data sources and attributes.
    pub(super) fn computing(
        &self,
        scope: &Scope<'w>,
        config: &ResourceConfig<'w>,
        attribute: &str,
    ) -> Option<Data> {
        if config.mode != Mode::Data {
            return None;
        }
        let given = |name: &str| self.attribute(scope, &config.declared, name);
        match (config.kind, attribute) {
            ("template_file", "rendered") => {
                self.rendered(scope, &given("template"), given("vars"))
            }
            ("kubectl_file_documents", "documents" | "manifests") => {
                self.manifests(attribute, &[given("content")])
            }
            ("kubectl_path_documents", "documents" | "manifests") => {
                let names = given("vars");
                let texts = self.texts_at(scope, &given("pattern"), &names)?;
                self.manifests(attribute, &texts)
            }
            ("kubectl_filename_list", "matches") => {
                let files = self.files_matching(scope, &given("pattern"))?;
                Some(Data::list(files.into_iter().map(Data::text).collect()))
            }
            ("utils_deep_merge_yaml" | "utils_deep_merge_json", "output") => {
                let appends = given("append_list").as_bool() == Some(true);
                self.merged(&given("input"), appends)
            }
            _ => None,
        }
    }

    /// Returns a text with the names filled in that it is given. A text that is no file as it stands may be
    /// put together in any way, and is then what it is without them.
    fn rendered(&self, scope: &Scope<'w>, template: &Data, names: Data) -> Option<Data> {
        let Kind::Text(text) = &template.kind else { return None };
        let names = if names.is_null() { Data::map(Vec::new(), false) } else { names };
        let whole_file = match &*text.pieces {
            [Piece::Literal(literal, Some(spot))] => self.file_that_is(literal, *spot),
            _ => None,
        };
        match whole_file {
            Some(source) => self.template_file(scope, source, &names),
            None => Some(template.clone()),
        }
    }

    /// Returns the file that a text is as a whole.
    fn file_that_is(&self, text: &str, spot: Spot) -> Option<&'w sealine_source::Source> {
        self.source(spot.file).filter(|source| source.text() == text)
    }

    /// Returns the texts of the files that a pattern matches, each filled in as a template.
    fn texts_at(&self, scope: &Scope<'w>, pattern: &Data, names: &Data) -> Option<Vec<Data>> {
        let files = self.files_matching(scope, pattern)?;
        let text = |file: &String| {
            let source = self.find_file(scope, file)?;
            let names = names.as_map().is_some().then_some(names);
            names.map_or_else(
                || self.file_text(source),
                |names| self.template_file(scope, source, names),
            )
        };
        Some(files.iter().filter_map(text).collect())
    }

    /// Returns the files that a pattern with a folder matches, as paths to find them by.
    fn files_matching(&self, scope: &Scope<'w>, pattern: &Data) -> Option<Vec<String>> {
        let pattern = pattern.known_text()?;
        let star = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
        let head = pattern.get(..star)?;
        let (folder, _) = head.rsplit_once('/')?;
        let rest = pattern.get(folder.len() + 1..)?;
        let found = self.file_set(scope, folder, rest)?;
        let names =
            found.as_items()?.values.iter().filter_map(|it| Some(it.known_text()?.into_owned()));
        Some(names.map(|name| format!("{folder}/{name}")).collect())
    }

    /// Returns the documents of texts as the list or the map that the provider `kubectl` makes of them.
    fn manifests(&self, attribute: &str, texts: &[Data]) -> Option<Data> {
        let mut documents = Vec::new();
        let mut open = false;
        for text in texts {
            match &text.kind {
                Kind::Text(text) => documents.extend(decode_yaml(self, text)),
                Kind::Encoded(inner) => documents.push((**inner).clone()),
                _ => open = true,
            }
        }
        documents.retain(|document| !document.is_null());
        if documents.is_empty() && open {
            return None;
        }
        let encoded = |document: Data| {
            let spot = document.spot;
            Data { kind: Kind::Encoded(Rc::new(document)), spot, guess: false }
        };
        if attribute == "documents" {
            let items = documents.into_iter().map(encoded).collect();
            return Some(Data::new(Kind::list(items, open)));
        }
        let entry = |document: Data| MapEntry::at(self.link_of(&document), None, encoded(document));
        Some(Data::map(documents.into_iter().map(entry).collect(), open))
    }

    /// Returns the path in the API by which the provider tells manifests apart.
    fn link_of(&self, document: &Data) -> String {
        let word =
            |data: Data| data.known_text().map_or_else(String::new, std::borrow::Cow::into_owned);
        let of = |name: &str| word(self.get_attribute(document, name));
        let metadata = self.get_attribute(document, "metadata");
        let namespace = word(self.get_attribute(&metadata, "namespace"));
        let name = word(self.get_attribute(&metadata, "name"));
        let version = of("apiVersion");
        let root = if version.contains('/') { "apis" } else { "api" };
        let space =
            if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
        format!("/{root}/{version}{space}/{}s/{name}", of("kind").to_lowercase())
    }

    /// Merges YAML or JSON texts: maps key by key, of all else the later one counts.
    fn merged(&self, input: &Data, appends: bool) -> Option<Data> {
        let texts = input.as_items()?;
        let mut merged: Option<Data> = None;
        let mut open = texts.open;
        for text in &texts.values {
            let document = match &text.kind {
                Kind::Encoded(inner) => Some((**inner).clone()),
                Kind::Text(text) => decode_yaml(self, text).into_iter().next(),
                _ => None,
            };
            let Some(document) = document else {
                open = true;
                continue;
            };
            merged = Some(match merged {
                Some(before) => self.deep_merge(&before, &document, appends, 0),
                None => document,
            });
        }
        let merged = merged?;
        let merged = match merged.as_map() {
            Some(map) if open => Data::map(map.entries.clone(), true),
            _ => merged,
        };
        Some(Data::new(Kind::Encoded(Rc::new(merged))))
    }

    /// Recurses no deeper than [`MAX_MERGE`].
    fn deep_merge(&self, before: &Data, after: &Data, appends: bool, depth: usize) -> Data {
        if after.is_null() {
            return before.clone();
        }
        if let (Kind::List(first), Kind::List(second)) = (&before.kind, &after.kind)
            && appends
        {
            let items = first.values.iter().chain(&second.values).cloned().collect();
            return Data::new(Kind::list(items, first.open || second.open));
        }
        let (Some(first), Some(second)) = (before.as_map(), after.as_map()) else {
            return after.clone();
        };
        if depth >= MAX_MERGE || !self.spend(first.entries.len() + second.entries.len()) {
            return Data::unknown();
        }
        let mut entries = first.entries.clone();
        for entry in &second.entries {
            match first.get(&entry.key) {
                Some(known) => {
                    let value = self.deep_merge(&known.value, &entry.value, appends, depth + 1);
                    let is_same = value.spot == known.value.spot;
                    let from = if is_same { known } else { entry };
                    entries.push(MapEntry { value, ..from.clone() });
                }
                None => entries.push(entry.clone()),
            }
        }
        Data::map(entries, first.open || second.open)
    }
}
