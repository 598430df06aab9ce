//! What providers say of the attributes of their resources, as far as judging asks.
//!
//! Invariant: without a word of the provider nothing is called computed; only what is is listed, so
//! a cached list is small.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;

/// What is known of types of resources.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Schemas {
    types: BTreeMap<String, Type>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Type {
    computed: BTreeSet<String>,
    sensitive: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Printed {
    #[serde(default)]
    provider_schemas: BTreeMap<String, Provider>,
}

#[derive(Deserialize)]
struct Provider {
    #[serde(default)]
    resource_schemas: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    block: Block,
}

#[derive(Default, Deserialize)]
struct Block {
    #[serde(default)]
    attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    block_types: BTreeMap<String, Nested>,
}

#[derive(Deserialize)]
struct Nested {
    #[serde(default)]
    block: Block,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the format of the program")]
struct Attribute {
    #[serde(default)]
    computed: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    sensitive: bool,
}

impl Schemas {
    /// Reads what `providers schema -json` prints.
    pub(crate) fn read(from: impl Read) -> Option<Self> {
        let printed: Printed = serde_json::from_reader(from).ok()?;
        let mut schemas = Self::default();
        for provider in printed.provider_schemas.into_values() {
            for (name, resource) in provider.resource_schemas {
                let mut kind = Type::default();
                add(&mut kind, "", &resource.block);
                if kind != Type::default() {
                    schemas.types.insert(name, kind);
                }
            }
        }
        Some(schemas)
    }

    /// Whether nobody but the provider can set the attribute.
    pub(crate) fn is_computed_only(&self, resource_type: &str, attribute: &str) -> bool {
        self.types.get(resource_type).is_some_and(|kind| kind.computed.contains(attribute))
    }

    /// Whether the provider calls the attribute, or one around it, sensitive.
    pub(crate) fn is_sensitive(&self, resource_type: &str, dotted: &str) -> bool {
        let Some(kind) = self.types.get(resource_type) else { return false };
        let named = dotted.split('.').filter(|word| word.parse::<usize>().is_err());
        let mut path = String::new();
        { named }.any(|word| {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(word);
            kind.sensitive.contains(&path)
        })
    }

    /// Writes it down for [`Self::parse`]: lines of type, what, attribute.
    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        for (name, kind) in &self.types {
            for (mark, list) in [("c", &kind.computed), ("s", &kind.sensitive)] {
                for path in list {
                    text.extend([
                        name, " ", mark, " ", path, "
",
                    ]);
                }
            }
        }
        text
    }

    /// Reads what [`Self::print`] wrote; what is no such line is passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let mut schemas = Self::default();
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            let (Some(name), Some(mark), Some(path)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let kind = schemas.types.entry(name.to_owned()).or_default();
            match mark {
                "c" => kind.computed.insert(path.to_owned()),
                "s" => kind.sensitive.insert(path.to_owned()),
                _ => false,
            };
        }
        schemas
    }
}

/// Depth is bounded by the parser of JSON.
fn add(kind: &mut Type, prefix: &str, block: &Block) {
    for (name, attribute) in &block.attributes {
        let path = format!("{prefix}{name}");
        if attribute.sensitive {
            kind.sensitive.insert(path.clone());
        }
        // Only attributes of the resource itself: a block that is given holds what it holds.
        if prefix.is_empty() && attribute.computed && !attribute.optional && !attribute.required {
            kind.computed.insert(path);
        }
    }
    for (name, nested) in &block.block_types {
        add(kind, &format!("{prefix}{name}."), &nested.block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{"format_version": "1.0", "provider_schemas": {"p": {
        "resource_schemas": {"t": {"version": 0, "block": {
            "attributes": {
                "etag": {"type": "string", "computed": true},
                "name": {"type": "string", "optional": true, "computed": true},
                "key": {"type": "string", "required": true, "sensitive": true}},
            "block_types": {"b": {"nesting_mode": "list", "block": {
                "attributes": {"pin": {"type": "string", "optional": true, "sensitive": true}}}}}
        }}}}}}"#;

    #[test]
    fn what_providers_say_is_kept_as_far_as_it_is_asked_for() {
        let schemas = Schemas::read(PRINTED.as_bytes()).unwrap();
        assert!(schemas.is_computed_only("t", "etag") && !schemas.is_computed_only("t", "name"));
        assert!(schemas.is_sensitive("t", "key") && schemas.is_sensitive("t", "b.0.pin"));
        assert!(!schemas.is_sensitive("t", "b.0") && !schemas.is_sensitive("u", "key"));
        assert_eq!(Schemas::parse(&schemas.print()), schemas);
    }
}
