//! How encrypted files look: the `sops` metadata and the `ENC[...]` values.

use sealine_source::TextRange;
use sealine_yaml::Node;

/// The formats of files that SOPS encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML, of one document or several.
    Yaml,
    /// One JSON object.
    Json,
    /// Lines of `NAME=value`.
    Dotenv,
    /// Sections of `name = value`.
    Ini,
    /// Anything else, as one value in JSON.
    Binary,
}

impl Format {
    /// Returns the format that SOPS takes a file of this name for; nothing for binary files.
    pub fn of(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "env" => Some(Self::Dotenv),
            "ini" => Some(Self::Ini),
            _ => None,
        }
    }

    /// Returns whether the format has maps and lists.
    pub(crate) fn is_tree(self) -> bool {
        matches!(self, Self::Yaml | Self::Json)
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Dotenv => "dotenv",
            Self::Ini => "INI",
            Self::Binary => "binary",
        })
    }
}

/// Returns whether this is the root of an encrypted document, by its `sops` metadata.
pub fn is_sops(root: &Node) -> bool {
    let has = |key: &str| root.at(&["sops", key]).is_some_and(|node| !node.is_null());
    has("mac") && (has("lastmodified") || has("version"))
}

/// Returns whether the text of a dotenv or ini file is an encrypted one.
pub fn is_encrypted_text(format: Format, text: &str) -> bool {
    let has_key = |key: &str| {
        text.lines().any(|line| {
            let name = line.split_once('=').map_or("", |(name, _)| name.trim());
            name == key
        })
    };
    match format {
        Format::Yaml | Format::Json | Format::Binary => text.contains("ENC[AES256_GCM,data:"),
        Format::Dotenv => has_key("sops_mac"),
        Format::Ini => text.lines().any(|line| line.trim() == "[sops]") && has_key("mac"),
    }
}

/// Returns whether a scalar is an encrypted value.
pub fn is_encrypted_value(text: &str) -> bool {
    let Some(parts) = text.strip_prefix("ENC[AES256_GCM,data:") else { return false };
    let follows = |rest: &str, name: &str| rest.find(name).map(|at| at + name.len());
    let rest = follows(parts, ",iv:").and_then(|at| parts.get(at..));
    let rest = rest.and_then(|rest| rest.get(follows(rest, ",tag:")?..));
    rest.and_then(|rest| rest.get(follows(rest, ",type:")?..))
        .is_some_and(|rest| rest.contains(']'))
}

/// Returns the keys whose values are encrypted, as paths of keys with the place of the value; items
/// of a list share the path of the list, as they do for SOPS.
pub fn encrypted_keys(root: &Node) -> Vec<(Vec<String>, TextRange)> {
    let mut found = Vec::new();
    each_leaf(root, &mut |path, leaf| {
        if leaf.as_str().is_some_and(is_encrypted_value) {
            let path = path.iter().map(|key| (*key).to_owned()).collect();
            found.push((path, leaf.range));
        }
    });
    found
}

/// Visits the scalars of a document outside its metadata, with the keys that lead there.
pub(crate) fn each_leaf(root: &Node, visit: &mut dyn FnMut(&[&str], &Node)) {
    for entry in root.own_entries() {
        let Some(key) = entry.key.as_str().filter(|key| *key != "sops") else { continue };
        walk(&entry.value, &mut vec![key], visit);
    }
}

/// Recurses no deeper than the tree is.
fn walk<'a>(node: &'a Node, path: &mut Vec<&'a str>, visit: &mut dyn FnMut(&[&str], &Node)) {
    if node.is_scalar() {
        visit(path, node);
    }
    for item in node.items() {
        walk(item, path, visit);
    }
    for entry in node.own_entries() {
        path.push(entry.key.as_str().unwrap_or_default());
        walk(&entry.value, path, visit);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_yaml::parse;

    const VALUE: &str = "ENC[AES256_GCM,data:f6SdJOI=,iv:aa,tag:bb,type:str]";

    #[test]
    fn metadata_makes_an_encrypted_file() {
        let text = format!(
            "a:\n  b: {VALUE}\n  c:\n  - {VALUE}\n  - x\nsops:\n  mac: {VALUE}\n  version: 3.9.0\n"
        );
        let parsed = parse(&text);
        let root = parsed.root().unwrap();
        assert!(is_sops(root));
        let keys: Vec<_> =
            encrypted_keys(root).into_iter().map(|(path, _)| path.join(".")).collect();
        assert_eq!(keys, ["a.b", "a.c"]);
        assert!(!is_sops(parse("sops: {enabled: true}").root().unwrap()));
    }

    #[test]
    fn values_need_all_four_parts() {
        assert!(is_encrypted_value(VALUE));
        assert!(!is_encrypted_value("ENC[AES256_GCM,data:f6SdJOI=]"));
        assert!(!is_encrypted_value("ENC[PKCS7,abc]"));
    }

    #[test]
    fn flat_formats_are_known_by_their_metadata() {
        assert!(is_encrypted_text(Format::Dotenv, "A=ENC[x]\nsops_mac=ENC[y]\n"));
        assert!(!is_encrypted_text(Format::Dotenv, "A=1\n"));
        assert!(is_encrypted_text(Format::Ini, "[a]\nb = c\n[sops]\nmac = ENC[y]\n"));
    }
}
