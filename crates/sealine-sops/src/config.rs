//! `.sops.yaml`: the creation rules with their positions.

use regex::{Regex, RegexBuilder};
use sealine_source::TextRange;
use sealine_yaml::Node;

use crate::creation::masters;
use crate::{Fault, Master, Rule, Selection};

/// How large a pattern may become, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// What a `.sops.yaml` says.
#[derive(Clone, Debug, Default)]
pub struct SopsConfig {
    /// The creation rules, the first match of which counts.
    pub rules: Vec<CreationRule>,
}

/// One creation rule.
#[derive(Clone, Debug)]
pub struct CreationRule {
    /// Where it stands.
    pub range: TextRange,
    /// Which files it is for; all of them without.
    pub path_regex: Option<Pattern>,
    /// Which values it encrypts.
    pub selection: Selection,
    /// Whether the MAC covers the encrypted values only.
    pub mac_only_encrypted: bool,
    /// Who can decrypt.
    pub recipients: Recipients,
    /// The master keys by name, or why they cannot be told.
    pub masters: Result<Vec<Master>, Fault>,
}

impl CreationRule {
    /// Returns how a file is encrypted that falls under this rule.
    pub fn rule(&self) -> Rule {
        Rule { selection: self.selection.clone(), mac_only_encrypted: self.mac_only_encrypted }
    }
}

/// Which sorts of keys a rule encrypts for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The keys of the rule that name recipients, `age` or `azure_keyvault`.
    pub kinds: Vec<String>,
    /// How many key groups there are; one when the recipients stand in the rule itself.
    pub groups: usize,
}

/// A regular expression in Go's syntax, searched for without anchors.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub range: TextRange,
    /// The expression, when it is a valid one.
    pub(crate) regex: Option<Regex>,
}

impl Pattern {
    /// Returns the pattern of `text`, which may be invalid.
    pub fn new(text: &str) -> Self {
        let regex = RegexBuilder::new(text).size_limit(PATTERN_SIZE).build().ok();
        Self { text: text.to_owned(), range: TextRange::default(), regex }
    }

    fn of(node: &Node) -> Option<Self> {
        Some(Self { range: node.range, ..Self::new(node.as_str()?) })
    }

    /// Returns whether the pattern is found in `text`; `None` when it is invalid.
    pub fn is_match(&self, text: &str) -> Option<bool> {
        Some(self.regex.as_ref()?.is_match(text))
    }
}

/// Reads the root of a `.sops.yaml`.
pub fn parse_config(root: &Node) -> SopsConfig {
    let rules = root.get("creation_rules").map_or(&[][..], Node::items);
    SopsConfig { rules: rules.iter().map(parse_rule).collect() }
}

fn parse_rule(node: &Node) -> CreationRule {
    let path_regex = node.get("path_regex").filter(|path| path.as_str() != Some(""));
    CreationRule {
        range: node.range,
        path_regex: path_regex.and_then(Pattern::of),
        selection: parse_selection(node),
        mac_only_encrypted: node.get("mac_only_encrypted").and_then(Node::as_bool) == Some(true),
        recipients: parse_recipients(node),
        masters: masters(node),
    }
}

fn parse_selection(rule: &Node) -> Selection {
    let mut found = Selection::SETTINGS.into_iter().filter_map(|name| {
        let pattern = rule.get(name).and_then(Pattern::of).filter(|it| !it.text.is_empty())?;
        Selection::of_setting(name, pattern)
    });
    match (found.next(), found.next()) {
        (None, _) => Selection::default(),
        (Some(one), None) => one,
        (Some(_), Some(_)) => Selection::Unknown,
    }
}

fn parse_recipients(rule: &Node) -> Recipients {
    const KINDS: [&str; 8] = [
        "age",
        "pgp",
        "kms",
        "gcp_kms",
        "azure_keyvault",
        "hc_vault_transit_uri",
        "hc_vault",
        "hckms",
    ];
    let named = |node: &Node| {
        let present = KINDS.into_iter().filter(|kind| {
            node.get(kind).is_some_and(|value| {
                !value.items().is_empty()
                    || value.as_str().is_some_and(|text| !text.trim().is_empty())
            })
        });
        present.map(str::to_owned).collect::<Vec<_>>()
    };
    match rule.get("key_groups").filter(|groups| groups.is_sequence()) {
        Some(groups) => {
            let mut kinds: Vec<String> = groups.items().iter().flat_map(named).collect();
            kinds.sort();
            kinds.dedup();
            Recipients { kinds, groups: groups.items().len() }
        }
        None => Recipients { kinds: named(rule), groups: 1 },
    }
}

/// Returns the rule for the file at `path`, relative to the configuration's folder: the first one
/// that matches. Behind a rule whose pattern is invalid nothing is known.
pub fn rule_for<'a>(config: &'a SopsConfig, path: &str) -> Option<&'a CreationRule> {
    for rule in &config.rules {
        match &rule.path_regex {
            None => return Some(rule),
            Some(pattern) if pattern.is_match(path)? => return Some(rule),
            Some(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_yaml::parse;

    #[test]
    fn the_first_rule_that_matches_counts() {
        let text = "creation_rules:\n- path_regex: prod/.*\\.yaml$\n  encrypted_regex: ^(data|stringData)$\n  age: a,b\n- key_groups:\n  - age: [a]\n    pgp: [b]\n  - kms: [{arn: x}]\n";
        let parsed = parse(text);
        let config = parse_config(parsed.root().unwrap());
        let rule = rule_for(&config, "apps/prod/x.yaml").unwrap();
        assert_eq!(rule.recipients.kinds, ["age"]);
        assert!(text[rule.range.bytes()].starts_with("path_regex: prod"));
        assert!(matches!(rule.selection, Selection::EncryptedRegex(_)));
        let rest = rule_for(&config, "apps/dev/x.yaml").unwrap();
        assert_eq!(
            rest.recipients,
            Recipients { kinds: ["age", "kms", "pgp"].map(str::to_owned).to_vec(), groups: 2 }
        );
    }

    #[test]
    fn an_invalid_pattern_hides_what_comes_behind_it() {
        let parsed = parse("creation_rules: [{path_regex: '(', age: a}, {age: b}]");
        assert!(rule_for(&parse_config(parsed.root().unwrap()), "x.yaml").is_none());
    }
}
