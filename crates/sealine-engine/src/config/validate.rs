//! Holds a parsed configuration against its schema, so that every fault has a line and a hint.

use sealine_rules::similar::nearest;
use sealine_source::TextRange;
use sealine_yaml::{Node, NodeValue};
use serde_json::Value as Json;

/// A fault of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub range: TextRange,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Fault {
    fn new(range: TextRange, message: String) -> Self {
        Self { range, message, help: None }
    }
}

/// Returns what is wrong with `node` by this JSON schema. Only the parts of JSON Schema that the
/// types of the configuration use are known.
pub(super) fn faults(node: &Node, schema: &Json) -> Vec<Fault> {
    let mut found = Vec::new();
    walk(node, schema, schema, "the configuration", &mut found);
    found
}

fn walk(node: &Node, schema: &Json, root: &Json, what: &str, found: &mut Vec<Fault>) {
    let schema = resolve(schema, root);
    if let Some(options) = schema.get("anyOf").and_then(Json::as_array) {
        walk_any(node, options, root, what, found);
        return;
    }
    if let Some(options) = schema.get("oneOf").and_then(Json::as_array) {
        let words: Vec<&str> = options.iter().flat_map(|option| words_of(option)).collect();
        check_word(node, &words, what, found);
        return;
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
        check_word(node, &words, what, found);
        return;
    }
    match kind_of(schema) {
        Some("object") => walk_object(node, schema, root, what, found),
        Some("array") => match &node.value {
            NodeValue::Sequence(items) => {
                let schema = schema.get("items").unwrap_or(&Json::Null);
                items.iter().for_each(|item| walk(item, schema, root, what, found));
            }
            NodeValue::Null => {}
            _ => found.push(mismatch(node, what, "a list")),
        },
        Some("string") if !node.is_scalar() => found.push(mismatch(node, what, "a string")),
        Some("boolean") if node.as_bool().is_none() => {
            found.push(mismatch(node, what, "`true` or `false`"));
        }
        _ => {}
    }
}

fn walk_object(node: &Node, schema: &Json, root: &Json, what: &str, found: &mut Vec<Fault>) {
    if node.is_null() {
        return;
    }
    if !node.is_mapping() {
        found.push(mismatch(node, what, "a mapping"));
        return;
    }
    let properties = schema.get("properties").and_then(Json::as_object);
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    for entry in node.own_entries() {
        let Some(key) = entry.key.as_str() else {
            found.push(Fault::new(entry.key.range, "a key must be a string".to_owned()));
            continue;
        };
        let known = properties.and_then(|properties| properties.get(key));
        if let Some(schema) = known.or(others) {
            walk(&entry.value, schema, root, &format!("`{key}`"), found);
            continue;
        }
        let names = properties.into_iter().flat_map(|properties| properties.keys());
        let near = nearest(key, names.map(String::as_str), None);
        found.push(Fault {
            range: entry.key.range,
            message: format!("unknown key `{key}` in {what}"),
            help: near.map(|(name, _)| format!("did you mean `{name}`?")),
        });
    }
    let required = schema.get("required").and_then(Json::as_array);
    for name in required.into_iter().flatten().filter_map(Json::as_str) {
        if node.get(name).is_none() {
            found.push(Fault::new(node.range, format!("{what} needs the key `{name}`")));
        }
    }
}

/// Of several forms, the one whose kind fits the node is meant.
fn walk_any(node: &Node, options: &[Json], root: &Json, what: &str, found: &mut Vec<Fault>) {
    let fits = |option: &&Json| match kind_of(resolve(option, root)) {
        Some("object") => node.is_mapping(),
        Some("null") => node.is_null(),
        Some("array") => node.is_sequence(),
        _ => node.is_scalar(),
    };
    match options.iter().find(fits) {
        Some(option) => walk(node, option, root, what, found),
        None => found.push(mismatch(node, what, "another form")),
    }
}

fn check_word(node: &Node, words: &[&str], what: &str, found: &mut Vec<Fault>) {
    let text = node.as_str().unwrap_or_default();
    if !words.contains(&text) {
        let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        found.push(Fault {
            range: node.range,
            message: format!("{what} cannot be `{text}`"),
            help: Some(format!("one of {list}")),
        });
    }
}

fn mismatch(node: &Node, what: &str, wanted: &str) -> Fault {
    let is = match &node.value {
        NodeValue::Null => "nothing",
        NodeValue::Scalar(_) => "a scalar",
        NodeValue::Sequence(_) => "a list",
        NodeValue::Mapping(_) => "a mapping",
    };
    Fault::new(node.range, format!("{what} must be {wanted}, and is {is}"))
}

fn words_of(schema: &Json) -> Vec<&str> {
    let one = schema.get("const").and_then(Json::as_str);
    let many = schema.get("enum").and_then(Json::as_array);
    one.into_iter().chain(many.into_iter().flatten().filter_map(Json::as_str)).collect()
}

fn kind_of(schema: &Json) -> Option<&str> {
    match schema.get("type")? {
        Json::String(kind) => Some(kind),
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

fn resolve<'a>(schema: &'a Json, root: &'a Json) -> &'a Json {
    let target = schema.get("$ref").and_then(Json::as_str);
    target.and_then(|target| root.pointer(target.trim_start_matches('#'))).unwrap_or(schema)
}
