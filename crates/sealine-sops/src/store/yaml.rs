//! Reads YAML as SOPS does: aliases expanded, merge keys kept as keys, string keys only.
//!
//! Invariant: a file that is not wholly understood gives a fault, never a part of its values.

use sealine_source::TextRange;
use sealine_yaml::{Node, NodeValue, ScalarStyle, parse};

use super::yaml_comments::Comments;
use super::{syntax_at, yaml_scalar};
use crate::value::Spot;
use crate::{Entry, Fault, Format, Item, List, Map, Value};

/// Reads the documents of a text.
pub(super) fn read(text: &str) -> Result<Vec<Map>, Fault> {
    let parsed = parse(text);
    if let Some(problem) = parsed.problems.first() {
        return Err(syntax_at(Format::Yaml, text, problem.range, problem.message.clone()));
    }
    let mut reader = Reader { text, comments: Comments::new(text, &parsed.comments) };
    let mut documents = Vec::with_capacity(parsed.documents.len());
    for (index, document) in parsed.documents.iter().enumerate() {
        let root = &document.root;
        if root.is_null() {
            documents.push(Map::default());
            continue;
        }
        if !root.is_mapping() {
            return Err(reader.fault(root.range, "a document is no map, which SOPS needs"));
        }
        let next = parsed.documents.get(index + 1);
        let end = next.map_or(text.len(), |next| next.range.start as usize);
        documents.push(reader.map(root, end)?);
    }
    if documents.is_empty() {
        let trailing = reader.comments.below(0, TextRange::default(), text.len());
        documents.push(Map { entries: Vec::new(), trailing });
    }
    Ok(documents)
}

struct Reader<'a> {
    text: &'a str,
    comments: Comments<'a>,
}

impl Reader<'_> {
    fn fault(&self, range: TextRange, message: &str) -> Fault {
        syntax_at(Format::Yaml, self.text, range, message)
    }

    /// Reads a map; comments up to `end` may be its own. Recurses no deeper than the tree is.
    fn map(&mut self, node: &Node, end: usize) -> Result<Map, Fault> {
        let own = node.own_entries();
        let mut entries: Vec<Entry> = Vec::with_capacity(own.len());
        for (index, entry) in own.iter().enumerate() {
            let is_here = !node.is_alias;
            let start = entry.key.range.start as usize;
            let above = if is_here { self.comments.above(start) } else { Vec::new() };
            let key = self.key(&entry.key)?;
            let next = own.get(index + 1);
            let end = next.map_or(end, |next| next.key.range.start as usize);
            let value = self.value(&entry.value, if is_here { end } else { 0 })?;
            let spot = spot(self.text, entry.key.range, &entry.value);
            let mut comments = above;
            if is_here {
                comments.extend(self.comments.beside(entry.value.range));
            }
            entries.push(Entry { comments, key, value, spot });
        }
        let column = own.first().map_or(0, |first| self.comments.column(first.key.range));
        let trailing =
            if node.is_alias { Vec::new() } else { self.comments.below(column, node.range, end) };
        Ok(Map { entries, trailing })
    }

    fn list(&mut self, node: &Node, end: usize) -> Result<List, Fault> {
        let mut list = List::default();
        let items = node.items();
        // Encrypted comments of a list stand in it as items.
        let mut comments = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let is_here = !node.is_alias;
            if is_here {
                comments.extend(self.comments.above(item.range.start as usize));
            }
            let next = items.get(index + 1);
            let end = next.map_or(end, |next| next.range.start as usize);
            let value = self.value(item, if is_here { end } else { 0 })?;
            if is_here {
                comments.extend(self.comments.beside(item.range));
            }
            if let Some(comment) = super::yaml_comments::in_place_of_item(&value) {
                comments.push(comment);
                continue;
            }
            let spot = spot(self.text, item.range, item);
            list.items.push(Item { comments: std::mem::take(&mut comments), value, spot });
        }
        let column = self.comments.column(node.range);
        list.trailing = comments;
        if !node.is_alias {
            list.trailing.extend(self.comments.below(column, node.range, end));
        }
        Ok(list)
    }

    fn value(&mut self, node: &Node, end: usize) -> Result<Value, Fault> {
        match &node.value {
            NodeValue::Null => match node.tag.as_deref() {
                Some("!!str" | "!") => Ok(Value::Leaf(crate::Leaf::string(""))),
                _ => Ok(Value::Null),
            },
            NodeValue::Scalar(_) => self.scalar(node),
            NodeValue::Sequence(_) => Ok(Value::List(self.list(node, end)?)),
            NodeValue::Mapping(_) => Ok(Value::Map(self.map(node, end)?)),
        }
    }

    fn scalar(&self, node: &Node) -> Result<Value, Fault> {
        let Some(scalar) = node.as_scalar() else { return Ok(Value::Null) };
        let is_plain = scalar.style == ScalarStyle::Plain;
        let value = match node.tag.as_deref() {
            Some(tag) => yaml_scalar::tagged(tag, &scalar.text),
            None if is_plain => yaml_scalar::plain(&scalar.text),
            None => Ok(Value::Leaf(crate::Leaf::string(scalar.text.as_str()))),
        };
        value.map_err(|reason| self.fault(node.range, reason))
    }

    fn key(&self, node: &Node) -> Result<String, Fault> {
        let other = "a key is no string, which SOPS needs; quote it";
        let text = node.as_str().ok_or_else(|| self.fault(node.range, other))?;
        match self.scalar(node)? {
            Value::Leaf(leaf) if leaf.kind() == crate::Kind::Str => Ok(text.to_owned()),
            _ => Err(self.fault(node.range, other)),
        }
    }
}

fn spot(text: &str, key: TextRange, value: &Node) -> Spot {
    let start = text.as_bytes().get(value.range.start as usize);
    let is_collection = value.is_mapping() || value.is_sequence();
    let flow = is_collection && matches!(start, Some(b'{' | b'['));
    // A tag or anchor stands before the value's range and would belong to what replaces it.
    Spot { key, value: value.range, flow, alias: value.is_alias || value.tag.is_some() }
}
