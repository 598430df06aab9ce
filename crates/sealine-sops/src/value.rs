//! The tree of a file: documents, maps, lists, leaves with their types, and comments.
//!
//! The same tree holds plaintext and ciphertext; in the latter the encrypted leaves are strings.
//!
//! Invariant: what a leaf or comment says is in a [`SecretValue`], and a leaf's bytes are spelled as
//! SOPS hashes and encrypts them, so equal type and bytes mean equal values.

use sealine_model::SecretValue;
use sealine_source::TextRange;

use crate::timestamp::Timestamp;

/// The plaintext of a file.
#[derive(Debug, Default)]
pub struct Plain {
    /// Its documents; several in YAML only.
    pub documents: Vec<Map>,
}

/// Keys and values in the order of the file.
#[derive(Debug, Default)]
pub struct Map {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The comments below the last entry.
    pub trailing: Vec<Comment>,
}

/// One key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The comments above it, and the one beside it.
    pub comments: Vec<Comment>,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    pub(crate) spot: Spot,
}

/// The items of a list.
#[derive(Debug, Default)]
pub struct List {
    /// The items.
    pub items: Vec<Item>,
    /// The comments below the last item.
    pub trailing: Vec<Comment>,
}

/// One item of a list.
#[derive(Debug)]
pub struct Item {
    /// The comments above it, and the one beside it.
    pub comments: Vec<Comment>,
    /// The value.
    pub value: Value,
    pub(crate) spot: Spot,
}

/// What stands behind a key or in a list.
#[derive(Debug)]
pub enum Value {
    /// Nothing; never encrypted, and no part of the MAC.
    Null,
    /// A scalar.
    Leaf(Leaf),
    /// A list.
    List(List),
    /// A map.
    Map(Map),
}

/// A comment of one line, without its `#`.
#[derive(Debug)]
pub struct Comment {
    /// What it says.
    pub text: SecretValue,
    /// Whether it stands beside a value rather than above it.
    pub inline: bool,
    pub(crate) range: TextRange,
}

/// The types of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A string.
    Str,
    /// A whole number of 64 bits with sign.
    Int,
    /// A floating point number of 64 bits.
    Float,
    /// A truth.
    Bool,
    /// A date or a point in time.
    Time,
    /// Bytes; other writers make them.
    Bytes,
}

/// A scalar with its type.
#[derive(Debug)]
pub struct Leaf {
    kind: Kind,
    bytes: SecretValue,
}

/// Where a key and its value stand in the text they were read from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spot {
    /// The key, or the whole item of a list.
    pub(crate) key: TextRange,
    pub(crate) value: TextRange,
    /// Whether the value is a collection in brackets.
    pub(crate) flow: bool,
    /// Whether the value was reached through an alias, so that it has no text of its own here.
    pub(crate) alias: bool,
}

/// One step down a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To the value of this key.
    Key(String),
    /// To the item of this number, counted from zero.
    Index(usize),
}

/// The way to a value; shown as `a.b[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Returns the path through these keys.
    pub fn keys<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.into())).collect())
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if index == 0 => write!(out, "{}", key.escape_debug())?,
                Step::Key(key) => write!(out, ".{}", key.escape_debug())?,
                Step::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Leaf {
    /// Returns a string.
    pub fn string(text: impl Into<Vec<u8>>) -> Self {
        Self { kind: Kind::Str, bytes: SecretValue::new(text) }
    }

    /// Returns a whole number.
    pub fn int(number: i64) -> Self {
        Self { kind: Kind::Int, bytes: SecretValue::new(number.to_string()) }
    }

    /// Returns a floating point number.
    pub fn float(number: f64) -> Self {
        let text = match number {
            _ if number.is_nan() => "NaN".to_owned(),
            f64::INFINITY => "+Inf".to_owned(),
            f64::NEG_INFINITY => "-Inf".to_owned(),
            _ => number.to_string(),
        };
        Self { kind: Kind::Float, bytes: SecretValue::new(text) }
    }

    /// Returns a truth.
    pub fn bool(truth: bool) -> Self {
        Self { kind: Kind::Bool, bytes: SecretValue::new(if truth { "True" } else { "False" }) }
    }

    /// Returns the point in time that `text` writes as in RFC 3339 or as YAML allows it; nothing
    /// when it does not.
    pub fn time(text: &str) -> Option<Self> {
        let time = Timestamp::parse(text)?;
        Some(Self { kind: Kind::Time, bytes: SecretValue::new(time.to_string()) })
    }

    /// Returns the leaf that decrypted `bytes` of this kind are; nothing when they are none.
    pub(crate) fn decoded(kind: Kind, bytes: Vec<u8>) -> Option<Self> {
        // From here on the bytes are wiped whatever becomes of them.
        let bytes = SecretValue::new(bytes);
        let text = std::str::from_utf8(bytes.expose()).ok();
        match kind {
            Kind::Str | Kind::Bytes => Some(Self { kind, bytes }),
            Kind::Int => text?.parse().ok().map(Self::int),
            Kind::Float => text?.parse().ok().map(Self::float),
            Kind::Bool => match text? {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(Self::bool(true)),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(Self::bool(false)),
                _ => None,
            },
            Kind::Time => Self::time(text?),
        }
    }

    /// Returns the type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the value as SOPS spells it: text as it is, numbers in decimals, `True`, `False`.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// Returns the value as text; nothing for bytes that are none.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.expose()).ok()
    }

    /// Returns the truth.
    pub fn as_bool(&self) -> Option<bool> {
        (self.kind == Kind::Bool).then(|| self.expose() == b"True")
    }

    /// Returns the floating point number.
    pub fn as_float(&self) -> Option<f64> {
        (self.kind == Kind::Float).then(|| self.text()?.parse().ok())?
    }

    /// Returns whether both have the same type and say the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.expose() == other.expose()
    }

    pub(crate) fn copy(&self) -> Self {
        Self { kind: self.kind, bytes: SecretValue::new(self.expose()) }
    }
}

