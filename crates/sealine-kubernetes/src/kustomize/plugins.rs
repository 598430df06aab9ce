//! `generators`, `transformers` and `validators`: files that configure a step of their own.
//!
//! Invariant: the steps that are a part of the real tool run as it runs them; any other program is
//! unknown, and the build opaque for it.

use sealine_model::tree::{Tree, TreeMap};

use super::fields::Field;
use super::file::{Generator, Item, Patch, PatchContent, item, items, merge_entry, patch_entry};
use super::layer::{Accumulated, Build};
use super::names::{End, NamespaceStep, Subjects};
use super::patches::{self, Sort};
use super::{charts, generators, marks, names, replacements, value_add};
use crate::delivery::object::{Object, place_of};
use crate::delivery::tree::{first_place, is_true};

/// Returns the configurations that a list names or holds.
pub(super) fn load(build: &mut Build<'_>, folder: &str, list: &[Item]) -> Vec<Tree> {
    let mut found = Vec::new();
    let mut paths = Vec::new();
    for item in list {
        if item.value.pattern().contains('\n') {
            found.extend(patches::parse(build, item).unwrap_or_default());
        } else {
            paths.push(item.clone());
        }
    }
    let mut done = Accumulated::default();
    build.resources(folder, &paths, &mut done);
    found.extend(done.objects.into_iter().map(|object| object.tree));
    found
}

/// Returns the kind of a step of the real tool.
fn builtin(plugin: &Tree) -> Option<String> {
    let version = plugin.get("apiVersion").and_then(Tree::text);
    plugin.get("kind").and_then(Tree::text).filter(|_| version.as_deref() == Some("builtin"))
}

fn unknown(build: &mut Build<'_>, plugin: &Tree) {
    let kind = plugin.get("kind").and_then(Tree::text).unwrap_or_default();
    if let Some(place) = place_of(plugin).cloned() {
        build.fail(&place, format!("what `{kind}` does is not known"));
    }
}

/// Runs a generator.
pub(super) fn generate(
    build: &mut Build<'_>,
    folder: &str,
    plugin: &Tree,
    objects: &mut Vec<Object>,
) {
    let kind = match builtin(plugin).as_deref() {
        Some("SecretGenerator") => "Secret",
        Some("ConfigMapGenerator") => "ConfigMap",
        Some("HelmChartInflationGenerator") => {
            let home = item(plugin.get("chartHome"));
            return charts::inflate(build, folder, home.as_ref(), plugin, objects);
        }
        _ => return unknown(build, plugin),
    };
    let mut entries = plugin.entries().to_vec();
    for key in ["name", "namespace"] {
        let named = entries.iter().any(|entry| entry.key == key);
        let entry = plugin.get("metadata").and_then(|metadata| metadata.entry(key));
        entries.extend(entry.filter(|_| !named).cloned());
    }
    let tree = Tree::Map(TreeMap { entries: entries.into(), open: false });
    generators::run(build, folder, &Generator { kind, tree }, None, objects);
}

/// Runs a transformer.
pub(super) fn transform(
    build: &mut Build<'_>,
    folder: &str,
    plugin: &Tree,
    objects: &mut Vec<Object>,
) {
    let fields: Vec<Field> = {
        let listed = plugin.get("fieldSpecs").map(Tree::items).unwrap_or_default();
        listed.iter().filter_map(Field::read).collect()
    };
    let pairs = |key| plugin.get(key).map(Tree::entries).unwrap_or_default().to_vec();
    let kind = builtin(plugin);
    match kind.as_deref() {
        Some("PrefixTransformer") => {
            if let Some(prefix) = item(plugin.get("prefix")) {
                names::add_affix(build, End::Front, &prefix, &fields, objects);
            }
        }
        Some("SuffixTransformer") => {
            if let Some(suffix) = item(plugin.get("suffix")) {
                names::add_affix(build, End::Back, &suffix, &fields, objects);
            }
        }
        Some("NamespaceTransformer") => {
            if let Some(namespace) = item(plugin.at(&["metadata", "namespace"])) {
                let subjects = plugin.get("setRoleBindingSubjects").and_then(Tree::text);
                let step = NamespaceStep {
                    namespace: &namespace,
                    fields: &fields,
                    subjects: match subjects.as_deref() {
                        Some("allServiceAccounts") => Subjects::ServiceAccounts,
                        Some("none") => Subjects::None,
                        _ => Subjects::Default,
                    },
                    unset_only: is_true(plugin.get("unsetOnly")),
                };
                names::set_namespace(build, step, objects);
            }
        }
        Some("LabelTransformer") => marks::set(build, &pairs("labels"), &fields, objects),
        Some("AnnotationsTransformer") => {
            marks::set(build, &pairs("annotations"), &fields, objects);
        }
        Some("PatchTransformer") => {
            if let Some(patch) = patch_entry(plugin) {
                patches::apply(build, folder, &patch, Sort::Any, objects);
            }
        }
        Some("PatchStrategicMergeTransformer") => {
            let paths = items(plugin.get("paths")).into_iter().map(merge_entry);
            let texts = item(plugin.get("patches")).into_iter().map(merge_entry);
            for patch in paths.chain(texts) {
                patches::apply(build, folder, &patch, Sort::Merges, objects);
            }
        }
        Some("PatchJson6902Transformer") => {
            if let Some(patch) = operations(plugin) {
                patches::apply(build, folder, &patch, Sort::Operations, objects);
            }
        }
        Some("ReplacementTransformer") => {
            let entries = plugin.get("replacements").map(Tree::items).unwrap_or_default();
            replacements::apply(build, folder, entries, objects);
        }
        Some("ValueAddTransformer") => value_add::apply(build, folder, plugin, objects),
        // They change no name.
        Some("ImageTagTransformer" | "ReplicaCountTransformer") => {}
        _ => unknown(build, plugin),
    }
}

fn operations(plugin: &Tree) -> Option<Patch> {
    let inline = item(plugin.get("jsonOp")).map(PatchContent::Inline);
    let content = inline.or_else(|| item(plugin.get("path")).map(PatchContent::File))?;
    let target = plugin.get("target").cloned();
    let place = first_place(plugin)?.clone();
    Some(Patch { content, target, renames: false, changes_kind: false, place })
}

/// Notes a validator that is not a part of the real tool: it may refuse the build, no more.
pub(super) fn validate(build: &mut Build<'_>, plugin: &Tree) {
    let Some(place) = place_of(plugin).cloned() else { return };
    let kind = plugin.get("kind").and_then(Tree::text).unwrap_or_default();
    build.note(&place, format!("whether `{kind}` accepts the objects is not known"));
}
