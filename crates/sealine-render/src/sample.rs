//! Values that are made up: plausible for their key, and the same each time.
//!
//! Invariant: a sample says in its text what it is, so that nobody takes it for a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use sealine_model::kubernetes::ExternalSecret;
use sealine_model::tree::Tree;
use sealine_template::Budget;
use sealine_template::source_keys::Values;
use sealine_template::target::{SecretTemplate, secret_within};
use serde_json::{Map, Value as Json};

use crate::template::Read;

/// How often what is missing may be added.
const ROUNDS: usize = 64;

/// What a template may use that is rendered again and again: ordinary ones take a hundredth of it.
pub(crate) const SMALL: Budget =
    Budget { steps: 1 << 15, output_bytes: 1 << 20, total_bytes: 8 << 20, depth: 100 };

/// Returns source data for an `ExternalSecret`: its own keys, and those that its templates read.
pub(crate) fn values(external: &ExternalSecret, read: Option<&Read>) -> Values {
    let mut values = Values::new();
    let data = external.written().spec.get("data").map(Tree::items).unwrap_or_default();
    for key in data.iter().filter_map(|item| item.get("secretKey")?.text()) {
        values.insert(key.clone(), text(&key).into_bytes());
    }
    if let Some(read) = read {
        fill(&mut values, &read.template, external.open_keys, text);
    }
    if values.is_empty() && external.open_keys {
        values.insert("value".to_owned(), text("value").into_bytes());
    }
    values
}

/// Adds what a template misses, as its errors name it: fields of values that it reads as JSON, and
/// keys where there may be more of them.
pub(crate) fn fill(
    values: &mut Values,
    template: &SecretTemplate,
    adds_keys: bool,
    text: impl Fn(&str) -> String,
) {
    let objects = read_as_json(template);
    let mut fields = BTreeSet::new();
    let object = |fields: &BTreeSet<String>| {
        let fields = fields.iter().map(|field| (field.clone(), Json::from(text(field))));
        Json::Object(fields.collect::<Map<String, Json>>()).to_string().into_bytes()
    };
    for key in &objects {
        values.insert(key.clone(), object(&fields));
    }
    for _ in 0..ROUNDS {
        let made = secret_within(template, values, &Values::new(), SMALL);
        let Err(unrendered) = made else { return };
        let Some(missing) = missing_key(&unrendered.message) else { return };
        if !objects.is_empty() && fields.insert(missing.to_owned()) {
            for key in &objects {
                values.insert(key.clone(), object(&fields));
            }
        } else if !adds_keys || values.contains_key(missing) {
            return;
        } else {
            values.insert(missing.to_owned(), text(missing).into_bytes());
        }
    }
}

/// Returns the key that an error says is missing.
fn missing_key(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("map has no entry for key \"")?;
    rest.split('"').next()
}

/// Returns the keys whose values are read as JSON or YAML.
fn read_as_json(template: &SecretTemplate) -> BTreeSet<String> {
    static READERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let expressions = [
            r#"\.([A-Za-z_][A-Za-z0-9_]*)\s*\|\s*(?:must)?[fF]rom(?:Json|Yaml)\b"#,
            r#"index\s+\.\s+"([^"]+)"\s*\)?\s*\|\s*(?:must)?[fF]rom(?:Json|Yaml)\b"#,
            r#"\b(?:mustF|f)rom(?:Json|Yaml)\s+\.([A-Za-z_][A-Za-z0-9_]*)"#,
        ];
        expressions.iter().filter_map(|expression| Regex::new(expression).ok()).collect()
    });
    let from = template.from.iter().map(|item| &item.text);
    let own = [&template.data, &template.labels, &template.annotations];
    let texts = from.chain(own.into_iter().flat_map(BTreeMap::values));
    let found = texts.flat_map(|text| {
        READERS
            .iter()
            .flat_map(|reader| reader.captures_iter(text).map(|found| found[1].to_owned()))
    });
    found.collect()
}

/// Returns a plausible value for a key.
fn text(key: &str) -> String {
    let name = key.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let value = match () {
        () if is(&["port"]) => "5432",
        () if is(&["url", "uri", "endpoint"]) => "https://sample.example.com",
        () if is(&["host", "server", "domain"]) => "sample.example.com",
        () if is(&["email", "mail"]) => "sample@example.com",
        () if is(&["user", "login", "account"]) => "sample-user",
        () if is(&["region"]) => "eu-central-1",
        () if is(&["private", "tls.key", "tls_key"]) => PRIVATE_KEY,
        () if is(&["crt", "cert", "ca."]) => CERTIFICATE,
        () => return format!("sample-{key}"),
    };
    value.to_owned()
}

/// Text of the right form without a key in it.
pub(crate) const PRIVATE_KEY: &str =
    "-----BEGIN PRIVATE KEY-----\nc2FtcGxlIG9ubHk=\n-----END PRIVATE KEY-----\n";

/// Text of the right form without a certificate in it.
pub(crate) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nc2FtcGxlIG9ubHk=\n-----END CERTIFICATE-----\n";
