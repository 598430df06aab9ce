//! Functions of sets.
//!
//! Invariant: products are bounded before they are made.

use std::borrow::Cow;
use std::rc::Rc;

use super::Arguments;
use crate::data::{Data, Items, Kind};
use crate::evaluate::{Evaluator, MAX_ITEMS};

impl Evaluator<'_> {
    /// Calls a function of sets; nothing when it is another function or not known.
    pub(super) fn set_function(&self, name: &str, arguments: &Arguments) -> Option<Data> {
        let sets: Option<Vec<Rc<Items>>> = match name {
            "setproduct" | "setunion" | "setintersection" | "setsubtract" | "matchkeys" => {
                let items = |value: &Data| self.settled(value.clone()).as_items().cloned();
                arguments.values.iter().map(items).collect()
            }
            _ => return None,
        };
        let sets = sets.filter(|_| !arguments.open)?;
        match name {
            "setproduct" => self.product(&sets, arguments),
            "setunion" => {
                let open = sets.iter().any(|set| set.open);
                let items = sets.iter().flat_map(|set| set.values.iter().cloned()).collect();
                Some(set(items, open))
            }
            "matchkeys" => match_keys(&sets),
            _ => combine(name, &sets),
        }
    }

    fn product(&self, sets: &[Rc<Items>], arguments: &Arguments) -> Option<Data> {
        let open = sets.iter().any(|set| set.open);
        let count = sets.iter().try_fold(1_usize, |all, it| all.checked_mul(it.values.len()))?;
        if count > MAX_ITEMS || !self.spend(count) {
            return None;
        }
        let mut rows: Vec<Vec<Data>> = vec![Vec::new()];
        for set in sets {
            let longer = |row: &Vec<Data>| -> Vec<Vec<Data>> {
                let with = |item: &Data| row.iter().chain([item]).cloned().collect();
                set.values.iter().map(with).collect()
            };
            rows = rows.iter().flat_map(longer).collect();
        }
        let items: Vec<Data> = rows.into_iter().map(Data::list).collect();
        let all_sets = arguments.values.iter().all(|it| matches!(it.kind, Kind::Set(_)));
        let kind = if all_sets { Kind::set(items, open) } else { Kind::list(items, open) };
        Some(Data::new(kind))
    }
}

fn set(items: Vec<Data>, open: bool) -> Data {
    Data::new(Kind::set(items, open))
}

fn texts(items: &Items) -> Option<Vec<Cow<'_, str>>> {
    if items.open { None } else { items.values.iter().map(Data::known_text).collect() }
}

/// `setintersection` and `setsubtract`: the others must be known.
fn combine(name: &str, sets: &[Rc<Items>]) -> Option<Data> {
    let (first, others) = sets.split_first()?;
    let others: Vec<Vec<Cow<'_, str>>> =
        others.iter().map(|items| texts(items)).collect::<Option<_>>()?;
    let keeps = |item: &&Data| {
        let text = item.known_text();
        let is_in =
            |known: &Vec<Cow<'_, str>>| text.as_ref().is_some_and(|text| known.contains(text));
        if name == "setintersection" { others.iter().all(is_in) } else { !others.iter().any(is_in) }
    };
    Some(set(first.values.iter().filter(keeps).cloned().collect(), first.open))
}

fn match_keys(sets: &[Rc<Items>]) -> Option<Data> {
    let [values, keys, wanted] = sets else { return None };
    let (keys, wanted) = (texts(keys)?, texts(wanted)?);
    let pairs = values.values.iter().zip(keys);
    let found = pairs.filter(|(_, key)| wanted.contains(key)).map(|(value, _)| value.clone());
    Some(Data::list(found.collect()))
}
