//! From two trees to the pieces of text that tell them apart.
//!
//! Invariant: only what differs is replaced; the writer of the format decides how, this module what.

use std::collections::{HashMap, HashSet};

use super::splice::Splices;
use super::{flat, yaml};
use crate::value::Spot;
use crate::{Entry, Fault, Format, Leaf, List, Map, Path, Step, Value};

/// A document before and after, and encrypted afterwards. The first has its places in the text.
pub(super) struct Trees<'a> {
    pub(super) old: &'a Map,
    pub(super) new: &'a Map,
    pub(super) sealed: &'a Map,
}

/// A place that a value is put to.
pub(super) struct Target<'a> {
    pub(super) spot: Spot,
    /// What stands there now.
    pub(super) old: &'a Value,
    /// Whether it stands within brackets.
    pub(super) in_flow: bool,
    /// Whether it is an item of a list.
    pub(super) is_item: bool,
}

/// What is around a collection.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The metadata, which stands among the keys of the first level.
    pub(super) metadata: Option<&'a Entry>,
    /// Whether the collection stands in brackets.
    pub(super) in_flow: bool,
    /// Where the collection stands; nothing for a whole document.
    pub(super) spot: Option<Spot>,
}

/// How a format writes changes.
pub(super) trait Writer {
    /// Puts `leaf` in the place of a scalar or of nothing.
    fn set_leaf(&self, splices: &mut Splices<'_>, target: &Target<'_>, leaf: &Leaf) -> Option<()>;

    /// Puts a value in the place of another one of a different kind.
    fn set_value(&self, splices: &mut Splices<'_>, target: &Target<'_>, to: &Value) -> Option<()>;

    /// Removes the entries for which `is_removed` holds; some are left, or it is a whole document.
    fn remove(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_removed: &dyn Fn(&Entry) -> bool,
        around: Around<'_>,
    ) -> Option<()>;

    /// Adds entries behind the last one for which `is_kept` holds.
    fn append(
        &self,
        splices: &mut Splices<'_>,
        map: &Map,
        is_kept: &dyn Fn(&Entry) -> bool,
        entries: &[&Entry],
        around: Around<'_>,
    ) -> Option<()>;

    /// Shortens a list to `length` items, which is not zero.
    fn truncate(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        length: usize,
        around: Around<'_>,
    ) -> Option<()>;

    /// Adds items behind the last one, which there is.
    fn extend(
        &self,
        splices: &mut Splices<'_>,
        list: &List,
        items: &[&Value],
        around: Around<'_>,
    ) -> Option<()>;
}

/// Writes what changed in one document; returns the paths of values that did.
pub(super) fn document(
    format: Format,
    splices: &mut Splices<'_>,
    trees: &Trees<'_>,
    metadata: Option<&Entry>,
) -> Result<Vec<Path>, Fault> {
    let writer = writer(format, splices, trees.old);
    let mut differ = Differ { writer: &*writer, splices, path: Vec::new(), changed: Vec::new() };
    let is_flow = metadata.is_some_and(|entry| entry.spot.flow);
    let in_flow = format == Format::Json || (is_flow && differ.is_flow_root());
    let around = Around { metadata, in_flow, spot: None };
    let done = differ.map(trees.old, trees.new, trees.sealed, around);
    match done {
        Some(()) => Ok(differ.changed),
        None => Err(Fault::Edit(Path(differ.path))),
    }
}

fn writer(format: Format, splices: &Splices<'_>, document: &Map) -> Box<dyn Writer> {
    match format {
        Format::Json => Box::new(flat::Json::of(splices)),
        Format::Dotenv => Box::new(flat::Dotenv),
        _ => Box::new(yaml::Yaml::of(splices, document)),
    }
}

fn shares_a_key(old: &Map, new: &Map) -> bool {
    let keys: HashSet<&str> = new.entries.iter().map(|entry| &*entry.key).collect();
    old.entries.iter().any(|entry| keys.contains(&*entry.key))
}

struct Differ<'a, 't> {
    writer: &'a dyn Writer,
    splices: &'a mut Splices<'t>,
    path: Vec<Step>,
    changed: Vec<Path>,
}

impl Differ<'_, '_> {
    fn is_flow_root(&self) -> bool {
        self.splices.text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
    }

    fn changed(&mut self, step: Step) {
        let mut path = self.path.clone();
        path.push(step);
        self.changed.push(Path(path));
    }

    /// Recurses no deeper than the trees are. On failure the path tells where.
    fn map(&mut self, old: &Map, new: &Map, sealed: &Map, around: Around<'_>) -> Option<()> {
        let both = new.entries.iter().zip(&sealed.entries);
        let after: HashMap<&str, (&Value, &Value)> =
            both.map(|(new, sealed)| (&*new.key, (&new.value, &sealed.value))).collect();
        let before: HashSet<&str> = old.entries.iter().map(|entry| &*entry.key).collect();
        let is_kept = |entry: &Entry| after.contains_key(&*entry.key);
        for entry in &old.entries {
            let step = Step::Key(entry.key.clone());
            let Some((to, sealed)) = after.get(&*entry.key).copied() else {
                self.changed(step);
                continue;
            };
            let target = Target {
                spot: entry.spot,
                old: &entry.value,
                in_flow: around.in_flow,
                is_item: false,
            };
            self.path.push(step);
            self.value(&target, to, sealed)?;
            self.path.pop();
        }
        if !old.entries.iter().all(is_kept) {
            self.writer.remove(self.splices, old, &|entry| !is_kept(entry), around)?;
        }
        let added: Vec<&Entry> =
            sealed.entries.iter().filter(|entry| !before.contains(&*entry.key)).collect();
        for entry in &added {
            self.changed(Step::Key(entry.key.clone()));
        }
        if added.is_empty() {
            return Some(());
        }
        self.writer.append(self.splices, old, &is_kept, &added, around)
    }

