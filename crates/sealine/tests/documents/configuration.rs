//! The reference in `docs/config.md` is that of the configuration's types, and every configuration
//! that a document shows is one. (The tests of the command line hold the schema itself.)

use std::fmt::Write as _;
use std::path::Path;

use sealine_engine::config;
use sealine_source::FileName;
use serde_json::Value;

use crate::{files, has_extension, hold_below, read};

const MARK: &str = "<!-- From here on this page is written by a test, from the schema. -->";

#[test]
fn every_key_is_in_the_reference() {
    let schema = config::schema();
    let mut page = String::from("## Keys\n\n| key | type | what it says |\n|---|---|---|\n");
    let properties = schema["properties"].as_object().expect("keys");
    for (key, value) in properties {
        let kind = anchored(&kind(value));
        let _ = writeln!(page, "| `{key}` | {kind} | {} |", description(value));
    }
    let types = schema["$defs"].as_object().expect("types");
    for (name, value) in types {
        let _ = write!(page, "\n## {name}\n\n{}\n\n", description(value));
        one_type(&mut page, value);
    }
    hold_below("docs/config.md", MARK, &page);
}

/// The table of a type's keys, or of its words.
fn one_type(page: &mut String, value: &Value) {
    if let Some(properties) = value["properties"].as_object() {
        page.push_str("| key | type | what it says |\n|---|---|---|\n");
        let needed = value["required"].as_array().cloned().unwrap_or_default();
        for (key, value) in properties {
            let must = if needed.contains(&Value::from(key.as_str())) { ", needed" } else { "" };
            let kind = anchored(&kind(value));
            let _ = writeln!(page, "| `{key}` | {kind}{must} | {} |", description(value));
        }
        return;
    }
    let choices = value["oneOf"].as_array().or(value["anyOf"].as_array());
    let Some(choices) = choices else { return };
    page.push_str("| value | what it means |\n|---|---|\n");
    for choice in choices {
        let words = choice["const"].as_str().map(|word| format!("`{word}`"));
        let of_list = |list: &Vec<Value>| {
            let words: Vec<String> =
                list.iter().filter_map(|word| Some(format!("`{}`", word.as_str()?))).collect();
            words.join(", ")
        };
        let words = words.or_else(|| choice["enum"].as_array().map(of_list));
        let shape = words.unwrap_or_else(|| match choice["properties"].as_object() {
            Some(keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|(key, value)| format!("`{key}`: {}", anchored(&kind(value))))
                    .collect();
                keys.join(", ")
            }
            None => anchored(&kind(choice)),
        });
        let _ = writeln!(page, "| {shape} | {} |", description(choice));
    }
}

fn description(value: &Value) -> String {
    let text = value["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The type of a value in words; a type of the schema as `<Name>`.
fn kind(value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str() {
        return format!("<{}>", name.rsplit('/').next().unwrap_or(name));
    }
    if let Some(choices) = value["anyOf"].as_array().or(value["oneOf"].as_array()) {
        let null = |choice: &&Value| choice["type"] != "null";
        let kinds: Vec<String> = choices.iter().filter(null).map(kind).collect();
        return kinds.join(" or ");
    }
    let name = match &value["type"] {
        Value::Array(names) => names.first().and_then(Value::as_str).unwrap_or_default(),
        name => name.as_str().unwrap_or_default(),
    };
    match name {
        "array" => format!("list of {}", kind(&value["items"])),
        "object" if value["additionalProperties"].is_object() => {
            format!("map of {}", kind(&value["additionalProperties"]))
        }
        "object" if value["properties"].is_object() => {
            let first = value["properties"].as_object().and_then(|all| all.values().next());
            format!("map of {}", first.map(kind).unwrap_or_default())
        }
        name => name.to_owned(),
    }
}

/// Makes links of `<Name>`.
fn anchored(kind: &str) -> String {
    match kind.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?))) {
        Some((before, (name, after))) => {
            format!("{before}[{name}](#{}){}", name.to_lowercase(), anchored(after))
        }
        None => kind.to_owned(),
    }
}

#[test]
fn every_configuration_in_a_document_is_one() {
    let mut seen = 0;
    for path in files().iter().filter(|path| has_extension(path, "md")) {
        let text = read(path);
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("\n```").next().unwrap_or_default();
            if !block.starts_with("# sealine.yaml\n") {
                continue;
            }
            seen += 1;
            let name = FileName::new("", path.as_str());
            if let Err((_, faults)) = config::read(name, block, Path::new("")) {
                panic!("`{path}` shows a configuration with faults: {faults:?}");
            }
        }
    }
    assert!(seen > 1, "the documents show no `# sealine.yaml`");
}
