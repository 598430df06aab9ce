//! YAML documents, as programs in Go read them: version 1.1 of it.

use std::collections::BTreeMap;

use sealine_model::SecretValue;
use sealine_template::{Data, FileId, Value};
use sealine_yaml::ProblemKind;

use super::{Fields, Unread};
use crate::object::Node;

/// How deep a document may nest.
const MAX_DEPTH: usize = 64;

/// Returns the scalars of a document by their paths; what is no text keeps its type.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let parsed = sealine_yaml::parse(text);
    let root = parsed.root().filter(|_| parsed.problems.is_empty()).ok_or("it is no YAML")?;
    let mut fields = Fields::new();
    walk("", &sealine_template::read::value(root, None), MAX_DEPTH, &mut fields);
    Ok(fields)
}

fn walk(path: &str, value: &Value, depth: usize, fields: &mut Fields) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match &value.data {
        Data::Map(map) => {
            for (name, value) in map.entries() {
                walk(&below(&name.to_str()), &value, depth, fields);
            }
        }
        Data::List(list) => {
            for (index, value) in list.items().iter().enumerate() {
                walk(&below(&index.to_string()), value, depth, fields);
            }
        }
        Data::Text(text) => drop(fields.insert(path.to_owned(), text.as_bytes().to_vec())),
        _ => {
            let shown = format!("{} {}", value.type_name(), value.is_true());
            fields.insert(format!("{path}:other"), shown.into_bytes());
        }
    }
}

/// What a text is that nests deeper, or holds more, than is read here; the operator might read it.
pub(crate) const TOO_DEEP: Unread = "what it renders to is larger than is read here";

/// Returns the first document of a rendered text as a part of an object.
pub(crate) fn node(text: &[u8]) -> Result<Node, Unread> {
    let text = std::str::from_utf8(text).map_err(|_| "what it renders to is no UTF-8")?;
    let parsed = sealine_yaml::parse(text);
    let is_broken = parsed.problems.iter().any(|problem| problem.kind != ProblemKind::DuplicateKey);
    let is_limited = |problem: &sealine_yaml::Problem| problem.kind == ProblemKind::LimitExceeded;
    if parsed.problems.iter().any(is_limited)
        || parsed.root().is_some_and(|root| is_deep(root, MAX_DEPTH))
    {
        return Err(TOO_DEEP);
    }
    if is_broken || parsed.root().is_some_and(|root| !is_json(root)) {
        return Err("what it renders to is no YAML that JSON could hold");
    }
    let Some(root) = parsed.root() else { return Ok(word("null")) };
    Ok(part(&sealine_template::read::value(root, Some(FileId(0))), text))
}

fn is_deep(node: &sealine_yaml::Node, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    node.items().iter().any(|item| is_deep(item, depth))
        || node.own_entries().iter().any(|entry| is_deep(&entry.value, depth))
}

/// Whether a tree, which is not deep, has only keys and numbers that JSON has, too.
fn is_json(node: &sealine_yaml::Node) -> bool {
    let is_number = node.as_scalar().is_none_or(|scalar| {
        let word = scalar.text.trim_start_matches(['+', '-']).to_ascii_lowercase();
        scalar.style != sealine_yaml::ScalarStyle::Plain || ![".inf", ".nan"].contains(&&*word)
    });
    is_number
        && node.items().iter().all(is_json)
        && node
            .own_entries()
            .iter()
            .all(|entry| entry.key.as_scalar().is_some() && is_json(&entry.value))
}

fn word(word: &str) -> Node {
    Node::Word(SecretValue::new(word))
}

/// No tree is deeper than [`is_deep`] found, so this may recurse.
fn part(value: &Value, source: &str) -> Node {
    match &value.data {
        Data::Map(map) => {
            let entries = map.entries();
            let entries = entries.into_iter();
            let parts =
                entries.map(|(key, value)| (key.to_str().into_owned(), part(&value, source)));
            Node::Map(parts.collect::<BTreeMap<String, Node>>())
        }
        Data::List(list) => {
            Node::List(list.items().iter().map(|item| part(item, source)).collect())
        }
        Data::Text(text) | Data::Bytes(text) => {
            Node::Text(SecretValue::new(text.to_str().into_owned()))
        }
        Data::Bool(value) => word(if *value { "true" } else { "false" }),
        Data::Int(number) | Data::Int64(number) => word(&number.to_string()),
        Data::Float(number) => {
            // A float has not room for each digit of a long number.
            let written = value.origin.and_then(|origin| source.get(origin.range.bytes()));
            let exact = written.and_then(|text| text.parse::<i64>().ok());
            let exact = exact.filter(|exact| exact.unsigned_abs() >= 1 << 53);
            word(&exact.map_or_else(|| shortest(*number), |exact| exact.to_string()))
        }
        Data::Invalid | Data::Nil | Data::Object(_) => word("null"),
    }
}

/// Writes a number as JSON does, without `.0`.
fn shortest(number: f64) -> String {
    let text = serde_json::Value::from(number).to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_texts() {
        let fields = fields("a: on\nb: 'on'\nc: [x, 0755]\n").unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["a:other", "b", "c.0", "c.1:other"]);
    }
}
