//! The template of an `ExternalSecret`, with the texts that it takes from elsewhere.
//!
//! Invariant: each text keeps its places, so that a fault inside it leads to the line that a person
//! edits.

use std::collections::BTreeMap;

use base64::Engine as _;
use sealine_model::SecretValue;
use sealine_model::kubernetes::{ExternalSecret, TemplateText};
use sealine_model::tree::Tree;
use sealine_source::Place;
use sealine_template::source_keys::Decoding;
use sealine_template::target::{Item, Part, SecretTemplate, Target};
use sealine_yaml::Node;

use crate::Unusable;
use crate::fault::{Fault, known};
use crate::object;

/// Objects that `templateFrom` names and that were given by hand.
#[derive(Debug, Default)]
pub struct Given {
    /// The `data` of `ConfigMap`s by name.
    pub config_maps: BTreeMap<String, BTreeMap<String, String>>,
    /// The values of Secrets by name.
    pub secrets: BTreeMap<String, BTreeMap<String, SecretValue>>,
}

impl Given {
    /// Adds the `ConfigMap` or Secret that a manifest declares.
    ///
    /// # Errors
    ///
    /// Returns what the manifest is not.
    pub fn add(&mut self, kind: &str, manifest: &str) -> Result<(), Unusable> {
        let unusable = |message: String| Unusable { line: None, message };
        let parsed = sealine_yaml::parse(manifest);
        let is_kind = |root: &&Node| root.str_at(&["kind"]).is_none_or(|found| found == kind);
        let named = parsed
            .root()
            .filter(is_kind)
            .and_then(|root| Some((root.str_at(&["metadata", "name"])?.to_owned(), root)));
        let Some((name, root)) = named else {
            return Err(unusable(format!("this is no {kind} with a name")));
        };
        let texts = |part: &str| -> Vec<(String, String)> {
            let entries = root.get(part).into_iter().flat_map(Node::entries);
            let text = |entry: &sealine_yaml::Entry| {
                let value = entry.value.as_str().unwrap_or_default();
                Some((entry.key.as_str()?.to_owned(), value.to_owned()))
            };
            entries.filter_map(text).collect()
        };
        if kind == "ConfigMap" {
            self.config_maps.insert(name, texts("data").into_iter().collect());
            return Ok(());
        }
        let mut values = BTreeMap::new();
        for (key, text) in texts("data") {
            let value = base64::engine::general_purpose::STANDARD.decode(text.trim());
            let value =
                value.map_err(|_| unusable(format!("the value of `{key}` is not in base64")))?;
            values.insert(key, SecretValue::new(value));
        }
        let plain = texts("stringData").into_iter();
        values.extend(plain.map(|(key, text)| (key, SecretValue::new(text))));
        self.secrets.insert(name, values);
        Ok(())
    }
}

/// A template with its texts and their places.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// As the engine wants it.
    pub(crate) template: SecretTemplate,
    /// The text of each item of `templateFrom`.
    from: Vec<Source>,
    /// The other texts.
    own: Vec<(Target, TemplateText)>,
}

/// Where the text of an item of `templateFrom` comes from, and where what it renders to goes.
#[derive(Debug)]
struct Source {
    text: Text,
    /// Whether it stands in the item itself.
    is_literal: bool,
    /// A field of an object that is no Secret.
    field: Option<Field>,
}

/// A field of an object that is no Secret, into which a rendered text goes.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The path, as written.
    pub(crate) path: String,
    /// Where that stands.
    pub(crate) place: Place,
}

/// A text, and where it stands as far as that is a file of the project.
#[derive(Debug)]
enum Text {
    Known(TemplateText),
    /// It was given by hand; the item that names it stands here.
    Elsewhere(Place),
}

impl Read {
    /// Returns the text of a part when it stands in the project.
    pub(crate) fn text(&self, part: &Part) -> Option<&TemplateText> {
        match part {
            Part::From(index) => match &self.from.get(*index)?.text {
                Text::Known(text) => Some(text),
                Text::Elsewhere(_) => None,
            },
            Part::Own(target, key) => {
                let found = self.own.iter().find(|(own, text)| own == target && text.key == *key);
                found.map(|(_, text)| text)
            }
        }
    }

