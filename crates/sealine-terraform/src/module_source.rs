//! Module source addresses.
//!
//! Invariant: an address that is not understood is [`SourceKind::Other`]; nothing is guessed.

use sealine_model::terraform::SourceKind;
use sealine_source::normalise_remote;

/// A module source, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleSource {
    pub(crate) kind: SourceKind,
    /// The normalised remote of a git source.
    pub(crate) remote: Option<String>,
    /// The path inside the package; for a local source the path as written.
    pub(crate) path: String,
    /// The `ref` of a git source.
    pub(crate) reference: Option<String>,
}

/// Hosts whose addresses mean git without saying so.
const GIT_HOSTS: &[&str] = &["github.com/", "gitlab.com/", "bitbucket.org/"];

/// Takes a source address apart.
pub(crate) fn parse(source: &str) -> ModuleSource {
    let other = ModuleSource {
        kind: SourceKind::Other,
        remote: None,
        path: String::new(),
        reference: None,
    };
    if source.starts_with("./") || source.starts_with("../") || source == "." || source == ".." {
        return ModuleSource { kind: SourceKind::Local, path: source.to_owned(), ..other };
    }
    let path = package_path(source);
    let is_git = source.starts_with("git::")
        || source.starts_with("git@")
        || GIT_HOSTS.iter().any(|host| source.starts_with(host))
        || (source.contains("://") && without_query(source).strip_suffix(".git").is_some());
    if is_git {
        let reference = query(source).and_then(|query| parameter(query, "ref"));
        let remote = normalise_remote(source);
        return ModuleSource { kind: SourceKind::Git, remote, path, reference };
    }
    if source.contains("://") || source.contains("::") || source.starts_with('/') {
        return ModuleSource { path, ..other };
    }
    let package = without_query(source).split("//").next().unwrap_or_default();
    let parts: Vec<&str> = package.split('/').collect();
    let is_name = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|next| next.is_ascii_alphanumeric() || "-_.:".contains(next))
    };
    if matches!(parts.len(), 3 | 4) && parts.iter().all(is_name) {
        return ModuleSource { kind: SourceKind::Registry, path, ..other };
    }
    other
}

fn without_query(source: &str) -> &str {
    source.split('?').next().unwrap_or_default()
}

fn query(source: &str) -> Option<&str> {
    Some(source.split_once('?')?.1)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = values.filter(|(key, _)| *key == name);
    values.next().map(|(_, value)| value.to_owned())
}

/// Returns what follows the `//` that is not part of `://`.
fn package_path(source: &str) -> String {
    let plain = without_query(source);
    let start = plain.find("://").map_or(0, |at| at + 3);
    let rest = plain.get(start..).unwrap_or_default();
    rest.split_once("//").map_or("", |(_, path)| path).trim_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_apart() {
        for (source, kind, remote, path, reference) in [
            ("./a", SourceKind::Local, "", "./a", ""),
            ("hashicorp/consul/aws", SourceKind::Registry, "", "", ""),
            ("app.example.com/o/n/aws//modules/x", SourceKind::Registry, "", "modules/x", ""),
            ("github.com/o/r", SourceKind::Git, "github.com/o/r", "", ""),
            (
                "github.com/o/r.git//a/b?depth=1&ref=c@2.0.0-alpha.1",
                SourceKind::Git,
                "github.com/o/r",
                "a/b",
                "c@2.0.0-alpha.1",
            ),
            ("git@github.com:o/r.git//x?ref=v1", SourceKind::Git, "github.com/o/r", "x", "v1"),
            ("git::ssh://git@h.example:22/o/r.git", SourceKind::Git, "h.example/o/r", "", ""),
            ("git::https://h.example/o/r//x", SourceKind::Git, "h.example/o/r", "x", ""),
            ("https://h.example/x.zip//y", SourceKind::Other, "", "y", ""),
            ("s3::https://s3.example/b/x.zip", SourceKind::Other, "", "", ""),
            ("", SourceKind::Other, "", "", ""),
        ] {
            let parsed = parse(source);
            assert_eq!(parsed.kind, kind, "{source}");
            assert_eq!(parsed.remote.as_deref().unwrap_or_default(), remote, "{source}");
            assert_eq!(parsed.path, path, "{source}");
            assert_eq!(parsed.reference.as_deref().unwrap_or_default(), reference, "{source}");
        }
    }
}
