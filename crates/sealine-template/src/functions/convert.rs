//! How functions take values they did not ask the type of.
//!
//! Invariant: a value that cannot be converted gives the zero value, never an error, as in the
//! libraries Helm uses.

use super::{Invocation, Stop, stop};
use crate::budget::Fuel;
use crate::error::Outcome;
use crate::format;
use crate::literal;
use crate::text::{Builder, Text};
use crate::value::{Data, Value};

/// Returns a value as text, as sprig's `toString` does.
pub(crate) fn text(value: &Value, fuel: &mut Fuel) -> Outcome<Text> {
    match &value.data {
        Data::Text(text) | Data::Bytes(text) => Ok(text.clone()),
        _ => {
            let mut builder = Builder::default();
            format::write(value, 0, &mut builder, fuel)?;
            fuel.text(builder.len())?;
            Ok(builder.finish())
        }
    }
}

/// Returns whether sprig's `default` would replace the value.
pub(crate) fn is_empty(value: &Value) -> bool {
    !value.is_true()
}

/// Returns a value as an integer.
pub(crate) fn integer(value: &Value, cuts_fractions: bool) -> i64 {
    match &value.data {
        Data::Bool(value) => i64::from(*value),
        Data::Int(value) | Data::Int64(value) => *value,
        // Go's conversion leaves what does not fit undefined; on amd64 it is the smallest number.
        Data::Float(value) if value.abs() < 9.3e18 => *value as i64,
        Data::Float(_) => i64::MIN,
        Data::Text(text) => {
            let text = text.to_str();
            let whole = if cuts_fractions { cut(&text) } else { without_zeros(&text) };
            literal::integer(whole).unwrap_or_default()
        }
        _ => 0,
    }
}

/// Returns a decimal number's text without its fraction.
fn cut(text: &str) -> &str {
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    match digits.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        true if digits.is_empty() => "0",
        true => whole,
        false => text,
    }
}

/// Returns a number's text without a fraction of zeros.
fn without_zeros(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
            whole
        }
        _ => text,
    }
}

/// Returns a value as a float.
pub(crate) fn float(value: &Value) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "Go rounds the same way")]
    match &value.data {
        Data::Bool(value) => f64::from(u8::from(*value)),
        Data::Int(value) | Data::Int64(value) => *value as f64,
        Data::Float(value) => *value,
        Data::Text(text) => {
            let text = text.to_str();
            // What overflows is none to Go; what says `inf` is.
            let named =
                || text.parse().ok().filter(|_| !text.contains(|c: char| c.is_ascii_digit()));
            literal::float(&text).or_else(named).unwrap_or_default()
        }
        _ => 0.0,
    }
}

/// Returns the items of a list argument, paid for; `refusal` begins the error for what is none.
pub(super) fn items(
    call: &mut Invocation<'_, '_>,
    index: usize,
    refusal: &str,
) -> Result<Vec<Value>, Stop> {
    let value = call.value(index);
    match super::as_list(&value) {
        Some(list) => {
            call.pay_items(list.len())?;
            Ok(list.items().to_vec())
        }
        None if value.is_nil() => {
            stop("runtime error: invalid memory address or nil pointer dereference")
        }
        None => stop(format!("{refusal} {}", value.kind_name())),
    }
}

/// Returns the texts of a value as sprig's `toStrings` does: nil items are left out.
pub(super) fn texts(call: &mut Invocation<'_, '_>, index: usize) -> Result<Vec<Text>, Stop> {
    let value = call.value(index);
    let fuel = &mut call.executor.fuel;
    match super::as_list(&value) {
        Some(list) => {
            fuel.items(list.len())?;
            let some = list.items().iter().filter(|item| !item.is_nil());
            Ok(some.map(|item| text(item, fuel)).collect::<Outcome<_>>()?)
        }
        None if value.is_nil() => Ok(Vec::new()),
        None => Ok(vec![text(&value, fuel)?]),
    }
}

/// Returns whether two values are deeply equal, types included.
pub(crate) fn deep_equal(
    left: &Value,
    right: &Value,
    depth: usize,
    fuel: &mut Fuel,
) -> Outcome<bool> {
    fuel.level(depth)?;
    #[expect(clippy::float_cmp, reason = "Go compares exactly")]
    Ok(match (&left.data, &right.data) {
        (Data::Invalid | Data::Nil, Data::Invalid | Data::Nil) => true,
        (Data::Bool(left), Data::Bool(right)) => left == right,
        (Data::Int(left), Data::Int(right)) | (Data::Int64(left), Data::Int64(right)) => {
            left == right
        }
        (Data::Float(left), Data::Float(right)) => left == right,
        (Data::Text(left), Data::Text(right)) | (Data::Bytes(left), Data::Bytes(right)) => {
            left == right
        }
        (Data::List(left), Data::List(right)) => {
            if left.element != right.element || left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.items().iter().zip(right.items()) {
                if !deep_equal(left, right, depth + 1, fuel)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Map(left), Data::Map(right)) => {
            if left.is_same(right) {
                return Ok(true);
            }
            if left.map_type != right.map_type || left.len() != right.len() {
                return Ok(false);
            }
            for (key, value) in left.entries() {
                let Some(other) = right.get(&key.to_str()) else { return Ok(false) };
                if !deep_equal(&value, &other, depth + 1, fuel)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}
