//! The sources of an `Application`, and where the paths of their values files lead.
//!
//! Invariant: no path leads above the top of a repository.

use sealine_model::tree::Tree;
use sealine_source::join;

/// Returns the sources of a specification: `source` counts only where `sources` has none.
pub(super) fn sources_of(spec: &Tree) -> Vec<&Tree> {
    let several = spec.get("sources").map(Tree::items).unwrap_or_default();
    if several.is_empty() {
        spec.get("source").into_iter().collect()
    } else {
        several.iter().collect()
    }
}

/// Returns the source that values files name by `$name/…`.
pub(super) fn named<'a>(sources: &[&'a Tree], name: &str) -> Option<&'a Tree> {
    let is_named =
        |source: &&&Tree| source.get("ref").and_then(Tree::text).as_deref() == Some(name);
    sources.iter().find(is_named).copied()
}

/// Returns where the path of a values file leads: the name of a source, when it begins with one, and
/// the path from the top of that repository; without a name it begins at the chart's folder, or at the
/// top of the chart's repository. `None` when it climbs above the top.
pub(super) fn values_path<'a>(written: &'a str, chart: &str) -> Option<(Option<&'a str>, String)> {
    if let Some(named) = written.strip_prefix('$') {
        let (name, path) = named.split_once('/').unwrap_or((named, ""));
        return Some((Some(name), join("", path)?));
    }
    // A template may leave nothing between two slashes.
    let below = written.trim_start_matches('/');
    let path = if below.len() < written.len() { join("", below) } else { join(chart, written) };
    Some((None, path?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_files_begin_at_the_chart_the_top_or_a_named_source() {
        for (written, expected) in [
            ("a.yaml", Some((None, "charts/web/a.yaml"))),
            ("../../a.yaml", Some((None, "a.yaml"))),
            ("../../../a.yaml", None),
            ("/env/a.yaml", Some((None, "env/a.yaml"))),
            ("//env/a.yaml", Some((None, "env/a.yaml"))),
            ("/../a.yaml", None),
            ("$values/env/a.yaml", Some((Some("values"), "env/a.yaml"))),
            ("$values/../a.yaml", None),
            ("$values", Some((Some("values"), ""))),
        ] {
            let expected = expected.map(|(name, path)| (name, path.to_owned()));
            assert_eq!(values_path(written, "charts/web"), expected, "{written}");
        }
    }
}
