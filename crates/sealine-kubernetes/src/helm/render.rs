//! A chart with values, rendered to objects.
//!
//! Invariant: templates are executed in Helm's order over one set of values, so that what one of
//! them sets the next ones see.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sealine_model::delivery::{NOT_VENDORED, lacks_dependency};
use sealine_model::tree::{Tree, TreeMap};
use sealine_model::{Note, Value};
use sealine_source::{Place, Project, Source};
use sealine_template::{
    ErrorKind, FileId, Map, Options, Rendered as Executed, TemplateError, Value as Data, chart,
    execute,
};

use super::chart::{Chart, Content, Loaded, top};
use super::cluster::Cluster;
use super::data::{Files, marked};
use super::output;
use super::values::{self, Used};
use super::words::rename_keys;
use crate::delivery::nested::HOLE;
use crate::delivery::object::{Made, Object, is_object};

/// How many templates of a chart may run into their limits before the rest is left out.
const MAX_LIMITS: usize = 4;
/// How much all templates of a chart may print together.
const MAX_OUTPUT: usize = 16 << 20;

/// Who installs a chart.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// The release name.
    pub(crate) name: Value,
    /// The namespace it goes to.
    pub(crate) namespace: Value,
    /// Where that is.
    pub(crate) cluster: Cluster,
    /// What becomes of the values that a template lacks.
    pub(crate) lacking: Lacking,
}

/// What becomes of the values that a template lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// They are nothing, as with Helm: all values are in sight.
    Nothing,
    /// They are unknown where Helm refuses the template, or what it prints: what it would make is to be
    /// shown.
    Refused,
    /// They are unknown: whoever installs the chart gives values that are not in sight.
    GivenElsewhere,
}

impl Release {
    /// Returns a release in a cluster of which nothing is known.
    pub(crate) fn new(name: Value, namespace: Value) -> Self {
        Self { name, namespace, cluster: Cluster::Unknown, lacking: Lacking::Nothing }
    }

    /// Returns a release of which nothing is known.
    pub(crate) fn unknown() -> Self {
        let unknown = Self::new(Value::unknown(), Value::unknown());
        Self { lacking: Lacking::GivenElsewhere, ..unknown }
    }
}

impl Lacking {
    /// Returns why what a template lacks is to be taken for unknown, where that is so: Helm refuses it, or
    /// prints a nil in it.
    fn reason(self, result: &Result<Executed, Box<TemplateError>>) -> Option<String> {
        match result {
            _ if self == Self::Nothing => None,
            Ok(out) if !out.lacks => None,
            Ok(out) if !output::is_yaml(&out.text) => {
                Some("without them it makes no YAML".to_owned())
            }
            Ok(_) => (self == Self::GivenElsewhere).then(|| "it prints nil".to_owned()),
            Err(error) => matches!(error.kind, ErrorKind::Execute | ErrorKind::Refused)
                .then(|| error.message.clone()),
        }
    }
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
    if loaded.chart.is_library() {
        return rendered;
    }
    let mut stage = prepare(loaded, given, own, release, project);
    // What a chart that is not in sight brings, templates and values, is not known.
    if lacks_dependency(&stage.opaque) && stage.lacking == Lacking::Nothing {
        stage.lacking = Lacking::Refused;
    }
    rendered.opaque.append(&mut stage.opaque);
    rendered.unread.append(&mut stage.unread);
    let crds = std::mem::take(&mut stage.crds);
    let (executed, notes, opaque) = execute_all(loaded, &stage);
    rendered.notes.extend(notes);
    rendered.opaque.extend(opaque);
    let mut parts = read_outputs(&executed, &stage, &mut rendered.notes);
    let is_open: Vec<bool> = executed.iter().map(|(_, out)| out.is_open).collect();
    keep_first(&mut parts, &is_open);
    rendered.objects = crds.into_iter().map(|tree| Object::made(tree, Made::Rendered)).collect();
    // Templates are executed from the deepest name back; people read them the other way round.
    rendered.objects.extend(parts.into_iter().rev().flatten());
    rendered
}

/// Keeps the first of the objects with one name that open outputs hold: conditions that nobody can
/// decide may have made what only one of them will.
fn keep_first(parts: &mut [Vec<Object>], is_open: &[bool]) {
    let mut seen = HashSet::new();
    for (part, is_open) in parts.iter_mut().zip(is_open) {
        part.retain(|object| {
            let namespace = object.tree.at(&["metadata", "namespace"]);
            let is_known = namespace.is_none_or(|namespace| namespace.text().is_some());
            let Some(name) = object.name().filter(|_| is_known) else { return true };
            let namespace = namespace.and_then(Tree::text);
            seen.insert((object.group(), object.kind(), namespace, name)) || !is_open
        });
    }
}