    fn value(&mut self, target: &Target<'_>, new: &Value, sealed: &Value) -> Option<()> {
        if target.old.is_same(new) {
            return Some(());
        }
        if target.spot.alias {
            return None;
        }
        let around = Around {
            metadata: None,
            in_flow: target.in_flow || target.spot.flow,
            spot: Some(target.spot),
        };
        match (target.old, new, sealed) {
            (Value::Map(old), Value::Map(new), Value::Map(sealed)) if shares_a_key(old, new) => {
                self.map(old, new, sealed, around)
            }
            (Value::List(old), Value::List(new), Value::List(sealed))
                if !old.items.is_empty() && !new.items.is_empty() =>
            {
                self.list(old, new, sealed, around)
            }
            (Value::Null | Value::Leaf(_), _, Value::Leaf(leaf)) => {
                self.changed.push(Path(self.path.clone()));
                self.writer.set_leaf(self.splices, target, leaf)
            }
            (_, _, sealed) => {
                self.changed.push(Path(self.path.clone()));
                self.writer.set_value(self.splices, target, sealed)
            }
        }
    }

    fn list(&mut self, old: &List, new: &List, sealed: &List, around: Around<'_>) -> Option<()> {
        let common = old.items.len().min(new.items.len());
        let both = old.items.iter().zip(&new.items).zip(&sealed.items);
        for (index, ((item, to), sealed)) in both.enumerate() {
            let target = Target {
                spot: item.spot,
                old: &item.value,
                in_flow: around.in_flow,
                is_item: true,
            };
            self.path.push(Step::Index(index));
            self.value(&target, &to.value, &sealed.value)?;
            self.path.pop();
        }
        for index in common..old.items.len().max(new.items.len()) {
            self.changed(Step::Index(index));
        }
        if common < old.items.len() {
            self.writer.truncate(self.splices, old, common, around)?;
        }
        let added = sealed.items.iter().skip(common);
        let added: Vec<&Value> = added.map(|item| &item.value).collect();
        if added.is_empty() {
            return Some(());
        }
        self.writer.extend(self.splices, old, &added, around)
    }
}

/// Replaces every encrypted text of a document by the one in `sealed`, comments included.
pub(super) fn renew(
    format: Format,
    splices: &mut Splices<'_>,
    old: &Map,
    sealed: &Map,
) -> Result<(), Fault> {
    let writer = writer(format, splices, old);
    let mut pairs = Vec::new();
    let mut comments = Vec::new();
    pair_map(old, sealed, format == Format::Json, &mut pairs, &mut comments);
    for (target, leaf) in pairs {
        let is_same = target.old.as_leaf().is_some_and(|old| old.is_same(leaf));
        if !is_same && (target.spot.alias || writer.set_leaf(splices, &target, leaf).is_none()) {
            return Err(Fault::Edit(Path::default()));
        }
    }
    for (old, new) in comments {
        let range = old.range.bytes();
        let Ok(text) = std::str::from_utf8(new.text.expose()) else { continue };
        if range.is_empty() || old.text.expose() == new.text.expose() {
            continue;
        }
        // In a list an encrypted comment stands as an item.
        let mark = if splices.slice(range.start, range.end).starts_with('#') { "#" } else { "" };
        splices.replace(range.start, range.end, format!("{mark}{text}"));
    }
    Ok(())
}

type Pairs<'a> = Vec<(Target<'a>, &'a Leaf)>;
type Comments<'a> = Vec<(&'a crate::Comment, &'a crate::Comment)>;

fn pair_map<'a>(
    old: &'a Map,
    new: &'a Map,
    in_flow: bool,
    pairs: &mut Pairs<'a>,
    comments: &mut Comments<'a>,
) {
    for (old, new) in old.entries.iter().zip(&new.entries) {
        comments.extend(old.comments.iter().zip(&new.comments));
        let target = Target { spot: old.spot, old: &old.value, in_flow, is_item: false };
        pair_value(target, &new.value, pairs, comments);
    }
    comments.extend(old.trailing.iter().zip(&new.trailing));
}

/// Recurses no deeper than the trees are.
fn pair_value<'a>(
    target: Target<'a>,
    new: &'a Value,
    pairs: &mut Pairs<'a>,
    comments: &mut Comments<'a>,
) {
    let in_flow = target.in_flow || target.spot.flow;
    match (target.old, new) {
        (Value::Leaf(_), Value::Leaf(leaf)) => pairs.push((target, leaf)),
        (Value::Map(old), Value::Map(new)) => pair_map(old, new, in_flow, pairs, comments),
        (Value::List(old), Value::List(new)) => {
            for (old, new) in old.items.iter().zip(&new.items) {
                comments.extend(old.comments.iter().zip(&new.comments));
                let target = Target { spot: old.spot, old: &old.value, in_flow, is_item: true };
                pair_value(target, &new.value, pairs, comments);
            }
            comments.extend(old.trailing.iter().zip(&new.trailing));
        }
        _ => {}
    }
}
