//! What templates compute with, by Go's types.
//!
//! Invariants: a value never shows its content in `Debug`; lists are immutable and maps are shared
//! and mutable, as in Go; dropping a value of any depth needs no stack.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::object::Object;
use crate::origin::{Origin, ValueOrigin};
use crate::text::Text;

/// A value, with the place it was read from where it is a number or a truth value.
///
/// Texts carry their origins themselves.
#[derive(Clone, Default)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// The scalar it was read from; for texts see [`Text::origin`].
    pub origin: Option<ValueOrigin>,
}

/// The kinds of values.
#[derive(Clone, Default)]
pub enum Data {
    /// No value at all, such as a missing map entry; its fields are missing too.
    #[default]
    Invalid,
    /// The nil of an untyped interface, such as YAML's `null`; its fields are an error.
    Nil,
    /// Go's `bool`.
    Bool(bool),
    /// Go's `int`.
    Int(i64),
    /// Go's `int64`.
    Int64(i64),
    /// Go's `float64`.
    Float(f64),
    /// Go's `string`.
    Text(Text),
    /// Go's `[]byte`.
    Bytes(Text),
    /// A slice.
    List(List),
    /// A map with text keys.
    Map(Map),
    /// Something with fields or methods.
    Object(Rc<dyn Object>),
}

/// Go's element type of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `[]interface {}`
    Any,
    /// `[]string`
    Text,
    /// `[]int`
    Int,
    /// `[]map[string]interface {}`
    Map,
    /// `[][]interface {}`
    List,
}

/// An immutable list.
#[derive(Clone)]
pub struct List {
    items: Rc<Items>,
    /// The type of its elements.
    pub element: Element,
    /// Whether it is Go's nil slice: empty, but `null` in JSON and YAML.
    pub(crate) is_nil: bool,
}

struct Items(Vec<Value>);

/// Go's type of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`
    Any,
    /// `map[string]string`
    Text,
    /// A named type with `map[string]interface {}` beneath, such as `chartutil.Values`.
    Named(&'static str),
}

/// A shared, mutable map.
#[derive(Clone)]
pub struct Map {
    entries: Rc<Entries>,
    /// Go's type.
    pub map_type: MapType,
}

#[derive(Default)]
struct Entries(RefCell<BTreeMap<Rc<str>, Entry>>);

/// An entry's value and the place its key was read from.
#[derive(Clone, Default)]
struct Entry {
    key_origin: Option<ValueOrigin>,
    value: Value,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.type_name())
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Map({} entries)", self.len())
    }
}

impl std::fmt::Debug for List {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "List({} items)", self.len())
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, origin: None }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Data::Bool(value).into()
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Data::Text(value).into()
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Text::from(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Text::from(value).into()
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Data::Map(value).into()
    }
}

impl From<List> for Value {
    fn from(value: List) -> Self {
        Data::List(value).into()
    }
}

impl Value {
    /// Returns Go's `int`.
    pub fn int(value: i64) -> Self {
        Data::Int(value).into()
    }

    /// Returns Go's `int64`.
    pub fn int64(value: i64) -> Self {
        Data::Int64(value).into()
    }

    /// Returns Go's `float64`, what numbers in YAML and JSON become.
    pub fn float(value: f64) -> Self {
        Data::Float(value).into()
    }

    /// Returns an untyped nil.
    pub fn nil() -> Self {
        Data::Nil.into()
    }

    /// Returns a list of `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        List::new(items, Element::Any).into()
    }

    /// Returns a list of `[]string`.
    pub fn texts(items: Vec<Text>) -> Self {
        List::new(items.into_iter().map(Self::from).collect(), Element::Text).into()
    }

    /// Returns something with fields or methods.
    pub fn object(object: impl Object + 'static) -> Self {
        Data::Object(Rc::new(object)).into()
    }

    /// Returns the value as read from `origin`.
    #[must_use]
    pub fn at(self, origin: Option<ValueOrigin>) -> Self {
        match (self.data, origin) {
            (Data::Text(text), Some(origin)) => text.marked(Origin::of_value(origin)).into(),
            (data, origin) => Self { data, origin },
        }
    }

    /// Returns whether it is nil or missing.
    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Invalid | Data::Nil)
    }

    /// Returns the truth of the value as `if` sees it.
    pub fn is_true(&self) -> bool {
        match &self.data {
            Data::Invalid | Data::Nil => false,
            Data::Bool(value) => *value,
            Data::Int(value) | Data::Int64(value) => *value != 0,
            Data::Float(value) => *value != 0.0,
            Data::Text(value) | Data::Bytes(value) => !value.is_empty(),
            Data::List(list) => !list.is_empty(),
            Data::Map(map) => !map.is_empty(),
            Data::Object(object) => object.is_true(),
        }
    }

    /// Returns Go's name of the value's type.
    pub fn type_name(&self) -> &str {
        match &self.data {
            Data::Invalid | Data::Nil => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Int64(_) => "int64",
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::Bytes(_) => "[]uint8",
            Data::List(list) => list.element.list_type_name(),
            Data::Map(map) => map.map_type.name(),
            Data::Object(object) => object.type_name(),
        }
    }

    /// Returns Go's name of the value's kind.
    pub fn kind_name(&self) -> &str {
        match &self.data {
            Data::Invalid | Data::Nil => "invalid",
            Data::Bytes(_) | Data::List(_) => "slice",
            Data::Map(_) => "map",
            Data::Object(object) => object.kind_name(),
            _ => self.type_name(),
        }
    }

    /// Returns the text, when it is one.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the list, when it is one.
    pub fn as_list(&self) -> Option<&List> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }
}

