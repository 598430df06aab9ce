//! An object that is no Secret: what `target.manifest` names, with rendered texts in its fields.
//!
//! Invariant: what was rendered is a [`SecretValue`] wherever it stands; only what the manifest of
//! the `ExternalSecret` says itself is plain.

use std::collections::BTreeMap;

use sealine_model::SecretValue;
use sealine_model::kubernetes::ExternalSecret;
use sealine_model::tree::Tree;
use sealine_template::source_keys::Values;
use sealine_template::target::{Part, SecretTemplate, Target, Unrendered, secret};

use crate::fault::{Fault, known};
use crate::parse::yaml;
use crate::path::{NoPath, Step, steps};
use crate::render;
use crate::template::{Field, Read};

/// An object as the operator would make it.
#[derive(Debug)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Whether it becomes part of an object that is there.
    pub joins: bool,
    /// The fields at its top.
    pub fields: BTreeMap<String, Node>,
}

/// A value in an object.
#[derive(Debug)]
pub enum Node {
    /// Nothing: what fills a list up to an index.
    Null,
    /// A text that the manifest of the `ExternalSecret` says.
    Plain(String),
    /// A text that was rendered or fetched.
    Text(SecretValue),
    /// Null, a truth value or a number that was rendered, as JSON writes it.
    Word(SecretValue),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(BTreeMap<String, Node>),
}

impl Node {
    fn text(value: &[u8]) -> Self {
        // In JSON what is no UTF-8 becomes a replacement character.
        Self::Text(SecretValue::new(String::from_utf8_lossy(value).into_owned()))
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Word(word) => word.expose() == b"null",
            _ => false,
        }
    }
}

/// Whether the target of an `ExternalSecret` is named by a manifest.
pub(crate) fn is_wanted(external: &ExternalSecret) -> bool {
    let manifest = external.written().spec.at(&["target", "manifest"]);
    manifest.is_some_and(|manifest| !matches!(manifest, Tree::Null))
}

/// Makes the object; `invented` values may be to blame for what does not fit.
pub(crate) fn make(
    external: &ExternalSecret,
    read: Option<&Read>,
    values: &Values,
    invented: bool,
) -> Result<Object, Fault> {
    let mut making = started(external, read, invented)?;
    match read {
        None => {
            let config_map = making.kind == "ConfigMap";
            let above: &[&str] = if config_map { &["data"] } else { &["spec", "data"] };
            let texts = values.iter().map(|(key, value)| (key.clone(), Node::text(value)));
            making.set(&external.place, above, Node::Map(texts.collect()))?;
        }
        Some(read) => {
            for index in 0..read.template.from.len() {
                making.from(read, index, values)?;
            }
            if !read.template.data.is_empty() {
                let data = read.template.data.clone();
                let own = SecretTemplate { data, ..SecretTemplate::default() };
                let made = secret(&own, values, &Values::new())
                    .map_err(|unrendered| making.softened(unrendered, read, values))?;
                for (key, value) in made.data {
                    making.set(&external.place, &["data", &key], Node::text(&value))?;
                }
            }
        }
    }
    let fields = match making.root {
        Node::Map(fields) => fields,
        _ => BTreeMap::new(),
    };
    let joins = matches!(external.target.creation_policy.as_str(), "Merge" | "CreateOrMerge");
    Ok(Object { kind: making.kind, joins, fields })
}

struct Making<'a> {
    external: &'a ExternalSecret,
    kind: String,
    root: Node,
    invented: bool,
}

