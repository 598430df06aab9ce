//! Functions of lists and maps.
//!
//! Invariant: a collection of which a part is unknown stays open; no result is longer than
//! [`MAX_ITEMS`].

use std::collections::HashMap;
use std::rc::Rc;

use super::Arguments;
use crate::data::{Data, Kind, MapEntry, float, position};
use crate::evaluate::{Evaluator, MAX_ITEMS, equal};

impl Evaluator<'_> {
    /// Calls a function of collections; nothing when it is another function or not known.
    pub(super) fn collection_function(&self, name: &str, arguments: &Arguments) -> Option<Data> {
        let first = || self.settled(arguments.get(0));
        match name {
            "merge" => Some(self.merge(arguments)),
            "concat" => Some(concat(arguments)),
            "flatten" => self.flatten(&first()),
            "keys" => keys(&first()),
            "values" => values(&first()),
            "length" => length(&first()),
            "lookup" => Some(self.lookup(arguments)),
            "element" => element(&first(), arguments.number(1)?),
            "index" => index(&first(), &arguments.get(1)),
            "contains" => contains(&first(), &arguments.get(1)),
            "coalesce" => Some(coalesce(arguments)),
            "coalescelist" => coalesce_list(arguments),
            "compact" => compact(&first()),
            "distinct" => distinct(&first()),
            "one" => one(&first()),
            "reverse" => reverse(&first()),
            "slice" => slice(&first(), arguments.number(1)?, arguments.number(2)?),
            "sort" => sort(&first()),
            "range" => range(arguments),
            "sum" => sum(&first()),
            "zipmap" => zipmap(&first(), &arguments.get(1)),
            "chunklist" => chunk_list(&first(), arguments.number(1)?),
            "transpose" => self.transpose(&first()),
            "alltrue" => all_or_any(&first(), false),
            "anytrue" => all_or_any(&first(), true),
            "tolist" | "list" => to_list(name, arguments, &first()),
            "toset" => to_set(&first()),
            "tomap" => Some(first()),
            _ => None,
        }
    }

    fn merge(&self, arguments: &Arguments) -> Data {
        let mut entries: Vec<MapEntry> = Vec::new();
        let mut open = arguments.open;
        for value in &arguments.values {
            let value = self.settled(value.clone());
            match &value.kind {
                Kind::Map(map) => {
                    entries.extend(map.entries.iter().cloned());
                    open |= map.open;
                    if map.open {
                        // What is not known may replace what stood before.
                        open = true;
                    }
                }
                Kind::Null => {}
                _ => open = true,
            }
        }
        if entries.len() > MAX_ITEMS { Data::unknown() } else { Data::map(entries, open) }
    }

    /// Flattens by a work list, since lists may be nested as deep as they like. A list may stand in
    /// others many times, so each time is paid for.
    fn flatten(&self, data: &Data) -> Option<Data> {
        let outer = data.as_items()?;
        let mut open = outer.open;
        let mut flat = Vec::new();
        let mut rest: Vec<Data> = outer.values.iter().rev().cloned().collect();
        while let Some(next) = rest.pop() {
            match next.as_items() {
                Some(inner) => {
                    if !self.spend(inner.values.len()) {
                        return None;
                    }
                    open |= inner.open;
                    let guess = next.guess;
                    rest.extend(inner.values.iter().rev().cloned().map(|it| it.guessed(guess)));
                }
                // An unknown element may be a list.
                None if next.is_unknown() => open = true,
                None => flat.push(next),
            }
            if flat.len() + rest.len() > MAX_ITEMS {
                return None;
            }
        }
        Some(list(flat, open))
    }

    fn transpose(&self, data: &Data) -> Option<Data> {
        let map = data.as_map().filter(|map| !map.open)?;
        let mut turned: HashMap<Rc<str>, (MapEntry, Vec<Data>)> = HashMap::new();
        let mut count = 0;
        for entry in &map.entries {
            let items = &entry.value.as_items()?.values;
            count += items.len();
            if count > MAX_ITEMS || !self.spend(items.len()) {
                return None;
            }
            for item in items {
                let under = MapEntry::under(item, Data::unknown())?;
                let key = Rc::clone(&under.key);
                let (_, names) = turned.entry(key).or_insert_with(|| (under, Vec::new()));
                names.push(entry.key_data());
            }
        }
        let entry = |(entry, names)| MapEntry { value: list(names, false), ..entry };
        // A map sorts its entries.
        Some(Data::map(turned.into_values().map(entry).collect(), false))
    }

    fn lookup(&self, arguments: &Arguments) -> Data {
        let found = self.get_index(&arguments.get(0), &arguments.get(1));
        match arguments.values.get(2) {
            Some(default) if found.is_error() => default.clone(),
            _ => found,
        }
    }
}

