//! The Secret that an `ExternalSecret` makes: its name, its template, its keys.
//!
//! Invariant: a key is only known when the operator would certainly write it.

use sealine_model::kubernetes::{Keys, RemoteRead, SecretTemplate, Target, TemplateText, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value, asked};
use sealine_source::{Place, TextRange};

use crate::manifest::names::{name_at, text_at};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};
use crate::manifest::secret::is_read_by_label;

/// What is read before the template.
pub(super) struct Sources<'a> {
    pub(super) reads: &'a [RemoteRead],
    /// Whether there are keys that cannot be told.
    pub(super) open: bool,
}

/// Returns the target of `spec`, and notes the Secrets that its template reads.
pub(super) fn read(
    object: &Object<'_>,
    spec: &Tree,
    name: &Value,
    sources: &Sources<'_>,
    reader: &Reader,
    out: &mut Facts,
) -> Target {
    let target = spec.get("target").unwrap_or(&Tree::Null);
    let own = name_at(target, "name");
    let place = own.as_ref().and_then(|_| target.get("name")?.place()).unwrap_or(&object.place);
    let asked = match own {
        Some(_) => target.entry("name").and_then(|entry| asked(&entry.place, place)),
        None => object.asked(),
    };
    let creation_policy = text_at(target, &["creationPolicy"]).unwrap_or_else(|| "Owner".into());
    let mut keys = Keys { known: source_keys(sources.reads), open: sources.open };
    let written = target.get("template").filter(|template| !matches!(template, Tree::Null));
    let template = written.map(|template| {
        let mut reading =
            Reading { object, reader, made: Keys::default(), found: SecretTemplate::default() };
        reading.template(template, out);
        reading.found.texts.shrink_to_fit();
        let merges = reading.found.merges || !has_texts(template);
        let source = std::mem::replace(&mut keys, reading.made);
        if merges {
            let new = source.known.into_iter().filter(|(name, _)| !has(&keys, name));
            let new: Vec<(String, Place)> = new.collect();
            keys.known.extend(new);
            keys.open |= source.open;
        }
        reading.found
    });
    // What others wrote into the Secret stays there.
    keys.known.shrink_to_fit();
    keys.open |= matches!(creation_policy.as_str(), "Merge" | "CreateOrMerge");
    Target {
        name: own.clone().unwrap_or_else(|| name.clone()),
        asked,
        place: place.clone(),
        creation_policy,
        deletion_policy: text_at(target, &["deletionPolicy"]).unwrap_or_else(|| "Retain".into()),
        manifest: target.get("manifest").and_then(|manifest| text_at(manifest, &["kind"])),
        // Without a template the Secret has the labels of its ExternalSecret.
        read_by_controller: is_read_by_label(written.unwrap_or(object.tree)),
        template,
        keys,
    }
}

fn has(keys: &Keys, name: &str) -> bool {
    keys.known.iter().any(|(known, _)| known == name)
}

fn source_keys(reads: &[RemoteRead]) -> Vec<(String, Place)> {
    reads.iter().filter_map(|read| read.secret_key.clone()).collect()
}

/// Returns whether the template writes keys of its own.
fn has_texts(template: &Tree) -> bool {
    let some = |part: &str| match template.get(part) {
        Some(Tree::Map(map)) => !map.entries.is_empty() || map.open,
        Some(Tree::List(items)) => !items.is_empty(),
        Some(Tree::Unknown) => true,
        _ => false,
    };
    some("data") || some("templateFrom")
}

/// Returns why the operator refuses a template: its Secret would be a credential of the cluster.
fn refused(template: &Tree) -> Option<(String, Place)> {
    const ACCOUNT: &str = "kubernetes.io/service-account.name";
    let place = template.get("type")?.place()?.clone();
    match text_at(template, &["type"])?.as_str() {
        kind @ "bootstrap.kubernetes.io/token" => Some((format!("type `{kind}`"), place)),
        kind @ "kubernetes.io/service-account-token" => {
            let annotations = template.at(&["metadata", "annotations"]).map(Tree::entries);
            let named = annotations.unwrap_or_default().iter().find(|entry| entry.key == ACCOUNT);
            if let Some(entry) = named {
                let why = format!("type `{kind}` with the annotation `{ACCOUNT}`");
                return Some((why, entry.place.clone()));
            }
            let from = template.get("templateFrom").map(Tree::items).unwrap_or_default();
            let target = |item: &Tree| item.get("target").and_then(Tree::text);
            let is_annotations = |target: String| target.eq_ignore_ascii_case("Annotations");
            let item = from.iter().find(|item| target(item).is_some_and(is_annotations))?;
            let place = item.get("target").and_then(Tree::place).cloned().unwrap_or(place);
            Some((format!("type `{kind}` with annotations from `templateFrom`"), place))
        }
        _ => None,
    }
}

/// A template while it is read.
struct Reading<'a> {
    object: &'a Object<'a>,
    reader: &'a Reader,
    made: Keys,
    found: SecretTemplate,
}