/// The object before anything is rendered into it.
fn started<'a>(
    external: &'a ExternalSecret,
    read: Option<&Read>,
    invented: bool,
) -> Result<Making<'a>, Fault> {
    let manifest = external.written().spec.at(&["target", "manifest"]).unwrap_or(&Tree::Null);
    let said = |key: &str| {
        let text = known(external, manifest, &[key])?.filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            Fault::refused(&external.target.place, format!("`target.manifest` has no `{key}`"))
        })
    };
    let (api_version, kind) = (said("apiVersion")?, said("kind")?);
    let name = external.target.name.text().ok_or_else(|| {
        Fault::unknown(&external.target.place, "the name of the object is not known from the files")
    })?;
    let namespace = external.scope.namespace.text().filter(|text| !text.is_empty());
    let plain = |texts: BTreeMap<String, String>| -> Node {
        Node::Map(texts.into_iter().map(|(key, text)| (key, Node::Plain(text))).collect())
    };
    // Those of a template are no templates here.
    let [labels, annotations] = match read {
        None => ["labels", "annotations"].map(|part| render::own(external, part)),
        Some(read) => [&read.template.labels, &read.template.annotations].map(Clone::clone),
    };
    let mut metadata = BTreeMap::from([("name".to_owned(), Node::Plain(name))]);
    metadata.extend(namespace.map(|namespace| ("namespace".to_owned(), Node::Plain(namespace))));
    for (part, texts) in [("labels", labels), ("annotations", annotations)] {
        if !texts.is_empty() {
            metadata.insert(part.to_owned(), plain(texts));
        }
    }
    let body = if matches!(kind.as_str(), "ConfigMap" | "Secret") { "data" } else { "spec" };
    let root = Node::Map(BTreeMap::from([
        ("apiVersion".to_owned(), Node::Plain(api_version)),
        ("kind".to_owned(), Node::Plain(kind.clone())),
        ("metadata".to_owned(), Node::Map(metadata)),
        (body.to_owned(), Node::Map(BTreeMap::new())),
    ]));
    Ok(Making { external, kind, root, invented })
}

impl Making<'_> {
    /// Renders an item of `templateFrom` into the object.
    fn from(&mut self, read: &Read, index: usize, values: &Values) -> Result<(), Fault> {
        let Some(item) = read.template.from.get(index) else { return Ok(()) };
        let part = Part::From(index);
        let place = read.place(&part).unwrap_or(&self.external.place).clone();
        let field = read.field(index);
        let is_literal = read.is_literal(index);
        if !is_literal && (field.is_some() || item.target != Target::Data) {
            let message = "only a `literal` gets into other fields than `data`: the operator \
                           loses texts of ConfigMaps and Secrets on the way";
            return Err(Fault::unknown(&place, message));
        }
        let alone = SecretTemplate { from: vec![item.clone()], ..SecretTemplate::default() };
        let made = secret(&alone, values, &Values::new()).map_err(|mut unrendered| {
            unrendered.part = part;
            self.softened(unrendered, read, values)
        })?;
        if let Some(field) = field {
            let rendered = made.data.into_values().next().unwrap_or_default();
            let parsed = yaml::node(&rendered).map_err(|message| {
                let is_final = !self.invented && message != yaml::TOO_DEEP;
                Fault { is_final, ..Fault::refused(&place, message) }
            })?;
            return self.put(field, parsed);
        }
        for (key, value) in made.data {
            let value = if is_literal { value } else { self.again(&place, &value, values)? };
            self.set(&place, &["data", &key], Node::text(&value))?;
        }
        for (target, texts) in [("labels", made.labels), ("annotations", made.annotations)] {
            for (key, text) in texts {
                self.set(&place, &["metadata", target, &key], Node::text(text.as_bytes()))?;
            }
        }
        Ok(())
    }

    /// What a `ConfigMap` or Secret gives is rendered a second time, as the operator does.
    fn again(
        &self,
        place: &sealine_source::Place,
        text: &[u8],
        values: &Values,
    ) -> Result<Vec<u8>, Fault> {
        let key = "k".to_owned();
        let text = String::from_utf8_lossy(text).into_owned();
        let data = BTreeMap::from([(key.clone(), text)]);
        let template = SecretTemplate { data, ..SecretTemplate::default() };
        let made = secret(&template, values, &Values::new()).map_err(|unrendered| {
            // Its own message might name a word of a value.
            let message = "it is rendered twice, and what it renders to is no template";
            let is_final = unrendered.is_final && !self.invented;
            Fault { is_final, ..Fault::refused(place, message) }
        })?;
        Ok(made.data.get(&key).cloned().unwrap_or_default())
    }

    /// Puts what a text says at the path of a field.
    fn put(&mut self, field: &Field, node: Node) -> Result<(), Fault> {
        let path = steps(&field.path).map_err(|none| match none {
            NoPath::Refused(message) => Fault::refused(&field.place, message),
            NoPath::TooLong => Fault::unknown(&field.place, "the path of the field is too long"),
        })?;
        // A single key is replaced.
        let merges = path.len() > 1;
        let set = set(&mut self.root, &path, node, merges);
        set.map_err(|why| {
            let message = format!("`{}` cannot be set: {why}", field.path);
            Fault { is_final: !self.invented, ..Fault::refused(&field.place, message) }
        })
    }

    fn set(
        &mut self,
        place: &sealine_source::Place,
        keys: &[&str],
        node: Node,
    ) -> Result<(), Fault> {
        let path: Vec<Step> = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        set(&mut self.root, &path, node, false).map_err(|why| {
            let message = format!("`{}` cannot be set: {why}", keys.join("."));
            Fault { is_final: !self.invented, ..Fault::refused(place, message) }
        })
    }

    fn softened(&self, unrendered: Unrendered, read: &Read, values: &Values) -> Fault {
        render::judged(self.external, Some(read), unrendered, self.invented.then_some(values))
    }
}

