//! Which fields a kustomization has, and of what type: the real tool refuses a file with any other.
//!
//! Invariant: a fault is told once, at the field; what is left of the file is read all the same.

use sealine_model::tree::Tree;
use sealine_source::Place;

use crate::delivery::tree::first_place;

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A map of texts.
    Pairs,
    /// A list of scalars.
    Texts,
    /// A map of anything.
    Map,
    /// A map of these fields.
    Fields(&'static [(&'static str, Shape)]),
    /// A list of maps of anything.
    Maps,
    /// A list of maps of these fields.
    Entries(&'static [(&'static str, Shape)]),
}

use Shape::{Entries, Fields, Flag, Map, Maps, Pairs, Text, Texts};

const KUSTOMIZATION: &[(&str, Shape)] = &[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", Map),
    ("openapi", Map),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Pairs),
    ("labels", Entries(LABELS)),
    ("commonAnnotations", Pairs),
    ("patchesStrategicMerge", Texts),
    ("patchesJson6902", Entries(PATCH)),
    ("patches", Entries(PATCH)),
    ("images", Maps),
    ("imageTags", Maps),
    ("replacements", Entries(REPLACEMENT)),
    ("replicas", Maps),
    ("vars", Entries(VARIABLE)),
    ("sortOptions", Map),
    ("resources", Texts),
    ("components", Texts),
    ("crds", Texts),
    ("bases", Texts),
    ("configMapGenerator", Entries(GENERATOR)),
    ("secretGenerator", Entries(GENERATOR)),
    ("helmGlobals", Map),
    ("helmCharts", Maps),
    ("helmChartInflationGenerator", Maps),
    ("generatorOptions", Fields(OPTIONS)),
    ("configurations", Texts),
    ("generators", Texts),
    ("transformers", Texts),
    ("validators", Texts),
    ("buildMetadata", Texts),
];

const LABELS: &[(&str, Shape)] =
    &[("pairs", Pairs), ("includeSelectors", Flag), ("includeTemplates", Flag), ("fields", Maps)];

const PATCH: &[(&str, Shape)] =
    &[("path", Text), ("patch", Text), ("target", Fields(SELECTOR)), ("options", Map)];

const SELECTOR: &[(&str, Shape)] = &[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
];

const REPLACEMENT: &[(&str, Shape)] =
    &[("source", Map), ("sourceValue", Text), ("targets", Entries(TARGET)), ("path", Text)];

const TARGET: &[(&str, Shape)] = &[
    ("select", Fields(SELECTOR)),
    ("reject", Entries(SELECTOR)),
    ("fieldPaths", Texts),
    ("options", Map),
];

const VARIABLE: &[(&str, Shape)] = &[("name", Text), ("objref", Map), ("fieldref", Map)];

const GENERATOR: &[(&str, Shape)] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", Texts),
    ("files", Texts),
    ("envs", Texts),
    ("env", Text),
    ("options", Fields(OPTIONS)),
    ("type", Text),
];

const OPTIONS: &[(&str, Shape)] = &[
    ("labels", Pairs),
    ("annotations", Pairs),
    ("disableNameSuffixHash", Flag),
    ("immutable", Flag),
];

/// Returns what the real tool does not accept in a kustomization, which stands in `text`.
pub(super) fn faults(tree: &Tree, text: &str) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    if tree.entries().is_empty() {
        let place = first_place(tree).cloned();
        found.extend(place.map(|place| (place, "the kustomization is no map".to_owned())));
        return found;
    }
    fields(tree, KUSTOMIZATION, text, &mut found);
    for key in ["patches", "patchesJson6902"] {
        for entry in tree.get(key).map(Tree::items).unwrap_or_default() {
            let has = |key| entry.get(key).and_then(Tree::text).is_none_or(|text| !text.is_empty());
            let both = ["patch", "path"].map(|key| entry.get(key).is_some() && has(key));
            if both[0] == both[1]
                && let Some(place) = first_place(entry)
            {
                found.push((place.clone(), "a patch is in a file or here, one of both".to_owned()));
            }
        }
    }
    let text = |key| tree.get(key).and_then(Tree::text).filter(|text| !text.is_empty());
    let place = |key| tree.get(key).and_then(Tree::place).cloned();
    let kind = text("kind").unwrap_or_else(|| "Kustomization".to_owned());
    let version = match kind.as_str() {
        "Kustomization" => "kustomize.config.k8s.io/v1beta1",
        "Component" => "kustomize.config.k8s.io/v1alpha1",
        _ => {
            let message = format!("`{kind}` is no kind of a kustomization");
            found.extend(place("kind").map(|place| (place, message)));
            return found;
        }
    };
    if text("apiVersion").is_some_and(|own| own != version) {
        let message = format!("the `apiVersion` of a {kind} is `{version}`");
        found.extend(place("apiVersion").map(|place| (place, message)));
    }
    if tree.entries().iter().all(|entry| matches!(entry.key.as_str(), "apiVersion" | "kind")) {
        let place = first_place(tree).cloned();
        found.extend(place.map(|place| (place, "the kustomization is empty".to_owned())));
    }
    found
}

/// The recursion is as deep as the tables.
fn fields(tree: &Tree, known: &[(&str, Shape)], text: &str, found: &mut Vec<(Place, String)>) {
    for entry in tree.entries() {
        let shape = known.iter().find(|(key, _)| entry.key.eq_ignore_ascii_case(key));
        let Some((_, shape)) = shape else {
            found.push((
                entry.place.clone(),
                format!("a kustomization has no field `{}`", entry.key),
            ));
            continue;
        };
        let fits = match (&entry.value, shape) {
            (Tree::Null | Tree::Unknown, _)
            | (Tree::Scalar { .. }, Flag)
            | (Tree::Map(_), Map | Fields(_)) => true,
            (scalar @ Tree::Scalar { .. }, Text) => is_text(scalar, text),
            (Tree::Map(map), Pairs) => map.entries.iter().all(|entry| is_text(&entry.value, text)),
            (Tree::List(items), Texts) => items.iter().all(|item| is_text(item, text)),
            (Tree::List(items), Maps | Entries(_)) => {
                items.iter().all(|item| matches!(item, Tree::Map(_) | Tree::Unknown | Tree::Null))
            }
            _ => false,
        };
        if !fits {
            found.push((entry.place.clone(), format!("`{}` has the wrong type", entry.key)));
        }
        match shape {
            Fields(inner) => fields(&entry.value, inner, text, found),
            Entries(inner) => {
                entry.value.items().iter().for_each(|item| fields(item, inner, text, found));
            }
            _ => {}
        }
    }
}

/// Returns whether the real tool reads a scalar as a text: without quotes, `n` is a bool and `1` a
/// number.
fn is_text(tree: &Tree, text: &str) -> bool {
    let (own, place) = match tree {
        Tree::Scalar { value, place } => (value.text().unwrap_or_default(), place),
        Tree::Null | Tree::Unknown => return true,
        Tree::List(_) | Tree::Map(_) => return false,
    };
    let start = place.start as usize;
    let is_plain = text.get(start..).is_some_and(|rest| rest.starts_with(&own))
        && !text.get(..start).is_some_and(|before| before.ends_with(['"', '\'']));
    !is_plain || !is_typed(&own)
}

/// Returns whether a plain scalar is a bool, a number or nothing.
pub(super) fn is_typed(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""];
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && (digits.replace('_', "").parse::<f64>().is_ok() || digits.starts_with("0x"));
    is_number || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
