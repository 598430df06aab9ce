//! Labels and annotations, as far as selectors of later patches see them.
//!
//! Invariant: a mark that a layer sets replaces one that is there.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::fields::{Field, Make, Misfit, visit};
use super::identity::TypeName;
use super::layer::Build;
use crate::delivery::object::Object;

/// Puts marks into the fields of the layer's objects.
pub(super) fn set(
    build: &mut Build<'_>,
    marks: &[TreeEntry],
    fields: &[Field],
    objects: &mut [Object],
) {
    let Some(place) = marks.first().map(|mark| mark.place.clone()) else { return };
    for object in objects {
        let of = TypeName::of(&object.tree);
        for field in fields.iter().filter(|field| field.is_of(&of)) {
            if set_one(&mut object.tree, field, marks, &place).is_err() {
                build.fail(&place, "labels or annotations do not fit an object".to_owned());
                return;
            }
        }
    }
}

fn set_one(
    tree: &mut Tree,
    field: &Field,
    marks: &[TreeEntry],
    place: &Place,
) -> Result<(), Misfit> {
    let leaf = Tree::Map(TreeMap::default());
    let make = Make { leaf: &leaf, place };
    visit(tree, &field.path, Some(make).filter(|_| field.create), &mut |tree| match tree {
        Tree::Map(map) => {
            for mark in marks {
                match map.entries.iter_mut().rev().find(|entry| entry.key == mark.key) {
                    Some(entry) => *entry = mark.clone(),
                    None => map.entries.push(mark.clone()),
                }
            }
            Ok(())
        }
        Tree::Null | Tree::Unknown => Ok(()),
        Tree::Scalar { .. } | Tree::List(_) => Err(Misfit),
    })
}
