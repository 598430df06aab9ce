//! `ResourceSet`s of Flux Operator: objects with inputs, which the operator puts in and applies.
//!
//! Invariant: an input that is not known is a hole, and so is whatever else stands between `<<` and `>>`.

use std::collections::BTreeMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;

use super::object::{Made, Object, group, kind};
use super::tree::{map_values, rewrite};

/// How many objects all sets of one root may bring.
const MAX_OBJECTS: usize = 1000;

/// The scalars of one item of `inputs`, by their names.
type Inputs = BTreeMap<String, Value>;

/// Returns the objects that the sets among these bring.
pub(crate) fn objects(among: &[Object]) -> Vec<Object> {
    let sets = among.iter().filter(|object| object.kind() == "ResourceSet");
    let sets = sets.filter_map(|object| brought(&object.tree)).flatten();
    sets.take(MAX_OBJECTS).map(|tree| Object::made(tree, Made::Written)).collect()
}

/// Returns what a set brings: each of its resources, once for each of its inputs.
fn brought(set: &Tree) -> Option<impl Iterator<Item = Tree>> {
    if kind(set) != "ResourceSet" || group(set) != "fluxcd.controlplane.io" {
        return None;
    }
    let spec = set.get("spec")?;
    let listed = |tree: &Tree| tree.get("resources").map(Tree::items).unwrap_or_default().to_vec();
    let steps = spec.get("steps").map(Tree::items).unwrap_or_default();
    let resources: Vec<Tree> =
        listed(spec).into_iter().chain(steps.iter().flat_map(listed)).collect();
    let mut inputs: Vec<Inputs> =
        spec.get("inputs").map(Tree::items).unwrap_or_default().iter().map(scalars).collect();
    if inputs.is_empty() || spec.get("inputsFrom").is_some() {
        inputs = vec![Inputs::new()];
    }
    Some(inputs.into_iter().flat_map(move |inputs| {
        let resources = resources.clone().into_iter();
        resources.map(move |resource| filled(resource, &inputs))
    }))
}

fn scalars(input: &Tree) -> Inputs {
    let scalar = |entry: &sealine_model::tree::TreeEntry| {
        Some((entry.key.to_string(), entry.value.value()?.clone()))
    };
    input.entries().iter().filter_map(scalar).collect()
}

fn filled(mut resource: Tree, inputs: &Inputs) -> Tree {
    let has = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains("<<"));
    map_values(&mut resource, &mut |value| {
        if value.pieces().iter().any(has) {
            *value = rewrite(value, |text, place| fill(text, place, inputs));
        }
    });
    resource
}

/// Puts the inputs where `<< inputs.NAME >>` stands.
fn fill(text: &str, place: Option<&Place>, inputs: &Inputs) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("<<")).map(|at| from + at) {
        let Some(length) = text.get(start..).and_then(|rest| rest.find(">>")) else { break };
        pieces.push(Piece::part(text, place, from, start));
        let asked = text.get(start + 2..start + length).unwrap_or_default();
        let name = asked.trim().strip_prefix("inputs.");
        match name.and_then(|name| inputs.get(name)) {
            Some(value) => pieces.extend(value.pieces().iter().cloned()),
            None => pieces.push(Piece::Hole),
        }
        from = start + length + 2;
    }
    pieces.push(Piece::part(text, place, from, text.len()));
    pieces
}
