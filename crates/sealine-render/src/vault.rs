//! What a vault is said to hold, read from a file: YAML, JSON or lines of `KEY=value`.
//!
//! Invariant: every value is a [`SecretValue`]; what is wrong with a file is said without a word of
//! what stands in it.

use std::collections::BTreeMap;

use base64::Engine as _;
use sealine_model::SecretValue;
use sealine_yaml::{Node, NodeValue, ScalarStyle};
use serde_json::Value as Json;

use crate::parse::dotenv;

/// How deep a structured entry may nest.
const MAX_DEPTH: usize = 64;

/// Entries by key, and by store and key.
#[derive(Debug, Default)]
pub struct Vault {
    entries: BTreeMap<String, SecretValue>,
    /// The maps at the top, which may be what one store holds.
    stores: BTreeMap<String, BTreeMap<String, SecretValue>>,
}

/// Why a file of values cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The line, counted from 1, where that is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Vault {
    /// Reads a file. A map at its top is an entry that is a JSON object, and may also be what the
    /// store of this name holds.
    ///
    /// # Errors
    ///
    /// Returns what the text is not.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let mut vault = Self::default();
        if is_lines(text) {
            for (key, value) in dotenv::pairs(text) {
                vault.entries.insert(key, SecretValue::new(value));
            }
            return Ok(vault);
        }
        for (key, node) in top(text)?.entries() {
            let (key, value) = (key.to_owned(), node);
            if value.is_mapping() {
                let inner = value.entries().filter_map(|entry| {
                    Some((entry.key.as_str()?.to_owned(), secret(&entry.value)))
                });
                vault.stores.insert(key.clone(), inner.collect());
            }
            vault.entries.insert(key, secret(value));
        }
        Ok(vault)
    }

    /// Returns the entry that a store has under a key.
    pub(crate) fn entry(&self, store: Option<&str>, key: &str) -> Option<&SecretValue> {
        let own = store.and_then(|store| self.stores.get(store)?.get(key));
        own.or_else(|| self.entries.get(key))
    }

    /// Returns the entries of a store; all of them where none is told apart.
    pub(crate) fn all<'a>(
        &'a self,
        store: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a SecretValue)> {
        let own = store.and_then(|store| self.stores.get(store)).unwrap_or(&self.entries);
        own.iter().map(|(key, value)| (key.as_str(), value))
    }
}

/// Reads values by key as the operator's own tool wants them: in base64.
///
/// # Errors
///
/// Returns what the text is not.
pub fn encoded_values(text: &str) -> Result<BTreeMap<String, SecretValue>, Unusable> {
    let top = top(text)?;
    let decode = |(key, node): (&str, &Node)| {
        let engine = base64::engine::general_purpose::STANDARD;
        let value = node.as_str().and_then(|text| engine.decode(text).ok());
        let value = value.ok_or_else(|| Unusable {
            line: None,
            message: format!("the value of `{key}` is not in base64"),
        })?;
        Ok((key.to_owned(), SecretValue::new(value)))
    };
    top.entries().map(decode).collect()
}

/// The map at the top of a file.
struct Top(sealine_yaml::Parsed);

impl Top {
    fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = self.0.root().into_iter().flat_map(Node::entries);
        entries.filter_map(|entry| Some((entry.key.as_str()?, &entry.value)))
    }
}

fn top(text: &str) -> Result<Top, Unusable> {
    let parsed = sealine_yaml::parse(text);
    let line = |at: u32| {
        let before = text.get(..at as usize).unwrap_or_default();
        1 + before.matches('\n').count()
    };
    let syntax = |problem: &&sealine_yaml::Problem| {
        !matches!(problem.kind, sealine_yaml::ProblemKind::DuplicateKey)
    };
    if let Some(problem) = parsed.problems.iter().find(syntax) {
        let line = Some(line(problem.range.start));
        return Err(Unusable {
            line,
            message: "this is neither YAML, JSON nor `KEY=value`".into(),
        });
    }
    match parsed.root() {
        Some(root) if root.is_mapping() => Ok(Top(parsed)),
        Some(root) => Err(Unusable {
            line: Some(line(root.range.start)),
            message: "the file is no map of keys to values".to_owned(),
        }),
        None => Err(Unusable { line: None, message: "the file is empty".to_owned() }),
    }
}

/// Whether the first line that says anything is `KEY=value`.
fn is_lines(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let first = first.map(|line| line.strip_prefix("export ").unwrap_or(line));
    let Some((key, _)) = first.and_then(|line| line.split_once('=')) else { return false };
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c))
}

fn secret(node: &Node) -> SecretValue {
    match &node.value {
        NodeValue::Scalar(scalar) => SecretValue::new(scalar.text.as_bytes()),
        NodeValue::Null => SecretValue::new(""),
        _ => SecretValue::new(json(node, MAX_DEPTH).to_string()),
    }
}

fn json(node: &Node, depth: usize) -> Json {
    let Some(below) = depth.checked_sub(1) else { return Json::Null };
    match &node.value {
        NodeValue::Null => Json::Null,
        NodeValue::Sequence(items) => items.iter().map(|item| json(item, below)).collect(),
        NodeValue::Mapping(_) => node
            .entries()
            .filter_map(|entry| Some((entry.key.as_str()?.to_owned(), json(&entry.value, below))))
            .collect(),
        NodeValue::Scalar(scalar) => {
            let plain = scalar.style == ScalarStyle::Plain && node.tag.is_none();
            // A word of JSON is what it says; whatever only YAML reads otherwise is a text.
            let word = || serde_json::from_str::<Json>(&scalar.text).ok();
            let word = plain.then(word).flatten().filter(|word| !word.is_object());
            word.unwrap_or_else(|| Json::from(scalar.text.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vault: &Vault, store: Option<&str>, key: &str) -> Option<String> {
        let bytes = vault.entry(store, key)?.expose();
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn yaml_json_and_lines_are_read() {
        for text in [
            "app-password: 0755\ndb: {user: a, port: 5432}\n",
            r#"{"app-password": "0755", "db": {"user": "a", "port": 5432}}"#,
            "app-password=0755\ndb='{\"port\":5432,\"user\":\"a\"}'\n",
        ] {
            let vault = Vault::read(text).unwrap();
            assert_eq!(shown(&vault, None, "app-password").as_deref(), Some("0755"), "{text}");
            let db = shown(&vault, Some("s"), "db");
            assert_eq!(db.as_deref(), Some(r#"{"port":5432,"user":"a"}"#), "{text}");
        }
    }

    #[test]
    fn a_store_has_its_own_entries_first() {
        let vault = Vault::read("kv: {a: one}\na: two\n").unwrap();
        assert_eq!(shown(&vault, Some("kv"), "a").as_deref(), Some("one"));
        assert_eq!(shown(&vault, Some("other"), "a").as_deref(), Some("two"));
        assert_eq!(vault.all(Some("kv")).count(), 1);
    }

    #[test]
    fn what_is_wrong_is_said_without_a_value() {
        for text in ["a: [hunter2", "- hunter2", "", "hunter2"] {
            let error = Vault::read(text).expect_err(text);
            assert!(!error.message.contains("hunter2"), "{error:?}");
        }
        let error = encoded_values("a: hunter2!").expect_err("no base64");
        assert_eq!(error.message, "the value of `a` is not in base64");
    }
}
