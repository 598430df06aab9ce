//! The tree: nodes with their ranges, and the ways to ask them for something.
//!
//! Invariant: asking a node of the wrong kind is no error, it answers "nothing".

use std::collections::HashSet;

use sealine_source::TextRange;

use crate::Shared;
use crate::locate::Spelling;

/// One value of a document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the value stands, without its tag and anchor. An alias stands at its `*name`, what is
    /// below it where it was defined. A block scalar begins at its `|` or `>`. A missing value is an
    /// empty range after the `:` or `-` it belongs to.
    pub range: TextRange,
    /// The tag as written, `!vault` or `!!str`.
    pub tag: Option<String>,
    /// What stands there.
    pub value: NodeValue,
    /// Whether the value was reached through an alias at this very node.
    pub is_alias: bool,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum NodeValue {
    /// Nothing, `~` or `null`.
    Null,
    /// A text; which type it has is for the reader to say.
    Scalar(Scalar),
    /// A list.
    Sequence(Shared<Node>),
    /// Keys and values.
    Mapping(Mapping),
}

/// The text of a scalar and how it was written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text after unescaping and folding.
    pub text: String,
    /// How it was written.
    pub style: ScalarStyle,
    pub(crate) spelling: Spelling,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

impl ScalarStyle {
    /// Returns whether this is one of the two block styles.
    pub fn is_block(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }
}

/// The entries of a mapping, in the order of the text, `<<` entries included.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The entries as written; [`Node::entries`] also follows merge keys.
    pub entries: Shared<Entry>,
}

/// One key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Returns whether this is a `<<` entry, which stands for the entries of other mappings.
    pub fn is_merge(&self) -> bool {
        let plain = matches!(&self.key.value,
            NodeValue::Scalar(key) if key.style == ScalarStyle::Plain && key.text == "<<");
        let tagged = self.key.tag.as_deref().is_none_or(|tag| tag == "!!merge");
        plain && tagged && (self.value.is_mapping() || self.value.is_sequence())
    }

    /// Returns the range of the key and the value together.
    pub fn range(&self) -> TextRange {
        self.key.range.cover(self.value.range)
    }
}

impl Scalar {
    /// Returns where the bytes `start..end` of the text stand in the source; `None` where escapes
    /// or folding make it not one to one.
    pub fn source_range(&self, start: usize, end: usize) -> Option<TextRange> {
        self.spelling.exact(start, end)
    }

    /// Returns the smallest known source range that holds the bytes `start..end` of the text, for
    /// messages; it may hold indentation, escapes and line endings too.
    pub fn source_cover(&self, start: usize, end: usize) -> Option<TextRange> {
        self.spelling.cover(start, end)
    }
}

impl Node {
    /// Returns the value of `key`: the last own one, else the one that a merge key brings.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the entry of `key`: the last own one, else the one that a merge key brings.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let own = self.own_entries();
        let found = own.iter().rev().find(|entry| entry.key.as_str() == Some(key));
        found.or_else(|| merged(own).find_map(|node| node.entry(key)))
    }

    /// Returns the node that the keys of `path` lead to.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the text of a scalar, whatever its type.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// Returns the text of the scalar that `path` leads to.
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// Returns the scalar.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            NodeValue::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Returns the text of a scalar that may be something else than a string.
    fn plain(&self) -> Option<&str> {
        let scalar = self.as_scalar().filter(|scalar| scalar.style == ScalarStyle::Plain)?;
        self.tag.as_deref().is_none_or(|tag| tag != "!!str" && tag != "!").then_some(&scalar.text)
    }

    /// Returns the truth of a plain `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.plain()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Returns the number of a plain integer; nothing for `010`, which readers do not agree on.
    pub fn as_int(&self) -> Option<i64> {
        let text = self.plain()?;
        if let Some(digits) = text.strip_prefix("0x") {
            return unsigned(digits, 16);
        }
        if let Some(digits) = text.strip_prefix("0o") {
            return unsigned(digits, 8);
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_ambiguous = digits.len() > 1 && digits.starts_with('0');
        if is_ambiguous || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok()
    }

    /// Returns the items of a sequence; nothing for other nodes.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            NodeValue::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Returns the entries of a mapping, own ones first, then those that merge keys bring; nothing
    /// for other nodes.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let own = self.own_entries();
        let brought =
            if own.iter().any(Entry::is_merge) { merged_entries(own) } else { Vec::new() };
        own.iter().filter(|entry| !entry.is_merge()).chain(brought)
    }

    /// Returns the entries as written, `<<` entries included; nothing for other nodes.
    pub fn own_entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Mapping(mapping) => &mapping.entries,
            _ => &[],
        }
    }

    /// Returns whether the value is missing, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, NodeValue::Null)
    }

    /// Returns whether this is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.value, NodeValue::Mapping(_))
    }

    /// Returns whether this is a sequence.
    pub fn is_sequence(&self) -> bool {
        matches!(self.value, NodeValue::Sequence(_))
    }

    /// Returns whether this is a scalar.
    pub fn is_scalar(&self) -> bool {
        matches!(self.value, NodeValue::Scalar(_))
    }
}

