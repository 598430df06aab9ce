//! YAML as Helm's Go reader takes it: YAML 1.1, then JSON, so that every number is a float.
//!
//! Invariant: a tree is never deeper than the reader of trees allows, so that walking it may
//! recurse.

use sealine_source::TextRange;
use sealine_yaml::{Node, NodeValue, Scalar, ScalarStyle};

use crate::budget::Fuel;
use crate::error::{Outcome, failure};
use crate::format::float;
use crate::origin::{FileId, Origin, ValueOrigin};
use crate::scalar::{self, Resolved};
use crate::text::Text;
use crate::value::{Map, Value};

/// Returns a node of a values file as a template sees it; with `file`, each scalar knows its
/// place.
pub fn value(node: &Node, file: Option<FileId>) -> Value {
    let origin = |range: TextRange| {
        let value = ValueOrigin { file: file?, range };
        Some(Origin::of_value(value))
    };
    convert(node, &mut |scalar, range| {
        let text = Text::from(scalar.text.as_str());
        match origin(range) {
            Some(origin) => text.marked(origin),
            None => text,
        }
    })
}

/// What YAML may hold that a template reads.
const LIMITS: sealine_yaml::Limits =
    sealine_yaml::Limits { depth: crate::budget::DATA_DEPTH, nodes: 200_000, alias_nodes: 20_000 };

/// Parses a text, which may hold nothing; what is no YAML, or has keys that JSON cannot have, is a
/// failure.
fn parsed(content: &str, fuel: &mut Fuel) -> Outcome<sealine_yaml::Parsed> {
    fuel.text(content.len().saturating_mul(4))?;
    fuel.step(content.len() / 8)?;
    let parsed = sealine_yaml::parse_with(content, &LIMITS);
    match parsed.root() {
        None if !parsed.problems.is_empty() => Err(failure("error converting YAML to JSON")),
        Some(root) if has_odd_key(root) => {
            Err(failure("error converting YAML to JSON: unsupported map key"))
        }
        _ => Ok(parsed),
    }
}

/// Returns the entries of a text that is read into a map of texts: numbers and truth values are
/// written anew.
pub(crate) fn flat_yaml(text: &Text, fuel: &mut Fuel) -> Outcome<Vec<(String, String)>> {
    const NO_TEXT: &str = "json: cannot unmarshal into Go value of type string";
    const NO_MAP: &str = "json: cannot unmarshal into Go value of type map[string]string";
    let content = text.to_str();
    let parsed = parsed(&content, fuel)?;
    let Some(root) = parsed.root() else { return Ok(Vec::new()) };
    match &root.value {
        NodeValue::Null => return Ok(Vec::new()),
        NodeValue::Mapping(_) => {}
        NodeValue::Scalar(scalar) if resolved(root, scalar) == Resolved::Null => {
            return Ok(Vec::new());
        }
        _ => return Err(failure(NO_MAP)),
    }
    let mut as_is = |scalar: &Scalar, _| Text::from(scalar.text.as_str());
    let mut out = Vec::new();
    for entry in root.entries() {
        let Some((name, _)) = key(&entry.key, &mut as_is) else { continue };
        let known = out.iter().any(|(known, _)| *known == name);
        if entry.is_merge() || (known && !is_own(root, entry)) {
            continue;
        }
        let value = match &entry.value.value {
            NodeValue::Null => String::new(),
            NodeValue::Scalar(scalar) => match resolved(&entry.value, scalar) {
                Resolved::Null => String::new(),
                Resolved::Bool(value) => value.to_string(),
                Resolved::Int(value) => value.to_string(),
                Resolved::Unsigned(value) => value.to_string(),
                Resolved::Float(value) => float::shortest_single(value),
                Resolved::Text | Resolved::Timestamp => typed(&entry.value, scalar, &mut as_is)
                    .as_text()
                    .map_or_else(|| scalar.text.clone(), |text| text.to_str().into_owned()),
            },
            _ => return Err(failure(NO_TEXT)),
        };
        out.push((name, value));
    }
    Ok(out)
}

/// Returns the first document of a text; what is no YAML is a failure.
pub(crate) fn yaml(text: &Text, fuel: &mut Fuel) -> Outcome<Value> {
    let content = text.to_str();
    let parsed = parsed(&content, fuel)?;
    let Some(root) = parsed.root() else { return Ok(Value::nil()) };
    if has_infinite(root) {
        return Err(failure("error converting YAML to JSON: json: unsupported value"));
    }
    let is_open = !content.ends_with('\n');
    Ok(convert(root, &mut |scalar, range| {
        // A block that the text ends in has no line feed of its own.
        let at_end = is_open && scalar.style.is_block() && range.end as usize >= content.len();
        let own = if at_end { scalar.text.strip_suffix('\n') } else { None };
        let own = own.unwrap_or(&scalar.text);
        match scalar.source_range(0, own.len()) {
            Some(exact) => text.slice(exact.bytes()),
            None => Text::from(own).marked(text.slice(range.bytes()).common_origin()),
        }
    }))
}

/// Returns whether a key is null, a list or a map, which JSON has no notation for.
fn has_odd_key(node: &Node) -> bool {
    node.items().iter().any(has_odd_key)
        || node.own_entries().iter().any(|entry| {
            let key = entry.key.as_scalar().map(|scalar| resolved(&entry.key, scalar));
            matches!(key, None | Some(Resolved::Null)) || has_odd_key(&entry.value)
        })
}

