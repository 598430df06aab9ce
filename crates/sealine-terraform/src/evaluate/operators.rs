//! Operators, equality, and the value of a condition that is not known.
//!
//! Invariant: an operator on something unknown gives unknown, unless one side decides.

use crate::data::{Data, Items, Kind, MapEntry, Text};
use crate::syntax::{BinaryOperator, UnaryOperator};

pub(super) fn unary(operators: &[UnaryOperator], operand: &Data) -> Data {
    let guess = operand.guess;
    let kind = operators.iter().rev().fold(operand.kind.clone(), |kind, operator| {
        let data = Data::new(kind);
        match operator {
            UnaryOperator::Not => data.as_bool().map_or(Kind::Unknown, |value| Kind::Bool(!value)),
            UnaryOperator::Negate => data.as_number().map_or(Kind::Unknown, |it| Kind::Number(-it)),
        }
    });
    Data::new(kind).guessed(guess)
}

pub(super) fn binary(left: &Data, operator: BinaryOperator, right: &Data) -> Data {
    use BinaryOperator as Op;
    let kind = match operator {
        Op::Or => logic(left, right, true),
        Op::And => logic(left, right, false),
        Op::Equal => equal(left, right).map(Kind::Bool),
        Op::NotEqual => equal(left, right).map(|same| Kind::Bool(!same)),
        _ => match (left.as_number(), right.as_number()) {
            (Some(one), Some(two)) => arithmetic(one, operator, two),
            _ => None,
        },
    };
    Data::new(kind.unwrap_or(Kind::Unknown)).guessed(left.guess || right.guess)
}

/// `||` is decided by one `true`, `&&` by one `false`.
fn logic(left: &Data, right: &Data, decides: bool) -> Option<Kind> {
    match (left.as_bool(), right.as_bool()) {
        (Some(one), _) if one == decides => Some(Kind::Bool(decides)),
        (_, Some(two)) if two == decides => Some(Kind::Bool(decides)),
        (Some(_), Some(_)) => Some(Kind::Bool(!decides)),
        _ => None,
    }
}

fn arithmetic(one: f64, operator: BinaryOperator, two: f64) -> Option<Kind> {
    use BinaryOperator as Op;
    Some(match operator {
        Op::Less => Kind::Bool(one < two),
        Op::LessOrEqual => Kind::Bool(one <= two),
        Op::Greater => Kind::Bool(one > two),
        Op::GreaterOrEqual => Kind::Bool(one >= two),
        Op::Add => Kind::Number(one + two),
        Op::Subtract => Kind::Number(one - two),
        Op::Multiply => Kind::Number(one * two),
        Op::Divide if two != 0.0 => Kind::Number(one / two),
        Op::Modulo if two != 0.0 => Kind::Number(one % two),
        _ => return None,
    })
}

/// Returns whether two values are equal, when that can be told without looking deep.
pub(crate) fn equal(left: &Data, right: &Data) -> Option<bool> {
    match (&left.kind, &right.kind) {
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Unknown | Kind::Computed(_) | Kind::Error | Kind::Encoded(_), _)
        | (_, Kind::Unknown | Kind::Computed(_) | Kind::Error | Kind::Encoded(_)) => None,
        (Kind::Null, _) | (_, Kind::Null) => Some(false),
        (Kind::Bool(one), Kind::Bool(two)) => Some(one == two),
        (Kind::Number(one), Kind::Number(two)) => Some(one.to_bits() == two.to_bits()),
        (Kind::Text(one), Kind::Text(two)) => match (one.whole(), two.whole()) {
            (Some(one), Some(two)) => Some(one == two),
            (Some(whole), None) => differs(two, &whole),
            (None, Some(whole)) => differs(one, &whole),
            (None, None) => None,
        },
        (Kind::List(one) | Kind::Set(one), Kind::List(two) | Kind::Set(two)) => {
            if one.open || two.open {
                return None;
            }
            if one.values.len() != two.values.len() {
                return Some(false);
            }
            one.values.is_empty().then_some(true)
        }
        (Kind::Map(one), Kind::Map(two)) => {
            let both_empty = one.entries.is_empty() && two.entries.is_empty();
            match one.open || two.open {
                true => None,
                false if both_empty => Some(true),
                false => (one.entries.len() != two.entries.len()).then_some(false),
            }
        }
        // Terraform compares values of different types as different, but converts literals first.
        _ => None,
    }
}

/// Text known in part differs from `whole` when it cannot be a prefix of it.
fn differs(part: &Text, whole: &str) -> Option<bool> {
    (!whole.starts_with(&part.head())).then_some(false)
}

/// Returns what a conditional gives when several alternatives may hold: the one value they agree
/// on; of collections all that any of them holds, as a guess; else unknown.
pub(super) fn either(mut candidates: Vec<Data>) -> Data {
    let Some(last) = candidates.pop() else { return Data::unknown() };
    candidates.into_iter().rev().fold(last, |known, other| merge(&known, &other))
}

fn merge(one: &Data, two: &Data) -> Data {
    let is_nothing = |data: &Data| match &data.kind {
        Kind::Null => true,
        Kind::List(items) | Kind::Set(items) => items.values.is_empty() && !items.open,
        Kind::Map(map) => map.entries.is_empty() && !map.open,
        _ => false,
    };
    let is_collection =
        |data: &Data| matches!(data.kind, Kind::List(_) | Kind::Set(_) | Kind::Map(_));
    if is_nothing(one) && is_collection(two) {
        return two.clone().guessed(true);
    }
    if is_nothing(two) && is_collection(one) {
        return one.clone().guessed(true);
    }
    match (&one.kind, &two.kind) {
        (Kind::Map(first), Kind::Map(second)) => {
            let mut entries: Vec<MapEntry> = first.entries.clone();
            for entry in &second.entries {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => known.value = merge(&known.value, &entry.value),
                    None => entries.push(entry.clone()),
                }
            }
            for entry in &mut entries {
                let in_both = first.get(&entry.key).is_some() && second.get(&entry.key).is_some();
                entry.value.guess |= !in_both;
            }
            Data::map(entries, first.open || second.open).guessed(true)
        }
        (Kind::List(first), Kind::List(second)) => {
            Data::new(Kind::list(joined(first, second), true)).guessed(true)
        }
        (Kind::Set(first), Kind::Set(second)) => {
            Data::new(Kind::set(joined(first, second), true)).guessed(true)
        }
        _ if equal(one, two) == Some(true) => one.clone(),
        _ => Data { kind: Kind::Unknown, spot: one.spot.or(two.spot), guess: true },
    }
}

/// Positions in a list of alternatives mean nothing, so the list is open.
fn joined(first: &Items, second: &Items) -> Vec<Data> {
    let items = first.values.iter().chain(&second.values);
    items.cloned().map(|item| item.guessed(true)).collect()
}