fn unsigned(digits: &str, radix: u32) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(())?;
    i64::from_str_radix(digits, radix).ok()
}

/// Returns the mappings that the `<<` entries name, the strongest first.
fn merged(own: &[Entry]) -> impl Iterator<Item = &Node> {
    own.iter().filter(|entry| entry.is_merge()).flat_map(|entry| {
        let one = std::slice::from_ref(&entry.value);
        if entry.value.is_mapping() { one } else { entry.value.items() }
    })
}

/// Returns what merge keys bring beside `own`, each key once.
fn merged_entries(own: &[Entry]) -> Vec<&Entry> {
    let mut known: HashSet<&str> = own.iter().filter_map(|entry| entry.key.as_str()).collect();
    let mut found = Vec::new();
    collect_merged(own, &mut known, &mut found);
    found
}

/// Recurses no deeper than the tree is.
fn collect_merged<'a>(own: &'a [Entry], known: &mut HashSet<&'a str>, found: &mut Vec<&'a Entry>) {
    for mapping in merged(own) {
        let entries = mapping.own_entries();
        for entry in entries.iter().filter(|entry| !entry.is_merge()) {
            if entry.key.as_str().is_some_and(|key| known.insert(key)) {
                found.push(entry);
            }
        }
        collect_merged(entries, known, found);
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn merge_keys_bring_what_is_not_there() {
        let text = "base: &base {a: 1, b: 2}\nmore: &more {<<: *base, c: 3}\nx:\n  <<: [{b: 9}, *more]\n  a: 0\n";
        let parsed = parse(text);
        let x = parsed.root().unwrap().get("x").unwrap();
        let keys: Vec<_> =
            x.entries().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
        let expected = [("a", "0"), ("b", "9"), ("c", "3")];
        assert_eq!(keys, expected.map(|(key, value)| (Some(key), Some(value))));
        assert_eq!(x.str_at(&["c"]), Some("3"));
        assert_eq!(x.str_at(&["b"]), Some("9"));
        assert!(parsed.problems.is_empty());
    }

    #[test]
    fn an_alias_stands_where_it_is_written_and_its_inside_where_it_is_defined() {
        let text = "a: &x {k: v}\nb: *x\n";
        let parsed = parse(text);
        let alias = parsed.root().unwrap().get("b").unwrap();
        assert!(alias.is_alias);
        assert_eq!(&text[alias.range.bytes()], "*x");
        assert_eq!(alias.get("k").unwrap().range.bytes(), 10..11);
    }

    #[test]
    fn only_plain_scalars_have_a_type() {
        let parsed = parse("[true, 'true', 5432, 0x1F, -7, '7', 010, !!str 5, ~, yes, 1_000]");
        let items = parsed.root().unwrap().items();
        let truths: Vec<_> = items.iter().filter_map(super::Node::as_bool).collect();
        assert_eq!(truths, [true]);
        let numbers: Vec<_> = items.iter().filter_map(super::Node::as_int).collect();
        assert_eq!(numbers, [5432, 31, -7]);
        assert!(items[8].is_null());
        assert_eq!(items[8].as_str(), None);
    }

    #[test]
    fn ranges_hold_what_was_written() {
        let text = "\u{feff}ü: !t 'v'\r\nlist:\r\n- 1\r\n- k: |  # c\r\n    x\r\n\r\n  l:\r\nend: [a, b]\r\n";
        let parsed = parse(text);
        let root = parsed.root().unwrap();
        let shown = |node: &super::Node| text[node.range.bytes()].to_owned();
        assert_eq!(shown(root.get("ü").unwrap()), "'v'");
        assert_eq!(root.get("ü").unwrap().tag.as_deref(), Some("!t"));
        let list = root.get("list").unwrap();
        assert_eq!(shown(list), "- 1\r\n- k: |  # c\r\n    x\r\n\r\n  l:");
        assert_eq!(shown(list.items()[1].get("k").unwrap()), "|  # c\r\n    x");
        assert_eq!(shown(root.get("end").unwrap()), "[a, b]");
        assert_eq!(parsed.comments.len(), 1);
        assert!(!parsed.comments[0].own_line);
    }

    #[test]
    fn empty_documents_are_dropped() {
        let parsed = parse("# only\n---\n---\na: 1\n---\n# nothing\n...\n---\n~\n");
        assert_eq!(parsed.documents.len(), 2);
        assert!(parsed.documents[1].root.is_null());
    }
}
