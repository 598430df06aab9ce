//! Terraform's functions, as far as names, keys and values of configuration use them.
//!
//! Invariant: a function of something unknown gives what is certain (a pattern, an open list), else
//! unknown; a function that is not listed gives unknown.

mod collection;
mod digest;
mod encoding;
mod files;
mod format;
mod network;
mod number;
pub(crate) mod path;
mod set;
mod text;
mod yaml;

use std::borrow::Cow;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use crate::data::{Data, Kind, Text};
use crate::evaluate::{Evaluator, MAX_TEXT, Scope};
use crate::syntax::Expression;

pub(crate) use yaml::decode as decode_yaml;

/// The arguments of a call.
pub(crate) struct Arguments {
    values: Vec<Data>,
    /// Whether an unknown number of further arguments follows.
    open: bool,
}

impl Arguments {
    /// Returns an argument; null where none is given, unknown where one may be.
    fn get(&self, index: usize) -> Data {
        match self.values.get(index) {
            Some(data) => data.clone(),
            None if self.open => Data::unknown(),
            None => Data::new(Kind::Null),
        }
    }

    /// Returns an argument that is a string known as a whole.
    fn known(&self, index: usize) -> Option<Cow<'_, str>> {
        self.values.get(index)?.known_text()
    }

    /// Returns an argument as a text with holes.
    fn text(&self, index: usize) -> Option<Text> {
        self.values.get(index)?.to_text()
    }

    fn number(&self, index: usize) -> Option<f64> {
        self.values.get(index)?.as_number()
    }
}

impl<'w> Evaluator<'w> {
    /// Calls a function.
    pub(crate) fn call(
        &self,
        scope: &Scope<'w>,
        name: &str,
        arguments: &[Expression],
        expands: bool,
    ) -> Data {
        let mut values = Vec::with_capacity(arguments.len());
        let mut open = false;
        for (at, argument) in arguments.iter().enumerate() {
            let data = self.evaluate(scope, argument);
            if !expands || at + 1 < arguments.len() {
                values.push(data);
                continue;
            }
            match self.iterate(&data) {
                Some((pairs, more)) => {
                    values.extend(pairs.into_iter().map(|(_, value)| value));
                    open = more;
                }
                None => open = true,
            }
        }
        let cost = values.iter().map(Data::width).sum::<usize>() + 1;
        if !self.spend(cost) || !values.iter().all(|value| self.pay_texts(value)) {
            return Data::unknown();
        }
        let guess = values.iter().any(|value| value.guess);
        let arguments = Arguments { values, open };
        let name = name.strip_prefix("core::").unwrap_or(name);
        let data = self.function(scope, name, &arguments).unwrap_or_else(Data::unknown);
        let too_long = matches!(&data.kind, Kind::Text(text) if text.len() > MAX_TEXT);
        if too_long { Data::unknown() } else { data.guessed(guess) }
    }

    /// Pays for long texts in a collection, each of which a function may walk.
    fn pay_texts(&self, data: &Data) -> bool {
        let pay = |item: &Data| match &item.kind {
            Kind::Text(text) => self.spend(text.pieces.len() / 16) && self.spend(text.len() / 1024),
            _ => true,
        };
        match &data.kind {
            Kind::List(items) | Kind::Set(items) => items.values.iter().all(pay),
            Kind::Map(map) => map.entries.iter().all(|entry| pay(&entry.value)),
            _ => true,
        }
    }

    /// Returns the value of a function; nothing when it is not known.
    fn function(&self, scope: &Scope<'w>, name: &str, arguments: &Arguments) -> Option<Data> {
        let basic = match name {
            "try" => return Some(attempt(arguments)),
            "can" => return Some(can(&arguments.get(0))),
            "sensitive" | "nonsensitive" | "ephemeralasnull" => return Some(arguments.get(0)),
            "tostring" => arguments.text(0).map(|text| Data::new(Kind::Text(text))),
            "tonumber" => arguments.number(0).map(|number| Data::new(Kind::Number(number))),
            "tobool" => arguments.get(0).as_bool().map(|value| Data::new(Kind::Bool(value))),
            _ => None,
        };
        basic
            .or_else(|| text::call(self, name, arguments))
            .or_else(|| self.collection_function(name, arguments))
            .or_else(|| self.set_function(name, arguments))
            .or_else(|| number::call(name, arguments))
            .or_else(|| digest::call(name, arguments))
            .or_else(|| network::call(name, arguments))
            .or_else(|| self.encoding_function(name, arguments))
            .or_else(|| self.file_function(scope, name, arguments))
    }

    /// Returns a compiled expression. Go's syntax and that of the library agree but for rare escapes;
    /// one that does not compile is not known.
    fn expression(&self, pattern: &str) -> Option<Rc<Regex>> {
        if let Some(known) = self.expressions.borrow().get(pattern) {
            return known.clone();
        }
        let compiled = RegexBuilder::new(pattern).size_limit(1 << 20).build().ok().map(Rc::new);
        // Compiling costs far more than other steps.
        let compiled = compiled.filter(|_| self.spend(1_000));
        self.expressions.borrow_mut().insert(pattern.to_owned(), compiled.clone());
        compiled
    }

    /// Returns a collection as a list, set or map: all instances of a resource become one.
    fn settled(&self, data: Data) -> Data {
        if !matches!(data.kind, Kind::Resource(_) | Kind::Module(_)) {
            return data;
        }
        let Some((pairs, open)) = self.iterate(&data) else { return data };
        let is_list = pairs.first().is_some_and(|(key, _)| matches!(key.kind, Kind::Number(_)));
        if is_list {
            return Data::list(pairs.into_iter().map(|(_, value)| value).collect());
        }
        let entry = |(key, value): (Data, Data)| crate::data::MapEntry::under(&key, value);
        Data::map(pairs.into_iter().filter_map(entry).collect(), open)
    }
}

/// `try`: the first argument that Terraform would not refuse. One that is unknown might be refused,
/// so that what follows it is a guess at best.
fn attempt(arguments: &Arguments) -> Data {
    let mut last = Data::error();
    for value in &arguments.values {
        last = value.clone();
        if !value.is_error() {
            break;
        }
    }
    last
}

fn can(data: &Data) -> Data {
    match &data.kind {
        Kind::Error => Data::new(Kind::Bool(false)),
        Kind::Unknown | Kind::Computed(_) => Data::unknown(),
        _ => Data::new(Kind::Bool(true)),
    }
}

#[cfg(test)]
mod tests;
