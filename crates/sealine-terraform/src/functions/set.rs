//! Functions of sets.
//!
//! Invariant: products and unions are bounded before they are made; what is looked up is found by its
//! hash.

use std::borrow::Cow;
use std::collections::HashSet;
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
                let count: usize = sets.iter().map(|set| set.values.len()).sum();
                let items = || sets.iter().flat_map(|set| set.values.iter().cloned()).collect();
                (count <= MAX_ITEMS).then(|| set(items(), open))
            }
            "matchkeys" => match_keys(&sets),
            _ => combine(name, &sets),
        }
    }

    fn product(&self, sets: &[Rc<Items>], arguments: &Arguments) -> Option<Data> {
        let open = sets.iter().any(|set| set.open);
        let count = sets.iter().try_fold(1_usize, |all, it| all.checked_mul(it.values.len()))?;
        if count > MAX_ITEMS || !self.spend(count.saturating_mul(sets.len())) {
            return None;
        }
        // Rows are counted up as numbers are, the last set being the lowest digit.
        let row = |number: usize| {
            let mut rest = number;
            let digit = |set: &Rc<Items>| {
                let item = set.values.get(rest % set.values.len()).cloned();
                rest /= set.values.len();
                item
            };
            let mut row: Vec<Data> = sets.iter().rev().filter_map(digit).collect();
            row.reverse();
            Data::list(row)
        };
        let items: Vec<Data> = (0..count).map(row).collect();
        let all_sets = arguments.values.iter().all(|it| matches!(it.kind, Kind::Set(_)));
        let kind = if all_sets { Kind::set(items, open) } else { Kind::list(items, open) };
        Some(Data::new(kind))
    }
}

fn set(items: Vec<Data>, open: bool) -> Data {
    Data::new(Kind::set(items, open))
}

fn texts<'a, C: FromIterator<Cow<'a, str>>>(items: &'a Items) -> Option<C> {
    if items.open { None } else { items.values.iter().map(Data::known_text).collect() }
}

/// `setintersection` and `setsubtract`: the others must be known.
fn combine(name: &str, sets: &[Rc<Items>]) -> Option<Data> {
    let (first, others) = sets.split_first()?;
    let others: Vec<HashSet<Cow<'_, str>>> =
        others.iter().map(|items| texts(items)).collect::<Option<_>>()?;
    let keeps = |item: &&Data| {
        let text = item.known_text();
        let is_in =
            |known: &HashSet<Cow<'_, str>>| text.as_ref().is_some_and(|text| known.contains(text));
        if name == "setintersection" { others.iter().all(is_in) } else { !others.iter().any(is_in) }
    };
    Some(set(first.values.iter().filter(keeps).cloned().collect(), first.open))
}

fn match_keys(sets: &[Rc<Items>]) -> Option<Data> {
    let [values, keys, wanted] = sets else { return None };
    let keys: Vec<Cow<'_, str>> = texts(keys)?;
    let wanted: HashSet<Cow<'_, str>> = texts(wanted)?;
    let pairs = values.values.iter().zip(keys);
    let found = pairs.filter(|(_, key)| wanted.contains(key)).map(|(value, _)| value.clone());
    Some(Data::list(found.collect()))
}
