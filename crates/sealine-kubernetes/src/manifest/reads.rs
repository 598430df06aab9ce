//! Noting that something reads a Secret.
//!
//! Invariant: a name is only noted where it stands, with the bytes that an edit would replace.

use sealine_model::kubernetes::{Consumer, Scope, SecretUse, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value, asked};
use sealine_source::Place;

use super::names::{is_true, name_at, name_of, part_of};
use super::object::Object;

/// Who reads, and how sure that is.
#[derive(Clone)]
pub(crate) struct Reader {
    /// Where it stands.
    pub(crate) scope: Scope,
    /// Who it is.
    pub(crate) consumer: Consumer,
    /// How sure the references are.
    pub(crate) certainty: Certainty,
    /// What all references are, whatever they look like.
    pub(crate) always: Option<UseKind>,
}

impl Reader {
    /// Returns an object as who reads, and how sure its references are.
    pub(crate) fn of(object: &Object<'_>, certainty: Certainty) -> Self {
        let (scope, consumer) = (object.own_scope(), object.consumer());
        Self { scope, consumer, certainty, always: None }
    }

    /// Returns the reader for a part (a container, a task) of this one.
    pub(crate) fn part(&self, name: Option<String>) -> Self {
        let mut part = self.clone();
        part.consumer.part = name.unwrap_or_default();
        part
    }
}

/// One reference.
pub(crate) struct Read<'t> {
    /// The scalar that holds the name.
    pub(crate) name: &'t Tree,
    /// Where the name is asked for, when that is known.
    pub(crate) asked: Option<&'t Place>,
    /// The scalar that holds the key.
    pub(crate) key: Option<&'t Tree>,
    /// The namespace, when the reference names one.
    pub(crate) namespace: Option<Value>,
    /// How it is read.
    pub(crate) kind: UseKind,
    /// Whether the reader starts without it.
    pub(crate) optional: bool,
}

impl<'t> Read<'t> {
    /// Returns a reference to the Secret that the scalar `name` names.
    pub(crate) fn new(name: &'t Tree, kind: UseKind) -> Self {
        Self { name, asked: None, key: None, namespace: None, kind, optional: false }
    }

    /// Returns the reference that a map with these members holds.
    pub(crate) fn of_map(map: &'t Tree, name: &str, key: &str, kind: UseKind) -> Option<Self> {
        let entry = map.entry(name)?;
        let (asked, optional) = (Some(&entry.place), is_true(map, "optional"));
        Some(Self { asked, key: map.get(key), optional, ..Self::new(&entry.value, kind) })
    }
}

/// Notes a reference; nothing where no name is given.
pub(crate) fn note(reader: &Reader, read: Read<'_>, out: &mut Facts) {
    let (Some(secret), Some(place)) = (name_of(read.name), read.name.place()) else { return };
    let key = read.key.and_then(|key| Some((name_of(key)?, key.place()?.clone())));
    let mut scope = reader.scope.clone();
    if let Some(namespace) = read.namespace {
        scope.namespace = namespace;
    }
    out.uses.push(SecretUse {
        scope,
        consumer: reader.consumer.clone(),
        editable: secret.single_place().is_some(),
        secret,
        asked: read.asked.and_then(|at| asked(at, place)),
        place: place.clone(),
        key,
        kind: reader.always.clone().unwrap_or(read.kind),
        optional: read.optional,
        certainty: reader.certainty,
    });
}

/// Notes the Secret that a map of this shape names.
pub(crate) fn note_map(reader: &Reader, map: &Tree, kind: UseKind, out: &mut Facts) {
    if let Some(mut read) = Read::of_map(map, "name", "key", kind) {
        read.namespace = name_at(map, "namespace");
        note(reader, read, out);
    }
}

/// Notes a reference of the form `namespace/name` or `name`.
pub(crate) fn note_qualified(reader: &Reader, scalar: &Tree, kind: UseKind, out: &mut Facts) {
    let (Some(text), Some(place)) = (scalar.text(), scalar.place()) else { return };
    let Some((namespace, name)) = text.split_once('/') else {
        note(reader, Read::new(scalar, kind), out);
        return;
    };
    let exact = scalar.value().and_then(Value::single_place);
    let at = |place: &Place| part_of(place, &text, namespace.len() + 1, name.len());
    let name = Tree::Scalar {
        value: Value::known(name, exact.map(at)),
        place: exact.map_or_else(|| place.clone(), at),
    };
    let mut read = Read::new(&name, kind);
    read.namespace = Some(Value::from(namespace));
    note(reader, read, out);
}