/// Returns whether a value is `.inf` or `.nan`, which JSON has no notation for.
fn has_infinite(node: &Node) -> bool {
    let number = node.as_scalar().map(|scalar| resolved(node, scalar));
    matches!(number, Some(Resolved::Float(number)) if !number.is_finite())
        || node.items().iter().any(has_infinite)
        || node.own_entries().iter().any(|entry| has_infinite(&entry.value))
}

type Texts<'t> = &'t mut dyn FnMut(&Scalar, TextRange) -> Text;

fn convert(node: &Node, texts: Texts<'_>) -> Value {
    match &node.value {
        NodeValue::Null => Value::nil(),
        NodeValue::Scalar(scalar) => typed(node, scalar, texts),
        NodeValue::Sequence(items) => {
            Value::list(items.iter().map(|item| convert(item, texts)).collect())
        }
        NodeValue::Mapping(_) => {
            let map = Map::default();
            // A merge key's entries come last and never win.
            for entry in node.entries() {
                let Some((key, key_origin)) = key(&entry.key, texts) else { continue };
                if entry.is_merge() || (map.contains(&key) && !is_own(node, entry)) {
                    continue;
                }
                map.set_key(&key, key_origin, convert(&entry.value, texts));
            }
            map.into()
        }
    }
}

fn is_own(node: &Node, entry: &sealine_yaml::Entry) -> bool {
    node.own_entries().iter().any(|own| std::ptr::eq(own, entry))
}

fn typed(node: &Node, scalar: &Scalar, texts: Texts<'_>) -> Value {
    let text = texts(scalar, node.range);
    if node.tag.as_deref() == Some("!!binary") {
        let decoded = crate::functions::base64_decoded(text.as_bytes());
        return decoded
            .map_or(text.clone(), |bytes| Text::from(bytes).marked(text.common_origin()))
            .into();
    }
    let origin = text.origin();
    let value = match resolved(node, scalar) {
        Resolved::Null => Value::nil(),
        Resolved::Bool(value) => value.into(),
        #[expect(clippy::cast_precision_loss, reason = "JSON numbers are floats to Go")]
        Resolved::Int(value) => Value::float(value as f64),
        #[expect(clippy::cast_precision_loss, reason = "JSON numbers are floats to Go")]
        Resolved::Unsigned(value) => Value::float(value as f64),
        Resolved::Float(value) if value.is_finite() => Value::float(value),
        _ => return text.into(),
    };
    value.at(origin)
}

/// Returns what a scalar is, with its tag.
fn resolved(node: &Node, scalar: &Scalar) -> Resolved {
    match node.tag.as_deref() {
        Some("!!str" | "!!binary" | "!") => Resolved::Text,
        Some("!!float") => match scalar::resolve(&scalar.text) {
            #[expect(clippy::cast_precision_loss, reason = "JSON numbers are floats to Go")]
            Resolved::Int(value) => Resolved::Float(value as f64),
            resolved => resolved,
        },
        // A tag of somebody's own leaves the text alone.
        Some(tag) if !tag.starts_with("!!") => Resolved::Text,
        Some("!!int" | "!!bool" | "!!null") => scalar::resolve(&scalar.text),
        _ if scalar.style == ScalarStyle::Plain => scalar::resolve(&scalar.text),
        _ => Resolved::Text,
    }
}

/// Returns a key as the text it becomes in JSON; a key that is no scalar has none.
fn key(node: &Node, texts: Texts<'_>) -> Option<(String, Option<ValueOrigin>)> {
    let scalar = node.as_scalar()?;
    let text = match resolved(node, scalar) {
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::Unsigned(value) => value.to_string(),
        Resolved::Float(value) => float::shortest(value),
        _ => scalar.text.clone(),
    };
    Some((text, texts(scalar, node.range).origin()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;
    use crate::format;

    fn round_trip(text: &str) -> String {
        let mut fuel = Fuel::new(Budget::chart());
        let value = yaml(&Text::from(text), &mut fuel).expect("YAML");
        let style = format::YamlStyle::Plain;
        format::yaml(&value, style, &mut fuel).expect("YAML").to_str().into_owned()
    }

    #[test]
    fn yaml_is_written_as_helm_writes_it() {
        let text = "b:\n- x\n- k: 1\n  z: [1, {}]\na10: 0755\na2: 'yes'\nm: |\n  l1\n  l2\n";
        let expected =
            "a2: \"yes\"\na10: 493\nb:\n- x\n- k: 1\n  z:\n  - 1\n  - {}\nm: |\n  l1\n  l2";
        assert_eq!(round_trip(text), expected);
    }

    #[test]
    fn scalars_keep_their_place() {
        let source = "a: &x {port: 80, name: web}\nb:\n  <<: *x\n  name: api\n";
        let parsed = sealine_yaml::parse(source);
        let value = value(parsed.root().expect("a root"), Some(FileId(3)));
        let b = value.as_map().and_then(|map| map.get("b")).expect("b");
        let name = b.as_map().and_then(|map| map.get("name")).expect("name");
        let port = b.as_map().and_then(|map| map.get("port")).expect("port");
        let place = |origin: Option<ValueOrigin>| &source[origin.expect("a place").range.bytes()];
        assert_eq!(place(name.as_text().expect("a text").origin()), "api");
        assert_eq!(place(port.origin), "80");
    }
}
