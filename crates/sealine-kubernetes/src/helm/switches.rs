//! The switches of a chart: what its own values leave out, somebody else's may bring.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};

/// Returns values that turn on what these turn off; nothing where they turn off nothing.
pub(crate) fn switched_on(values: &Tree) -> Option<Tree> {
    let entries = values.entries().iter().filter_map(|entry| {
        let value = match &entry.value {
            Tree::Scalar { value, place } if value.text().as_deref() == Some("false") => {
                Tree::Scalar { value: Value::known("true", None), place: place.clone() }
            }
            below => switched_on(below)?,
        };
        Some(TreeEntry { value, ..entry.clone() })
    });
    let entries: Vec<TreeEntry> = entries.collect();
    (!entries.is_empty()).then(|| Tree::Map(TreeMap { entries: entries.into(), open: false }))
}
