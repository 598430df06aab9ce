//! JSON syntax (`.tf.json`, `.tfvars.json`) as the same tree as HCL.
//!
//! Invariant: what JSON cannot say apart, a nested block and an object, is told by name
//! ([`NESTED_BLOCKS`]); everything else is an attribute.

use sealine_model::{Problem, ProblemKind};
use sealine_source::Source;
use sealine_yaml::{Entry, Node, NodeValue, ScalarStyle};

use super::cursor::{Fault, Ground, Parser};
use super::tree::{
    Attribute, Block, Body, Expression, ExpressionKind, Label, ObjectItem, TemplatePiece,
};
use super::{Parsed, problem};

/// Whether strings are templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// As in `.tf.json`.
    Template,
    /// As in `.tfvars.json` and in the defaults of variables.
    Literal,
}

/// Top-level blocks with the number of their labels.
const TOP_LEVEL: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("module", 1),
    ("variable", 1),
    ("output", 1),
    ("provider", 1),
    ("check", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
];

/// Blocks inside others with the number of their labels.
const NESTED_BLOCKS: &[(&str, usize)] = &[
    ("backend", 1),
    ("cloud", 0),
    ("workspaces", 0),
    ("required_providers", 0),
    ("encryption", 0),
    ("lifecycle", 0),
    ("provisioner", 1),
    ("connection", 0),
    ("dynamic", 1),
    ("content", 0),
    ("metadata", 0),
    ("set", 0),
    ("set_list", 0),
    ("set_sensitive", 0),
    ("assume_role", 0),
    ("validation", 0),
];

struct Reader<'s> {
    source: &'s Source,
    strings: Strings,
    problems: Vec<Problem>,
}

pub(super) fn parse(source: &Source, strings: Strings) -> Parsed {
    let yaml = sealine_yaml::parse(source.text());
    let mut reader = Reader { source, strings, problems: Vec::new() };
    for fault in &yaml.problems {
        let kind = match fault.kind {
            sealine_yaml::ProblemKind::DuplicateKey => ProblemKind::DuplicateKey,
            sealine_yaml::ProblemKind::LimitExceeded => ProblemKind::Limit,
            _ => ProblemKind::Syntax,
        };
        let (place, message) = (source.place(fault.range), fault.message.clone());
        reader.problems.push(Problem { kind, place, message });
    }
    let mut body = Body::default();
    for document in &yaml.documents {
        for object in objects(&document.root) {
            reader.file(object, &mut body);
        }
    }
    Parsed { body, problems: reader.problems }
}

/// Returns the node itself, or the items of a list: blocks may be given either way.
fn objects(node: &Node) -> &[Node] {
    if node.is_sequence() { node.items() } else { std::slice::from_ref(node) }
}

fn key_of(entry: &Entry) -> Option<&str> {
    entry.key.as_str().filter(|key| *key != "//")
}

impl Reader<'_> {
    fn file(&mut self, object: &Node, body: &mut Body) {
        for entry in object.entries() {
            let Some(key) = key_of(entry) else { continue };
            let labels = TOP_LEVEL.iter().find(|(name, _)| *name == key);
            match labels.filter(|_| self.strings == Strings::Template) {
                Some((_, labels)) => self.blocks(entry, key, *labels, &mut body.blocks),
                None => self.attribute(entry, key, body),
            }
        }
    }

    /// Reads `{"label": {"label": {...}}}`, where each level may be a list, too.
    fn blocks(&mut self, entry: &Entry, kind: &str, labels: usize, out: &mut Vec<Block>) {
        let saved = self.strings;
        if kind == "variable" {
            self.strings = Strings::Literal;
        }
        let mut level: Vec<(Vec<Label>, &Entry)> = vec![(Vec::new(), entry)];
        for _ in 0..labels {
            let mut next = Vec::new();
            for (before, entry) in level {
                for inner in objects(&entry.value).iter().flat_map(Node::entries) {
                    let Some(text) = key_of(inner) else { continue };
                    let range = inside(&inner.key);
                    let mut labels = before.clone();
                    labels.push(Label { text: text.into(), range });
                    next.push((labels, inner));
                }
            }
            level = next;
        }
        for (labels, entry) in level {
            for object in objects(&entry.value) {
                let mut body = Body::default();
                self.body(object, &mut body);
                let (head, range) = (entry.key.range, entry.range());
                out.push(Block { kind: kind.into(), labels: labels.clone(), head, range, body });
            }
        }
        self.strings = saved;
    }

    fn body(&mut self, object: &Node, body: &mut Body) {
        for entry in object.entries() {
            let Some(key) = key_of(entry) else { continue };
            match NESTED_BLOCKS.iter().find(|(name, _)| *name == key) {
                Some((_, labels)) => self.blocks(entry, key, *labels, &mut body.blocks),
                None => self.attribute(entry, key, body),
            }
        }
    }

    fn attribute(&mut self, entry: &Entry, key: &str, body: &mut Body) {
        let name_range = inside(&entry.key);
        let value = self.expression(&entry.value);
        body.attributes.push(Attribute { name: key.into(), name_range, value });
    }

    /// Recurses no deeper than the YAML tree, which has a limit.
    fn expression(&mut self, node: &Node) -> Expression {
        let kind = match &node.value {
            NodeValue::Null => ExpressionKind::Null,
            NodeValue::Sequence(items) => {
                ExpressionKind::Tuple(items.iter().map(|item| self.expression(item)).collect())
            }
            NodeValue::Mapping(_) => {
                let mut items = Vec::new();
                for entry in node.entries() {
                    let key = self.expression(&entry.key);
                    items.push(ObjectItem { key, value: self.expression(&entry.value) });
                }
                ExpressionKind::Object(items.into())
            }
            NodeValue::Scalar(scalar) => {
                let number = scalar.text.parse::<f64>().ok().filter(|number| number.is_finite());
                match (node.as_bool(), number) {
                    (Some(value), _) => ExpressionKind::Bool(value),
                    (None, Some(number)) if scalar.style == ScalarStyle::Plain => {
                        ExpressionKind::Number(number)
                    }
                    _ => return self.string(node, &scalar.text),
                }
            }
        };
        Expression { kind, range: node.range }
    }

    fn string(&mut self, node: &Node, text: &str) -> Expression {
        let exact = node.as_scalar().and_then(|scalar| scalar.source_range(0, text.len()));
        if self.strings == Strings::Template && (text.contains("${") || text.contains("%{")) {
            let ground = match exact {
                Some(range) => Ground::At(range.start),
                None => Ground::Within(node.range),
            };
            let mut parser = Parser::over(text, ground);
            match parser.whole_template() {
                Ok(template) => return Expression { range: node.range, ..template },
                Err(fault) => self.fault(fault),
            }
        }
        let piece = TemplatePiece::Literal {
            text: text.into(),
            range: exact.unwrap_or(node.range),
            exact: exact.is_some(),
        };
        let pieces = if text.is_empty() { Box::default() } else { Box::from([piece]) };
        Expression { kind: ExpressionKind::Template(pieces), range: node.range }
    }

    fn fault(&mut self, fault: Fault) {
        self.problems.push(problem(self.source, fault));
    }
}

/// Returns where the text of a string stands, without its quotes.
fn inside(node: &Node) -> sealine_source::TextRange {
    let scalar = node.as_scalar();
    scalar.and_then(|scalar| scalar.source_range(0, scalar.text.len())).unwrap_or(node.range)
}
