//! A chart as it lies in a repository, with its subcharts and parsed templates.
//!
//! Invariant: loading never leaves the repository, and a chart that names itself as a dependency
//! is loaded once.

use std::sync::Arc;

use sealine_model::Note;
use sealine_model::delivery::Mishap;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::{Source, TextRange, join};
use sealine_template::{FileId, Functions, Set, parse};

use super::eaten;
use crate::delivery::inventory::{Inventory, RepoId, file_name, in_folder};

/// How deep subcharts may nest.
const MAX_DEPTH: usize = 8;
/// How many files of a chart its templates may look at.
const MAX_FILES: usize = 4_000;

/// A chart with everything that rendering needs, whatever the values.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The chart.
    pub(crate) chart: Chart,
    /// The templates of the chart and its subcharts.
    pub(crate) set: Set,
    /// The files that templates come from; a template's [`FileId`] is its index.
    pub(crate) sources: Vec<Arc<Source>>,
    /// What could not be read.
    pub(crate) notes: Vec<Note>,
    /// The paths that were read or looked for.
    pub(crate) reads: Vec<String>,
    /// The folders of the charts that are part of it.
    pub(crate) parts: Vec<String>,
    /// What its templates take that was not meant for Helm.
    pub(crate) mishaps: Vec<Mishap>,
}

/// One chart.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Its name, or the alias under which its parent knows it.
    pub(crate) name: String,
    /// Its `Chart.yaml`.
    pub(crate) metadata: Tree,
    /// Its own values.
    pub(crate) values: Tree,
    /// The name of its folder in template names: `app/charts/db`.
    pub(crate) full_path: String,
    /// Its templates by name, those that begin with `_` left out.
    pub(crate) templates: Vec<(String, FileId)>,
    /// The files that its templates may read, by their path in the chart.
    pub(crate) files: Arc<Vec<(String, FileId)>>,
    /// Its subcharts.
    pub(crate) subcharts: Vec<Chart>,
    /// The dependencies of its `Chart.yaml`.
    pub(crate) dependencies: Vec<Dependency>,
}

/// An entry of `dependencies`.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    /// The chart's name.
    pub(crate) name: String,
    /// The name it has in this chart.
    pub(crate) alias: Option<String>,
    /// The values, by path, the first of which that is set decides whether it is used.
    pub(crate) conditions: Vec<String>,
    /// The tags that decide where no condition does.
    pub(crate) tags: Vec<String>,
    /// Values of the subchart that become values of this one: path there, path here.
    pub(crate) imports: Vec<(String, String)>,
    /// The path of a `file://` repository.
    local: Option<String>,
    /// Whether the chart was found.
    pub(crate) found: bool,
}

impl Chart {
    /// Returns whether it only defines templates for others.
    pub(crate) fn is_library(&self) -> bool {
        self.metadata.get("type").and_then(Tree::text).as_deref() == Some("library")
    }
}

impl Dependency {
    /// Returns the name it has among the values.
    pub(crate) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// Loads the chart in a folder; `None` where there is none.
pub(crate) fn load(inventory: &Inventory<'_>, repo: RepoId, folder: &str) -> Option<Loaded> {
    let mut loader = Loader {
        inventory,
        repo,
        sources: Vec::new(),
        templates: Vec::new(),
        notes: Vec::new(),
        reads: Vec::new(),
        above: Vec::new(),
        parts: Vec::new(),
    };
    let chart = loader.chart(folder, None, "")?;
    let mut set = Set::default();
    let mut templates = std::mem::take(&mut loader.templates);
    // In Helm's order, so that of two definitions the same one wins.
    templates.sort_by(|(one, _), (two, _)| sealine_template::chart::order(one, two));
    let mut mishaps = Vec::new();
    for (name, file) in templates {
        let Some(source) = loader.sources.get(file.0 as usize).cloned() else { continue };
        mishaps.extend(eaten::find(&source));
        match parse(&name, source.text(), Functions::helm()) {
            Ok(template) => set.add(file, template),
            Err(error) => {
                let place = source.place(error.range);
                let message = format!("the template does not parse: {}", error.message);
                loader.notes.push(Note { place, message });
            }
        }
    }
    let Loader { sources, notes, reads, parts, .. } = loader;
    Some(Loaded { chart, set, sources, notes, reads, parts, mishaps })
}

struct Loader<'a> {
    inventory: &'a Inventory<'a>,
    repo: RepoId,
    sources: Vec<Arc<Source>>,
    templates: Vec<(String, FileId)>,
    notes: Vec<Note>,
    reads: Vec<String>,
    /// The folders of the charts that hold the current one.
    above: Vec<String>,
    parts: Vec<String>,
}