/// Returns the objects of each output, those for `helm test` left out.
pub(super) fn read_outputs(
    executed: &[(&str, Executed)],
    stage: &Stage<'_>,
    notes: &mut Vec<Note>,
) -> Vec<Vec<Object>> {
    let files: HashMap<&str, FileId> =
        stage.tasks.iter().map(|task| (task.name, task.file)).collect();
    let read = |(name, out): &(&str, Executed)| {
        let home = stage.sources.get(files.get(name)?.0 as usize)?;
        let trees = output::trees(out, home, &stage.sources, notes);
        let objects = trees.into_iter().filter(|tree| is_object(tree) && !is_test(tree));
        Some(objects.map(|tree| Object::made(tree, Made::Rendered)).collect())
    };
    executed.iter().filter_map(read).collect()
}

/// A chart with its values, ready to be executed.
pub(super) struct Stage<'a> {
    tasks: Vec<Task<'a>>,
    /// The files that templates and values come from, by their [`FileId`].
    sources: Vec<Arc<Source>>,
    crds: Vec<Tree>,
    pub(super) opaque: Vec<String>,
    unread: Vec<Tree>,
    notes: Vec<Note>,
    lacking: Lacking,
}

impl Stage<'_> {
    /// Returns where an error stands.
    fn place(&self, error: &TemplateError) -> Option<Place> {
        let source = self.sources.get(error.file?.0 as usize)?;
        Some(source.place(error.range))
    }
}

/// One template to execute.
struct Task<'a> {
    name: &'a str,
    file: FileId,
    full_path: &'a str,
    data: Map,
}

/// Lays the values over each other and lists the templates in Helm's order.
pub(super) fn prepare<'a>(
    loaded: &'a Loaded,
    given: &[Tree],
    own: Option<&[Tree]>,
    release: &Release,
    project: &Project,
) -> Stage<'a> {
    let mut user = Tree::Map(TreeMap::default());
    let layers = own.unwrap_or_default().iter().chain(given);
    values::merge(&mut user, layers.filter(|layer| matches!(layer, Tree::Map(_))));
    let mut files = Files::new(project, &loaded.sources);
    rename_keys(&mut user, &|place| files.is_quoted(place));
    let used = values::choose(&loaded.chart, &user, &|tree| files.is_text(tree));
    let all = used.coalesce(&user);
    let root_values = files.value(&all);
    let common = Common {
        loaded,
        release: chart::release(&marked(&release.name), &marked(&release.namespace)),
        capabilities: release.cluster.capabilities(&loaded.chart.metadata, loaded.is_before_v1),
    };
    let mut stage = Stage {
        tasks: Vec::new(),
        sources: Vec::new(),
        crds: Vec::new(),
        opaque: Vec::new(),
        unread: Vec::new(),
        notes: Vec::new(),
        lacking: release.lacking,
    };
    for place in used.clashes(&user) {
        let message = "these values of a subchart are no map, which Helm refuses".to_owned();
        stage.notes.push(Note { place, message });
    }
    for layer in given.iter().filter(|layer| !matches!(layer, Tree::Map(_) | Tree::Null)) {
        let why = "values that are no map cannot be read";
        if matches!(layer, Tree::List(_) | Tree::Scalar { .. }) {
            stage.opaque.push(why.to_owned());
        }
    }
    common.collect(&used, &all, &root_values, true, &mut files, &mut stage);
    stage.sources = files.sources;
    stage.tasks.sort_by(|one, two| chart::order(one.name, two.name));
    stage
}

