//! What `%#v` makes of values: Go source.
//!
//! Invariant: a nil names its type wherever a list or map could not tell it.

use super::{float, print, quote};
use crate::budget::Fuel;
use crate::error::Outcome;
use crate::text::Builder;
use crate::value::{Data, Value};

/// Appends a value as Go source.
pub(crate) fn write(
    value: &Value,
    depth: usize,
    out: &mut Builder,
    fuel: &mut Fuel,
) -> Outcome<()> {
    fuel.level(depth)?;
    match &value.data {
        Data::Invalid | Data::Nil => {
            out.push(if depth == 0 { "<nil>" } else { "interface {}(nil)" });
        }
        Data::Float(value) => out.push(float::shortest(*value)),
        Data::Text(text) => {
            fuel.append(out.len(), text.len().saturating_mul(2))?;
            out.push_text(&quote::quote(text, false));
        }
        Data::Bytes(bytes) => {
            fuel.append(out.len(), bytes.len().saturating_mul(6))?;
            let bytes: Vec<String> =
                bytes.as_bytes().iter().map(|byte| format!("{byte:#x}")).collect();
            out.push(format!("[]byte{{{}}}", bytes.join(", ")));
        }
        Data::List(list) if list.is_nil => out.push(format!("{}(nil)", value.type_name())),
        Data::List(list) => {
            out.push(value.type_name());
            out.push("{");
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(", ");
                }
                write(item, depth + 1, out, fuel)?;
            }
            out.push("}");
        }
        Data::Map(map) => {
            out.push(value.type_name());
            out.push("{");
            for (index, (key, item)) in map.entries().iter().enumerate() {
                if index > 0 {
                    out.push(", ");
                }
                out.push_text(&quote::quote(key, false));
                out.push(":");
                write(item, depth + 1, out, fuel)?;
            }
            out.push("}");
        }
        Data::Bool(_) | Data::Int(_) | Data::Int64(_) | Data::Object(_) => {
            print::write(value, depth, out, fuel)?;
        }
    }
    Ok(())
}
