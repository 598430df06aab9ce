//! Evaluates chains of fields: entries of maps, fields and methods of objects.
//!
//! Invariant: fields of nothing are nothing, unless missing keys are an error; fields of nil are
//! always an error, but where what nobody gave is not known.

use sealine_source::TextRange;

use crate::execute::{Executed, Executor, MissingKey};
use crate::syntax::{Field, Operand};
use crate::value::{Data, MapType, Value};

impl Executor<'_> {
    /// Evaluates fields one after the other; the last one may be a method with arguments.
    pub(crate) fn chain(
        &mut self,
        start: Value,
        fields: &[Field],
        call: Option<(&[Operand], &Value, Option<Value>)>,
        range: TextRange,
    ) -> Executed<Value> {
        let mut value = start;
        // Go names the static type: what came out of a map is an interface.
        let mut in_interface = false;
        let Some((last, before)) = fields.split_last() else { return Ok(value) };
        for field in before {
            let inner = self.field(&value, field, None, in_interface, range)?;
            in_interface = is_interface(&value);
            value = inner;
        }
        self.field(&value, last, call, in_interface, range)
    }

    fn field(
        &mut self,
        receiver: &Value,
        field: &Field,
        call: Option<(&[Operand], &Value, Option<Value>)>,
        in_interface: bool,
        range: TextRange,
    ) -> Executed<Value> {
        if let Some(unknown) = self.part_of(receiver) {
            return Ok(unknown.into());
        }
        let name = &*field.name;
        let shown = self.shown(name);
        let has_arguments =
            call.as_ref().is_some_and(|(operands, _, last)| !operands.is_empty() || last.is_some());
        let found = match &receiver.data {
            Data::Invalid => {
                if self.options.missing_key == MissingKey::Error {
                    let message = format!("nil data; no entry for key {shown:?}");
                    return self.fail(range, message);
                }
                return Ok(Value::default());
            }
            Data::Nil => {
                let message = format!("nil pointer evaluating interface {{}}.{shown}");
                return self.fail(range, message);
            }
            Data::Map(map) => {
                if has_arguments {
                    let message = format!("{shown} is not a method but has arguments");
                    return self.fail(range, message);
                }
                return match (map.get(name), self.options.missing_key) {
                    (Some(value), _) => Ok(value),
                    (None, MissingKey::Invalid) => Ok(Value::default()),
                    (None, MissingKey::Zero) => Ok(zero(map.map_type)),
                    (None, MissingKey::Error) => match self.lacked() {
                        Some(unknown) => Ok(unknown.into()),
                        None => self.fail(range, format!("map has no entry for key {shown:?}")),
                    },
                };
            }
            Data::Object(object) => {
                if let Some(value) = object.field(name) {
                    if has_arguments {
                        let message =
                            format!("{shown} has arguments but cannot be invoked as function");
                        return self.fail(range, message);
                    }
                    return Ok(value);
                }
                let object = std::rc::Rc::clone(object);
                let mut arguments = Vec::new();
                if let Some((operands, dot, last)) = call {
                    for operand in operands {
                        arguments.push(self.operand(operand, dot)?);
                    }
                    arguments.extend(last);
                }
                object.call(name, &arguments)
            }
            _ => None,
        };
        match found {
            Some(Ok(value)) => Ok(value),
            Some(Err(message)) => self.fail(range, format!("error calling {name}: {message}")),
            None => {
                let type_name =
                    if in_interface { "interface {}" } else { receiver.type_name() }.to_owned();
                self.fail(range, format!("can't evaluate field {shown} in type {type_name}"))
            }
        }
    }
}

fn zero(map_type: MapType) -> Value {
    match map_type {
        MapType::Text => Value::from(""),
        MapType::Any | MapType::Named(_) => Value::nil(),
    }
}

fn is_interface(container: &Value) -> bool {
    matches!(&container.data, Data::Map(map) if map.map_type != MapType::Text)
}