impl Element {
    fn list_type_name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Text => "[]string",
            Self::Int => "[]int",
            Self::Map => "[]map[string]interface {}",
            Self::List => "[][]interface {}",
        }
    }
}

impl List {
    /// Returns a list of these items.
    pub fn new(items: Vec<Value>, element: Element) -> Self {
        Self { items: Rc::new(Items(items)), element, is_nil: false }
    }

    /// Returns a list of these items, which is nil when there is none.
    pub(crate) fn nil_if_empty(items: Vec<Value>, element: Element) -> Self {
        let is_nil = items.is_empty();
        Self { is_nil, ..Self::new(items, element) }
    }

    /// Returns the items.
    pub fn items(&self) -> &[Value] {
        &self.items.0
    }

    /// Returns the number of items.
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Returns whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }
}

impl MapType {
    /// Returns Go's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Text => "map[string]string",
            Self::Named(name) => name,
        }
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new(MapType::Any)
    }
}

impl Map {
    /// Returns an empty map of this type.
    pub fn new(map_type: MapType) -> Self {
        Self { entries: Rc::default(), map_type }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.0.borrow().len()
    }

    /// Returns whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value of `key`.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries.0.borrow().get(key).map(|entry| entry.value.clone())
    }

    /// Returns whether there is an entry for `key`.
    pub fn contains(&self, key: &str) -> bool {
        self.entries.0.borrow().contains_key(key)
    }

    /// Sets the value of `key`; the place of the key stays known.
    pub fn set(&self, key: &str, value: Value) {
        let old = {
            let mut entries = self.entries.0.borrow_mut();
            if let Some(entry) = entries.get_mut(key) {
                std::mem::replace(&mut entry.value, value)
            } else {
                entries.insert(Rc::from(key), Entry { key_origin: None, value });
                return;
            }
        };
        // Dropped after the borrow ends, since the old value may hold this map.
        drop(old);
    }

    /// Sets the value of a key that was read from `origin`.
    pub fn set_key(&self, key: &str, key_origin: Option<ValueOrigin>, value: Value) {
        let old = self.entries.0.borrow_mut().insert(Rc::from(key), Entry { key_origin, value });
        drop(old);
    }

    /// Removes `key`.
    pub fn remove(&self, key: &str) {
        let old = self.entries.0.borrow_mut().remove(key);
        drop(old);
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> Vec<Rc<str>> {
        self.entries.0.borrow().keys().cloned().collect()
    }

    /// Returns the place `key` was read from.
    pub fn key_origin(&self, key: &str) -> Option<ValueOrigin> {
        self.entries.0.borrow().get(key).and_then(|entry| entry.key_origin)
    }

    /// Returns the keys with their values, as they are now, in the order of the keys.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        let entries = self.entries.0.borrow();
        let pair = |(key, entry): (&Rc<str>, &Entry)| {
            (Text::with_origin(key.as_bytes(), entry.key_origin), entry.value.clone())
        };
        entries.iter().map(pair).collect()
    }

    /// Returns whether both are the same map, not only equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(Value::is_container) {
            drop_all(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        let entries = self.0.get_mut();
        if entries.values().any(|entry| entry.value.is_container()) {
            drop_all(std::mem::take(entries).into_values().map(|entry| entry.value).collect());
        }
    }
}

impl Value {
    fn is_container(&self) -> bool {
        matches!(self.data, Data::List(_) | Data::Map(_))
    }
}

/// Drops values with what they alone hold, one after the other instead of one inside the other.
fn drop_all(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value.data {
            Data::List(list) => {
                if let Ok(mut items) = Rc::try_unwrap(list.items) {
                    values.append(&mut items.0);
                }
            }
            Data::Map(map) => {
                if let Ok(mut entries) = Rc::try_unwrap(map.entries) {
                    let entries = std::mem::take(entries.0.get_mut());
                    values.extend(entries.into_values().map(|entry| entry.value));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_values_are_dropped_without_recursion() {
        let mut list = Value::list(Vec::new());
        let mut map = Value::from(Map::default());
        for _ in 0..200_000 {
            list = Value::list(vec![list]);
            let outer = Map::default();
            outer.set("x", map);
            map = outer.into();
        }
        assert!(list.is_true() && map.is_true());
    }

    #[test]
    fn maps_are_shared() {
        let map = Map::default();
        let same = map.clone();
        same.set("a", Value::int(1));
        assert!(map.contains("a") && map.is_same(&same));
    }

    #[test]
    fn debug_shows_types_alone() {
        let map = Map::default();
        map.set("hunter", Value::from("hunter2"));
        let shown = format!("{:?} {:?}", Value::from(map.clone()), map);
        assert_eq!(shown, "map[string]interface {} Map(1 entries)");
    }
}
