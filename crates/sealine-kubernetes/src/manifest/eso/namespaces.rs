//! The namespaces that selectors of cluster-wide objects mean.

use sealine_model::Value;
use sealine_model::tree::Tree;

use crate::manifest::names::{name_of, text_at};

/// The label that every namespace has: its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Returns the namespaces that a label selector means; nothing where labels do not tell.
pub(super) fn selected(selector: &Tree) -> Option<Vec<Value>> {
    let labels = selector.get("matchLabels").map(Tree::entries).unwrap_or_default();
    let expressions = selector.get("matchExpressions").map(Tree::items).unwrap_or_default();
    match (labels, expressions) {
        ([label], []) if label.key == NAME_LABEL => Some(vec![name_of(&label.value)?]),
        ([], [expression])
            if text_at(expression, &["key"]).as_deref() == Some(NAME_LABEL)
                && text_at(expression, &["operator"]).as_deref() == Some("In") =>
        {
            expression.get("values")?.items().iter().map(name_of).collect()
        }
        _ => None,
    }
}

/// Returns the namespaces that lists and selectors of a cluster-wide object mean; an unknown one
/// stands for those that cannot be told.
pub(super) fn of_cluster_wide(spec: &Tree, selectors: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let listed = spec.get("namespaces").map(Tree::items).unwrap_or_default();
    found.extend(listed.iter().filter_map(name_of));
    let many = spec.get(selectors).map(Tree::items).unwrap_or_default();
    for selector in many.iter().chain(spec.get("namespaceSelector")) {
        found.extend(selected(selector).unwrap_or_else(|| vec![Value::unknown()]));
    }
    if found.is_empty() {
        found.push(Value::unknown());
    }
    found
}