impl Reading<'_> {
    fn template(&mut self, template: &Tree, out: &mut Facts) {
        let default = if self.object.version == "v1alpha1" { "v1" } else { "v2" };
        let engine = text_at(template, &["engineVersion"]);
        self.found.engine = engine.unwrap_or_else(|| default.to_owned());
        self.found.merges = text_at(template, &["mergePolicy"]).as_deref() == Some("Merge");
        self.found.secret_type = text_at(template, &["type"]);
        self.found.refused = refused(template);
        for part in ["data", "templateFrom"] {
            if let Some(Tree::Unknown) = template.get(part) {
                self.unknown();
            }
        }
        for item in template.get("templateFrom").map(Tree::items).unwrap_or_default() {
            self.text_from(item, out);
        }
        if let Some(Tree::Map(map)) = template.get("data") {
            if map.open {
                self.unknown();
            }
            for entry in &map.entries {
                self.key(&entry.key, &entry.place);
                self.text(&entry.key, &entry.value);
            }
        }
        for part in ["annotations", "labels"] {
            let entries = template.at(&["metadata", part]).map(Tree::entries).unwrap_or_default();
            let templates = entries
                .iter()
                .filter(|entry| entry.value.text().is_some_and(|text| text.contains("{{")));
            for entry in templates {
                self.text(&format!("metadata.{part}.{}", entry.key), &entry.value);
            }
        }
    }

    /// One item of `templateFrom`.
    fn text_from(&mut self, item: &Tree, out: &mut Facts) {
        let target = text_at(item, &["target"]).unwrap_or_else(|| "Data".to_owned());
        let to_data = target.eq_ignore_ascii_case("data");
        if let Some(literal) = item.get("literal") {
            self.text("", literal);
            if to_data {
                self.keys_of_text(literal);
            }
        }
        if let Some(secret) = item.get("secret") {
            if let Some(read) = Read::of_map(secret, "name", "", UseKind::Copy) {
                note(self.reader, Read { key: None, ..read }, out);
            }
            self.found.opaque = true;
            self.made.open |= to_data;
        }
        if let Some(config_map) = item.get("configMap") {
            self.text_from_config_map(config_map, to_data);
        }
    }

    fn text_from_config_map(&mut self, config_map: &Tree, to_data: bool) {
        let name = text_at(config_map, &["name"]);
        let data = name.and_then(|name| self.object.context.config_maps.get(&name));
        for item in config_map.get("items").map(Tree::items).unwrap_or_default() {
            let key = text_at(item, &["key"]);
            let text = key.as_deref().and_then(|key| data?.get(key));
            let whole = text_at(item, &["templateAs"]).as_deref() == Some("KeysAndValues");
            match (key, text) {
                (Some(key), Some(text)) => {
                    self.text(if whole { "" } else { &key }, text);
                    if to_data && whole {
                        self.keys_of_text(text);
                    }
                }
                _ => self.found.opaque = true,
            }
            if !to_data || (whole && text.is_some()) {
                continue;
            }
            match item.get("key").and_then(|key| Some((key.text()?, key.place()?.clone()))) {
                Some((key, place)) if !whole => self.key(&key, &place),
                _ => self.made.open = true,
            }
        }
    }

    fn key(&mut self, name: &str, place: &Place) {
        if name.contains("{{") || name.contains("${") {
            self.made.open = true;
        } else if !has(&self.made, name) {
            self.made.known.push((name.to_owned(), place.clone()));
        }
    }

    fn unknown(&mut self) {
        self.made.open = true;
        self.found.opaque = true;
    }

    /// Adds the text of a template; one with holes cannot be judged.
    fn text(&mut self, key: &str, tree: &Tree) {
        match TemplateText::of(key, tree) {
            Some(text) => self.found.texts.push(text),
            None => self.found.opaque |= !matches!(tree, Tree::Null),
        }
    }

    /// Adds the keys of a text that is a map of keys once it is rendered: those of its lines that
    /// stand at the left, outside of actions.
    fn keys_of_text(&mut self, tree: &Tree) {
        let Some(text) = TemplateText::of("", tree) else {
            self.made.open = true;
            return;
        };
        let mut at = 0;
        for line in text.text.split_inclusive('\n') {
            match key_of_line(line.trim_end()) {
                Line::Key(key) => {
                    let offset = at + line.find(key).unwrap_or_default();
                    let range = TextRange::new(offset, offset + key.len());
                    self.key(key, &text.place_of(range));
                }
                Line::Other => {}
                Line::Action => self.made.open = true,
            }
            at += line.len();
        }
    }
}

enum Line<'a> {
    Key(&'a str),
    /// Part of a value, a comment, or empty.
    Other,
    /// May write any key.
    Action,
}

fn key_of_line(line: &str) -> Line<'_> {
    if line.starts_with([' ', '\t', '#']) || line.trim().is_empty() || line.starts_with("---") {
        return Line::Other;
    }
    let key = match line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, ""))) {
        Some((key, _)) if !key.contains("{{") => key.trim(),
        _ => return Line::Action,
    };
    let inner =
        ['"', '\''].into_iter().find_map(|quote| key.strip_prefix(quote)?.strip_suffix(quote));
    Line::Key(inner.unwrap_or(key))
}
