//! Every list can grow, and nothing else changes.

use sealine_yaml::{Document, Node, NodeValue, edit, parse};

/// How many lists of one text are tried.
const LISTS: usize = 12;

pub(super) fn edits_keep_other_scalars(text: &str) {
    let parsed = parse(text);
    assert!(parsed.problems.iter().all(|problem| text.get(problem.range.bytes()).is_some()));
    let scalars = scalars(&parsed.documents);
    for (node, _) in &scalars {
        assert!(text.get(node.range.bytes()).is_some(), "{:?} is no part of the text", node.range);
    }
    // Where something is wrong, what the parser skips may change with the text before it; and what
    // an alias names changes in two places.
    let has_alias = parsed.documents.iter().any(|document| has_alias(&document.root));
    if !parsed.problems.is_empty() || has_alias {
        return;
    }
    let expected: Vec<Option<String>> = scalars.iter().map(|(_, it)| it.clone()).collect();
    let mut lists = Vec::new();
    parsed.documents.iter().for_each(|document| find_lists(&document.root, &mut lists));
    for list in lists.into_iter().take(LISTS) {
        let Some((range, new)) = edit::append_item(text, list, "new: #x") else { continue };
        let mut changed = text.to_owned();
        changed.replace_range(range.bytes(), &new);
        let again = parse(&changed);
        assert!(again.problems.is_empty(), "{:?} after\n{changed}", again.problems);
        let mut found: Vec<Option<String>> =
            self::scalars(&again.documents).into_iter().map(|(_, text)| text).collect();
        let added = found.iter().zip(&expected).position(|(one, two)| one != two);
        let added = found.remove(added.unwrap_or(expected.len()));
        assert_eq!(added.as_deref(), Some("new: #x"), "in\n{changed}");
        assert_eq!(found, expected, "{text}\nin\n{changed}");
    }
}

/// Trees are never deeper than the parser's limit.
fn find_lists<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    if node.is_sequence() {
        found.push(node);
    }
    node.items().iter().for_each(|item| find_lists(item, found));
    node.own_entries().iter().for_each(|entry| find_lists(&entry.value, found));
}

fn has_alias(node: &Node) -> bool {
    node.is_alias
        || match &node.value {
            NodeValue::Null | NodeValue::Scalar(_) => false,
            NodeValue::Sequence(items) => items.iter().any(has_alias),
            NodeValue::Mapping(_) => {
                let entries = node.own_entries().iter();
                entries
                    .map(|entry| (&entry.key, &entry.value))
                    .any(|(key, value)| has_alias(key) || has_alias(value))
            }
        }
}

/// All scalars with their texts, in the order of the tree; the keys of mappings too.
fn scalars(documents: &[Document]) -> Vec<(&Node, Option<String>)> {
    let mut found = Vec::new();
    for document in documents {
        walk(&document.root, &mut found);
    }
    found
}

/// Trees are never deeper than the parser's limit.
fn walk<'a>(node: &'a Node, found: &mut Vec<(&'a Node, Option<String>)>) {
    match &node.value {
        NodeValue::Null => found.push((node, None)),
        NodeValue::Scalar(scalar) => found.push((node, Some(scalar.text.clone()))),
        NodeValue::Sequence(items) => items.iter().for_each(|item| walk(item, found)),
        NodeValue::Mapping(_) => {
            for entry in node.own_entries() {
                walk(&entry.key, found);
                walk(&entry.value, found);
            }
        }
    }
}
