//! Values during evaluation: known, partly known, or unknown, with the spot they were written at.
//!
//! Invariant: a value that cannot be told is [`Kind::Unknown`], one that Terraform would refuse is
//! [`Kind::Error`]; nothing that uses them fails. No value is nested deeper than [`MAX_NESTING`], so
//! that walking or dropping one may recurse, however it was put together.

mod text;

use std::borrow::Cow;
use std::rc::Rc;

use sealine_source::TextRange;

use crate::evaluate::{Computed, ModuleHandle, ResourceHandle};

pub(crate) use text::{Length, Piece, Text};

/// How deep values may be nested; what lies deeper is unknown.
const MAX_NESTING: u16 = 200;

/// A range in one of the world's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Spot {
    /// The file, by its number in the world.
    pub(crate) file: u32,
    /// Where in it.
    pub(crate) range: TextRange,
}

/// A value and the expression that made it.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) kind: Kind,
    /// The expression that the value was written as; kept when it is passed on.
    pub(crate) spot: Option<Spot>,
    /// Whether this is one of several possible values, chosen because it tells more.
    pub(crate) guess: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    Text(Text),
    /// A list or tuple.
    List(Rc<Items>),
    /// A set; its items are sorted and distinct.
    Set(Rc<Items>),
    Map(Rc<Map>),
    /// What `jsonencode` or `yamlencode` was given: never turned to text.
    Encoded(Rc<Data>),
    /// A resource or data source, or all instances of one.
    Resource(Rc<ResourceHandle>),
    /// A module call, or all instances of one.
    Module(Rc<ModuleHandle>),
    /// An attribute that the provider computes, such as an id: unknown, but known whose it is.
    Computed(Rc<Computed>),
    Unknown,
    /// Terraform would refuse it; what `try` passes over.
    Error,
}

/// Items of a list or set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    pub(crate) values: Vec<Data>,
    /// Whether there may be others.
    pub(crate) open: bool,
    depth: u16,
}

/// A map or object; its entries are sorted and distinct.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<MapEntry>,
    /// Whether there may be others.
    pub(crate) open: bool,
    depth: u16,
}

/// One key of a map.
#[derive(Clone, Debug)]
pub(crate) struct MapEntry {
    pub(crate) key: Rc<str>,
    /// Where the key is written, when it stands in one place.
    pub(crate) key_spot: Option<Spot>,
    /// What the key was put together from, when it was.
    pub(crate) key_parts: Option<Rc<Text>>,
    pub(crate) value: Data,
}

impl Data {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, spot: None, guess: false }
    }

    pub(crate) fn unknown() -> Self {
        Self::new(Kind::Unknown)
    }

    pub(crate) fn error() -> Self {
        Self::new(Kind::Error)
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::new(Kind::Text(Text::known(text, None)))
    }

    /// Returns a count or position as a number.
    pub(crate) fn count(count: usize) -> Self {
        Self::new(Kind::Number(float(count)))
    }

    pub(crate) fn list(items: Vec<Data>) -> Self {
        Self::new(Kind::list(items, false))
    }

    pub(crate) fn map(entries: Vec<MapEntry>, open: bool) -> Self {
        Self::new(Kind::map(entries, open))
    }

    /// Returns this value as written at `spot`, unless it was written elsewhere.
    pub(crate) fn at(mut self, spot: Spot) -> Self {
        self.spot = self.spot.or(Some(spot));
        self
    }

    /// Returns this value, a guess when `guess` holds.
    pub(crate) fn guessed(mut self, guess: bool) -> Self {
        self.guess |= guess;
        self
    }

    /// Returns whether nothing is known of it; whose attribute it is does not count.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown | Kind::Computed(_) | Kind::Encoded(_))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(crate) fn is_error(&self) -> bool {
        matches!(self.kind, Kind::Error)
    }

    /// Returns the number, also of a string that is one.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(number) => Some(*number),
            Kind::Text(text) => text.whole()?.parse().ok(),
            _ => None,
        }
    }

    /// Returns the truth, also of the strings `true` and `false`.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::Text(text) => text.whole()?.parse().ok(),
            _ => None,
        }
    }

    /// Returns the value as a string, as interpolation does; a hole where it is unknown. Nothing
    /// for what cannot be a string.
    pub(crate) fn to_text(&self) -> Option<Text> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Bool(value) => Some(Text::known(value.to_string(), None)),
            Kind::Number(number) => Some(Text::known(show_number(*number), None)),
            Kind::Unknown | Kind::Computed(_) | Kind::Encoded(_) => Some(Text::hole()),
            _ => None,
        }
    }

    /// Returns the string, when all of it is known.
    pub(crate) fn known_text(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::Text(text) => text.whole(),
            _ => Some(Cow::Owned(self.to_text()?.whole()?.into_owned())),
        }
    }

    /// Returns the entries of a map.
    pub(crate) fn as_map(&self) -> Option<&Rc<Map>> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the items of a list or set.
    pub(crate) fn as_items(&self) -> Option<&Rc<Items>> {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Returns how many levels of other values it holds.
    pub(crate) fn depth(&self) -> u16 {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) => items.depth,
            Kind::Map(map) => map.depth,
            // What is encoded was checked when it was made, and is not encoded twice.
            Kind::Encoded(inner) => inner.depth() + 1,
            Kind::Resource(handle) => handle.slot.as_ref().map_or(0, |slot| slot.depth()),
            Kind::Computed(computed) => {
                computed.resource.slot.as_ref().map_or(0, |slot| slot.depth())
            }
            Kind::Module(handle) => match &**handle {
                ModuleHandle::Call(_, _, Some(slot)) => slot.depth(),
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Returns how many steps a copy or walk of the top level costs.
    pub(crate) fn width(&self) -> usize {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) => items.values.len(),
            Kind::Map(map) => map.entries.len(),
            Kind::Text(text) => (text.len() / 16).max(text.pieces.len() / 4),
            _ => 1,
        }
    }
}

