//! `vars`: values of objects that stand in others as `$(NAME)`.
//!
//! Invariant: a variable is replaced only in the fields that the configuration names, after all
//! names are final; what a Secret holds is a hole.

use std::collections::HashMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;

use super::config::Config;
use super::fields::{Misfit, visit};
use super::identity::{Identity, TypeName, current, former};
use super::layer::Build;
use super::replacements::shown;
use crate::delivery::object::Object;
use crate::delivery::tree::{first_place, rewrite};

/// One variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    name: String,
    field: String,
    object: Identity,
    place: Place,
}

impl Variable {
    fn read(tree: &Tree) -> Option<Self> {
        let object = tree.get("objref")?;
        let text = |tree: &Tree, key: &str| tree.get(key).and_then(Tree::text).unwrap_or_default();
        let version = text(object, "apiVersion");
        let of = if version.is_empty() {
            TypeName::selector(object)
        } else {
            TypeName::new(&version, &text(object, "kind"))
        };
        let field = tree.get("fieldref").or_else(|| tree.get("fieldRef"));
        let field = field.map(|field| text(field, "fieldpath") + &text(field, "fieldPath"));
        Some(Self {
            name: tree.get("name")?.text()?,
            field: field
                .filter(|field| !field.is_empty())
                .unwrap_or_else(|| "metadata.name".to_owned()),
            object: Identity {
                of,
                name: text(object, "name"),
                namespace: text(object, "namespace"),
            },
            place: first_place(tree)?.clone(),
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.field == other.field && self.object == other.object
    }
}

/// Notes in the objects of a layer which variables are read from them.
pub(super) fn declare(
    build: &mut Build<'_>,
    entries: &[Tree],
    known: &mut Vec<Variable>,
    objects: &mut [Object],
) {
    for variable in entries.iter().filter_map(Variable::read) {
        let exact = !variable.object.namespace.is_empty() || variable.object.of.is_cluster_wide();
        let is = |own: &Identity| {
            if exact {
                own.is(&variable.object)
            } else {
                own.of == variable.object.of && own.name == variable.object.name
            }
        };
        let mut found = objects
            .iter_mut()
            .filter(|object| is(&current(object)) || former(object).iter().any(is));
        if let Some(object) = found.next() {
            object.trail.variables.push(variable.name.clone());
        }
        if found.next().is_some() {
            build.fail(&variable.place, format!("`{}` may mean several objects", variable.name));
        }
        add(build, variable, known, false);
    }
}

/// Adds the variables of a base.
pub(super) fn join(build: &mut Build<'_>, known: &mut Vec<Variable>, more: Vec<Variable>) {
    for variable in more {
        add(build, variable, known, true);
    }
}

fn add(build: &mut Build<'_>, variable: Variable, known: &mut Vec<Variable>, same_may_be: bool) {
    match known.iter().find(|own| own.name == variable.name) {
        Some(own) if same_may_be && own.is_same(&variable) => {}
        Some(_) => build.fail(&variable.place, format!("`{}` is there twice", variable.name)),
        None => known.push(variable),
    }
}

/// Replaces the variables in all objects.
pub(super) fn resolve(
    build: &mut Build<'_>,
    config: &Config,
    variables: &[Variable],
    objects: &mut [Object],
) {
    let mut values: HashMap<String, Value> = HashMap::new();
    for variable in variables {
        let holder = objects.iter().find(|object| object.trail.variables.contains(&variable.name));
        let value = holder.and_then(|object| shown(object, &indexed(&variable.field)));
        if value.is_none() && !build.is_opaque() {
            let message = format!("`{}` leads to no field of an object", variable.name);
            build.fail(&variable.place, message);
        }
        values.insert(variable.name.clone(), value.unwrap_or_else(Value::unknown));
    }
    if values.is_empty() {
        return;
    }
    for object in objects {
        let of = TypeName::of(&object.tree);
        for field in config.variables.iter().filter(|field| field.is_of(&of)) {
            // A field of another type is an error of the real tool only where it is no text.
            let _: Result<(), Misfit> = visit(&mut object.tree, &field.path, None, &mut |tree| {
                match tree {
                    Tree::Map(map) => {
                        map.entries.iter_mut().for_each(|entry| replace(&mut entry.value, &values));
                    }
                    Tree::List(items) => items.iter_mut().for_each(|item| replace(item, &values)),
                    other => replace(other, &values),
                }
                Ok(())
            });
        }
    }
}

/// Turns `a[0].b` into `a.0.b`.
fn indexed(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('.') {
        let (name, index) = match part.strip_suffix(']').and_then(|part| part.rsplit_once('[')) {
            Some((name, index)) if index.parse::<usize>().is_ok() => (name, Some(index)),
            _ => (part, None),
        };
        for piece in [Some(name), index].into_iter().flatten().filter(|piece| !piece.is_empty()) {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(piece);
        }
    }
    out
}

fn replace(tree: &mut Tree, values: &HashMap<String, Value>) {
    let Tree::Scalar { value, .. } = tree else { return };
    if !value
        .pieces()
        .iter()
        .any(|piece| matches!(piece, Piece::Literal { text, .. } if text.contains('$')))
    {
        return;
    }
    *value = rewrite(value, |text, place| pieces(text, place, values));
}

/// Cuts a text at its variables. `$$` is a dollar sign, and what is no known variable stays.
fn pieces(text: &str, place: Option<&Place>, values: &HashMap<String, Value>) -> Vec<Piece> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + offset;
        let rest = text.get(dollar + 1..).unwrap_or_default();
        if rest.starts_with('$') {
            found.push(Piece::part(text, place, start, dollar + 1));
            start = dollar + 2;
            at = start;
            continue;
        }
        let name =
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(name, _)| name);
        let value = name.and_then(|name| values.get(name));
        match (name, value) {
            (Some(name), Some(value)) => {
                found.push(Piece::part(text, place, start, dollar));
                found.extend(value.pieces().iter().cloned());
                start = dollar + 3 + name.len();
                at = start;
            }
            (Some(name), None) => at = dollar + 3 + name.len(),
            (None, _) => at = dollar + 1,
        }
    }
    found.push(Piece::part(text, place, start, text.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_variables_are_replaced_and_nothing_else() {
        let values = HashMap::from([("A".to_owned(), Value::from("x"))]);
        let text = |text: &str| Value::from_pieces(pieces(text, None, &values)).pattern();
        assert_eq!(text("$(A)-$(B)-$A-$$(A)-$("), "x-$(B)-$A-$(A)-$(");
        assert_eq!(text("$"), "$");
        assert_eq!(indexed("spec.ports[0].port"), "spec.ports.0.port");
    }
}