    /// Returns where a part stands, or is named.
    pub(crate) fn place(&self, part: &Part) -> Option<&Place> {
        match (self.text(part), part) {
            (Some(text), _) => Some(&text.place),
            (None, Part::From(index)) => match &self.from.get(*index)?.text {
                Text::Elsewhere(place) => Some(place),
                Text::Known(_) => None,
            },
            (None, Part::Own(..)) => None,
        }
    }

    /// Returns the field that an item of `templateFrom` goes into.
    pub(crate) fn field(&self, index: usize) -> Option<&Field> {
        self.from.get(index)?.field.as_ref()
    }

    /// Whether the text of an item stands in the item itself.
    pub(crate) fn is_literal(&self, index: usize) -> bool {
        self.from.get(index).is_some_and(|source| source.is_literal)
    }

    /// Returns the texts of the project whose result goes into the data: those of `templateFrom`
    /// first. One that is read as keys and values has no key.
    pub(crate) fn data_texts(&self) -> impl Iterator<Item = &TemplateText> {
        let from = self.template.from.iter().zip(&self.from);
        let from = from.filter(|(_, source)| source.field.is_none());
        let from = from.filter_map(|(item, source)| match &source.text {
            Text::Known(text) if item.target == Target::Data => Some(text),
            _ => None,
        });
        let own = self.own.iter().filter(|(target, _)| *target == Target::Data);
        from.chain(own.map(|(_, text)| text))
    }
}

/// Reads the template of an `ExternalSecret`; nothing where it has none.
pub(crate) fn read(external: &ExternalSecret, given: &Given) -> Result<Option<Read>, Fault> {
    let spec = &external.written().spec;
    let Some(tree) = spec.at(&["target", "template"]) else { return Ok(None) };
    if matches!(tree, Tree::Null) {
        return Ok(None);
    }
    let default = if external.version == "v1alpha1" { "v1" } else { "v2" };
    let engine = known(external, tree, &["engineVersion"])?;
    if engine.as_deref().unwrap_or(default) != "v2" {
        let message = "only templates of engine version `v2` are rendered";
        return Err(Fault::unknown(&external.place, message));
    }
    let mut read = Read::default();
    read.template.merges = known(external, tree, &["mergePolicy"])?.as_deref() == Some("Merge");
    if let Some(Tree::Unknown) = tree.get("templateFrom") {
        return Err(Fault::unknown(&external.place, "`templateFrom` is not known"));
    }
    for item in tree.get("templateFrom").map(Tree::items).unwrap_or_default() {
        from(external, item, given, &mut read)?;
    }
    let parts = [
        (Target::Data, tree.get("data")),
        (Target::Labels, tree.at(&["metadata", "labels"])),
        (Target::Annotations, tree.at(&["metadata", "annotations"])),
    ];
    for (target, part) in parts {
        if let Some(Tree::Unknown) = part {
            return Err(Fault::unknown(&external.place, "the template is not known"));
        }
        for entry in part.map(Tree::entries).unwrap_or_default() {
            let text = text_of(&entry.key, &entry.value, &entry.place)?;
            let texts = match target {
                Target::Data => &mut read.template.data,
                Target::Labels => &mut read.template.labels,
                Target::Annotations => &mut read.template.annotations,
            };
            texts.insert(entry.key.to_string(), text.text.clone());
            read.own.push((target, text));
        }
    }
    Ok(Some(read))
}

fn text_of(key: &str, tree: &Tree, place: &Place) -> Result<TemplateText, Fault> {
    let unknown = || {
        let message = format!("the template of `{key}` is not known from the files");
        Fault::unknown(tree.place().unwrap_or(place), message)
    };
    if let Tree::Null = tree {
        return Ok(TemplateText {
            key: key.to_owned(),
            text: String::new(),
            place: place.clone(),
            segments: Vec::new(),
            quotes: sealine_model::kubernetes::Quotes::Unknown,
        });
    }
    TemplateText::of(key, tree).ok_or_else(unknown)
}

