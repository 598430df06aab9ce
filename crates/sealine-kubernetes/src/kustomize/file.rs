//! A kustomization file as a value.
//!
//! Invariant: a field of the wrong type reads as absent, and [`Kustomization::faults`] says so.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeEntry};
use sealine_source::Place;

use super::fields::Field;
use super::shape;
use crate::delivery::tree::{first_place, is_true};

/// What a kustomization says, or what Flux or Argo CD writes into one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// `patchesStrategicMerge`.
    pub(crate) merges: Vec<Patch>,
    /// `patches`.
    pub(crate) patches: Vec<Patch>,
    /// `patchesJson6902`.
    pub(crate) json_patches: Vec<Patch>,
    /// `configMapGenerator` and `secretGenerator`.
    pub(crate) generators: Vec<Generator>,
    /// `generatorOptions`.
    pub(crate) generator_options: Option<Tree>,
    /// `labels`.
    pub(crate) labels: Vec<Labels>,
    /// `commonLabels`.
    pub(crate) common_labels: Vec<TreeEntry>,
    /// `commonAnnotations`.
    pub(crate) common_annotations: Vec<TreeEntry>,
    /// `replacements`.
    pub(crate) replacements: Vec<Tree>,
    /// `vars`.
    pub(crate) variables: Vec<Tree>,
    /// `configurations`.
    pub(crate) configurations: Vec<Item>,
    /// `crds`.
    pub(crate) definitions: Vec<Item>,
    /// `helmCharts`, and the older `helmChartInflationGenerator`.
    pub(crate) charts: Vec<Tree>,
    /// `helmGlobals.chartHome`.
    pub(crate) chart_home: Option<Item>,
    /// `generators`: files of generators, or generators.
    pub(crate) external_generators: Vec<Item>,
    /// `transformers`, the same.
    pub(crate) transformers: Vec<Item>,
    /// `validators`, the same.
    pub(crate) validators: Vec<Item>,
    /// Where `openapi` stands.
    pub(crate) openapi: Option<Place>,
    /// What the real tool refuses the file for.
    pub(crate) faults: Vec<(Place, String)>,
}

/// What a delivery writes into the kustomization that it builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overrides {
    /// The namespace.
    pub(crate) namespace: Option<Item>,
    name_prefix: Option<Item>,
    name_suffix: Option<Item>,
    components: Vec<Item>,
    patches: Vec<Patch>,
}

impl Overrides {
    /// Reads them from the fields of a delivery, which has the namespace under a key of its own.
    pub(crate) fn read<'t>(namespace: &str, field: impl Fn(&str) -> Option<&'t Tree>) -> Self {
        Self {
            namespace: item(field(namespace)),
            name_prefix: item(field("namePrefix")),
            name_suffix: item(field("nameSuffix")),
            components: items(field("components")),
            patches: patch_entries(field("patches")),
        }
    }
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

    /// Returns the scalar that this is.
    pub(super) fn tree(&self) -> Tree {
        Tree::Scalar { value: self.value.clone(), place: self.place.clone() }
    }
}

/// One entry of the patch lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Where the patch is.
    pub(crate) content: PatchContent,
    /// Which objects it is for; those that the patch itself names when there is no target.
    pub(crate) target: Option<Tree>,
    /// Whether it may change the name of its objects.
    pub(super) renames: bool,
    /// Whether it may change the kind of its objects.
    pub(super) changes_kind: bool,
    /// Where the entry stands.
    pub(crate) place: Place,
}

/// Where a patch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PatchContent {
    /// In the kustomization.
    Inline(Item),
    /// In a file.
    File(Item),
}

/// One entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generator {
    /// `Secret` or `ConfigMap`.
    pub(super) kind: &'static str,
    /// Its entry.
    pub(super) tree: Tree,
}

/// One entry of `labels`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Labels {
    /// The labels.
    pub(super) pairs: Vec<TreeEntry>,
    /// Whether selectors get them too.
    pub(super) selectors: bool,
    /// Whether templates of pods get them too.
    pub(super) templates: bool,
    /// Further fields that get them.
    pub(super) fields: Vec<Field>,
}

