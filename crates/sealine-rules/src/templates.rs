//! The templates of `ExternalSecret`s as rules look at them: parsed, with what they belong to.
//!
//! Invariant: a template whose text, engine or delimiters are not known gives nothing.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use sealine_model::Facts;
use sealine_model::graph::FactId;
use sealine_model::kubernetes::{ExternalSecret, SecretTemplate, TemplateText};
use sealine_render::round_trip::{self, applied};
use sealine_render::surroundings::Surroundings;
use sealine_source::{Place, TextRange};
use sealine_template::{Functions, Template, TemplateError, parse};

pub(crate) use sealine_render::analysis::{
    Analysis, Counted, How, Part, Printed, Reference, analyse,
};

use crate::Context;
use crate::shelf::Shelf;

/// All texts that are judged, in the order of the facts. A dozen rules look at each of them, so that
/// each is parsed once, however many `ExternalSecret`s have it: overlays repeat their base.
#[derive(Debug)]
pub struct Templates<'a> {
    texts: Vec<Judged<'a>>,
}

impl<'a> Templates<'a> {
    /// Parses the templates of these facts. What only shows how one may look is left out.
    pub fn of(facts: &'a [Facts], shelf: &Shelf<'_>) -> Self {
        let texts = facts.iter().enumerate().flat_map(|(unit, facts)| {
            let all = facts.external_secrets.iter().enumerate();
            let all =
                all.filter(|(_, external)| !shelf.is_sample(&external.scope, &external.place));
            all.flat_map(move |(item, external)| texts_of(FactId { unit, item }, external))
        });
        let mut places = HashMap::new();
        let mut distinct = Vec::new();
        let texts = texts.map(|(id, external, text)| {
            let place =
                places.entry((name_of(text), text.text.as_str())).or_insert_with_key(|key| {
                    distinct.push(*key);
                    distinct.len() - 1
                });
            (id, external, text, *place)
        });
        let texts: Vec<_> = texts.collect();
        let read = distinct.par_iter().map(|(name, text)| Arc::new(Read::of(name, text)));
        let read: Vec<Arc<Result<Read, Box<TemplateError>>>> = read.collect();
        let texts = texts.into_iter().filter_map(|(id, external, text, place)| {
            Some(Judged { id, external, text, read: Arc::clone(read.get(place)?) })
        });
        Self { texts: texts.collect() }
    }

    /// Returns the texts of each `ExternalSecret` that has some.
    pub(crate) fn by_external(&self) -> impl Iterator<Item = (&'a ExternalSecret, &[Judged<'a>])> {
        let all = self.texts.chunk_by(|one, two| one.id == two.id);
        all.filter_map(|texts| Some((texts.first()?.external, texts)))
    }
}

/// A template text with what it belongs to.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    /// The index of the `ExternalSecret`.
    pub(crate) id: FactId,
    /// The `ExternalSecret`.
    pub(crate) external: &'a ExternalSecret,
    /// The text.
    pub(crate) text: &'a TemplateText,
    read: Arc<Result<Read, Box<TemplateError>>>,
}

/// What a text says.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its tree.
    pub(crate) template: Template,
    /// What it reads and prints.
    pub(crate) analysis: Analysis,
}

impl Read {
    /// Reads the text of this name.
    pub(crate) fn of(name: &str, text: &str) -> Result<Self, Box<TemplateError>> {
        let template = parse(name, text, Functions::eso())?;
        Ok(Self { analysis: analyse(&template), template })
    }
}

impl Judged<'_> {
    /// Returns what the text says.
    ///
    /// # Errors
    ///
    /// When the text does not parse, and where.
    pub(crate) fn read(&self) -> Result<&Read, &TemplateError> {
        self.read.as_ref().as_ref().map_err(AsRef::as_ref)
    }

    /// Returns the position-free name of the text.
    pub(crate) fn subject(&self) -> String {
        let external = self.external;
        let key = name_of(self.text);
        format!("external-secret/{}/{}#{key}", external.scope.namespace, external.name)
    }

    /// Returns what the text is, for people.
    pub(crate) fn label(&self) -> String {
        if self.text.key.is_empty() {
            format!("the literal of `{}`", self.external.name)
        } else {
            format!("the template of `{}`", self.text.key)
        }
    }
}

/// What trying a text out says of some of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// Their values arrive, whatever they are.
    Passes,
    /// They may not.
    Fails,
    /// Nobody knows who reads the text.
    Unknown,
}

