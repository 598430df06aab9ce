//! The small language in which kinds say where they name Secrets.
//!
//! A path is made of field names with `.` between them. `*` in a name stands for any text, `**` for
//! any way down, `[]` after a name for all items of that list (or values of that map), and a name
//! in `"` may hold dots. At the end `{name,key,namespace}` says which members of a map hold the
//! Secret's name, its key and its namespace; `key!` asks for a map that has the key. Without it the
//! path leads to the name itself.
//!
//! Invariant: a path that does not fit the tree finds nothing.

use sealine_model::tree::Tree;

/// The members that a reference is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape<'p> {
    pub(crate) name: &'p str,
    pub(crate) key: &'p str,
    /// Whether a map without the key is no reference.
    pub(crate) needs_key: bool,
    pub(crate) namespace: &'p str,
}

/// Returns the steps of a path, and the shape at its end.
pub(crate) fn split(path: &str) -> (&str, Option<Shape<'_>>) {
    let Some((steps, shape)) = path.split_once('{') else { return (path, None) };
    let mut members = shape.trim_end_matches('}').split(',');
    let mut member = |default| members.next().map_or(default, str::trim);
    let (name, key) = (member("name"), member(""));
    let (key, needs_key) = key.strip_suffix('!').map_or((key, false), |key| (key, true));
    (steps, Some(Shape { name, key, needs_key, namespace: member("namespace") }))
}

/// Returns whether a step is the name of one field and nothing more.
pub(crate) fn is_plain(step: &str) -> bool {
    step.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Calls `found` with each tree that the steps lead to.
pub(crate) fn find<'t>(tree: &'t Tree, steps: &str, found: &mut impl FnMut(&'t Tree)) {
    let Some((step, rest)) = next_step(steps) else {
        found(tree);
        return;
    };
    match step {
        "**" => anywhere(tree, rest, found),
        _ => below(tree, step, rest, found),
    }
}

/// Recurses no deeper than a tree may be.
fn anywhere<'t>(tree: &'t Tree, rest: &str, found: &mut impl FnMut(&'t Tree)) {
    find(tree, rest, found);
    for entry in tree.entries() {
        anywhere(&entry.value, rest, found);
    }
    for item in tree.items() {
        anywhere(item, rest, found);
    }
}

fn below<'t>(tree: &'t Tree, step: &str, rest: &str, found: &mut impl FnMut(&'t Tree)) {
    let (name, is_list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let name = name.trim_matches('"');
    for entry in tree.entries().iter().filter(|entry| fits(name, &entry.key)) {
        if !is_list {
            find(&entry.value, rest, found);
            continue;
        }
        for item in entry.value.items() {
            find(item, rest, found);
        }
        for inner in entry.value.entries() {
            find(&inner.value, rest, found);
        }
    }
}

/// Returns the first step and what follows its dot.
fn next_step(steps: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let end = steps.find(|character| {
        quoted ^= character == '"';
        character == '.' && !quoted
    });
    match end {
        _ if steps.is_empty() => None,
        Some(end) => Some((steps.get(..end)?, steps.get(end + 1..)?)),
        None => Some((steps, "")),
    }
}

/// Returns whether `key` fits a name in which `*` stands for any text.
fn fits(name: &str, key: &str) -> bool {
    match name.split_once('*') {
        None => name == key,
        Some((head, tail)) => {
            key.len() >= head.len() + tail.len() && key.starts_with(head) && key.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tree;

    fn found(text: &str, path: &str) -> Vec<String> {
        let tree = tree(text);
        let (steps, shape) = split(path);
        let mut names = Vec::new();
        find(&tree, steps, &mut |at| {
            let name = shape.map_or(Some(at), |shape| at.get(shape.name));
            names.extend(name.and_then(Tree::text));
        });
        names
    }

    #[test]
    fn paths_lead_to_names() {
        let text = "
spec:
  one: {name: a, key: k}
  many: [{tls: {secretName: b}}, {tls: {secretName: c}}]
  map: {x: {oneSecretRef: {name: d}}, y: {twoSecretRef: {name: e}}}
  'with.dots': f
";
        for (path, names) in [
            ("spec.one{name,key}", vec!["a"]),
            ("spec.many[].tls.secretName", vec!["b", "c"]),
            ("spec.map[].*SecretRef{name}", vec!["d", "e"]),
            ("spec.**.*SecretRef{name}", vec!["d", "e"]),
            ("**.secretName", vec!["b", "c"]),
            ("spec.\"with.dots\"", vec!["f"]),
            ("spec.many.tls", vec![]),
            ("spec.nothing[].**", vec![]),
        ] {
            assert_eq!(found(text, path), names, "{path}");
        }
    }

    #[test]
    fn shapes_name_their_members() {
        let (steps, shape) = split("spec.ref{secretName,,secretNamespace}");
        let namespace = "secretNamespace";
        let expected = Shape { name: "secretName", key: "", needs_key: false, namespace };
        assert_eq!((steps, shape), ("spec.ref", Some(expected)));
        assert_eq!(split("spec.name").1, None);
        assert!(split("spec.*{name,key!}").1.is_some_and(|shape| shape.needs_key));
    }
}
