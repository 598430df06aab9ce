//! One `ExternalSecret` carried out: fetch, template, Secret.
//!
//! Invariant: either the whole Secret is made or nothing is, as with the operator.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::kubernetes::{ExternalSecret, TemplateText};
use sealine_model::tree::Tree;
use sealine_model::{SecretValue, Value};
use sealine_template::ErrorKind;
use sealine_template::source_keys::Values;
use sealine_template::target::{Secret, SecretTemplate, Target, Unrendered, secret};

use crate::fault::{Fault, known};
use crate::object::{self, Object};
use crate::round_trip::{self, Verdict};
use crate::template::{self, Given, Read};
use crate::vault::Vault;
use crate::{certain, sample, source};

/// Where the values come from.
#[derive(Debug)]
pub enum Data<'a> {
    /// What the vault holds.
    Vault(&'a Vault),
    /// What was fetched, by the keys that templates read.
    Source(&'a BTreeMap<String, SecretValue>),
    /// Made up: the same each time.
    Sample,
}

/// What an `ExternalSecret` comes to.
#[derive(Debug)]
pub enum Made {
    /// A Secret.
    Secret(Box<Rendered>),
    /// What its manifest target says.
    Object(Box<Object>),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// The Secret that is made.
#[derive(Debug)]
pub struct Rendered {
    /// Its name.
    pub name: String,
    /// Its namespace, where that is known.
    pub namespace: Option<String>,
    /// Its type, when the template says one.
    pub secret_type: Option<String>,
    /// Whether it can be changed once it is made.
    pub immutable: bool,
    /// The labels.
    pub labels: BTreeMap<String, SecretValue>,
    /// The annotations.
    pub annotations: BTreeMap<String, SecretValue>,
    /// The labels and annotations that stand in the manifest as they are.
    pub plain: BTreeSet<String>,
    /// The finalizers.
    pub finalizers: Vec<String>,
    /// The values.
    pub data: BTreeMap<String, SecretValue>,
    /// Whether it becomes part of a Secret that is there.
    pub joins: bool,
}

/// Renders what an `ExternalSecret` produces.
///
/// # Errors
///
/// Returns why the operator would make nothing, or what is not known here.
pub fn render(external: &ExternalSecret, data: &Data<'_>, given: &Given) -> Result<Made, Fault> {
    if external.target.creation_policy == "None" {
        return Ok(Made::Nothing("its creation policy is `None`"));
    }
    let read = template::read(external, given)?;
    let values = match data {
        Data::Vault(vault) => {
            let fetched = source::fetch(external, vault)?;
            if !fetched.any && external.target.deletion_policy == "Delete" {
                return Ok(Made::Nothing("nothing it reads is there, and its policy is `Delete`"));
            }
            fetched.values
        }
        Data::Source(values) => {
            values.iter().map(|(key, value)| (key.clone(), value.expose().to_vec())).collect()
        }
        Data::Sample => sample::values(external, read.as_ref()),
    };
    let invented = matches!(data, Data::Sample);
    if object::is_wanted(external) {
        let made = object::make(external, read.as_ref(), &values, invented)?;
        return Ok(Made::Object(Box::new(made)));
    }
    let template = external.target.template.as_ref();
    if let Some((why, place)) = template.and_then(|template| template.refused.as_ref()) {
        return Err(Fault::refused(place, format!("the operator refuses {why}")));
    }
    let none = SecretTemplate::default();
    let wanted = read.as_ref().map_or(&none, |read| &read.template);
    let made = secret(wanted, &values, &Values::new()).map_err(|unrendered| {
        judged(external, read.as_ref(), unrendered, invented.then_some(&values))
    })?;
    rendered(external, read.as_ref(), made).map(|made| Made::Secret(Box::new(made)))
}

/// Tries each template out whose result goes into the data: with the key that it is, and what came
/// of it.
///
/// # Errors
///
/// Returns what is not known of the templates.
pub fn round_trips(
    external: &ExternalSecret,
    given: &Given,
) -> Result<Vec<(TemplateText, Verdict)>, Fault> {
    let Some(read) = template::read(external, given)? else { return Ok(Vec::new()) };
    let secret_type = external.target.template.as_ref();
    let secret_type = secret_type.and_then(|template| template.secret_type.as_deref());
    let own = external.reads.iter().filter_map(|read| Some(read.secret_key.as_ref()?.0.clone()));
    let source_keys: Vec<String> = own.collect();
    let texts = read.data_texts().map(|text| {
        let judged = round_trip::Text {
            key: &text.key,
            text: &text.text,
            secret_type,
            source_keys: &source_keys,
        };
        (text.clone(), round_trip::check(&judged))
    });
    Ok(texts.collect())
}

/// Returns the fault of a template that was rendered with `invented` values, or with real ones.
pub(crate) fn judged(
    external: &ExternalSecret,
    read: Option<&Read>,
    unrendered: Unrendered,
    invented: Option<&Values>,
) -> Fault {
    // Other values might pass, unless the template itself is wrong.
    let is_certain = |values: &Values| {
        let text = read.and_then(|read| read.text(&unrendered.part));
        let text = text.map(|text| text.text.as_str()).unwrap_or_default();
        let missing = unrendered.message.contains("map has no entry for key");
        unrendered.kind == ErrorKind::Parse
            || (missing && !certain::is_of_value(text, unrendered.range))
            || certain::fails_always(text, &unrendered, values)
    };
    let is_certain = invented.is_none_or(is_certain);
    let fault = fault(external, read, unrendered);
    Fault { is_final: fault.is_final && is_certain, ..fault }
}

/// Returns the fault of a template, at the bytes that are to blame.
pub(crate) fn fault(
    external: &ExternalSecret,
    read: Option<&Read>,
    unrendered: Unrendered,
) -> Fault {
    let Unrendered { part, range, is_final, message, .. } = unrendered;
    let text = read.and_then(|read| read.text(&part));
    let place = match (text, range) {
        (Some(text), Some(range)) => text.place_of(range),
        _ => read.and_then(|read| read.place(&part)).unwrap_or(&external.place).clone(),
    };
    let key = text.map(|text| text.key.clone()).filter(|key| !key.is_empty());
    Fault { place, key, is_final, message }
}

fn rendered(
    external: &ExternalSecret,
    read: Option<&Read>,
    made: Secret,
) -> Result<Rendered, Fault> {
    let spec = &external.written().spec;
    let target = &external.target;
    let name = target.name.text().ok_or_else(|| {
        Fault::unknown(&target.place, "the name of the Secret is not known from the files")
    })?;
    let finalizers = spec.at(&["target", "template", "metadata", "finalizers"]);
    let mut plain = BTreeSet::new();
    let (labels, annotations) = match read {
        // Without a template, its own ones are copied.
        None => {
            let (labels, annotations) = (own(external, "labels"), own(external, "annotations"));
            plain.extend(labels.keys().chain(annotations.keys()).cloned());
            (labels, annotations)
        }
        Some(read) => {
            let is_plain = |text: &str| !text.contains("{{");
            let written = read.template.labels.iter().chain(&read.template.annotations);
            plain.extend(written.filter(|(_, text)| is_plain(text)).map(|(key, _)| key.clone()));
            let targets = read.template.from.iter().map(|item| item.target);
            if targets.into_iter().any(|target| target != Target::Data) {
                plain.clear();
            }
            (made.labels, made.annotations)
        }
    };
    let covered = |texts: BTreeMap<String, String>| {
        texts.into_iter().map(|(key, text)| (key, SecretValue::new(text))).collect()
    };
    Ok(Rendered {
        name,
        namespace: external.scope.namespace.text().filter(|text| !text.is_empty()),
        secret_type: known(external, spec, &["target", "template", "type"])?,
        immutable: known(external, spec, &["target", "immutable"])?.as_deref() == Some("true"),
        labels: covered(labels),
        annotations: covered(annotations),
        plain,
        finalizers: finalizers
            .map(Tree::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Tree::text)
            .collect(),
        data: made.data.into_iter().map(|(key, value)| (key, SecretValue::new(value))).collect(),
        joins: matches!(target.creation_policy.as_str(), "Merge" | "CreateOrMerge"),
    })
}

/// The labels or annotations of the `ExternalSecret` itself; what is not known of one is `*`.
pub(crate) fn own(external: &ExternalSecret, part: &str) -> BTreeMap<String, String> {
    let entries = external.written().metadata.get(part).map(Tree::entries).unwrap_or_default();
    let mut texts = BTreeMap::new();
    for entry in entries {
        if entry.key == "kubectl.kubernetes.io/last-applied-configuration" {
            continue;
        }
        let text = entry.value.value().map(Value::pattern).unwrap_or_default();
        texts.insert(entry.key.to_string(), text);
    }
    texts
}
