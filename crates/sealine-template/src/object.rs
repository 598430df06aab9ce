//! Values with fields or methods: what Go's structs are to a template.
//!
//! Invariant: an object is read-only and answers without side effects.

use crate::value::Value;

/// Something with fields or methods.
pub trait Object {
    /// Returns Go's name of the type, `chart.Metadata`.
    fn type_name(&self) -> &str;

    /// Returns Go's kind; a map with methods says `map`.
    fn kind_name(&self) -> &'static str {
        "struct"
    }

    /// Returns whether `if` takes it as true.
    fn is_true(&self) -> bool {
        true
    }

    /// Returns what it prints as, when it has its own way.
    fn text(&self) -> Option<String> {
        None
    }

    /// Returns what JSON and YAML hold in its place, when that is not what it prints as.
    fn encoded(&self) -> Option<String> {
        self.text()
    }

    /// Returns the object itself, where methods of its kind need to look inside another one.
    fn as_any(&self) -> Option<&dyn std::any::Any> {
        None
    }

    /// Returns whether it depends on when the template is executed.
    fn is_generated(&self) -> bool {
        false
    }

    /// Returns the field of this name.
    fn field(&self, name: &str) -> Option<Value>;

    /// Returns what the method gives, or `None` when there is no such method.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let _ = (name, arguments);
        None
    }

    /// Returns what `range`, `index`, `toYaml` and printing see.
    fn as_value(&self) -> Option<Value> {
        None
    }
}

/// A struct: named fields and nothing else.
#[derive(Debug)]
pub struct Record {
    type_name: &'static str,
    fields: Vec<(&'static str, Value)>,
}

impl Record {
    /// Returns a record of Go's type `type_name`.
    pub fn new(type_name: &'static str, fields: Vec<(&'static str, Value)>) -> Self {
        Self { type_name, fields }
    }
}

impl Object for Record {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn as_value(&self) -> Option<Value> {
        let map = crate::value::Map::default();
        for (name, value) in &self.fields {
            map.set(name, value.clone());
        }
        Some(map.into())
    }
}