/// Tries a text out with these changes, in the order of the text, and says what becomes of the keys.
pub(crate) fn tried(
    judged: &Judged<'_>,
    changes: &[(TextRange, String)],
    keys: &[String],
) -> Tried {
    let Some(text) = applied(&judged.text.text, changes) else { return Tried::Unknown };
    let external = judged.external;
    let own = external.reads.iter().filter_map(|read| Some(read.secret_key.as_ref()?.0.clone()));
    let source_keys: Vec<String> = own.collect();
    let template = external.target.template.as_ref();
    said(
        &round_trip::Text {
            key: &judged.text.key,
            text: &text,
            secret_type: template.and_then(|template| template.secret_type.as_deref()),
            source_keys: &source_keys,
        },
        keys,
    )
}

/// As [`tried`], of each URI in the text by itself.
pub(crate) fn tried_in_uris(
    judged: &Judged<'_>,
    changes: &[(TextRange, String)],
    keys: &[String],
) -> Tried {
    let text = applied(&judged.text.text, changes);
    let Some(text) = text else { return Tried::Unknown };
    let Ok(parsed) = parse("uris", text.as_str(), Functions::eso()) else { return Tried::Unknown };
    let analysis = analyse(&parsed);
    let mut all = Tried::Unknown;
    for uri in Surroundings::new(&text, &analysis).uris(&text) {
        let one = round_trip::Text { key: "URI", text: &uri, secret_type: None, source_keys: &[] };
        match said(&one, keys) {
            Tried::Fails => return Tried::Fails,
            Tried::Passes => all = Tried::Passes,
            Tried::Unknown => {}
        }
    }
    all
}

fn said(text: &round_trip::Text<'_>, keys: &[String]) -> Tried {
    match round_trip::arrive(text, keys) {
        None => Tried::Unknown,
        Some(true) => Tried::Passes,
        Some(false) => Tried::Fails,
    }
}

/// Returns the template of an `ExternalSecret`, when its engine is the one that is judged.
pub(crate) fn judged(external: &ExternalSecret) -> Option<&SecretTemplate> {
    external.target.template.as_ref().filter(|template| template.engine == "v2")
}

/// Returns all texts that are judged.
pub(crate) fn texts<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a Judged<'a>> {
    context.templates.texts.iter()
}

/// Returns all texts that can be read, with what they say.
pub(crate) fn read_texts<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'a Judged<'a>, &'a Read)> {
    texts(context).filter_map(|text| Some((text, text.read().ok()?)))
}

/// Returns the texts of one `ExternalSecret` that are judged.
fn texts_of(
    id: FactId,
    external: &ExternalSecret,
) -> impl Iterator<Item = (FactId, &ExternalSecret, &TemplateText)> {
    let texts = judged(external).into_iter().flat_map(|template| &template.texts);
    texts.map(move |text| (id, external, text))
}

/// Returns the name of a text: its key.
fn name_of(text: &TemplateText) -> &str {
    if text.key.is_empty() { "literal" } else { &text.key }
}

/// Returns what a template prints.
pub(crate) fn printed(analysis: &Analysis) -> impl Iterator<Item = &Printed> {
    analysis.parts.iter().filter_map(|part| match part {
        Part::Printed(printed) => Some(printed),
        Part::Literal(_) => None,
    })
}

/// Returns the keys of the source map, with their places, when all of them are known.
pub(crate) fn source_keys(external: &ExternalSecret) -> Option<Vec<(&str, &Place)>> {
    let keys = external.reads.iter().filter_map(|read| read.secret_key.as_ref());
    (!external.open_keys).then(|| keys.map(|(key, place)| (key.as_str(), place)).collect())
}

/// Returns the places of these keys of the source map.
pub(crate) fn key_places<'a>(
    external: &'a ExternalSecret,
    keys: &[String],
) -> impl Iterator<Item = (&'a str, &'a Place)> {
    let all = external.reads.iter().filter_map(|read| read.secret_key.as_ref());
    all.filter(|(key, _)| keys.contains(key)).map(|(key, place)| (key.as_str(), place))
}

/// Returns whether a key can be read as `.key`.
pub(crate) fn is_identifier(key: &str) -> bool {
    !key.starts_with(|c: char| c.is_ascii_digit())
        && key.chars().all(|c| c == '_' || c.is_alphanumeric())
}
