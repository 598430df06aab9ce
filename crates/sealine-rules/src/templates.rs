//! The templates of `ExternalSecret`s as rules look at them: parsed, with what they belong to.
//!
//! Invariant: a template whose text, engine or delimiters are not known gives nothing.

use sealine_model::kubernetes::{ExternalSecret, SecretTemplate, TemplateText};
use sealine_render::round_trip::{self, applied};
use sealine_render::surroundings::Surroundings;
use sealine_source::{Place, TextRange};
use sealine_template::{Functions, Template, TemplateError, parse};

pub(crate) use sealine_render::analysis::{
    Analysis, Counted, How, Part, Printed, Reference, analyse,
};

use crate::Context;

/// A template text with what it belongs to.
pub(crate) struct Judged<'a> {
    /// The `ExternalSecret`.
    pub(crate) external: &'a ExternalSecret,
    /// The text.
    pub(crate) text: &'a TemplateText,
    /// Its tree, or why it has none.
    pub(crate) parsed: Result<Template, Box<TemplateError>>,
}

impl Judged<'_> {
    /// Returns the position-free name of the text.
    pub(crate) fn subject(&self) -> String {
        let external = self.external;
        let key = if self.text.key.is_empty() { "literal" } else { &self.text.key };
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
    let Ok(parsed) = parse("uris", &text, Functions::eso()) else { return Tried::Unknown };
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
pub(crate) fn texts<'a>(context: &Context<'a>) -> impl Iterator<Item = Judged<'a>> {
    let all = context.facts.iter().flat_map(|facts| &facts.external_secrets);
    all.flat_map(texts_of)
}

/// Returns the texts of one `ExternalSecret` that are judged.
pub(crate) fn texts_of(external: &ExternalSecret) -> impl Iterator<Item = Judged<'_>> {
    let texts = judged(external).into_iter().flat_map(|template| &template.texts);
    texts.map(move |text| {
        let name = if text.key.is_empty() { "literal" } else { &text.key };
        Judged { external, text, parsed: parse(name, &text.text, Functions::eso()) }
    })
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
