//! Strategic merge patches, and JSON merge patches for custom kinds.
//!
//! Invariant: what a patch brings keeps its place in the patch, all else keeps its own.

use sealine_model::tree::{Tree, TreeEntry};

use crate::delivery::object::group;

/// Returns whether the patch removes its object.
pub(super) fn deletes(patch: &Tree) -> bool {
    directive(patch).as_deref() == Some("delete")
}

/// Applies a patch to an object; name, kind and namespace of the object stay, since the patch only
/// names its target by them.
pub(super) fn apply_to_object(object: &mut Tree, patch: &Tree) {
    let lists = if is_builtin(object) { Lists::ByKey } else { Lists::Replaced };
    let kept = |tree: &Tree, path: &[&str]| tree.at(path).cloned();
    let (name, namespace) =
        (kept(object, &["metadata", "name"]), kept(object, &["metadata", "namespace"]));
    let (kind, version) = (kept(object, &["kind"]), kept(object, &["apiVersion"]));
    merge(object, patch, lists);
    for (path, value) in [
        (&["metadata", "name"][..], name),
        (&["metadata", "namespace"][..], namespace),
        (&["kind"][..], kind),
        (&["apiVersion"][..], version),
    ] {
        match (crate::delivery::tree::at_mut(object, path), value) {
            (Some(now), Some(value)) => *now = value,
            (Some(_), None) if path.len() == 2 => {
                if let Some(above) = crate::delivery::tree::at_mut(object, &path[..1]) {
                    crate::delivery::tree::remove(above, path[1]);
                }
            }
            _ => {}
        }
    }
}

/// How lists merge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// By the key that the type of the list has.
    ByKey,
    /// The patch's list replaces the other one: custom kinds have no types here.
    Replaced,
}

fn is_builtin(object: &Tree) -> bool {
    let group = group(object);
    matches!(group.as_str(), "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions")
        || group.ends_with(".k8s.io")
}

/// The recursion is no deeper than the patch, which is a tree of bounded depth.
fn merge(target: &mut Tree, patch: &Tree, lists: Lists) {
    let (Tree::Map(own), Tree::Map(new)) = (&mut *target, patch) else {
        *target = patch.clone();
        return;
    };
    if directive(patch).as_deref() == Some("replace") {
        let mut replaced = new.clone();
        replaced.entries.retain(|entry| entry.key != "$patch");
        *own = replaced;
        return;
    }
    own.open |= new.open;
    for entry in new.entries.iter().filter(|entry| !entry.key.starts_with('$')) {
        let at = own.entries.iter().rposition(|known| known.key == entry.key);
        match (&entry.value, at) {
            (Tree::Null, _) => own.entries.retain(|known| known.key != entry.key),
            (Tree::Map(_), _) if deletes(&entry.value) => {
                own.entries.retain(|known| known.key != entry.key);
            }
            (Tree::Map(_), Some(at)) => merge(&mut own.entries[at].value, &entry.value, lists),
            (Tree::List(new), Some(at)) if lists == Lists::ByKey => {
                merge_list(&mut own.entries[at].value, new, &entry.key);
            }
            (value, Some(at)) => {
                own.entries[at] = TreeEntry {
                    key: entry.key.clone(),
                    place: entry.place.clone(),
                    value: value.clone(),
                };
            }
            (value, None) => {
                let value = without_directives(value);
                let place = entry.place.clone();
                own.entries.push(TreeEntry { key: entry.key.clone(), place, value });
            }
        }
    }
}

fn merge_list(target: &mut Tree, new: &[Tree], field: &str) {
    let Tree::List(own) = target else {
        *target = Tree::List(new.to_vec());
        return;
    };
    let replaces = new.iter().any(|item| directive(item).as_deref() == Some("replace"));
    let Some(key) = merge_key(field, own, new).filter(|_| !replaces) else {
        *own = new.iter().filter(|item| directive(item).is_none()).cloned().collect();
        return;
    };
    for item in new {
        let wanted = item.get(key).and_then(Tree::text);
        let at = own.iter().position(|known| known.get(key).and_then(Tree::text) == wanted);
        match at {
            Some(at) if deletes(item) => {
                own.remove(at);
            }
            Some(at) => merge(&mut own[at], item, Lists::ByKey),
            None if deletes(item) => {}
            None => own.push(without_directives(item)),
        }
    }
}

/// Returns the key by which the items of a list of a built-in kind are matched; `None` where the
/// list is replaced as a whole.
fn merge_key(field: &str, own: &[Tree], new: &[Tree]) -> Option<&'static str> {
    let has = |key: &str| own.iter().chain(new).all(|item| item.get(key).is_some());
    let key = match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "ports" => return ["containerPort", "port"].into_iter().find(|key| has(key)),
        _ => return None,
    };
    has(key).then_some(key)
}

fn directive(tree: &Tree) -> Option<String> {
    tree.get("$patch").and_then(Tree::text)
}

fn without_directives(tree: &Tree) -> Tree {
    match tree {
        Tree::Map(map) => {
            let mut map = map.clone();
            map.entries.retain(|entry| !entry.key.starts_with("$patch"));
            Tree::Map(map)
        }
        other => other.clone(),
    }
}
