//! One place in a kind that has to do with Secrets.

use sealine_model::kubernetes::{SecretOrigin, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Piece, Value};

use super::path;
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::{name_at, name_of, text_at};
use crate::manifest::object::Object;
use crate::manifest::pod;
use crate::manifest::reads::{Read, Reader, note};

/// A place in some kinds of a family that reads or makes Secrets.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The kinds that have it, with blanks between them; `*` for all of the family.
    pub kinds: &'static str,
    /// Where it is, in the language of the module `path`. For [`Role::MakesNamed`] it is the name
    /// that is made: `{}` is the object's own name, `*` is not known.
    pub path: &'static str,
    /// What it does.
    pub role: Role,
    /// Whether the Secret lies in a namespace that cannot be told (that of an operator).
    pub elsewhere: bool,
    /// The namespace that the Secret always lies in, wherever the object is.
    pub within: Option<&'static str>,
    /// Whether the reader does without the Secret.
    pub optional: bool,
}

/// What a [`Field`] does.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// Reads a Secret as a field of a custom resource.
    Reads,
    /// Reads credentials that are set up before all else.
    ReadsBootstrap,
    /// Reads credentials to pull images.
    PullsImages,
    /// Makes a Secret with these keys; none or `*` when there may be others.
    Makes(&'static [&'static str]),
    /// Makes a Secret whose name follows from the object's.
    MakesNamed(&'static [&'static str]),
    /// Is a pod spec.
    Pod,
    /// Is a container, or something else with `env` and `envFrom`.
    Container,
    /// Is a volume as pods have it.
    Volume,
}

const fn field(kinds: &'static str, path: &'static str, role: Role) -> Field {
    Field { kinds, path, role, elsewhere: false, within: None, optional: false }
}

/// Returns a field that names a Secret which is read.
pub(crate) const fn reads(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::Reads)
}

/// Returns a field that names credentials which are set up by hand before all else.
pub(crate) const fn bootstrap(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::ReadsBootstrap)
}

/// Returns a field that names credentials to pull images.
pub(crate) const fn pulls(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::PullsImages)
}

/// Returns a field that names a Secret which is made.
pub(crate) const fn makes(
    kinds: &'static str,
    path: &'static str,
    keys: &'static [&'static str],
) -> Field {
    field(kinds, path, Role::Makes(keys))
}

/// Returns the making of a Secret whose name follows from the object's.
pub(crate) const fn makes_named(
    kinds: &'static str,
    name: &'static str,
    keys: &'static [&'static str],
) -> Field {
    field(kinds, name, Role::MakesNamed(keys))
}

/// Returns a field that is a pod spec.
pub(crate) const fn pods(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::Pod)
}

/// Returns a field that is a container.
pub(crate) const fn containers(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::Container)
}

/// Returns a field that is a volume.
pub(crate) const fn volumes(kinds: &'static str, path: &'static str) -> Field {
    field(kinds, path, Role::Volume)
}

impl Field {
    /// Says that the Secret lies in a namespace that the object does not tell.
    pub(crate) const fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// Says in which namespace the Secret always lies.
    pub(crate) const fn within(mut self, namespace: &'static str) -> Self {
        self.within = Some(namespace);
        self
    }

