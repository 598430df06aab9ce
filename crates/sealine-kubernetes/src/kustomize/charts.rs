//! `helmCharts`: charts that lie beside a kustomization.
//!
//! Invariant: only a chart in the repository is rendered; any other one makes the build opaque.

use std::collections::BTreeSet;

use sealine_model::Value;
use sealine_model::delivery::NOT_FOUND;
use sealine_model::tree::Tree;
use sealine_source::join;

use super::RemoteChart;
use super::file::{Item, item, items};
use super::layer::Build;
use crate::delivery::object::Object;
use crate::delivery::tree::first_place;
use crate::helm;

/// Where charts lie when nothing else is said.
const HOME: &str = "charts";

/// Adds what an entry of `helmCharts` renders, or a generator of that kind. Charts lie in the
/// folder `home`, if that is given.
pub(super) fn inflate(
    build: &mut Build<'_>,
    folder: &str,
    home: Option<&Item>,
    chart: &Tree,
    objects: &mut Vec<Object>,
) {
    let Some(place) = first_place(chart).cloned() else { return };
    let text = |key| chart.get(key).and_then(Tree::text).filter(|text| !text.is_empty());
    let Some(name) = text("name").or_else(|| text("chartName")) else {
        build.fail(&place, "a chart has no name".to_owned());
        return;
    };
    let home = home.and_then(Item::text);
    let home = home.unwrap_or_else(|| HOME.to_owned());
    let versioned = text("version").map(|version| format!("{home}/{name}-{version}/{name}"));
    let own = format!("{home}/{name}");
    let found =
        versioned.iter().chain([&own]).filter_map(|path| join(folder, path)).find_map(|path| {
            let loaded = helm::load(build.inventory, build.repo, &path)?;
            Some((path, loaded))
        });
    let Some((path, loaded)) = found else {
        let values = values(build, folder, chart);
        build.fail(&place, format!("the chart `{name}`{} {NOT_FOUND}", names_of(chart, &values)));
        // What the outermost layer sets wins over what the chart was rendered for.
        let namespace = build.namespaces.iter().flatten().next().cloned();
        let namespace = namespace.or_else(|| item(chart.get("namespace"))).map(|item| item.value);
        let name = Item { value: Value::from(name.as_str()), place };
        build.built.charts.push(RemoteChart { name, namespace, values });
        return;
    };
    build.read(&path);
    let own_values = format!("{path}/values.yaml");
    if chart.get("valuesFile").is_none() && !build.inventory.exists(build.repo, &own_values) {
        build.fail(&place, format!("`{own_values}` does not exist"));
    }
    build.built.reads.extend(loaded.reads.iter().map(|path| (build.repo, path.clone())));
    // Without one of its own, a chart goes to the namespace of the nearest layer that has one.
    let nearest = || build.namespaces.iter().rev().flatten().next().cloned();
    let namespace = item(chart.get("namespace")).or_else(nearest);
    let release = item(chart.get("releaseName"));
    let release = helm::Release::new(
        release.map_or_else(Value::unknown, |release| release.value),
        namespace.map_or_else(|| Value::from("default"), |namespace| namespace.value),
    );
    let given = values(build, folder, chart);
    let rendered = helm::render(&loaded, &given, None, &release, build.inventory.project);
    build.built.notes.extend(loaded.all_notes());
    build.built.notes.extend(rendered.notes);
    rendered.opaque.into_iter().for_each(|reason| build.opaque(reason));
    for object in rendered.objects {
        if !build.count() {
            return;
        }
        objects.push(object);
    }
}

/// What else the objects of a chart are called after: its release, and what its values say.
fn names_of(chart: &Tree, values: &[Tree]) -> String {
    let release = chart.get("releaseName").and_then(Tree::text);
    let said = values.iter().filter_map(|values| values.get("fullnameOverride")?.text());
    let names: BTreeSet<String> =
        release.into_iter().chain(said).filter(|name| !name.is_empty()).collect();
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(" (called {})", names.join(", ")) }
}

/// Returns the values that an entry gives, the weakest first.
fn values(build: &mut Build<'_>, folder: &str, chart: &Tree) -> Vec<Tree> {
    let mut files = Vec::new();
    let named = item(chart.get("valuesFile")).into_iter();
    for file in named.chain(items(chart.get("additionalValuesFiles"))) {
        let Some(path) = build.file_path(folder, &file) else { continue };
        files.extend(build.documents_of(&path, &file.place).unwrap_or_default());
    }
    let inline = chart.get("valuesInline").cloned();
    match chart.get("valuesMerge").and_then(Tree::text).as_deref() {
        Some("replace") if inline.is_some() => inline.into_iter().collect(),
        Some("merge") => inline.into_iter().chain(files).collect(),
        _ => files.into_iter().chain(inline).collect(),
    }
}
