//! A Secret, or another object, as a manifest, with its values covered unless they are asked for.
//!
//! Invariant: covered, a value shows no more than which of five classes its length is in.

use std::fmt::Write as _;

use base64::Engine as _;
use sealine_model::SecretValue;
use serde_json::{Map, Value as Json, json};

use crate::object::{Node, Object};
use crate::render::Rendered;

/// Whether values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// As `****` and their class of length.
    Covered,
    /// As they are.
    Shown,
}

/// Returns the manifest as JSON.
pub fn json(made: &Rendered, values: Values) -> Json {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(made.name));
    if let Some(namespace) = &made.namespace {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    for (part, texts) in [("labels", &made.labels), ("annotations", &made.annotations)] {
        if texts.is_empty() {
            continue;
        }
        let shown = texts.iter().map(|(key, value)| {
            let shown = if made.plain.contains(key) { Values::Shown } else { values };
            (key.clone(), Json::from(text(value, shown).unwrap_or_default()))
        });
        metadata.insert(part.to_owned(), shown.collect());
    }
    if !made.finalizers.is_empty() {
        metadata.insert("finalizers".to_owned(), json!(made.finalizers));
    }
    let mut manifest = Map::new();
    manifest.insert("apiVersion".to_owned(), json!("v1"));
    manifest.insert("kind".to_owned(), json!("Secret"));
    manifest.insert("metadata".to_owned(), Json::Object(metadata));
    if let Some(secret_type) = &made.secret_type {
        manifest.insert("type".to_owned(), json!(secret_type));
    }
    if made.immutable {
        manifest.insert("immutable".to_owned(), json!(true));
    }
    let (mut readable, mut binary) = (Map::new(), Map::new());
    for (key, value) in &made.data {
        if let Some(text) = text(value, values) {
            readable.insert(key.clone(), Json::from(text));
        } else {
            let encoded = base64::engine::general_purpose::STANDARD.encode(value.expose());
            binary.insert(key.clone(), Json::from(encoded));
        }
    }
    for (part, values) in [("stringData", readable), ("data", binary)] {
        if !values.is_empty() {
            manifest.insert(part.to_owned(), Json::Object(values));
        }
    }
    Json::Object(manifest)
}

/// Returns the manifest as YAML.
pub fn yaml(made: &Rendered, values: Values) -> String {
    let mut out = String::new();
    let document = json(made, values);
    // The order in which people write them; that of JSON is the alphabet's.
    let top = ["apiVersion", "kind", "metadata", "type", "immutable", "stringData", "data"];
    let metadata = ["name", "namespace", "labels", "annotations", "finalizers"];
    for key in top {
        match document.get(key) {
            Some(Json::Object(inner)) if key == "metadata" => {
                let _ = writeln!(out, "metadata:");
                for key in metadata {
                    entry(&mut out, 2, key, inner.get(key));
                }
            }
            value => entry(&mut out, 0, key, value),
        }
    }
    out
}

/// Returns an object that is no Secret as JSON.
pub fn object_json(made: &Object, values: Values) -> Json {
    let fields = made.fields.iter();
    Json::Object(fields.map(|(key, node)| (key.clone(), node_json(node, values))).collect())
}

/// Returns an object that is no Secret as YAML.
pub fn object_yaml(made: &Object, values: Values) -> String {
    let mut out = String::new();
    let Json::Object(mut fields) = object_json(made, values) else { return out };
    for key in ["apiVersion", "kind", "metadata"] {
        if let Some(value) = fields.remove(key) {
            let first = Map::from_iter([(key.to_owned(), value)]);
            block(&mut out, 0, &Json::Object(first));
        }
    }
    if !fields.is_empty() {
        block(&mut out, 0, &Json::Object(fields));
    }
    out
}

/// Nothing here is deeper than a path and a text of YAML may be, so this may recurse.
pub(crate) fn node_json(node: &Node, values: Values) -> Json {
    match (node, values) {
        (Node::Null, _) => Json::Null,
        (Node::Plain(text), _) => Json::from(text.as_str()),
        (Node::Text(value) | Node::Word(value), Values::Covered) => Json::from(covered(value)),
        (Node::Text(value), Values::Shown) => {
            Json::from(String::from_utf8_lossy(value.expose()).into_owned())
        }
        (Node::Word(value), Values::Shown) => {
            serde_json::from_slice(value.expose()).unwrap_or_default()
        }
        (Node::List(items), _) => items.iter().map(|item| node_json(item, values)).collect(),
        (Node::Map(entries), _) => {
            let entries = entries.iter();
            Json::Object(
                entries.map(|(key, node)| (key.clone(), node_json(node, values))).collect(),
            )
        }
    }
}