fn element(list: &Data, index: f64) -> Option<Data> {
    let items = list.as_items().filter(|items| !items.open)?;
    let count = items.values.len();
    if count == 0 || !index.is_finite() {
        return Some(Data::error());
    }
    items.values.get(position(index.rem_euclid(float(count)))).cloned()
}

fn list(items: Vec<Data>, open: bool) -> Data {
    Data::new(Kind::list(items, open))
}

fn concat(arguments: &Arguments) -> Data {
    let mut items = Vec::new();
    let mut open = arguments.open;
    for value in &arguments.values {
        match value.as_items() {
            Some(more) => {
                items.extend(more.values.iter().cloned());
                open |= more.open;
            }
            None => open = true,
        }
    }
    if items.len() > MAX_ITEMS { Data::unknown() } else { list(items, open) }
}

fn keys(data: &Data) -> Option<Data> {
    let map = data.as_map()?;
    Some(list(map.entries.iter().map(MapEntry::key_data).collect(), map.open))
}

fn values(data: &Data) -> Option<Data> {
    let map = data.as_map()?;
    Some(list(map.entries.iter().map(|entry| entry.value.clone()).collect(), map.open))
}

fn length(data: &Data) -> Option<Data> {
    let count = match &data.kind {
        Kind::List(items) | Kind::Set(items) if !items.open => items.values.len(),
        Kind::Map(map) if !map.open => map.entries.len(),
        Kind::Text(text) => text.whole()?.chars().count(),
        _ => return None,
    };
    (!data.guess).then(|| Data::count(count))
}

fn index(data: &Data, wanted: &Data) -> Option<Data> {
    let items = data.as_items().filter(|items| !items.open)?;
    let at = items.values.iter().position(|item| equal(item, wanted) == Some(true))?;
    Some(Data::count(at))
}

fn contains(data: &Data, wanted: &Data) -> Option<Data> {
    let items = data.as_items()?;
    let mut decided = !items.open && !data.guess;
    for item in &items.values {
        match equal(item, wanted) {
            Some(true) if !item.guess && !data.guess => return Some(Data::new(Kind::Bool(true))),
            Some(false) => {}
            _ => decided = false,
        }
    }
    decided.then(|| Data::new(Kind::Bool(false)))
}

/// The first argument that is neither null nor an empty string.
fn coalesce(arguments: &Arguments) -> Data {
    for value in &arguments.values {
        let is_empty = matches!(&value.kind, Kind::Text(text) if text.pieces.is_empty());
        let is_empty = is_empty || value.known_text().is_some_and(|text| text.is_empty());
        if !value.is_null() && !is_empty {
            return value.clone();
        }
    }
    Data::error()
}

fn coalesce_list(arguments: &Arguments) -> Option<Data> {
    for value in &arguments.values {
        let items = value.as_items()?;
        if !items.values.is_empty() || items.open {
            return Some(value.clone());
        }
    }
    Some(Data::error())
}

fn compact(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    let keeps = |item: &&Data| !item.is_null() && item.known_text().is_none_or(|it| !it.is_empty());
    Some(list(items.values.iter().filter(keeps).cloned().collect(), items.open))
}

