//! Vaults and vault entries, one file a vault.
//!
//! Invariant: a reader gets every resource and data source and says nothing of those it does not
//! know.

mod alphabet;
mod amazon;
mod azure;
mod bitwarden;
mod google;
mod hashicorp;
mod other;
mod registry;
mod unloaded;

use sealine_model::vault::{
    Entry, EntryObject, EntryOrigin, EntryRead, Filling, Vault, VaultIdentity, fingerprint,
};
use sealine_model::{Alphabets, Value};
use sealine_source::Place;

use super::view::View;
use crate::data::{Data, Kind, Piece, Text};
use crate::evaluate::{Evaluator, ResourceHandle};

pub(super) use registry::read_call;
pub(super) use unloaded::open_vaults;

/// What is found of vaults.
#[derive(Default)]
pub(super) struct Found {
    pub(super) vaults: Vec<Vault>,
    pub(super) entries: Vec<Entry>,
    pub(super) reads: Vec<EntryRead>,
    /// Vaults in which what is not loaded may make entries.
    pub(super) open: Vec<VaultIdentity>,
    /// Resources that give an entry its value, to be joined with the entry they name.
    pub(super) versions: Vec<Version>,
}

/// A resource that gives a value to an entry that another resource declares.
pub(super) struct Version {
    /// The address of the entry's resource.
    pub(super) entry: String,
    pub(super) content: Content,
}

/// What a resource says of an entry's value.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) properties: Option<Vec<String>>,
    pub(super) alphabets: Alphabets,
    pub(super) filling: Filling,
    pub(super) ignores_value: bool,
    pub(super) block: Place,
}

impl Content {
    fn fill(self, entry: &mut Entry) {
        entry.properties = self.properties;
        entry.alphabets = self.alphabets;
        entry.filling = self.filling;
        entry.ignores_value = self.ignores_value;
        entry.block = Some(self.block);
    }
}

/// The readers of all kinds of vault.
const READERS: &[fn(&View<'_, '_>, &mut Found)] =
    &[azure::read, amazon::read, bitwarden::read, google::read, hashicorp::read, other::read];

/// Reads a resource of any kind.
pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    for reader in READERS {
        reader(view, found);
    }
}

/// Joins versions with the entries they belong to.
pub(super) fn join_versions(found: &mut Found) {
    for version in std::mem::take(&mut found.versions) {
        let is_known = found.entries.iter().any(|entry| entry.address == version.entry);
        for entry in &mut found.entries {
            let is_its = entry.address == version.entry
                || (!is_known && may_be_same(&entry.address, &version.entry));
            if is_its {
                version.content.clone().fill(entry);
            }
        }
    }
}

/// Returns whether two addresses are of one resource and one of the keys is not known.
fn may_be_same(one: &str, two: &str) -> bool {
    let base = |address: &str| {
        let start = address.rfind('.').unwrap_or(0);
        let bracket = address.get(start..).and_then(|name| name.find('['));
        bracket.map_or(address.len(), |at| start + at)
    };
    let is_open = one.ends_with("[*]") || two.ends_with("[*]");
    is_open && one.get(..base(one)) == two.get(..base(two))
}

/// Returns an entry that a resource declares.
fn entry(view: &View<'_, '_>, vault: VaultIdentity, name: Value, content: Content) -> Entry {
    Entry {
        vault,
        name_place: name.single_place().cloned().or_else(|| written_as_key(view, &name)),
        name,
        object: EntryObject::Secret,
        origin: EntryOrigin::Terraform,
        address: view.address.clone(),
        place: view.place.clone(),
        properties: content.properties,
        alphabets: content.alphabets,
        filling: content.filling,
        ignores_value: content.ignores_value,
        block: Some(content.block),
    }
}

/// Returns where the key of the instance is written, of which a function has made the name: `replace(each.key,
/// "_", "-")` stands nowhere.
fn written_as_key(view: &View<'_, '_>, name: &Value) -> Option<Place> {
    let key = view.key()?;
    let words = |value: &Value| -> Vec<Option<Place>> {
        let is_word = |text: &str| text.contains(char::is_alphanumeric);
        let piece = |piece: &sealine_model::Piece| match piece {
            sealine_model::Piece::Literal { text, place } if is_word(text) => Some(place.clone()),
            _ => None,
        };
        value.pieces().iter().filter_map(piece).collect()
    };
    let is_made = name.is_known() && words(name).iter().all(Option::is_none);
    words(&key).into_iter().rev().flatten().next().filter(|_| is_made)
}

/// Returns a read of an entry by a data source.
fn entry_read(view: &View<'_, '_>, vault: VaultIdentity, name: Value) -> EntryRead {
    let (reader, place) = (view.address.clone(), view.place.clone());
    EntryRead { vault: Some(vault), name, reader, place, asked: None, object: None }
}

