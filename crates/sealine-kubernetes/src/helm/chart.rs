//! A chart as it lies in a repository, with its subcharts and parsed templates.

use std::collections::HashMap;
use std::sync::Arc;

use sealine_model::Note;
use sealine_model::delivery::Mishap;
use sealine_model::tree::Tree;
use sealine_source::{Place, Source, TextRange};
use sealine_template::{FileId, Set};

/// A chart with everything that rendering needs, whatever the values.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The chart.
    pub(crate) chart: Chart,
    /// The templates of the chart and its subcharts.
    pub(crate) set: Set,
    /// The files that templates come from; a template's [`FileId`] is its index.
    pub(crate) sources: Vec<Arc<Source>>,
    /// The files that templates may read, by the chart's path in template names; each by its path
    /// in the chart.
    pub(crate) files: HashMap<String, Vec<(String, Content)>>,
    /// What could not be read.
    pub(crate) notes: Vec<Note>,
    /// What is not looked at, though Helm does.
    pub(crate) remarks: Vec<Note>,
    /// The paths that were read or looked for.
    pub(crate) reads: Vec<String>,
    /// What its templates take that was not meant for Helm.
    pub(crate) mishaps: Vec<Mishap>,
    /// Whether it is for a cluster that serves the former API version of External Secrets Operator.
    pub(crate) is_before_v1: bool,
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
    /// The objects in its `crds/`, definitions of custom resources left out.
    pub(crate) crds: Vec<Tree>,
    /// Its subcharts.
    pub(crate) subcharts: Vec<Chart>,
    /// The dependencies of its `Chart.yaml`.
    pub(crate) dependencies: Vec<Dependency>,
}

/// The content of a file that templates may read.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A text.
    Text(FileId),
    /// Anything else.
    Bytes(Arc<[u8]>),
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
    /// The versions that will do.
    pub(super) version: Option<String>,
    /// The path of a `file://` repository.
    pub(super) local: Option<String>,
    /// Whether the chart was found.
    pub(crate) found: bool,
}

impl Loaded {
    /// Returns how many bytes its texts have.
    pub(crate) fn size(&self) -> usize {
        self.sources.iter().map(|source| source.text().len()).sum()
    }

    /// Returns what could not be read, and what is not looked at.
    pub(crate) fn all_notes(&self) -> impl Iterator<Item = Note> {
        self.notes.iter().chain(&self.remarks).cloned()
    }
}

impl Chart {
    /// Returns whether it only defines templates for others.
    pub(crate) fn is_library(&self) -> bool {
        is_library(&self.metadata)
    }
}

/// Returns whether the chart of a `Chart.yaml` only defines templates for others.
pub(super) fn is_library(metadata: &Tree) -> bool {
    metadata.get("type").and_then(Tree::text).as_deref() == Some("library")
}

impl Dependency {
    /// Returns the name it has among the values.
    pub(crate) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// Returns the dependencies that a `Chart.yaml` or `requirements.yaml` lists.
pub(super) fn dependencies(tree: &Tree) -> Vec<Dependency> {
    let list = tree.get("dependencies").map(Tree::items).unwrap_or_default();
    let read = |entry: &Tree| {
        let text = |key: &str| entry.get(key).and_then(Tree::text).filter(|text| !text.is_empty());
        let conditions = text("condition").unwrap_or_default();
        let conditions = conditions.trim().split(',').filter(|path| !path.is_empty());
        let tags = entry.get("tags").map(Tree::items).unwrap_or_default();
        Some(Dependency {
            name: text("name")?,
            alias: text("alias"),
            conditions: conditions.map(str::to_owned).collect(),
            tags: tags.iter().filter_map(Tree::text).collect(),
            imports: imports(entry),
            version: text("version"),
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
pub(super) fn top(sources: &[Arc<Source>], file: FileId) -> Option<Place> {
    Some(sources.get(file.0 as usize)?.place(TextRange::default()))
}