fn distinct(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    let mut seen = std::collections::HashSet::new();
    let values = items.values.iter();
    let distinct = values.filter(|item| item.known_text().is_none_or(|text| seen.insert(text)));
    Some(list(distinct.cloned().collect(), items.open))
}

fn one(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    match items.values.as_slice() {
        [] if !items.open => Some(Data::new(Kind::Null)),
        [only] => Some(only.clone().guessed(items.open || data.guess)),
        _ => None,
    }
}

fn reverse(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    Some(list(items.values.iter().rev().cloned().collect(), items.open))
}

fn slice(data: &Data, start: f64, end: f64) -> Option<Data> {
    let items = data.as_items().filter(|items| !items.open)?;
    let (start, end) = (position(start), position(end));
    Some(items.values.get(start..end).map_or_else(Data::error, |part| list(part.to_vec(), false)))
}

fn sort(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    let mut sorted: Vec<Data> = items.values.clone();
    sorted.sort_by(|one, two| one.known_text().cmp(&two.known_text()));
    Some(list(sorted, items.open))
}

fn range(arguments: &Arguments) -> Option<Data> {
    let (start, end, step) = match arguments.values.len() {
        1 => (0.0, arguments.number(0)?, 1.0),
        2 => (arguments.number(0)?, arguments.number(1)?, 1.0),
        _ => (arguments.number(0)?, arguments.number(1)?, arguments.number(2)?),
    };
    let step = if arguments.values.len() < 3 && end < start { -1.0 } else { step };
    let count = ((end - start) / step).ceil();
    if !(0.0..=float(MAX_ITEMS)).contains(&count) {
        return None;
    }
    let number = |index: usize| Data::new(Kind::Number(start + float(index) * step));
    Some(list((0..position(count)).map(number).collect(), false))
}

fn sum(data: &Data) -> Option<Data> {
    let items = data.as_items().filter(|items| !items.open)?;
    let numbers: Option<Vec<f64>> = items.values.iter().map(Data::as_number).collect();
    Some(Data::new(Kind::Number(numbers?.into_iter().sum())))
}

fn zipmap(keys: &Data, values: &Data) -> Option<Data> {
    let keys = keys.as_items()?;
    let unknown = Data::unknown();
    let values = values.as_items();
    let mut entries = Vec::new();
    let mut open = keys.open;
    for (at, key) in keys.values.iter().enumerate() {
        let value = values.filter(|values| !values.open).and_then(|values| values.values.get(at));
        match MapEntry::under(key, value.unwrap_or(&unknown).clone()) {
            Some(entry) => entries.push(entry),
            None => open = true,
        }
    }
    Some(Data::map(entries, open))
}

fn chunk_list(data: &Data, size: f64) -> Option<Data> {
    let items = data.as_items().filter(|items| !items.open)?;
    if size < 1.0 {
        return None;
    }
    let chunks = items.values.chunks(position(size));
    Some(list(chunks.map(|chunk| list(chunk.to_vec(), false)).collect(), false))
}

/// `anytrue` is decided by one `true`, `alltrue` by one `false`.
fn all_or_any(data: &Data, decides: bool) -> Option<Data> {
    let items = data.as_items()?;
    let truths: Vec<Option<bool>> = items.values.iter().map(Data::as_bool).collect();
    if truths.contains(&Some(decides)) {
        return Some(Data::new(Kind::Bool(decides)));
    }
    let decided = !items.open && truths.iter().all(Option::is_some);
    decided.then(|| Data::new(Kind::Bool(!decides)))
}

fn to_list(name: &str, arguments: &Arguments, first: &Data) -> Option<Data> {
    if name == "list" {
        return Some(list(arguments.values.clone(), arguments.open));
    }
    let items = first.as_items()?;
    Some(Data { kind: Kind::List(Rc::clone(items)), ..first.clone() })
}

fn to_set(data: &Data) -> Option<Data> {
    let items = data.as_items()?;
    Some(Data { kind: Kind::set(items.values.clone(), items.open), ..data.clone() })
}
