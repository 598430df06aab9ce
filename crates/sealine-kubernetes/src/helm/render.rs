//! A chart with values, rendered to objects.
//!
//! Invariant: templates are executed in Helm's order over one set of values, so that what one of
//! them sets the next ones see.

use std::collections::HashMap;

use sealine_model::tree::Tree;
use sealine_model::{Note, Value};
use sealine_source::Project;
use sealine_template::chart::{self, API_VERSIONS, KUBERNETES_VERSION};
use sealine_template::{FileId, Map, Options, Value as Data, execute};

use super::chart::{Chart, Loaded, top};
use super::data::{Files, marked};
use super::{output, values};
use crate::delivery::object::{Made, Object, is_object};

/// The API versions of custom resources that clusters with secrets and deliveries serve.
const MORE_VERSIONS: &[&str] = &[
    "argoproj.io/v1alpha1",
    "argoproj.io/v1alpha1/Application",
    "cert-manager.io/v1",
    "cert-manager.io/v1/Certificate",
    "external-secrets.io/v1",
    "external-secrets.io/v1/ClusterSecretStore",
    "external-secrets.io/v1/ExternalSecret",
    "external-secrets.io/v1/SecretStore",
    "gateway.networking.k8s.io/v1",
    "gateway.networking.k8s.io/v1/HTTPRoute",
    "helm.toolkit.fluxcd.io/v2",
    "kustomize.toolkit.fluxcd.io/v1",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/PodMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "source.toolkit.fluxcd.io/v1",
];

/// Who installs a chart.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// The release name.
    pub(crate) name: Value,
    /// The namespace it goes to.
    pub(crate) namespace: Value,
}

/// What rendering a chart came to.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// The objects, in the order of the templates.
    pub(crate) objects: Vec<Object>,
    /// Why there may be more objects than these.
    pub(crate) opaque: Vec<String>,
    /// What could not be rendered.
    pub(crate) notes: Vec<Note>,
    /// The values of dependencies that were not found.
    pub(crate) unread: Vec<Tree>,
}

/// Renders a chart with values over its own, the weakest first.
pub(crate) fn render(
    loaded: &Loaded,
    given: &[Tree],
    own: Option<&[Tree]>,
    release: &Release,
    project: &Project,
) -> Rendered {
    let mut rendered = Rendered::default();
    let mut user = Tree::Map(sealine_model::tree::TreeMap::default());
    for layer in own.unwrap_or_default().iter().chain(given) {
        if matches!(layer, Tree::Map(_)) {
            values::merge(&mut user, layer);
        }
    }
    let all = values::coalesce(&loaded.chart, &user);
    if loaded.chart.is_library() {
        return rendered;
    }
    let mut files = Files::new(project, &loaded.sources);
    let root_values = files.value(&all);
    let mut metadata = HashMap::new();
    all_metadata(&loaded.chart, &mut files, &mut metadata);
    let sources = files.sources;
    let mut work = Vec::new();
    let stage = Stage { loaded, release, metadata };
    stage.collect(&loaded.chart, &all, &root_values, true, &mut work, &mut rendered);
    work.sort_by(|one, two| chart::order(one.name, two.name));
    let options = Options::helm();
    let mut parts: Vec<Vec<Object>> = Vec::new();
    for task in work {
        task.data.set("Template", template(task.name, task.chart));
        match execute(&loaded.set, task.name, &Data::from(task.data), &options) {
            Ok(out) => {
                let Some(home) = sources.get(task.file.0 as usize) else { continue };
                let trees = output::trees(&out, home, &sources, &mut rendered.notes);
                let objects = trees.into_iter().filter(|tree| is_object(tree) && !is_test(tree));
                parts.push(objects.map(|tree| Object::made(tree, Made::Rendered)).collect());
            }
            Err(error) => {
                let file = error.file.and_then(|file| sources.get(file.0 as usize));
                let place = file.map(|source| source.place(error.range));
                let Some(place) = place.or_else(|| top(&sources, task.file)) else { continue };
                let message = format!("the template cannot be rendered: {}", error.message);
                rendered.opaque.push(format!("{} cannot be rendered", task.name));
                rendered.notes.push(Note { place, message });
            }
        }
    }
    // Templates are executed from the deepest name back; people read them the other way round.
    rendered.objects = parts.into_iter().rev().flatten().collect();
    rendered
}