impl Kustomization {
    /// Reads a kustomization file's tree.
    pub(crate) fn read(tree: &Tree) -> Self {
        let list = |key| field(tree, key).map(Tree::items).unwrap_or_default().to_vec();
        let texts = |key| items(field(tree, key));
        let pairs = |key| field(tree, key).map(Tree::entries).unwrap_or_default().to_vec();
        let mut resources = texts("resources");
        resources.extend(texts("bases"));
        let mut charts = list("helmCharts");
        charts.extend(list("helmChartInflationGenerator"));
        let globals = field(tree, "helmGlobals");
        Self {
            is_component: field(tree, "kind").and_then(Tree::text).as_deref() == Some("Component"),
            resources,
            components: texts("components"),
            namespace: item(field(tree, "namespace")),
            name_prefix: item(field(tree, "namePrefix")),
            name_suffix: item(field(tree, "nameSuffix")),
            merges: texts("patchesStrategicMerge").into_iter().map(merge_entry).collect(),
            patches: patch_entries(field(tree, "patches")),
            json_patches: patch_entries(field(tree, "patchesJson6902")),
            generators: generators(&list("configMapGenerator"), &list("secretGenerator")),
            generator_options: field(tree, "generatorOptions").cloned(),
            labels: list("labels").iter().map(labels).collect(),
            common_labels: pairs("commonLabels"),
            common_annotations: pairs("commonAnnotations"),
            replacements: list("replacements"),
            variables: list("vars"),
            configurations: texts("configurations"),
            definitions: texts("crds"),
            charts,
            chart_home: globals.and_then(|globals| item(globals.get("chartHome"))),
            external_generators: texts("generators"),
            transformers: texts("transformers"),
            validators: texts("validators"),
            openapi: tree.entry("openapi").map(|entry| entry.place.clone()),
            faults: Vec::new(),
        }
    }

    /// Reads a kustomization file's tree, and what the real tool refuses `text`, its file, for.
    pub(super) fn read_whole(tree: &Tree, text: &str) -> Self {
        Self { faults: shape::faults(tree, text), ..Self::read(tree) }
    }

    /// Puts what a delivery says in the place of what the file says, as Flux and Argo CD do: they
    /// write it into the file before they build.
    pub(crate) fn override_with(&mut self, overrides: &Overrides) {
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

    /// Returns the paths of the files that are no objects: patches, configurations, plugins.
    pub(crate) fn patch_files(&self) -> impl Iterator<Item = &Item> {
        let patches = self.merges.iter().chain(&self.patches).chain(&self.json_patches);
        let patches = patches.filter_map(|patch| match &patch.content {
            PatchContent::File(item) => Some(item),
            PatchContent::Inline(_) => None,
        });
        let others = [
            &self.configurations,
            &self.definitions,
            &self.external_generators,
            &self.transformers,
            &self.validators,
        ];
        patches.chain(others.into_iter().flatten())
    }
}

/// Returns what stands under a key; as the real tool reads it, without regard to case.
fn field<'a>(tree: &'a Tree, key: &str) -> Option<&'a Tree> {
    let exact = tree.get(key);
    exact.or_else(|| {
        let entry = tree.entries().iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key));
        entry.map(|entry| &entry.value)
    })
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

/// Reads one entry of a `patches` list.
pub(super) fn patch_entry(entry: &Tree) -> Option<Patch> {
    let content = match (item(entry.get("patch")), item(entry.get("path"))) {
        (Some(inline), _) => PatchContent::Inline(inline),
        (None, Some(path)) => PatchContent::File(path),
        (None, None) => return None,
    };
    let option = |key| is_true(entry.at(&["options", key]));
    Some(Patch {
        content,
        target: entry.get("target").filter(|target| matches!(target, Tree::Map(_))).cloned(),
        renames: option("allowNameChange"),
        changes_kind: option("allowKindChange"),
        place: first_place(entry)?.clone(),
    })
}

/// Reads one entry of `patchesStrategicMerge`: a path, or a whole patch.
pub(super) fn merge_entry(item: Item) -> Patch {
    let text = item.value.pattern();
    let is_patch = text.contains('\n') || text.trim_start().starts_with('{');
    let place = item.place.clone();
    let content = if is_patch { PatchContent::Inline(item) } else { PatchContent::File(item) };
    Patch { content, target: None, renames: false, changes_kind: false, place }
}

fn generators(config_maps: &[Tree], secrets: &[Tree]) -> Vec<Generator> {
    let of = |kind| move |tree: &Tree| Generator { kind, tree: tree.clone() };
    config_maps.iter().map(of("ConfigMap")).chain(secrets.iter().map(of("Secret"))).collect()
}

fn labels(entry: &Tree) -> Labels {
    let fields = entry.get("fields").map(Tree::items).unwrap_or_default();
    Labels {
        pairs: entry.get("pairs").map(Tree::entries).unwrap_or_default().to_vec(),
        selectors: is_true(entry.get("includeSelectors")),
        templates: is_true(entry.get("includeTemplates")),
        fields: fields.iter().filter_map(Field::read).collect(),
    }
}
