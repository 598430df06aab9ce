//! From source data and a template to what the Secret of an `ExternalSecret` holds.
//!
//! Invariants: what the operator renders later wins, as there: `templateFrom` in its order, then
//! `data`; the objects that `templateFrom` names are the caller's to find. No message holds a value.

use std::collections::BTreeMap;

use sealine_source::TextRange;

use crate::budget::{Budget, Fuel};
use crate::error::{ErrorKind, TemplateError};
use crate::execute::{Options, execute};
use crate::functions::Functions;
use crate::origin::FileId;
use crate::set::Set;
use crate::source_keys::{Decoding, Values, decoded};
use crate::text::Text;
use crate::value::{Map, MapType, Value};

/// The template of an `ExternalSecret`.
#[derive(Clone, Debug, Default)]
pub struct SecretTemplate {
    /// What `templateFrom` names, one item after the other.
    pub from: Vec<Item>,
    /// Templates of values by key.
    pub data: BTreeMap<String, String>,
    /// Templates of labels.
    pub labels: BTreeMap<String, String>,
    /// Templates of annotations.
    pub annotations: BTreeMap<String, String>,
    /// Whether the source data stays beside what is rendered: `mergePolicy: Merge`.
    pub merges: bool,
}

/// One text that `templateFrom` names.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The key of a value; without one, the rendered text is YAML of keys and values.
    pub key: Option<String>,
    /// The template.
    pub text: String,
    /// Where what is rendered goes.
    pub target: Target,
    /// How rendered values are decoded: `valuesDecodingStrategy`.
    pub decoding: Decoding,
}

/// Where what is rendered goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Into the data of the Secret.
    #[default]
    Data,
    /// Among its annotations.
    Annotations,
    /// Among its labels.
    Labels,
}

/// What a Secret holds.
#[derive(Clone, Default)]
pub struct Secret {
    /// The values by key.
    pub data: Values,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The annotations.
    pub annotations: BTreeMap<String, String>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Secret({} keys)", self.data.len())
    }
}

/// A template among those of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// An item of `templateFrom`, by its index.
    From(usize),
    /// One of `data`, `labels` or `annotations`, by its key.
    Own(Target, String),
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrendered {
    /// The template.
    pub part: Part,
    /// The bytes of it that are to blame; none where the whole is.
    pub range: Option<TextRange>,
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// Whether the operator would refuse it, too; otherwise a limit was met, or what is wanted
    /// cannot be done here.
    pub is_final: bool,
    /// What is wrong.
    pub message: String,
}

/// Returns what the template makes of source data, over what the Secret holds already.
///
/// # Errors
///
/// Returns the first template that cannot be rendered; the operator then changes nothing at all.
pub fn secret(
    template: &SecretTemplate,
    source: &Values,
    existing: &Values,
) -> Result<Secret, Unrendered> {
    secret_within(template, source, existing, Budget::secret())
}

/// As [`secret`], with limits of its own for each template.
///
/// # Errors
///
/// As [`secret`].
pub fn secret_within(
    template: &SecretTemplate,
    source: &Values,
    existing: &Values,
    budget: Budget,
) -> Result<Secret, Unrendered> {
    let options = Options { budget, ..Options::eso() };
    let mut secret = Secret { data: existing.clone(), ..Secret::default() };
    let has_none = template.data.is_empty() && template.from.is_empty();
    if template.merges || has_none {
        secret.data.extend(source.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    let data = Map::new(MapType::Text);
    for (key, value) in source {
        data.set(key, Value::from(Text::from(value.clone())));
    }
    let data = Value::from(data);
    for (index, from) in template.from.iter().enumerate() {
        let part = Part::From(index);
        let name = from.key.as_deref().unwrap_or("template");
        let rendered = rendered(&part, name, &from.text, &data, &options)?;
        let values = match &from.key {
            Some(key) => vec![(key.clone(), rendered)],
            None => keys_and_values(part.clone(), rendered)?
                .into_iter()
                .map(|(key, value)| (key, value.into_bytes()))
                .collect(),
        };
        for (key, value) in values {
            let value = decoded(&value, from.decoding).map_err(|why| Unrendered {
                part: part.clone(),
                range: None,
                kind: ErrorKind::Execute,
                is_final: true,
                message: format!("failed to decode rendered template value for key {key}: {why}"),
            })?;
            put(&mut secret, from.target, key, value);
        }
    }
    let own = [
        (Target::Data, &template.data),
        (Target::Labels, &template.labels),
        (Target::Annotations, &template.annotations),
    ];
    for (target, texts) in own {
        for (key, text) in texts {
            let part = Part::Own(target, key.clone());
            let value = rendered(&part, key, text, &data, &options)?;
            put(&mut secret, target, key.clone(), value);
        }
    }
    Ok(secret)
}

fn put(secret: &mut Secret, target: Target, key: String, value: Vec<u8>) {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    match target {
        Target::Data => drop(secret.data.insert(key, value)),
        Target::Labels => drop(secret.labels.insert(key, text(&value))),
        Target::Annotations => drop(secret.annotations.insert(key, text(&value))),
    }
}

fn rendered(
    part: &Part,
    name: &str,
    text: &str,
    data: &Value,
    options: &Options,
) -> Result<Vec<u8>, Unrendered> {
    let unrendered = |error: Box<TemplateError>| Unrendered {
        part: part.clone(),
        range: Some(error.range),
        kind: error.kind,
        is_final: !matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Budget),
        message: error.to_string(),
    };
    let template = crate::parse(name, text, Functions::eso()).map_err(unrendered)?;
    let set = Set::of(FileId(0), template);
    let rendered = execute(&set, name, data, options).map_err(unrendered)?;
    Ok(rendered.bytes.unwrap_or_else(|| rendered.text.into_bytes()))
}

/// Returns the entries of rendered YAML, whose scalars become what YAML 1.1 takes them for.
fn keys_and_values(part: Part, rendered: Vec<u8>) -> Result<Vec<(String, String)>, Unrendered> {
    let mut fuel = Fuel::new(Budget::secret());
    crate::read::flat_yaml(&Text::from(rendered), &mut fuel).map_err(|failure| Unrendered {
        part,
        range: None,
        kind: failure.kind,
        is_final: failure.kind == ErrorKind::Execute,
        message: format!(
            "could not unmarshal template to 'map[string][]byte': {}",
            failure.message
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered_values_are_decoded_as_their_source_says() {
        let source = Values::from([("a".to_owned(), b"aHVudGVy".to_vec())]);
        let item = |key: Option<&str>, text: &str, decoding| Item {
            key: key.map(str::to_owned),
            text: text.to_owned(),
            target: Target::Data,
            decoding,
        };
        let made = |items: Vec<Item>| {
            let template = SecretTemplate { from: items, ..SecretTemplate::default() };
            secret(&template, &source, &Values::new())
        };
        let both = made(vec![
            item(Some("one"), "{{ .a }}", Decoding::Base64),
            item(None, "two: {{ .a }}\nthree: plain text", Decoding::Auto),
        ]);
        let data = both.expect("it renders").data;
        assert_eq!(data["one"], b"hunter");
        assert_eq!(data["two"], b"hunter");
        assert_eq!(data["three"], b"plain text");
        let refused =
            made(vec![item(Some("one"), "no!", Decoding::Base64)]).expect_err("no base64");
        assert!(
            refused.message.starts_with("failed to decode rendered template value for key one")
        );
        assert!(refused.is_final && !refused.message.contains("no!"));
    }
}