/// Writes a list or map that holds something, one entry to a line.
fn block(out: &mut String, indent: usize, value: &Json) {
    let pad = " ".repeat(indent);
    let is_block = |value: &Json| match value {
        Json::Object(entries) => !entries.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    };
    let on_line = |value: &Json| match value {
        Json::String(text) => scalar(text),
        other => other.to_string(),
    };
    match value {
        Json::Object(entries) => {
            for (key, value) in entries {
                if is_block(value) {
                    let _ = writeln!(out, "{pad}{}:", scalar(key));
                    block(out, indent + 2, value);
                } else {
                    let _ = writeln!(out, "{pad}{}: {}", scalar(key), on_line(value));
                }
            }
        }
        Json::Array(items) => {
            for item in items {
                let mut inner = String::new();
                if is_block(item) {
                    block(&mut inner, indent + 2, item);
                } else {
                    inner = format!("{}\n", on_line(item));
                }
                let _ = write!(out, "{pad}- {}", inner.trim_start_matches(' '));
            }
        }
        _ => {}
    }
}

/// Returns the value as it may be shown; nothing for shown bytes that are no text.
fn text(value: &SecretValue, values: Values) -> Option<String> {
    match values {
        Values::Covered => Some(covered(value)),
        Values::Shown => String::from_utf8(value.expose().to_vec()).ok(),
    }
}

fn covered(value: &SecretValue) -> String {
    let class = match value.expose().len() {
        0 => "empty",
        1..16 => "under 16 bytes",
        16..64 => "under 64 bytes",
        64..1024 => "under 1 KiB",
        _ => "1 KiB or more",
    };
    format!("**** ({class})")
}

/// Writes an entry of a manifest: what it holds is a scalar, a list or a map of scalars.
fn entry(out: &mut String, indent: usize, key: &str, value: Option<&Json>) {
    let pad = " ".repeat(indent);
    match value {
        None => {}
        Some(Json::Object(entries)) => {
            let _ = writeln!(out, "{pad}{key}:");
            for (name, value) in entries {
                let _ = writeln!(out, "{pad}  {}: {}", scalar(name), scalar(text_of(value)));
            }
        }
        Some(Json::Array(items)) => {
            let _ = writeln!(out, "{pad}{key}:");
            for item in items {
                let _ = writeln!(out, "{pad}  - {}", scalar(text_of(item)));
            }
        }
        Some(Json::String(text)) => {
            let _ = writeln!(out, "{pad}{key}: {}", scalar(text));
        }
        Some(other) => {
            let _ = writeln!(out, "{pad}{key}: {other}");
        }
    }
}

fn text_of(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// Returns a text as a scalar that every reader of YAML takes for this text.
fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let retyped = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = starts
        && text.chars().all(is_word)
        && !retyped.contains(&text.to_ascii_lowercase().as_str());
    // A string of JSON is one of YAML, too.
    if plain { text.to_owned() } else { Json::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn secret(data: &[(&str, &[u8])]) -> Rendered {
        let value = |(key, bytes): &(&str, &[u8])| ((*key).to_owned(), SecretValue::new(*bytes));
        Rendered {
            name: "app".to_owned(),
            namespace: Some("apps".to_owned()),
            secret_type: Some("Opaque".to_owned()),
            immutable: true,
            labels: BTreeMap::from([("a/b".to_owned(), SecretValue::new("on"))]),
            annotations: BTreeMap::from([("made".to_owned(), SecretValue::new("hunter2"))]),
            plain: BTreeSet::from(["a/b".to_owned()]),
            finalizers: Vec::new(),
            data: data.iter().map(value).collect(),
            joins: false,
        }
    }

    #[test]
    fn values_are_covered_unless_asked_for() {
        let made = secret(&[("PASSWORD", b"hunter2"), ("empty", b""), ("raw", b"\xff\0")]);
        let covered = yaml(&made, Values::Covered);
        assert!(!covered.contains("hunter2"), "{covered}");
        assert!(covered.contains("  PASSWORD: \"**** (under 16 bytes)\"\n"), "{covered}");
        assert!(covered.contains("    a/b: \"on\"\n"), "{covered}");
        let shown = yaml(&made, Values::Shown);
        assert!(shown.contains("stringData:\n  PASSWORD: hunter2\n  empty: \"\"\n"), "{shown}");
        assert!(shown.ends_with("data:\n  raw: \"/wA=\"\n"), "{shown}");
        assert!(shown.starts_with("apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n"));
    }
}