/// One item of `templateFrom`.
fn from(
    external: &ExternalSecret,
    item: &Tree,
    given: &Given,
    read: &mut Read,
) -> Result<(), Fault> {
    let path = known(external, item, &["target"])?.filter(|path| !path.is_empty());
    let (target, field) = match path.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("data") => (Target::Data, None),
        Some("annotations") => (Target::Annotations, None),
        Some("labels") => (Target::Labels, None),
        Some(_) => {
            let place = item.get("target").and_then(Tree::place).unwrap_or(&external.place);
            let path = path.unwrap_or_default();
            if !object::is_wanted(external) {
                let message = format!("`{path}` is no field of a Secret that a template may set");
                return Err(Fault::refused(place, message));
            }
            (Target::Data, Some(Field { path, place: place.clone() }))
        }
    };
    let decoding = known(external, item, &["valuesDecodingStrategy"])?;
    let decoding = Decoding::named(decoding.as_deref().unwrap_or_default());
    if let Some(literal) = item.get("literal") {
        let text = text_of("", literal, &external.place)?;
        // What goes into a field is no map of texts; the text is wanted as it is.
        let key = field.is_some().then(|| "template".to_owned());
        read.template.from.push(Item { key, text: text.text.clone(), target, decoding });
        read.from.push(Source { text: Text::Known(text), is_literal: true, field: field.clone() });
    }
    for (kind, word) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
        let Some(object) = item.get(kind) else { continue };
        let place = object.get("name").and_then(Tree::place).unwrap_or(&external.place);
        let name = known(external, object, &["name"])?.unwrap_or_default();
        for item in object.get("items").map(Tree::items).unwrap_or_default() {
            let key = known(external, item, &["key"])?.unwrap_or_default();
            let whole = known(external, item, &["templateAs"])?;
            let whole = whole.as_deref() == Some("KeysAndValues");
            let (text, known) = match found(external, given, kind, &name, &key, place)? {
                Found::Tree(text) => {
                    let key = if whole { String::new() } else { text.key };
                    let text = TemplateText { key, ..text };
                    (text.text.clone(), Text::Known(text))
                }
                Found::Text(text) => (text, Text::Elsewhere(place.clone())),
                Found::NoKey => {
                    let message = format!("the {word} `{name}` has no key `{key}`");
                    return Err(Fault::refused(place, message));
                }
                Found::Nothing => {
                    let flag = if kind == "secret" { "secret" } else { "config-map" };
                    let message = format!(
                        "the {word} `{name}` is not known (`--template-from-{flag}` gives it)"
                    );
                    return Err(Fault::unknown(place, message));
                }
            };
            let item_key = (!whole).then(|| key.clone());
            read.template.from.push(Item { key: item_key, text, target, decoding });
            read.from.push(Source { text: known, is_literal: false, field: field.clone() });
        }
    }
    Ok(())
}

enum Found {
    /// In the project.
    Tree(TemplateText),
    /// Given by hand.
    Text(String),
    /// The object has no such key.
    NoKey,
    /// There is no such object.
    Nothing,
}

fn found(
    external: &ExternalSecret,
    given: &Given,
    kind: &str,
    name: &str,
    key: &str,
    place: &Place,
) -> Result<Found, Fault> {
    if kind == "secret" {
        let secret = given.secrets.get(name);
        return Ok(match secret.map(|secret| secret.get(key)) {
            None => Found::Nothing,
            Some(None) => Found::NoKey,
            Some(Some(value)) => Found::Text(String::from_utf8_lossy(value.expose()).into_owned()),
        });
    }
    if let Some(data) = given.config_maps.get(name) {
        return Ok(data.get(key).map_or(Found::NoKey, |text| Found::Text(text.clone())));
    }
    let delivered = external.written().config_maps.iter().find(|(known, _)| known == name);
    Ok(match delivered {
        None => Found::Nothing,
        Some((_, data)) => match data.get(key) {
            Some(tree) => Found::Tree(text_of(key, tree, place)?),
            None if matches!(data, Tree::Map(map) if !map.open) => Found::NoKey,
            None => Found::Nothing,
        },
    })
}
