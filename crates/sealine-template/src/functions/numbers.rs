//! Arithmetic and number lists.
//!
//! Invariant: integers wrap as Go's do; a division by zero is an error, not a panic.

use super::Parameter::{Any, Float, Int, Text as AnyText};
use super::{Answer, Function, convert, stop};
use crate::call::Invocation;
use crate::value::{Element, List, Value};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("add", &[Any], |call| whole(call, 0, i64::wrapping_add)),
    Function::plain("add1", &[Any], add1),
    Function::plain("add1f", &[Any], |call| Ok(Value::float(decimal(call.rest(0), 1.0, '+')))),
    Function::variadic("addf", &[Any], |call| Ok(Value::float(decimal(call.rest(0), 0.0, '+')))),
    Function::plain("atoi", &[AnyText], atoi),
    Function::variadic("biggest", &[Any, Any], |call| first_whole(call, i64::max)),
    Function::plain("ceil", &[Any], |call| Ok(Value::float(convert::float(&call.value(0)).ceil()))),
    Function::plain("div", &[Any, Any], div),
    Function::variadic("divf", &[Any, Any], |call| first_decimal(call, '/')),
    Function::plain("float64", &[Any], |call| Ok(Value::float(convert::float(&call.value(0))))),
    Function::plain("floor", &[Any], |call| {
        Ok(Value::float(convert::float(&call.value(0)).floor()))
    }),
    Function::plain("int", &[Any], |call| Ok(Value::int(call.whole(&call.value(0))))),
    Function::plain("int64", &[Any], |call| Ok(Value::int64(call.whole(&call.value(0))))),
    Function::variadic("max", &[Any, Any], |call| first_whole(call, i64::max)),
    Function::variadic("maxf", &[Any, Any], |call| first_float(call, f64::max)),
    Function::variadic("min", &[Any, Any], |call| first_whole(call, i64::min)),
    Function::variadic("minf", &[Any, Any], |call| first_float(call, f64::min)),
    Function::plain("mod", &[Any, Any], modulo),
    Function::variadic("mul", &[Any, Any], |call| first_whole(call, i64::wrapping_mul)),
    Function::variadic("mulf", &[Any, Any], |call| first_decimal(call, '*')),
    Function::variadic("round", &[Any, Int, Float], round),
    Function::variadic("seq", &[Int], seq),
    Function::plain("sub", &[Any, Any], sub),
    Function::variadic("subf", &[Any, Any], |call| first_decimal(call, '-')),
    Function::plain("toDecimal", &[Any], to_decimal),
    Function::plain("until", &[Int], until),
    Function::plain("untilStep", &[Int, Int, Int], until_step),
];

fn whole(call: &Invocation<'_, '_>, start: i64, combine: fn(i64, i64) -> i64) -> Answer {
    let values = call.rest(0).iter().map(|value| call.whole(value));
    Ok(Value::int64(values.fold(start, combine)))
}

fn first_whole(call: &Invocation<'_, '_>, combine: fn(i64, i64) -> i64) -> Answer {
    let first = call.whole(&call.value(0));
    Ok(Value::int64(call.rest(1).iter().map(|value| call.whole(value)).fold(first, combine)))
}

fn first_float(call: &Invocation<'_, '_>, combine: fn(f64, f64) -> f64) -> Answer {
    let first = convert::float(&call.value(0));
    Ok(Value::float(call.rest(1).iter().map(convert::float).fold(first, combine)))
}

fn first_decimal(call: &Invocation<'_, '_>, operator: char) -> Answer {
    let first = convert::float(&call.value(0));
    if operator == '/' && call.rest(1).iter().any(|value| convert::float(value) == 0.0) {
        return stop("decimal division by 0");
    }
    Ok(Value::float(decimal(call.rest(1), first, operator)))
}

/// Computes with decimal fractions, so that `0.1` and `0.2` make `0.3`.
fn decimal(values: &[Value], first: f64, operator: char) -> f64 {
    values.iter().map(convert::float).fold(first, |left, right| decimal_pair(left, right, operator))
}

fn decimal_pair(left: f64, right: f64, operator: char) -> f64 {
    let float = match operator {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        _ => left / right,
    };
    let exact = || {
        let (left, left_scale) = digits(left)?;
        let (right, right_scale) = digits(right)?;
        let scale = left_scale.max(right_scale);
        let raise = |number: i128, by: u32| number.checked_mul(10_i128.checked_pow(by)?);
        let (number, scale) = match operator {
            '*' => (left.checked_mul(right)?, left_scale + right_scale),
            '+' | '-' => {
                let left = raise(left, scale - left_scale)?;
                let right = raise(right, scale - right_scale)?;
                let sum = if operator == '+' {
                    left.checked_add(right)?
                } else {
                    left.checked_sub(right)?
                };
                (sum, scale)
            }
            // A quotient is rounded to 16 places.
            _ => {
                let left = raise(left, 16 + right_scale)?;
                let right = raise(right, left_scale)?;
                let (quotient, rest) = (left.checked_div(right)?, left.checked_rem(right)?);
                let up = rest.checked_mul(2)?.abs() >= right.abs();
                let sign = if (left < 0) == (right < 0) { 1 } else { -1 };
                (quotient + if up { sign } else { 0 }, 16)
            }
        };
        format!("{number}e-{scale}").parse().ok()
    };
    exact().unwrap_or(float)
}

