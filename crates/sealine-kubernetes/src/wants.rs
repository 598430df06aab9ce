//! Which files the readers want to see, by name and a search for a few bytes.
//!
//! Invariant: cheap, and never `false` for a file that begins something. A file that another one
//! leads to (values, patches, files of a chart) is looked up when it is asked for.

use crate::delivery::inventory::{KUSTOMIZATION_NAMES, file_name, is_yaml};
use crate::manifest::prow;

/// Returns whether the file may declare or deliver objects.
pub fn wants(path: &str, bytes: &[u8]) -> bool {
    let name = file_name(path);
    if KUSTOMIZATION_NAMES.contains(&name) || name == "Chart.yaml" {
        return true;
    }
    if !is_yaml(path) {
        return false;
    }
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    has("apiVersion") && has("kind") || prow::may_hold_jobs(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_begin_something_are_wanted() {
        for (path, text, expected) in [
            ("a/kustomization.yml", "", true),
            ("a/Chart.yaml", "", true),
            ("a/b.yaml", "kind: Secret\napiVersion: v1\n", true),
            ("a/b.json", r#"{"apiVersion": "v1", "kind": "Secret"}"#, true),
            ("a/b.yaml", "a: b", false),
            ("a/b.yaml", "# jobs\nperiodics:\n- {spec: {volumes: [{secret: {}}]}}\n", true),
            ("a/b.yaml", "a:\n  periodics: [secret]\n", false),
            ("a/b.md", "apiVersion kind", false),
        ] {
            assert_eq!(wants(path, text.as_bytes()), expected, "{path}");
        }
    }
}
