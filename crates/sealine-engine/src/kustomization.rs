//! Adds a file to the `resources` of a kustomization.
//!
//! Invariant: an edit adds one item and changes nothing else; where that cannot be promised there is
//! none.

use sealine_yaml::{NodeValue, edit, parse};

/// The names of a kustomization, in the order in which kustomize looks.
pub const NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What becomes of a kustomization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// This is its new text.
    Text(String),
    /// It lists the file already.
    Listed,
    /// It cannot be edited safely.
    Unclear,
}

/// Returns what becomes of a kustomization to which a file is added.
pub fn add(text: &str, file: &str) -> Addition {
    let parsed = parse(text);
    let ([document], true) = (parsed.documents.as_slice(), parsed.problems.is_empty()) else {
        return Addition::Unclear;
    };
    let root = &document.root;
    let edit = match root.get("resources") {
        Some(resources) => {
            let NodeValue::Sequence(items) = &resources.value else { return Addition::Unclear };
            let name = |text: &str| text.trim_start_matches("./").to_owned();
            if items.iter().filter_map(|item| item.as_str()).any(|item| name(item) == file) {
                return Addition::Listed;
            }
            edit::append_item(text, resources, file)
        }
        None => None,
    };
    let Some((range, new)) = edit else { return Addition::Unclear };
    let mut out = text.to_owned();
    out.replace_range(range.bytes(), &new);
    Addition::Text(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_is_added() {
        let text = "namespace: a\nresources:\n  - x.yaml # why\nimages: []\n";
        let added = "namespace: a\nresources:\n  - x.yaml # why\n  - y.yaml\nimages: []\n";
        assert_eq!(add(text, "y.yaml"), Addition::Text(added.to_owned()));
        assert_eq!(add(text, "x.yaml"), Addition::Listed);
        assert_eq!(add("resources: [./x.yaml]\n", "x.yaml"), Addition::Listed);
        assert_eq!(add("resources: {a: b}\n", "x.yaml"), Addition::Unclear);
        assert_eq!(add("bases: []\n", "x.yaml"), Addition::Unclear);
    }
}
