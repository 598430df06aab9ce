//! A kustomization file as a value.
//!
//! Invariant: whatever is written is kept or named in [`Kustomization::unsupported`]; a field of
//! the wrong type reads as absent.

use sealine_model::Value;
use sealine_model::tree::Tree;
use sealine_source::Place;

use crate::delivery::tree::first_place;

/// What a kustomization says, or what Flux or Argo CD writes into one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    /// Whether its kind is `Component`.
    pub(crate) is_component: bool,
    /// `resources` and the older `bases`.
    pub(crate) resources: Vec<Item>,
    /// `components`.
    pub(crate) components: Vec<Item>,
    /// `namespace`.
    pub(crate) namespace: Option<Item>,
    /// `namePrefix`.
    pub(crate) name_prefix: Option<Item>,
    /// `nameSuffix`.
    pub(crate) name_suffix: Option<Item>,
    /// `patchesStrategicMerge`, then `patches`, then `patchesJson6902`.
    pub(crate) patches: Vec<Patch>,
    /// `configMapGenerator` and `secretGenerator`.
    pub(crate) generators: Vec<Generator>,
    /// Fields that change names, namespaces or presence and are not carried out: each with what
    /// it may do.
    pub(crate) unsupported: Vec<(&'static str, Place, Effect)>,
}

/// What a field that is not carried out may do to the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It may add objects.
    AddsObjects,
    /// It may change objects.
    ChangesObjects,
}

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The text; a hole where a variable of the delivery stands.
    pub(crate) value: Value,
    /// Where it stands.
    pub(crate) place: Place,
}

impl Item {
    /// Returns the text, when it is known.
    pub(crate) fn text(&self) -> Option<String> {
        self.value.text()
    }
}

/// One entry of the patch lists.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// Where the patch is.
    pub(crate) content: PatchContent,
    /// Which objects it is for; those that the patch itself names when there is no target.
    pub(crate) target: Option<Tree>,
    /// Where the entry stands.
    pub(crate) place: Place,
}

/// Where a patch is.
#[derive(Clone, Debug)]
pub(crate) enum PatchContent {
    /// In the kustomization.
    Inline(Item),
    /// In a file.
    File(Item),
    /// In the kustomization, as YAML rather than as a string.
    Tree(Tree),
}

/// One entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug)]
pub(crate) struct Generator {
    /// `Secret` or `ConfigMap`.
    pub(crate) kind: &'static str,
    /// Its entry.
    pub(crate) tree: Tree,
}

impl Kustomization {
    /// Reads a kustomization file's tree.
    pub(crate) fn read(tree: &Tree) -> Self {
        let mut resources = items(tree.get("resources"));
        resources.extend(items(tree.get("bases")));
        Self {
            is_component: tree.get("kind").and_then(Tree::text).as_deref() == Some("Component"),
            resources,
            components: items(tree.get("components")),
            namespace: item(tree.get("namespace")),
            name_prefix: item(tree.get("namePrefix")),
            name_suffix: item(tree.get("nameSuffix")),
            patches: patches(tree),
            generators: generators(tree),
            unsupported: unsupported(tree),
        }
    }

    /// Puts what a delivery says in the place of what the file says, as Flux and Argo CD do: they
    /// write it into the file before they build.
    pub(crate) fn override_with(&mut self, overrides: &Self) {
        let replace = |own: &mut Option<Item>, other: &Option<Item>| {
            if other.is_some() {
                own.clone_from(other);
            }
        };
        replace(&mut self.namespace, &overrides.namespace);
        replace(&mut self.name_prefix, &overrides.name_prefix);
        replace(&mut self.name_suffix, &overrides.name_suffix);
        self.components.extend(overrides.components.iter().cloned());
        self.patches.extend(overrides.patches.iter().cloned());
    }

    /// Returns the paths of all files and folders whose objects are put together.
    pub(crate) fn named_files(&self) -> impl Iterator<Item = &Item> {
        self.resources.iter().chain(&self.components)
    }

    /// Returns the paths of the patches.
    pub(crate) fn patch_files(&self) -> impl Iterator<Item = &Item> {
        self.patches.iter().filter_map(|patch| match &patch.content {
            PatchContent::File(item) => Some(item),
            _ => None,
        })
    }
}

/// Returns a scalar that holds something.
pub(crate) fn item(tree: Option<&Tree>) -> Option<Item> {
    match tree? {
        Tree::Scalar { value, place } if value.text().as_deref() != Some("") => {
            Some(Item { value: value.clone(), place: place.clone() })
        }
        _ => None,
    }
}

/// Returns the scalars of a list.
pub(crate) fn items(tree: Option<&Tree>) -> Vec<Item> {
    let items = tree.map(Tree::items).unwrap_or_default();
    items.iter().filter_map(|tree| item(Some(tree))).collect()
}

/// Reads the entries of a `patches` list.
pub(crate) fn patch_entries(list: Option<&Tree>) -> Vec<Patch> {
    list.map(Tree::items).unwrap_or_default().iter().filter_map(patch_entry).collect()
}

fn patch_entry(entry: &Tree) -> Option<Patch> {
    let content = match (entry.get("patch"), item(entry.get("path"))) {
        (Some(inline @ Tree::Scalar { .. }), _) => PatchContent::Inline(item(Some(inline))?),
        (Some(inline), _) => PatchContent::Tree(inline.clone()),
        (None, Some(path)) => PatchContent::File(path),
        (None, None) => return None,
    };
    let place = first_place(entry)?.clone();
    Some(Patch { content, target: entry.get("target").cloned(), place })
}

fn patches(tree: &Tree) -> Vec<Patch> {
    let merges = tree.get("patchesStrategicMerge").map(Tree::items).unwrap_or_default();
    let merges = merges.iter().filter_map(|entry| {
        let item = item(Some(entry))?;
        // An entry is either a path or a whole patch.
        let is_patch = item.value.pattern().contains('\n');
        let place = item.place.clone();
        let content = if is_patch { PatchContent::Inline(item) } else { PatchContent::File(item) };
        Some(Patch { content, target: None, place })
    });
    let mut found: Vec<Patch> = merges.collect();
    found.extend(patch_entries(tree.get("patches")));
    found.extend(patch_entries(tree.get("patchesJson6902")));
    found
}

fn generators(tree: &Tree) -> Vec<Generator> {
    let of = |field: &str, kind| {
        let entries = tree.get(field).map(Tree::items).unwrap_or_default().to_vec();
        entries.into_iter().map(move |tree| Generator { kind, tree })
    };
    of("configMapGenerator", "ConfigMap").chain(of("secretGenerator", "Secret")).collect()
}

fn unsupported(tree: &Tree) -> Vec<(&'static str, Place, Effect)> {
    const FIELDS: &[(&str, Effect)] = &[
        ("generators", Effect::AddsObjects),
        ("helmCharts", Effect::AddsObjects),
        ("helmChartInflationGenerator", Effect::AddsObjects),
        ("replacements", Effect::ChangesObjects),
        ("transformers", Effect::ChangesObjects),
        ("vars", Effect::ChangesObjects),
    ];
    let found = FIELDS.iter().filter_map(|(field, effect)| {
        let entry = tree.entry(field).filter(|entry| !entry.value.items().is_empty())?;
        Some((*field, entry.place.clone(), *effect))
    });
    found.collect()
}
