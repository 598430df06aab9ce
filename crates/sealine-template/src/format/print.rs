//! What `fmt.Sprint` and its kin make of values.
//!
//! Invariant: a text alone keeps its origins; a number or truth value keeps the scalar it was.

use super::float;
use crate::budget::Fuel;
use crate::error::Outcome;
use crate::origin::Origin;
use crate::text::{Builder, Text};
use crate::value::{Data, Value};

/// Returns what an action prints.
pub(crate) fn print(value: &Value, fuel: &mut Fuel) -> Outcome<Text> {
    if value.is_nil() {
        return Ok(Text::from("<no value>"));
    }
    sprint(std::slice::from_ref(value), fuel)
}

/// Returns the values with a space between two of which neither is a text.
pub(crate) fn sprint(values: &[Value], fuel: &mut Fuel) -> Outcome<Text> {
    if let [Value { data: Data::Text(text), .. }] = values {
        return Ok(text.clone());
    }
    let mut builder = Builder::default();
    let mut after_text = true;
    for (index, value) in values.iter().enumerate() {
        let is_text = matches!(value.data, Data::Text(_));
        if index > 0 && !is_text && !after_text {
            builder.push(" ");
        }
        write(value, 0, &mut builder, fuel)?;
        after_text = is_text;
    }
    fuel.text(builder.len())?;
    Ok(builder.finish())
}

/// Returns the values with spaces between and a line feed at the end.
pub(crate) fn sprintln(values: &[Value], fuel: &mut Fuel) -> Outcome<Text> {
    let mut builder = Builder::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            builder.push(" ");
        }
        write(value, 0, &mut builder, fuel)?;
    }
    builder.push("\n");
    fuel.text(builder.len())?;
    Ok(builder.finish())
}

/// Appends a value as `%v` writes it.
pub(crate) fn write(
    value: &Value,
    depth: usize,
    builder: &mut Builder,
    fuel: &mut Fuel,
) -> Outcome<()> {
    fuel.level(depth)?;
    let start = builder.len();
    match &value.data {
        Data::Invalid | Data::Nil => builder.push("<nil>"),
        Data::Bool(value) => builder.push(value.to_string()),
        Data::Int(value) | Data::Int64(value) => builder.push(value.to_string()),
        Data::Float(value) => builder.push(float::shortest(*value)),
        Data::Text(text) => {
            fuel.append(builder.len(), text.len())?;
            builder.push_text(text);
            return Ok(());
        }
        Data::Bytes(bytes) => {
            fuel.text(bytes.len().saturating_mul(4))?;
            let numbers: Vec<String> = bytes.as_bytes().iter().map(u8::to_string).collect();
            builder.push(format!("[{}]", numbers.join(" ")));
        }
        Data::List(list) => {
            builder.push("[");
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    builder.push(" ");
                }
                write(item, depth + 1, builder, fuel)?;
            }
            builder.push("]");
            return Ok(());
        }
        Data::Map(map) => {
            builder.push("map[");
            for (index, (key, item)) in map.entries().iter().enumerate() {
                if index > 0 {
                    builder.push(" ");
                }
                builder.push_text(key);
                builder.push(":");
                write(item, depth + 1, builder, fuel)?;
            }
            builder.push("]");
            return Ok(());
        }
        Data::Object(object) => {
            if let Some(text) = object.text() {
                builder.push(text);
            } else if let Some(inner) = object.as_value() {
                return write(&inner, depth + 1, builder, fuel);
            } else {
                builder.push("{}");
            }
        }
    }
    if let Some(origin) = value.origin {
        builder.mark(start, Origin::of_value(origin));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Map};

    fn printed(value: &Value) -> String {
        let mut fuel = Fuel::new(Budget::chart());
        print(value, &mut fuel).expect("a text").to_str().into_owned()
    }

    #[test]
    fn maps_print_sorted() {
        let map = Map::default();
        map.set("b", Value::nil());
        map.set("a", Value::list(vec![Value::int(1), Value::from("x")]));
        assert_eq!(printed(&map.into()), "map[a:[1 x] b:<nil>]");
    }

    #[test]
    fn a_map_that_holds_itself_is_an_error() {
        let map = Map::default();
        map.set("a", Value::from(map.clone()));
        let mut fuel = Fuel::new(Budget::chart());
        assert!(print(&map.clone().into(), &mut fuel).is_err());
        map.remove("a");
    }

    #[test]
    fn nothing_prints_as_no_value() {
        assert_eq!(printed(&Value::default()), "<no value>");
    }
}
