//! The patch steps: which patch is for which object.
//!
//! Invariant: a patch that cannot be understood changes nothing, and a note says so.

use regex::Regex;
use sealine_model::tree::Tree;

use super::file::{Kustomization, Patch, PatchContent};
use super::layer::Build;
use super::{json_patch, merge_patch};
use crate::delivery::nested;
use crate::delivery::object::{Object, group, kind};

/// Applies the layer's patches to its objects.
pub(super) fn apply(
    build: &mut Build<'_>,
    folder: &str,
    kustomization: &Kustomization,
    objects: &mut Vec<Object>,
) {
    for patch in &kustomization.patches {
        for tree in trees(build, folder, patch) {
            apply_one(build, patch, &tree, objects);
        }
    }
}

/// Returns the documents of a patch.
fn trees(build: &mut Build<'_>, folder: &str, patch: &Patch) -> Vec<Tree> {
    match &patch.content {
        PatchContent::Tree(tree) => vec![tree.clone()],
        PatchContent::Inline(item) => {
            let project = build.inventory.project;
            let (trees, whole) = nested::parse(&item.value, &item.place, project);
            if !whole {
                build.note(&item.place, "the patch does not parse".to_owned());
            }
            trees
        }
        PatchContent::File(item) => {
            let Some(path) = build.path(folder, item) else { return Vec::new() };
            build.read(&path);
            let inventory = build.inventory;
            let Some(file) = inventory.file(build.repo, &path) else {
                build.note(&item.place, format!("the patch `{path}` was not read"));
                return Vec::new();
            };
            file.content().documents.iter().map(|tree| (**tree).clone()).collect()
        }
    }
}

fn apply_one(build: &mut Build<'_>, patch: &Patch, tree: &Tree, objects: &mut Vec<Object>) {
    let is_json = matches!(tree, Tree::List(_));
    let selector = match (&patch.target, is_json) {
        (Some(target), _) => Selector::of_target(target),
        (None, false) => Selector::of_patch(tree),
        (None, true) => {
            build.note(&patch.place, "a JSON patch without a target changes nothing".to_owned());
            return;
        }
    };
    let Some(selector) = selector else {
        build.note(&patch.place, "the target of the patch is not understood".to_owned());
        return;
    };
    let mut deleted = Vec::new();
    for (index, object) in objects.iter_mut().enumerate() {
        if !selector.selects(object) {
            continue;
        }
        object.remember();
        if is_json {
            if let Err(message) = json_patch::apply(&mut object.tree, tree) {
                build.note(&patch.place, message);
            }
        } else if merge_patch::deletes(tree) {
            deleted.push(index);
        } else {
            merge_patch::apply_to_object(&mut object.tree, tree);
        }
    }
    for index in deleted.into_iter().rev() {
        objects.remove(index);
    }
}

/// Which objects a patch is for.
struct Selector {
    group: Matcher,
    version: Matcher,
    kind: Matcher,
    name: Matcher,
    namespace: Matcher,
    /// Labels and annotations that an object must have.
    marks: Vec<(&'static str, String, String)>,
}

enum Matcher {
    Any,
    Text(String),
    Expression(Regex),
}

impl Matcher {
    fn expression(tree: Option<&Tree>) -> Option<Self> {
        let Some(tree) = tree else { return Some(Self::Any) };
        let text = tree.text()?;
        if text.is_empty() {
            return Some(Self::Any);
        }
        // Kustomize anchors what it is given.
        let anchored = Regex::new(&format!("^(?:{text})$")).ok()?;
        Some(Self::Expression(anchored))
    }

    fn exact(text: Option<String>) -> Self {
        text.filter(|text| !text.is_empty()).map_or(Self::Any, Self::Text)
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text(known) => known == text,
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}

impl Selector {
    fn of_target(target: &Tree) -> Option<Self> {
        let exact = |key| Matcher::exact(target.get(key).and_then(Tree::text));
        let mut marks = Vec::new();
        for (key, field) in [("labelSelector", "labels"), ("annotationSelector", "annotations")] {
            let Some(selector) = target.get(key) else { continue };
            for requirement in selector.text()?.split(',').filter(|part| !part.trim().is_empty()) {
                // Only equality is understood; with anything else nothing is selected.
                let (key, value) = requirement.split_once('=')?;
                if key.ends_with('!') {
                    return None;
                }
                let value = value.trim_start_matches('=').trim();
                marks.push((field, key.trim().to_owned(), value.to_owned()));
            }
        }
        Some(Self {
            group: exact("group"),
            version: exact("version"),
            kind: exact("kind"),
            name: Matcher::expression(target.get("name"))?,
            namespace: Matcher::expression(target.get("namespace"))?,
            marks,
        })
    }

    fn of_patch(patch: &Tree) -> Option<Self> {
        let version = version(patch);
        Some(Self {
            group: Matcher::Text(group(patch)),
            version: Matcher::exact(Some(version)),
            kind: Matcher::Text(patch.get("kind")?.text()?),
            name: Matcher::Text(patch.at(&["metadata", "name"])?.text()?),
            namespace: Matcher::exact(patch.at(&["metadata", "namespace"]).and_then(Tree::text)),
            marks: Vec::new(),
        })
    }

    fn selects(&self, object: &Object) -> bool {
        let current = (object.name().unwrap_or_default(), object.namespace());
        let mut identities = object.former.iter().chain(std::iter::once(&current));
        self.kind.matches(&kind(&object.tree))
            && self.group.matches(&object.group())
            && self.version.matches(&version(&object.tree))
            && identities.any(|(name, namespace)| {
                self.name.matches(name) && self.namespace.matches(namespace)
            })
            && self.marks.iter().all(|(field, key, value)| {
                let found = object.tree.at(&["metadata", field, key]).and_then(Tree::text);
                found.as_ref() == Some(value)
            })
    }
}

fn version(tree: &Tree) -> String {
    let api_version = tree.get("apiVersion").and_then(Tree::text).unwrap_or_default();
    api_version.rsplit('/').next().unwrap_or_default().to_owned()
}