/// Returns a float as the shortest decimal fraction: an integer and how many of its digits follow
/// the point.
fn digits(value: f64) -> Option<(i128, u32)> {
    let text = crate::format::float::fixed(value);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let number = format!("{whole}{fraction}").parse().ok()?;
    Some((number, fraction.len() as u32))
}

fn add1(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(Value::int64(call.whole(&call.value(0)).wrapping_add(1)))
}

fn sub(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right) = (call.whole(&call.value(0)), call.whole(&call.value(1)));
    Ok(Value::int64(left.wrapping_sub(right)))
}

fn div(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right) = (call.whole(&call.value(0)), call.whole(&call.value(1)));
    if right == 0 {
        return stop("runtime error: integer divide by zero");
    }
    Ok(Value::int64(left.wrapping_div(right)))
}

fn modulo(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right) = (call.whole(&call.value(0)), call.whole(&call.value(1)));
    if right == 0 {
        return stop("runtime error: integer divide by zero");
    }
    Ok(Value::int64(left.wrapping_rem(right)))
}

fn atoi(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(Value::int(nearest(&call.text(0).to_str())))
}

/// Returns a decimal number as Go's `ParseInt` does when its error is forgotten: what overflows is
/// the nearest number, and what is none is 0.
pub(super) fn nearest(text: &str) -> i64 {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(limit)
}

fn to_decimal(call: &mut Invocation<'_, '_>) -> Answer {
    let value = call.value(0);
    let text = crate::format::sprint(&[value], &mut call.executor.fuel)?;
    call.pay_text(text.len())?;
    Ok(Value::int64(i64::from_str_radix(&text.to_str(), 8).unwrap_or_default()))
}

fn round(call: &mut Invocation<'_, '_>) -> Answer {
    let places = i32::try_from(call.int(1)).unwrap_or(i32::MAX);
    let round_on = call.rest(2).first().map_or(0.5, convert::float);
    let power = 10_f64.powi(places);
    let digit = power * convert::float(&call.value(0));
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    Ok(Value::float(rounded / power))
}

/// Returns the numbers from `start` to before `stop`, paid for.
fn steps(
    call: &mut Invocation<'_, '_>,
    start: i64,
    end: i64,
    step: i64,
) -> Result<Vec<i64>, super::Stop> {
    let forward = end >= start;
    if step == 0 || (step > 0) != forward {
        return Ok(Vec::new());
    }
    let distance = end.abs_diff(start);
    let count = distance.div_ceil(step.unsigned_abs());
    call.pay_items(usize::try_from(count).unwrap_or(usize::MAX))?;
    let numbers = (0..count)
        .map_while(|index| start.checked_add(i64::try_from(index).ok()?.checked_mul(step)?));
    Ok(numbers.collect())
}

fn list(numbers: Vec<i64>) -> Value {
    List::new(numbers.into_iter().map(Value::int).collect(), Element::Int).into()
}

fn until(call: &mut Invocation<'_, '_>) -> Answer {
    let count = call.int(0);
    Ok(list(steps(call, 0, count, if count < 0 { -1 } else { 1 })?))
}

fn until_step(call: &mut Invocation<'_, '_>) -> Answer {
    let (start, end, step) = (call.int(0), call.int(1), call.int(2));
    Ok(list(steps(call, start, end, step)?))
}

fn seq(call: &mut Invocation<'_, '_>) -> Answer {
    let number = |index| call.int(index);
    let (start, end, step) = match call.arguments.len() {
        1 => (1, number(0), None),
        2 => (number(0), number(1), None),
        3 => (number(0), number(2), Some(number(1))),
        _ => return Ok("".into()),
    };
    let increment = if end < start { -1 } else { 1 };
    if increment < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let end = end.saturating_add(increment);
    let numbers = steps(call, start, end, step.unwrap_or(increment))?;
    call.pay_text(numbers.len().saturating_mul(20))?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_add_as_decimals() {
        assert_eq!(format!("{}", decimal_pair(0.1, 0.2, '+')), "0.3");
        assert_eq!(format!("{}", decimal_pair(1.1, 1.1, '*')), "1.21");
        assert_eq!(format!("{}", decimal_pair(1.0, 3.0, '/')), "0.3333333333333333");
    }
}
