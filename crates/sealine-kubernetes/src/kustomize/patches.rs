//! The patch steps: which patch is for which object.
//!
//! Invariant: a patch that the real tool refuses is a note and makes the build opaque; it changes
//! nothing. What a patch puts into a Secret is kept as its shape alone. A patch of a workload that is
//! not in sight stands for it, for what it reads and no more.

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::Place;

use super::file::{Item, Patch, PatchContent};
use super::identity::{Found, Identity, find, is_remembered, remember, twice};
use super::json::is_json;
use super::layer::Build;
use super::selector::Selector;
use super::{json_patch, merge_patch, unseen};
use crate::delivery::nested;
use crate::delivery::object::{Made, Object, is_object, is_workload};
use crate::delivery::tree::{at_mut, remove, set};
use crate::kinds::{is_argo_config, is_workflow_config};
use crate::manifest::hide_values;

/// Which list a patch stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// `patchesStrategicMerge`: each patch names its object.
    Merges,
    /// `patches`: both sorts.
    Any,
    /// `patchesJson6902`: operations.
    Operations,
}

/// Applies one patch to the objects of a layer.
pub(super) fn apply(
    build: &mut Build<'_>,
    folder: &str,
    patch: &Patch,
    sort: Sort,
    objects: &mut Vec<Object>,
) {
    let Some(trees) = trees(build, folder, patch) else { return };
    if !is_accepted(build, folder, patch, &trees) {
        build.fail(&patch.place, "a patch that begins with a bracket is JSON".to_owned());
        return;
    }
    let operations = match trees.as_slice() {
        [Tree::List(operations)] => Some(operations),
        _ => None,
    };
    let done = match (operations, &patch.target) {
        (Some(operations), Some(target)) if sort != Sort::Merges => {
            let opaque = build.is_opaque();
            apply_operations(operations, target, sort, opaque, objects)
        }
        (Some(_), _) => Err("a list of operations needs a target".to_owned()),
        (None, _) if sort == Sort::Operations => {
            Err("the patch is no list of operations".to_owned())
        }
        (None, Some(target)) => {
            let opaque = build.is_opaque();
            apply_to_target(patch, &trees, target, opaque, objects)
        }
        (None, None) => {
            trees.iter().try_for_each(|tree| apply_to_named(build, patch, tree, objects))
        }
    };
    if let Err(message) = done {
        build.fail(&patch.place, message);
    }
    if let Some(identity) = twice(objects) {
        build.fail(&patch.place, format!("after the patch {identity} is there twice"));
    }
}

/// Returns the documents of a patch.
fn trees(build: &mut Build<'_>, folder: &str, patch: &Patch) -> Option<Vec<Tree>> {
    match &patch.content {
        PatchContent::Inline(item) => parse(build, item),
        PatchContent::File(item) => {
            let path = build.file_path(folder, item)?;
            build.documents_of(&path, &item.place)
        }
    }
}

/// Returns whether a list of operations is written as the real tool reads it.
fn is_accepted(build: &Build<'_>, folder: &str, patch: &Patch, trees: &[Tree]) -> bool {
    if !matches!(trees, [Tree::List(_)]) {
        return true;
    }
    let text = match &patch.content {
        PatchContent::Inline(item) => item.text().map(|text| text.trim().to_owned()),
        PatchContent::File(item) => {
            let path = item.text().and_then(|path| sealine_source::join(folder, &path));
            let source = path.and_then(|path| build.inventory.source(build.repo, &path));
            source.map(|source| source.text().to_owned())
        }
    };
    text.is_none_or(|text| !text.starts_with('[') || is_json(&text))
}

/// Returns the documents of a text that stands in a kustomization.
pub(super) fn parse(build: &mut Build<'_>, item: &Item) -> Option<Vec<Tree>> {
    let (trees, whole) = nested::parse(&item.value, &item.place, build.inventory.project);
    if !whole {
        build.fail(&item.place, "the text does not parse".to_owned());
        return None;
    }
    Some(trees.into_iter().filter(|tree| *tree != Tree::Null).collect())
}

fn apply_operations(
    operations: &[Tree],
    target: &Tree,
    sort: Sort,
    opaque: bool,
    objects: &mut Vec<Object>,
) -> Result<(), String> {
    let selector = Selector::read(target)?;
    if opaque && !objects.iter().any(|object| selector.selects(object)) {
        if let Some(patch) = unseen::of_operations(operations, target) {
            stand_for_unseen(&patch, objects);
        }
        return Ok(());
    }
    for object in objects.iter_mut().filter(|object| selector.selects(object)) {
        if sort == Sort::Any {
            remember(object);
        }
        let noted = note_annotations(object);
        let done = json_patch::apply(&mut object.tree, operations);
        if noted
            && let Some(metadata) = at_mut(&mut object.tree, &["metadata"])
            && metadata.get("annotations").is_some_and(|left| left.entries().is_empty())
        {
            remove(metadata, "annotations");
        }
        hide_values(&mut object.tree);
        done?;
    }
    Ok(())
}