/// Returns what a resource says of the value that `argument` gives; `write_only` is its twin.
fn content(view: &View<'_, '_>, argument: &str, write_only: &str) -> Content {
    let block = view.block();
    let ignores_value = view.ignores(argument);
    let (data, filling) = if view.config.declared.attribute(write_only).is_some() {
        (view.given(write_only), Filling::WriteOnly)
    } else {
        let data = view.given(argument);
        let filling = match view.config.declared.attribute(argument) {
            None => Filling::None,
            Some(_) => filling(view, &data, argument),
        };
        (data, filling)
    };
    // What Terraform leaves alone, somebody else may have set.
    let alphabets = if ignores_value {
        Alphabets::default()
    } else {
        alphabet::of_entry(view.evaluator, &data)
    };
    Content { properties: properties(&data), alphabets, filling, ignores_value, block }
}

/// Returns that a resource says nothing of the value.
fn no_content(view: &View<'_, '_>) -> Content {
    let block = view.block();
    Content {
        properties: None,
        alphabets: Alphabets::default(),
        filling: Filling::None,
        ignores_value: false,
        block,
    }
}

fn filling(view: &View<'_, '_>, data: &Data, argument: &str) -> Filling {
    let literal = match &data.kind {
        Kind::Text(text) => text.whole().map(|whole| (whole, text_place(view.evaluator, text))),
        Kind::Bool(_) | Kind::Number(_) => data.known_text().map(|text| (text, None)),
        Kind::Encoded(inner) => encode(inner, 0).map(|text| (text.into(), None)),
        Kind::Error => return Filling::Unknown,
        Kind::Null => return Filling::None,
        _ => None,
    };
    let Some((text, place)) = literal else { return Filling::Computed };
    let place = place.or_else(|| data.spot.and_then(|spot| view.evaluator.place(spot)));
    let place = place.or_else(|| view.expression_place(argument));
    let place = place.unwrap_or_else(|| view.place.clone());
    Filling::Literal { fingerprint: fingerprint(&text), place }
}

/// Returns where a text of one literal stands.
fn text_place(evaluator: &Evaluator<'_>, text: &Text) -> Option<Place> {
    match &*text.pieces {
        [Piece::Literal(_, spot)] => evaluator.place((*spot)?),
        _ => None,
    }
}

/// Returns the keys of a JSON object that is encoded here or stands as a literal.
fn properties(data: &Data) -> Option<Vec<String>> {
    match &data.kind {
        Kind::Encoded(inner) => match &inner.kind {
            Kind::Map(map) if !map.open => {
                Some(map.entries.iter().map(|entry| entry.key.to_string()).collect())
            }
            _ => None,
        },
        Kind::Map(map) if !map.open => {
            Some(map.entries.iter().map(|entry| entry.key.to_string()).collect())
        }
        Kind::Text(text) => {
            let whole = text.whole().filter(|whole| whole.trim_start().starts_with('{'))?;
            let parsed = sealine_yaml::parse(whole.trim());
            let root = parsed.root()?;
            Some(root.entries().filter_map(|it| it.key.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

/// Writes data as JSON, when all of it is known.
fn encode(data: &Data, depth: usize) -> Option<String> {
    if depth > 32 {
        return None;
    }
    Some(match &data.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(_) | Kind::Number(_) => data.known_text()?.into_owned(),
        Kind::Text(text) => format!("{:?}", text.whole()?),
        Kind::List(items) | Kind::Set(items) if !items.open => {
            let items = items.values.iter().map(|item| encode(item, depth + 1));
            format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(","))
        }
        Kind::Map(map) if !map.open => {
            let pair = |entry: &crate::data::MapEntry| {
                Some(format!("{:?}:{}", entry.key, encode(&entry.value, depth + 1)?))
            };
            format!("{{{}}}", map.entries.iter().map(pair).collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => return None,
    })
}

/// Returns the resource that an attribute leads to, when it is one of these kinds.
fn target(evaluator: &Evaluator<'_>, data: &Data, kinds: &[&str]) -> Option<ResourceHandle> {
    let handle = match &data.kind {
        Kind::Computed(computed) => &computed.resource,
        Kind::Resource(handle) if handle.slot.is_some() => handle,
        _ => return None,
    };
    let config = evaluator.config_of(handle)?;
    kinds.contains(&config.kind).then(|| handle.clone())
}

/// Returns the part of an id after `marker`, up to the next `/`: `/vaults/<name>/...`.
fn part_after(text: &Text, marker: &str) -> Option<Text> {
    let mut at = 0;
    let start = text.pieces.iter().find_map(|piece| {
        let found = match piece {
            Piece::Literal(literal, _) => literal.find(marker).map(|found| at + found),
            Piece::Hole => None,
        };
        at += piece.len();
        found.map(|found| found + marker.len())
    })?;
    let rest = text.cut(start, text.len());
    let mut part = Text::default();
    for piece in &rest.pieces {
        match piece {
            Piece::Literal(literal, _) if literal.contains('/') => {
                let end = part.len() + literal.find('/').unwrap_or(literal.len());
                let mut whole = part.clone();
                whole.push(piece.clone());
                return Some(whole.cut(0, end));
            }
            piece => part.push(piece.clone()),
        }
    }
    Some(part)
}
