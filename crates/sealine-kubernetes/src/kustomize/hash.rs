//! The hash at the end of a generated name.
//!
//! Invariant: a hash is either the real tool's or none at all; where any part of what it is made
//! of is not known, the end of the name is a hole.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealine_model::tree::Tree;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::generators::Content;
use super::shape::is_typed;
use crate::delivery::object::Object;

/// How long the hash is.
const LENGTH: usize = 10;
/// How long a line of encoded data is.
const LINE: usize = 70;

/// Returns the hash of what a generated object holds; `None` where that is not known.
pub(super) fn of(object: &Object, content: &Content) -> Option<String> {
    let text = match content {
        Content::Open => config_map(&object.tree)?,
        Content::Secret(values) => {
            let data = object.tree.get("data");
            let open = matches!(data, Some(Tree::Map(map)) if map.open);
            if open || object.tree.get("stringData").is_some() {
                return None;
            }
            let mut encoded = BTreeMap::new();
            for entry in data.map(Tree::entries).unwrap_or_default() {
                // What a patch has put there is known by its shape alone.
                let is_generated =
                    entry.value.value().is_some_and(sealine_model::Value::is_unknown);
                let value = values.get(entry.key.as_str()).filter(|_| is_generated)?;
                encoded.insert(entry.key.as_str(), lines(value.expose()));
            }
            let of = object.tree.get("type").and_then(Tree::text)?;
            let mut text = Zeroizing::new(String::from(r#"{"data":"#));
            map(&mut text, encoded.iter().map(|(key, value)| (*key, value.as_str())));
            text.push_str(r#","kind":"Secret","name":"","type":"#);
            string(&mut text, &of);
            text.push('}');
            text
        }
        Content::Unknown => return None,
    };
    Some(encode(text.as_bytes()))
}

fn config_map(tree: &Tree) -> Option<Zeroizing<String>> {
    if tree.get("binaryData").is_some() {
        return None;
    }
    let mut text = Zeroizing::new(String::from(r#"{"data":"#));
    match tree.get("data") {
        None => text.push_str(r#""""#),
        Some(Tree::Map(data)) if !data.open => {
            let mut values = BTreeMap::new();
            for entry in &data.entries {
                let value = entry.value.value()?;
                let text = value.text()?;
                // What a patch brings may be a number or a bool, which reads otherwise.
                if value.single_place().is_some() && is_typed(&text) {
                    return None;
                }
                values.insert(entry.key.as_str(), text);
            }
            map(&mut text, values.iter().map(|(key, value)| (*key, value.as_str())));
        }
        Some(_) => return None,
    }
    text.push_str(r#","kind":"ConfigMap","name":""}"#);
    Some(text)
}

/// Adds a map of strings as JSON.
fn map<'a>(out: &mut String, entries: impl Iterator<Item = (&'a str, &'a str)>) {
    out.push('{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(out, key);
        out.push(':');
        string(out, value);
    }
    out.push('}');
}

/// Adds a string as Go writes it in JSON.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Encodes a value as the real tool puts it into a Secret: long ones in lines.
fn lines(value: &[u8]) -> Zeroizing<String> {
    let whole = Zeroizing::new(STANDARD.encode(value));
    if whole.len() < LINE {
        return whole;
    }
    let mut out = Zeroizing::new(String::with_capacity(whole.len() + whole.len() / LINE + 1));
    for start in (0..whole.len()).step_by(LINE) {
        out.push_str(whole.get(start..whole.len().min(start + LINE)).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// Returns the first letters of the digest, with those replaced that could spell words.
fn encode(bytes: &[u8]) -> String {
    let hex = Sha256::digest(bytes).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let letter = |character| match character {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().take(LENGTH).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_go_writes_them() {
        let mut out = String::new();
        string(&mut out, "a<b>&\"\\\n\u{1}ü\u{2028}");
        assert_eq!(out, r#""a\u003cb\u003e\u0026\"\\\n\u0001ü\u2028""#);
    }

    #[test]
    fn long_values_are_broken_into_lines() {
        assert_eq!(lines(b"1").as_str(), "MQ==");
        let encoded = lines(&[0; 60]);
        assert_eq!(encoded.len(), 82);
        assert_eq!(encoded.as_bytes()[70], b'\n');
    }

    #[test]
    fn the_digest_is_made_readable() {
        // Both told by the real tool.
        assert_eq!(
            encode(br#"{"data":{"a":"MQ=="},"kind":"Secret","name":"","type":"Opaque"}"#),
            "25khgmg44c"
        );
        let merged =
            br#"{"data":{"k":"dg==","k2":"djI="},"kind":"Secret","name":"","type":"Opaque"}"#;
        assert_eq!(encode(merged), "ht56dm7k69");
    }
}