/// One template to execute.
struct Task<'a> {
    name: &'a str,
    file: FileId,
    chart: &'a Chart,
    data: Map,
}

/// What stays the same over all charts of a release.
struct Stage<'a> {
    loaded: &'a Loaded,
    release: &'a Release,
    /// The `Chart.yaml` of each chart, by its path in template names.
    metadata: HashMap<String, Data>,
}

impl<'a> Stage<'a> {
    /// Adds the templates of a chart and of its subcharts that are used.
    fn collect(
        &self,
        chart: &'a Chart,
        tree: &Tree,
        values: &Data,
        is_root: bool,
        work: &mut Vec<Task<'a>>,
        rendered: &mut Rendered,
    ) {
        for dependency in chart.dependencies.iter().filter(|dependency| !dependency.found) {
            rendered.opaque.push(format!("the dependency `{}` is not vendored", dependency.name));
            rendered.unread.extend(tree.get(dependency.key()).cloned());
        }
        let data = self.data(chart, values, is_root);
        for (name, file) in &chart.templates {
            // Library charts lend their named templates only.
            if !chart.is_library() {
                work.push(Task { name, file: *file, chart, data: data.clone() });
            }
        }
        for subchart in &chart.subcharts {
            if !values::is_enabled(chart, subchart, tree) {
                continue;
            }
            let below = tree.get(&subchart.name).unwrap_or(&Tree::Null);
            let below_values = values.as_map().and_then(|map| map.get(&subchart.name));
            let below_values = below_values.unwrap_or_default();
            self.collect(subchart, below, &below_values, false, work, rendered);
        }
    }

    /// Returns what the templates of one chart see.
    fn data(&self, chart: &Chart, values: &Data, is_root: bool) -> Map {
        let (name, namespace) = (marked(&self.release.name), marked(&self.release.namespace));
        let metadata = self.metadata.get(&chart.full_path).cloned().unwrap_or_default();
        let versions = API_VERSIONS.into_iter().chain(MORE_VERSIONS.iter().copied());
        let mut files = chart::Files::default();
        for (path, file) in chart.files.iter() {
            if let Some(source) = self.loaded.sources.get(file.0 as usize) {
                files.add(path.as_str(), source.text().as_bytes().to_vec(), Some(*file));
            }
        }
        let data = Map::default();
        data.set("Values", chart::values(&values.as_map().cloned().unwrap_or_default()));
        data.set("Release", chart::release(&name, &namespace));
        data.set("Chart", chart::metadata(&metadata, is_root));
        data.set("Capabilities", chart::capabilities(KUBERNETES_VERSION, versions));
        data.set("Files", files.value());
        data.set("Subcharts", Map::default().into());
        data
    }
}

/// Returns `.Template`.
fn template(name: &str, chart: &Chart) -> Data {
    let fields = Map::default();
    fields.set("Name", Data::from(name));
    fields.set("BasePath", Data::from(format!("{}/templates", chart.full_path)));
    fields.into()
}

/// Returns the `Chart.yaml` of a chart and its subcharts, by their paths in template names.
fn all_metadata(chart: &Chart, files: &mut Files<'_>, found: &mut HashMap<String, Data>) {
    let metadata = files.value(&chart.metadata);
    if let Some(map) = metadata.as_map() {
        map.set("name", Data::from(chart.name.as_str()));
    }
    found.insert(chart.full_path.clone(), metadata);
    for subchart in &chart.subcharts {
        all_metadata(subchart, files, found);
    }
}

/// Returns whether an object only exists while `helm test` runs.
fn is_test(tree: &Tree) -> bool {
    let hook = tree.at(&["metadata", "annotations", "helm.sh/hook"]).and_then(Tree::text);
    hook.is_some_and(|hook| hook.split(',').all(|hook| hook.trim().starts_with("test")))
}