    /// Says that the reader does without the Secret.
    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Returns whether objects of `kind` have the field.
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.kinds.split(' ').any(|own| own == kind || own == "*")
    }

    /// Notes what the field of `object` says.
    pub(crate) fn read(&self, object: &Object<'_>, reader: &Reader, out: &mut Facts) {
        let (steps, shape) = path::split(self.path);
        match self.role {
            Role::MakesNamed(keys) => self.make_named(object, keys, out),
            Role::Pod => path::find(object.tree, steps, &mut |at| pod::spec(at, reader, out)),
            Role::Volume => path::find(object.tree, steps, &mut |at| pod::volume(at, reader, out)),
            Role::Container => {
                path::find(object.tree, steps, &mut |at| pod::container(at, reader, out));
            }
            Role::Makes(keys) => path::find(object.tree, steps, &mut |at| {
                self.make(object, at, shape, keys, out);
            }),
            Role::Reads => self.note(object, reader, &UseKind::Field, out),
            Role::ReadsBootstrap => self.note(object, reader, &UseKind::Bootstrap, out),
            Role::PullsImages => self.note(object, reader, &UseKind::ImagePull, out),
        }
    }

    fn note(&self, object: &Object<'_>, reader: &Reader, kind: &UseKind, out: &mut Facts) {
        let (steps, shape) = path::split(self.path);
        // A scalar is looked for from the map above it, whose key asks for what it holds.
        let (steps, member) = match steps.rsplit_once('.') {
            Some((above, member)) if shape.is_none() && path::is_plain(member) => {
                (above, Some(member))
            }
            _ => (steps, None),
        };
        path::find(object.tree, steps, &mut |at| {
            let read = match shape {
                None => match member {
                    Some(member) => at.entry(member).map(|entry| Read {
                        asked: Some(&entry.place),
                        ..Read::new(&entry.value, kind.clone())
                    }),
                    None => Some(Read::new(at, kind.clone())),
                },
                Some(shape) if is_secret(at, shape) => {
                    Read::of_map(at, shape.name, shape.key, kind.clone())
                }
                Some(_) => None,
            };
            let Some(mut read) = read else { return };
            read.namespace = shape.and_then(|shape| name_at(at, shape.namespace));
            read.namespace = read.namespace.or_else(|| self.within.map(Value::from));
            if self.elsewhere && read.namespace.is_none() {
                read.namespace = Some(Value::unknown());
            }
            read.optional |= self.optional;
            note(reader, read, out);
        });
    }

    fn make(
        &self,
        object: &Object<'_>,
        at: &Tree,
        shape: Option<path::Shape<'_>>,
        keys: &[&str],
        out: &mut Facts,
    ) {
        let scalar = shape.map_or(Some(at), |shape| at.get(shape.name));
        let Some((scalar, name)) = scalar.and_then(|scalar| Some((scalar, name_of(scalar)?)))
        else {
            return;
        };
        let Some(place) = scalar.place().cloned() else { return };
        let scope = match shape.and_then(|shape| name_at(at, shape.namespace)) {
            Some(namespace) => object.scope_in(namespace),
            None if self.elsewhere => object.scope_in(Value::unknown()),
            None => object.own_scope(),
        };
        let mut keys = keys_at(&place, keys);
        let named = shape.filter(|shape| !shape.key.is_empty()).and_then(|shape| at.get(shape.key));
        if let Some((key, place)) = named.and_then(|key| Some((key.text()?, key.place()?))) {
            keys.known.push((key, place.clone()));
            keys.open = false;
        }
        out.secrets.push(secret(object, scope, name, place, keys));
    }

    fn make_named(&self, object: &Object<'_>, keys: &[&str], out: &mut Facts) {
        let mut name = Value::default();
        for (index, part) in self.path.split("{}").enumerate() {
            if index > 0 {
                name = name.concat(object.name.clone());
            }
            for (index, literal) in part.split('*').enumerate() {
                let hole = (index > 0).then_some(Piece::Hole);
                let literal = Piece::Literal { text: literal.into(), place: None };
                name = name.concat(Value::from_pieces(hole.into_iter().chain([literal])));
            }
        }
        let keys = keys_at(&object.place, keys);
        let mut made = secret(object, object.own_scope(), name, object.place.clone(), keys);
        made.origin = SecretOrigin::Controller;
        out.secrets.push(made);
    }
}

/// Returns whether a map of this shape means a Secret: it has the key that it needs, and a `kind` or
/// `type` beside the name does not say otherwise.
fn is_secret(map: &Tree, shape: path::Shape<'_>) -> bool {
    let keyed = !shape.needs_key || map.get(shape.key).is_some();
    let kind = text_at(map, &["kind"]).is_none_or(|kind| kind == "Secret");
    keyed && kind && text_at(map, &["type"]).is_none_or(|kind| kind != "ConfigMap")
}