impl Comment {
    /// Returns the comment that says `text`, on a line of its own.
    pub fn new(text: impl Into<Vec<u8>>) -> Self {
        Self { text: SecretValue::new(text), inline: false, range: TextRange::default() }
    }

    pub(crate) fn copy(&self) -> Self {
        Self { text: SecretValue::new(self.text.expose()), inline: self.inline, range: self.range }
    }
}

impl Entry {
    /// Returns an entry without comments.
    pub fn new(key: impl Into<String>, value: Value) -> Self {
        Self { comments: Vec::new(), key: key.into(), value, spot: Spot::default() }
    }

    fn copy(&self) -> Self {
        Self {
            comments: self.comments.iter().map(Comment::copy).collect(),
            key: self.key.clone(),
            value: self.value.copy(),
            spot: self.spot,
        }
    }
}

impl Item {
    /// Returns an item without comments.
    pub fn new(value: Value) -> Self {
        Self { comments: Vec::new(), value, spot: Spot::default() }
    }

    fn copy(&self) -> Self {
        Self {
            comments: self.comments.iter().map(Comment::copy).collect(),
            value: self.value.copy(),
            spot: self.spot,
        }
    }
}

impl Map {
    /// Returns the value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Returns the value that `path` leads to.
    pub fn at(&self, path: &[Step]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let Step::Key(key) = first else { return None };
        self.get(key)?.at(rest)
    }

    /// Returns whether both hold the same keys in the same order with the same values; comments do
    /// not count.
    pub fn is_same(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self
                .entries
                .iter()
                .zip(&other.entries)
                .all(|(left, right)| left.key == right.key && left.value.is_same(&right.value))
    }

    /// Returns another one that says the same.
    pub(crate) fn copy(&self) -> Self {
        Self {
            entries: self.entries.iter().map(Entry::copy).collect(),
            trailing: self.trailing.iter().map(Comment::copy).collect(),
        }
    }
}

impl Value {
    /// Returns the leaf.
    pub fn as_leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// Returns the map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the value that `path` leads to from here.
    pub fn at(&self, path: &[Step]) -> Option<&Value> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match (self, first) {
            (Self::Map(map), Step::Key(_)) => map.at(path),
            (Self::List(list), Step::Index(index)) => list.items.get(*index)?.value.at(rest),
            _ => None,
        }
    }

    /// Returns whether both say the same, with the same types; comments do not count. Recurses no
    /// deeper than the tree is.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Leaf(left), Self::Leaf(right)) => left.is_same(right),
            (Self::Map(left), Self::Map(right)) => left.is_same(right),
            (Self::List(left), Self::List(right)) => {
                left.items.len() == right.items.len()
                    && left
                        .items
                        .iter()
                        .zip(&right.items)
                        .all(|(left, right)| left.value.is_same(&right.value))
            }
            _ => false,
        }
    }

    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Leaf(leaf) => Self::Leaf(leaf.copy()),
            Self::Map(map) => Self::Map(map.copy()),
            Self::List(list) => Self::List(List {
                items: list.items.iter().map(Item::copy).collect(),
                trailing: list.trailing.iter().map(Comment::copy).collect(),
            }),
        }
    }
}

impl Plain {
    /// Returns whether both hold the same documents; comments do not count.
    pub fn is_same(&self, other: &Self) -> bool {
        self.documents.len() == other.documents.len()
            && self.documents.iter().zip(&other.documents).all(|(left, right)| left.is_same(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_spelled_as_sops_hashes_them() {
        for (leaf, spelling) in [
            (Leaf::float(1.5), "1.5"),
            (Leaf::float(1000.0), "1000"),
            (Leaf::float(1e-7), "0.0000001"),
            (Leaf::float(f64::INFINITY), "+Inf"),
            (Leaf::float(-0.0), "-0"),
            (Leaf::bool(true), "True"),
            (Leaf::int(-5), "-5"),
        ] {
            assert_eq!(leaf.text(), Some(spelling));
        }
        assert_eq!(Leaf::float(f64::NEG_INFINITY).as_float(), Some(f64::NEG_INFINITY));
        assert!(Leaf::decoded(Kind::Int, b"1x".to_vec()).is_none());
    }

    #[test]
    fn no_value_is_shown() {
        let map = Map {
            entries: vec![Entry::new("k", Value::Leaf(Leaf::string("hunter2")))],
            trailing: vec![Comment::new("hunter2")],
        };
        assert!(!format!("{map:?}").contains("hunter2"));
        assert_eq!(Path::keys(["a", "b"]).to_string(), "a.b");
    }
}