impl Kind {
    pub(crate) fn list(mut items: Vec<Data>, open: bool) -> Self {
        let depth = bound(items.iter_mut());
        items.shrink_to_fit();
        Self::List(Rc::new(Items { values: items, open, depth }))
    }

    /// Makes a set: sorts texts and keeps each once. Items that are unknown stay.
    pub(crate) fn set(items: Vec<Data>, open: bool) -> Self {
        let (mut known, others): (Vec<Data>, Vec<Data>) =
            items.into_iter().partition(|item| item.known_text().is_some());
        known.sort_by(|one, two| one.known_text().cmp(&two.known_text()));
        known.dedup_by(|one, two| one.known_text() == two.known_text());
        let mut items = known;
        items.extend(others);
        let depth = bound(items.iter_mut());
        Self::Set(Rc::new(Items { values: items, open, depth }))
    }

    pub(crate) fn map(entries: Vec<MapEntry>, open: bool) -> Self {
        let mut entries = sort_entries(entries);
        let depth = bound(entries.iter_mut().map(|entry| &mut entry.value));
        Self::Map(Rc::new(Map { entries, open, depth }))
    }
}

/// Returns how deep a value is that holds these parts; parts that are too deep become unknown.
pub(crate) fn bound<'d>(parts: impl Iterator<Item = &'d mut Data>) -> u16 {
    let depths = parts.map(|part| {
        if part.depth() >= MAX_NESTING {
            part.kind = Kind::Unknown;
        }
        part.depth()
    });
    depths.max().unwrap_or_default() + 1
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&MapEntry> {
        let index = self.entries.binary_search_by(|entry| (*entry.key).cmp(key)).ok()?;
        self.entries.get(index)
    }
}

impl MapEntry {
    pub(crate) fn new(key: impl Into<Rc<str>>, value: Data) -> Self {
        let key_spot = value.spot;
        Self::at(key, key_spot, value)
    }

    /// Returns a value under a key that is written at `key_spot`.
    pub(crate) fn at(key: impl Into<Rc<str>>, key_spot: Option<Spot>, value: Data) -> Self {
        Self { key: key.into(), key_spot, key_parts: None, value }
    }

    /// Returns a value under a key that was evaluated; nothing when that is not known.
    pub(crate) fn under(key: &Data, value: Data) -> Option<Self> {
        let text = key.to_text()?;
        if let [Piece::Literal(literal, spot)] = &*text.pieces {
            return Some(Self::at(Rc::clone(literal), *spot, value));
        }
        let whole = text.whole()?.into_owned();
        Some(Self { key_parts: Some(Rc::new(text)), ..Self::at(whole, None, value) })
    }

    /// Returns the key as a value that knows where it stands.
    pub(crate) fn key_data(&self) -> Data {
        let whole = || Text::known(Rc::clone(&self.key), self.key_spot);
        let text = self.key_parts.as_deref().map_or_else(whole, Text::clone);
        Data { kind: Kind::Text(text), spot: self.key_spot, guess: false }
    }
}

/// Sorts entries by key, as Terraform does, and keeps the last of each.
fn sort_entries(mut entries: Vec<MapEntry>) -> Vec<MapEntry> {
    entries.reverse();
    entries.sort_by(|one, two| one.key.cmp(&two.key));
    entries.dedup_by(|later, earlier| later.key == earlier.key);
    entries.shrink_to_fit();
    entries
}

impl Spot {
    /// Returns the bytes `from..to` of this spot.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        let start = self.range.start as usize;
        Self { range: TextRange::new(start + from, start + to), ..self }
    }
}

/// Returns a count as a number.
pub(crate) fn float(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are bounded far below 2^52")]
    let number = count as f64;
    number
}

/// Returns a number as a position: what is negative or no number is 0, what is too large the largest.
pub(crate) fn position(number: f64) -> usize {
    #[expect(clippy::cast_sign_loss, reason = "the cast saturates, and negative is 0 on purpose")]
    let position = number as usize;
    position
}

/// Writes a number as Terraform does.
pub(crate) fn show_number(number: f64) -> String {
    if number.fract().abs() < f64::EPSILON && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        format!("{number}")
    }
}