/// Sets what a path leads to; with `merges`, a map goes into the map that is there. A path has no
/// more steps than may be recursed over.
fn set(at: &mut Node, path: &[Step], node: Node, merges: bool) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else {
        match (at, node) {
            (Node::Map(there), Node::Map(new)) if merges => there.extend(new),
            (at, node) => *at = node,
        }
        return Ok(());
    };
    match step {
        Step::Key(key) => {
            if at.is_nothing() {
                *at = Node::Map(BTreeMap::new());
            }
            let Node::Map(entries) = at else { return Err(format!("`{key}` is no key of a map")) };
            set(entries.entry(key.clone()).or_insert(Node::Null), rest, node, merges)
        }
        Step::Index(index) => {
            if at.is_nothing() {
                *at = Node::List(Vec::new());
            }
            let Node::List(items) = at else {
                return Err(format!("`[{index}]` is no item of a list"));
            };
            while items.len() <= *index {
                items.push(Node::Null);
            }
            match items.get_mut(*index) {
                Some(item) => set(item, rest, node, merges),
                None => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Values as Shown, node_json};

    fn after(puts: &[(&str, &str)]) -> String {
        let mut root = Node::Map(BTreeMap::new());
        for (path, text) in puts {
            let path = steps(path).expect("a path");
            let node = yaml::node(text.as_bytes()).expect("YAML");
            if let Err(why) = set(&mut root, &path, node, path.len() > 1) {
                return why;
            }
        }
        assert!(!format!("{root:?}").contains("hunter2"));
        assert!(!node_json(&root, Shown::Covered).to_string().contains("hunter2"));
        node_json(&root, Shown::Shown).to_string()
    }

    #[test]
    fn fields_are_merged_replaced_and_grown() {
        for (puts, expected) in [
            (&[("spec", "a: hunter2"), ("spec", "b: 1")][..], r#"{"spec":{"b":1}}"#),
            (
                &[("spec.x", "{a: {p: 1}, b: 2}"), ("spec.x", "{a: {q: on}}")],
                r#"{"spec":{"x":{"a":{"q":true},"b":2}}}"#,
            ),
            (&[("spec.x", "a: 1"), ("spec.x", "[hunter2]")], r#"{"spec":{"x":["hunter2"]}}"#),
            (
                &[("spec.x[2].y", "0755"), ("spec.x[0]", "~")],
                r#"{"spec":{"x":[null,null,{"y":493}]}}"#,
            ),
            (&[("spec", ""), ("spec.a", "1.5")], r#"{"spec":{"a":1.5}}"#),
            (
                &[("spec.id", "1234567890123456789"), ("spec.e", "1e3")],
                r#"{"spec":{"e":1000,"id":1234567890123456789}}"#,
            ),
            (&[("spec", "a: 1"), ("spec[0]", "x")], "`[0]` is no item of a list"),
            (&[("spec", "[1]"), ("spec.a", "x")], "`a` is no key of a map"),
            (&[("spec", "hunter2"), ("spec.a", "x")], "`a` is no key of a map"),
        ] {
            assert_eq!(after(puts), expected, "{puts:?}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_refused_without_a_value() {
        for text in [&b"a: [hunter2"[..], b"{hunter2: 1}: 2", b"a: .inf", b"\xffhunter2"] {
            let message = yaml::node(text).expect_err("no YAML");
            assert!(!message.contains("hunter2"), "{message}");
        }
        let deep = "[".repeat(70) + &"]".repeat(70);
        assert_eq!(yaml::node(deep.as_bytes()).expect_err("deep"), yaml::TOO_DEEP);
    }
}