/// Gives an object annotations that has none, since the real tool notes there who the object was
/// before: one that it remembers has some while it is patched. Returns whether it did.
fn note_annotations(object: &mut Object) -> bool {
    if !is_remembered(object) {
        return false;
    }
    let Some(Tree::Map(metadata)) = at_mut(&mut object.tree, &["metadata"]) else { return false };
    if metadata.entries.iter().any(|entry| entry.key == "annotations") {
        return false;
    }
    let Some(place) = metadata.entries.first().map(|entry| entry.place.clone()) else {
        return false;
    };
    let value = Tree::Map(TreeMap::default());
    metadata.entries.push(TreeEntry { key: "annotations".into(), place, value });
    true
}

fn apply_to_target(
    patch: &Patch,
    trees: &[Tree],
    target: &Tree,
    opaque: bool,
    objects: &mut Vec<Object>,
) -> Result<(), String> {
    let [tree] = trees else {
        return match trees {
            [] => Ok(()),
            _ => Err("several patches in one entry cannot have a target".to_owned()),
        };
    };
    named(tree)?;
    let selector = Selector::read(target)?;
    let unseen = Object::made(tree.clone(), Made::Patched);
    if opaque && selector.selects(&unseen) && !objects.iter().any(|it| selector.selects(it)) {
        stand_for_unseen(tree, objects);
        return Ok(());
    }
    let mut result = Ok(());
    objects.retain_mut(|object| {
        if result.is_err() || !selector.selects(object) {
            return true;
        }
        match merge_into(object, patch, tree) {
            Ok(stays) => stays,
            Err(message) => {
                result = Err(message);
                true
            }
        }
    });
    result
}

fn apply_to_named(
    build: &Build<'_>,
    patch: &Patch,
    tree: &Tree,
    objects: &mut Vec<Object>,
) -> Result<(), String> {
    let identity = named(tree)?;
    match find(objects, &identity) {
        Found::One(index) => {
            let stays = objects.get_mut(index).map(|object| merge_into(object, patch, tree));
            if !stays.transpose()?.unwrap_or(true) {
                objects.remove(index);
            }
            Ok(())
        }
        // What the patch is for may be among what was not understood.
        Found::None if build.is_opaque() => {
            stand_for_unseen(tree, objects);
            Ok(())
        }
        Found::None => Err(format!("there is no {identity} that the patch could change")),
        Found::Several => Err(format!("the patch may mean more than one {identity}")),
    }
}

/// Lets the patch of a workload, or of a configuration of Argo's programs, that is not in sight stand for it.
fn stand_for_unseen(patch: &Tree, objects: &mut Vec<Object>) {
    let reads = is_workload(patch) || is_argo_config(patch) || is_workflow_config(patch);
    if is_object(patch) && reads && patch.get("$patch").is_none() {
        objects.push(Object::made(patch.clone(), Made::Patched));
    }
}

/// Returns whom a patch names: a kind and a name at least.
fn named(tree: &Tree) -> Result<Identity, String> {
    let identity = Identity::of(tree);
    if identity.of.kind.is_empty() || identity.name.is_empty() {
        return Err("a patch needs a kind and a name".to_owned());
    }
    Ok(identity)
}

/// Merges a patch into an object, which keeps its kind, name and namespace unless the patch may
/// change them. Returns whether the object is still there.
fn merge_into(object: &mut Object, patch: &Patch, tree: &Tree) -> Result<bool, String> {
    if patch.renames || patch.changes_kind {
        remember(object);
    }
    let keep = |path: &'static [&'static str]| (path, object.tree.at(path).cloned());
    let mut kept = vec![keep(&["apiVersion"]), keep(&["metadata", "namespace"])];
    if !patch.changes_kind {
        kept.push(keep(&["kind"]));
    }
    if !patch.renames {
        kept.push(keep(&["metadata", "name"]));
    }
    if !merge_patch::apply(&mut object.tree, tree)? {
        return Ok(false);
    }
    for (path, value) in kept {
        restore(&mut object.tree, path, value, &patch.place);
    }
    hide_values(&mut object.tree);
    Ok(true)
}

fn restore(tree: &mut Tree, path: &[&str], value: Option<Tree>, place: &Place) {
    match (value, path) {
        (Some(value), path) => {
            let place = value.place().unwrap_or(place).clone();
            set(tree, path, value, &place);
        }
        (None, [key]) => remove(tree, key),
        (None, [above @ .., key]) => {
            if let Some(above) = at_mut(tree, above) {
                remove(above, key);
            }
        }
        (None, []) => {}
    }
}
