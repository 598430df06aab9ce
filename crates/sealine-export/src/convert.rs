//! From values of outputs to values of a values file.
//!
//! Invariant: a number is the same number afterwards, or refused.

use sealine_model::SecretValue;
use sealine_sops::{Entry, Item, Leaf, List, Map, Value};
use sealine_state::Json;

/// A number that would not be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number;

/// Returns the value that a file holds. Recurses no deeper than the tree is, which its reader limits.
pub(crate) fn value(json: &Json) -> Result<Value, Number> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Leaf(Leaf::bool(*truth)),
        Json::String(text) => Value::Leaf(Leaf::string(text.expose())),
        Json::Integer(digits) => {
            let number = text_of(digits).and_then(|digits| digits.parse().ok());
            Value::Leaf(number.map(Leaf::int).ok_or(Number)?)
        }
        Json::Float(digits) => Value::Leaf(float(digits).ok_or(Number)?),
        Json::List(items) => {
            let items = items.iter().map(|item| value(item).map(Item::new));
            Value::List(List { items: items.collect::<Result<_, _>>()?, ..List::default() })
        }
        Json::Object(entries) => {
            let entries =
                entries.iter().map(|(key, json)| value(json).map(|value| Entry::new(key, value)));
            Value::Map(Map { entries: entries.collect::<Result<_, _>>()?, ..Map::default() })
        }
    })
}

/// Returns a scalar as text, as Terraform's `tostring` gives it.
pub(crate) fn text(json: &Json) -> Option<SecretValue> {
    match json {
        Json::Bool(truth) => Some(SecretValue::new(truth.to_string())),
        Json::String(text) | Json::Integer(text) | Json::Float(text) => {
            Some(SecretValue::new(text.expose()))
        }
        _ => None,
    }
}

fn text_of(value: &SecretValue) -> Option<&str> {
    std::str::from_utf8(value.expose()).ok()
}

/// What has more digits than a floating point number keeps would become another number.
fn float(digits: &SecretValue) -> Option<Leaf> {
    let digits = text_of(digits)?;
    let number: f64 = digits.parse().ok().filter(|number: &f64| number.is_finite())?;
    let significant: usize = digits
        .split(['e', 'E'])
        .next()?
        .trim_start_matches(['-', '0', '.'])
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    (significant <= 17).then(|| Leaf::float(number))
}