/// Executes the templates; returns the outputs of those that are no notes for people, what went
/// wrong, and what may be missing for that.
pub(super) fn execute_all<'a>(
    loaded: &Loaded,
    stage: &Stage<'a>,
) -> (Vec<(&'a str, Executed)>, Vec<Note>, Vec<String>) {
    let (mut outputs, mut opaque) = (Vec::new(), Vec::new());
    let mut notes = stage.notes.clone();
    let options = Options { unknown: Some(HOLE), ..Options::helm() };
    let (mut limits, mut printed) = (0, 0);
    for task in &stage.tasks {
        // One that does not parse has its note already.
        if !loaded.set.contains(task.name) {
            opaque.push(format!("{} cannot be rendered", task.name));
            continue;
        }
        if limits >= MAX_LIMITS || printed >= MAX_OUTPUT {
            opaque.push(format!("{} is not rendered: the chart is over its limits", task.name));
            continue;
        }
        let fields = Map::default();
        fields.set("Name", Data::from(task.name));
        fields.set("BasePath", Data::from(format!("{}/templates", task.full_path)));
        task.data.set("Template", fields.into());
        let data = Data::from(task.data.clone());
        let first = execute(&loaded.set, task.name, &data, &options);
        let again = stage.lacking.reason(&first).and_then(|why| {
            let options = Options { lacking: true, ..options };
            let out = execute(&loaded.set, task.name, &data, &options).ok();
            Some((why, out.and_then(output::with_gaps)?))
        });
        let result = match again {
            Some((why, out)) => {
                let message = format!(
                    "the template needs values that its chart does not hold ({why}); they are taken for unknown"
                );
                let place = first.as_ref().err().and_then(|error| stage.place(error));
                let place = place.or_else(|| top(&stage.sources, task.file));
                notes.extend(place.map(|place| Note { place, message }));
                Ok(out)
            }
            None => first,
        };
        match result {
            Ok(out) => {
                printed += out.text.len();
                if !task.name.ends_with("NOTES.txt") {
                    if out.is_open {
                        opaque.push(format!("{} decides by values that are not known", task.name));
                    }
                    outputs.push((task.name, out));
                }
            }
            Err(error) => {
                limits += usize::from(error.kind == ErrorKind::Budget);
                opaque.push(format!("{} cannot be rendered", task.name));
                let Some(place) = stage.place(&error).or_else(|| top(&stage.sources, task.file))
                else {
                    continue;
                };
                let message = format!("the template cannot be rendered: {}", error.message);
                notes.push(Note { place, message });
            }
        }
    }
    (outputs, notes, opaque)
}

/// What stays the same over all charts of a release.
struct Common<'a> {
    loaded: &'a Loaded,
    release: Data,
    capabilities: Data,
}

impl<'a> Common<'a> {
    /// Adds the templates of a chart and of its subcharts that are used; returns what they see.
    fn collect(
        &self,
        used: &Used<'a>,
        tree: &Tree,
        values: &Data,
        is_root: bool,
        files: &mut Files<'_>,
        stage: &mut Stage<'a>,
    ) -> Map {
        let chart = used.chart;
        for dependency in chart.dependencies.iter().filter(|dependency| !dependency.found) {
            stage.opaque.push(format!("the dependency `{}` {NOT_VENDORED}", dependency.name));
            stage.unread.extend(tree.get(dependency.key()).cloned());
        }
        let metadata = files.value(&chart.metadata);
        if let Some(map) = metadata.as_map() {
            map.set("name", Data::from(chart.name.as_str()));
        }
        let subcharts = Map::default();
        let data = Map::default();
        data.set("Values", chart::values(&values.as_map().cloned().unwrap_or_default()));
        data.set("Release", self.release.clone());
        data.set("Chart", chart::metadata(&metadata, is_root));
        data.set("Capabilities", self.capabilities.clone());
        data.set("Files", self.files(chart));
        data.set("Subcharts", subcharts.clone().into());
        for (name, file) in &chart.templates {
            // Library charts lend their named templates only.
            if !chart.is_library() {
                let full_path = chart.full_path.as_str();
                stage.tasks.push(Task { name, file: *file, full_path, data: data.clone() });
            }
        }
        stage.crds.extend(chart.crds.iter().cloned());
        for subchart in &used.subcharts {
            let name = &subchart.chart.name;
            let below = tree.get(name).unwrap_or(&Tree::Null);
            let below_values = values.as_map().and_then(|map| map.get(name)).unwrap_or_default();
            let seen = self.collect(subchart, below, &below_values, false, files, stage);
            subcharts.set(name, seen.into());
        }
        data
    }

    /// Returns `.Files`.
    fn files(&self, chart: &Chart) -> Data {
        let mut files = chart::Files::default();
        for (path, content) in self.loaded.files.get(&chart.full_path).into_iter().flatten() {
            match content {
                Content::Text(file) => {
                    if let Some(source) = self.loaded.sources.get(file.0 as usize) {
                        let bytes = source.text().as_bytes().to_vec();
                        files.add(path.as_str(), bytes, Some(*file));
                    }
                }
                Content::Bytes(bytes) => files.add(path.as_str(), bytes.to_vec(), None),
            }
        }
        files.value()
    }
}

/// Returns whether an object only exists while `helm test` runs.
fn is_test(tree: &Tree) -> bool {
    let hook = tree.at(&["metadata", "annotations", "helm.sh/hook"]).and_then(Tree::text);
    hook.is_some_and(|hook| hook.split(',').all(|hook| hook.trim().starts_with("test")))
}