impl Loader<'_> {
    fn chart(&mut self, folder: &str, alias: Option<&str>, parent: &str) -> Option<Chart> {
        if self.above.len() >= MAX_DEPTH || self.above.iter().any(|above| above == folder) {
            return None;
        }
        let path = in_folder(folder, "Chart.yaml");
        self.reads.push(path.clone());
        let metadata = self.tree(&path)?;
        let name = alias.map(str::to_owned).or_else(|| metadata.get("name")?.text());
        let name = name.unwrap_or_else(|| file_name(folder).to_owned());
        let full_path =
            if parent.is_empty() { name.clone() } else { format!("{parent}/charts/{name}") };
        let values_path = in_folder(folder, "values.yaml");
        self.reads.push(values_path.clone());
        let values = self.tree(&values_path).unwrap_or_else(|| Tree::Map(TreeMap::default()));
        let (templates, uses_files) = self.templates(folder, &full_path);
        let files = if uses_files { self.files(folder) } else { Vec::new() };
        let mut dependencies = dependencies(&metadata);
        if dependencies.is_empty()
            && let Some(requirements) = self.tree(&in_folder(folder, "requirements.yaml"))
        {
            dependencies = self::dependencies(&requirements);
        }
        if !self.above.is_empty() {
            self.parts.push(folder.to_owned());
        }
        self.above.push(folder.to_owned());
        let subcharts = self.subcharts(folder, &full_path, &mut dependencies);
        self.above.pop();
        Some(Chart {
            name,
            metadata,
            values,
            full_path,
            templates,
            files: Arc::new(files),
            subcharts,
            dependencies,
        })
    }

    fn tree(&self, path: &str) -> Option<Tree> {
        let file = self.inventory.file(self.repo, path)?;
        file.content().documents.first().map(|tree| (**tree).clone())
    }

    fn add(&mut self, path: &str) -> Option<FileId> {
        let source = self.inventory.source(self.repo, path)?;
        self.sources.push(Arc::clone(source));
        Some(FileId(self.sources.len() as u32 - 1))
    }

    fn paths_below(&self, folder: &str) -> Vec<String> {
        let shelf = self.inventory.shelves.get(self.repo);
        let paths = shelf.map(|shelf| shelf.repository.paths_below(folder)).unwrap_or_default();
        paths.into_iter().map(str::to_owned).collect()
    }

    /// Adds the templates of a chart; returns those to render and whether any reads files.
    fn templates(&mut self, folder: &str, full_path: &str) -> (Vec<(String, FileId)>, bool) {
        let mut rendered = Vec::new();
        let mut uses_files = false;
        let above = if folder.is_empty() { 0 } else { folder.len() + 1 };
        for path in self.paths_below(&in_folder(folder, "templates")) {
            let Some(file) = self.add(&path) else { continue };
            self.reads.push(path.clone());
            let name = format!("{full_path}/{}", path.get(above..).unwrap_or_default());
            let text = self.sources.last().map_or("", |source| source.text());
            uses_files |= text.contains(".Files");
            self.templates.push((name.clone(), file));
            let base = file_name(&path);
            if !base.starts_with('_') && base != "NOTES.txt" {
                rendered.push((name, file));
            }
        }
        (rendered, uses_files)
    }

    /// Adds what `.Files` shows.
    fn files(&mut self, folder: &str) -> Vec<(String, FileId)> {
        let above = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let mut found = Vec::new();
        for path in self.paths_below(folder) {
            let own = path.get(above..).unwrap_or_default().to_owned();
            let is_hidden = ["templates/", "charts/"].iter().any(|part| own.starts_with(part))
                || ["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"]
                    .contains(&own.as_str());
            if is_hidden || found.len() >= MAX_FILES {
                continue;
            }
            if let Some(file) = self.add(&path) {
                found.push((own, file));
            }
        }
        found
    }

    /// Loads the charts in `charts/` and those that `file://` dependencies name.
    fn subcharts(
        &mut self,
        folder: &str,
        full_path: &str,
        dependencies: &mut [Dependency],
    ) -> Vec<Chart> {
        let prefix = in_folder(folder, "charts/");
        let mut vendored: Vec<(String, String)> = Vec::new();
        for path in self.paths_below(&in_folder(folder, "charts")) {
            let rest = path.strip_prefix(&prefix).unwrap_or_default();
            if let Some((own, "Chart.yaml")) = rest.split_once('/') {
                let at = format!("{prefix}{own}");
                let name = self.tree(&path).and_then(|tree| tree.get("name")?.text());
                vendored.push((name.unwrap_or_else(|| own.to_owned()), at));
            }
        }
        let mut found = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for dependency in dependencies.iter_mut() {
            let at = vendored.iter().find(|(name, _)| *name == dependency.name);
            let at = at.map(|(_, at)| at.clone());
            let at = at.or_else(|| join(folder, dependency.local.as_ref()?));
            let Some(at) = at else { continue };
            if let Some(chart) = self.chart(&at, dependency.alias.as_deref(), full_path) {
                dependency.found = true;
                taken.push(at);
                found.push(chart);
            }
        }
        // What lies in `charts/` is used even when nothing declares it.
        for (_, at) in vendored {
            if !taken.contains(&at) {
                found.extend(self.chart(&at, None, full_path));
            }
        }
        found
    }
}

fn dependencies(tree: &Tree) -> Vec<Dependency> {
    let list = tree.get("dependencies").map(Tree::items).unwrap_or_default();
    let read = |entry: &Tree| {
        let text = |key: &str| entry.get(key).and_then(Tree::text).filter(|text| !text.is_empty());
        let words = |key: &str| {
            let text = text(key).unwrap_or_default();
            text.split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let tags = entry.get("tags").map(Tree::items).unwrap_or_default();
        Some(Dependency {
            name: text("name")?,
            alias: text("alias"),
            conditions: words("condition"),
            tags: tags.iter().filter_map(Tree::text).collect(),
            imports: imports(entry),
            local: text("repository").and_then(|at| Some(at.strip_prefix("file://")?.to_owned())),
            found: false,
        })
    };
    list.iter().filter_map(read).collect()
}

fn imports(entry: &Tree) -> Vec<(String, String)> {
    let list = entry.get("import-values").map(Tree::items).unwrap_or_default();
    let read = |item: &Tree| match item.text() {
        Some(name) => Some((format!("exports.{name}"), ".".to_owned())),
        None => Some((item.get("child")?.text()?, item.get("parent")?.text()?)),
    };
    list.iter().filter_map(read).collect()
}

/// Returns the place of a template as a whole.
pub(super) fn top(sources: &[Arc<Source>], file: FileId) -> Option<sealine_source::Place> {
    Some(sources.get(file.0 as usize)?.place(TextRange::default()))
}
