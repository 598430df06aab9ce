//! Loads a chart from its folder, with the charts that are part of it.
//!
//! A packed chart is read as if its archive were a folder: its files have places below the
//! archive's path.
//!
//! Invariant: loading never leaves the repository, and a chart that names itself as a dependency
//! is loaded once.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealine_model::Note;
use sealine_model::delivery::Mishap;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::{FileName, Origin, Source, TextRange};
use sealine_template::{FileId, Functions, Set, parse};

use super::chart::{Chart, Content, Loaded, dependencies, is_library};
use super::cluster::is_before_v1;
use super::eaten;
use super::ignore::Ignore;
use super::words::{is_quoted, rename_keys};
use crate::delivery::inventory::{Inventory, RepoId, file_name, in_folder, is_yaml};
use crate::delivery::object::is_object;
use crate::manifest::from_yaml;

/// How deep subcharts may nest.
const MAX_DEPTH: usize = 8;
/// How many charts may be part of one.
const MAX_CHARTS: usize = 500;
/// How many files of a chart its templates may look at.
const MAX_FILES: usize = 4_000;
/// How large a file that is no text may be for templates to look at it.
const MAX_BYTES: usize = 1 << 20;

/// Loads the chart in a folder; `None` where there is none.
pub(crate) fn load(inventory: &Inventory<'_>, repo: RepoId, folder: &str) -> Option<Loaded> {
    let mut loader = Loader::new(inventory, repo);
    let chart = loader.chart(folder, &Within::default())?;
    // A template of one chart may be called with the `.Files` of another.
    let charts = std::mem::take(&mut loader.charts);
    let charts = if loader.uses_files { charts } else { Vec::new() };
    let charts = charts.into_iter();
    let files = charts.map(|(name, folder, own)| (name, loader.files(&folder, &own))).collect();
    let mut set = Set::default();
    let mut templates = std::mem::take(&mut loader.templates);
    // In Helm's order, so that of two definitions the same one wins.
    templates.sort_by(|(one, _), (two, _)| sealine_template::chart::order(one, two));
    let mut mishaps = Vec::new();
    for (name, file) in templates {
        let Some(source) = loader.sources.get(file.0 as usize).cloned() else { continue };
        let is_packed = loader.unpacked.contains_key(source.path());
        mishaps.extend(eaten::find(&source).into_iter().map(|mishap| match mishap {
            // Nobody edits an archive.
            mishap if is_packed => Mishap { edits: Vec::new(), ..mishap },
            mishap => mishap,
        }));
        match parse(&name, source.shared_text(), Functions::helm()) {
            Ok(template) => set.add(file, template),
            Err(error) => {
                let place = source.place(error.range);
                let message = format!("the template does not parse: {}", error.message);
                loader.notes.push(Note { place, message });
            }
        }
    }
    let Loader { sources, notes, remarks, reads, .. } = loader;
    let is_before_v1 = is_before_v1(&sources);
    Some(Loaded { chart, set, sources, files, notes, remarks, reads, mishaps, is_before_v1 })
}

pub(super) struct Loader<'a> {
    pub(super) inventory: &'a Inventory<'a>,
    pub(super) repo: RepoId,
    /// Whether only the charts are asked for, not what is in them.
    pub(super) is_outline: bool,
    /// The files of packed charts, by their paths below the archive.
    pub(super) unpacked: BTreeMap<String, Arc<Source>>,
    /// Those of them that are no text.
    pub(super) packed: BTreeMap<String, Arc<[u8]>>,
    sources: Vec<Arc<Source>>,
    templates: Vec<(String, FileId)>,
    notes: Vec<Note>,
    remarks: Vec<Note>,
    pub(super) reads: Vec<String>,
    /// The folders of the charts that hold the current one.
    above: Vec<String>,
    /// How many charts were loaded.
    count: usize,
    /// The folders of those that others hold.
    pub(super) parts: Vec<String>,
    /// Whether any template may look at files.
    uses_files: bool,
    /// The charts by their paths in template names, with their folders.
    charts: Vec<(String, String, Within)>,
}

/// Where a chart stands in another one.
#[derive(Clone, Default)]
pub(super) struct Within {
    pub(super) alias: Option<String>,
    pub(super) parent: String,
    /// The rules of the chart whose folder it lies in, and that folder.
    pub(super) ignore: Option<Arc<(Ignore, String)>>,
}

impl Within {
    /// Returns whether Helm does not see the file at this path.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|rules| {
            let (ignore, folder) = &**rules;
            let own = path.strip_prefix(folder.as_str()).map(|own| own.trim_start_matches('/'));
            own.is_some_and(|own| ignore.leaves_out(own))
        })
    }
}

impl<'a> Loader<'a> {
    pub(super) fn new(inventory: &'a Inventory<'a>, repo: RepoId) -> Self {
        Self {
            inventory,
            repo,
            is_outline: false,
            unpacked: BTreeMap::new(),
            packed: BTreeMap::new(),
            sources: Vec::new(),
            templates: Vec::new(),
            notes: Vec::new(),
            remarks: Vec::new(),
            reads: Vec::new(),
            above: Vec::new(),
            count: 0,
            parts: Vec::new(),
            uses_files: false,
            charts: Vec::new(),
        }
    }

    pub(super) fn chart(&mut self, folder: &str, within: &Within) -> Option<Chart> {
        let repeated = self.above.iter().any(|above| above == folder);
        if self.above.len() >= MAX_DEPTH || self.count >= MAX_CHARTS || repeated {
            return None;
        }
        self.count += 1;
        let path = in_folder(folder, "Chart.yaml");
        self.reads.push(path.clone());
        let metadata = self.tree(&path)?;
        let own_name = metadata.get("name").and_then(Tree::text);
        if own_name.is_none() {
            self.note(&path, "the chart has no name, which Helm refuses");
        }
        self.remark_schema(folder);
        let name = within.alias.clone().or(own_name);
        let name = name.unwrap_or_else(|| file_name(folder).to_owned());
        let full_path = match within.parent.as_str() {
            "" => name.clone(),
            parent => format!("{parent}/charts/{name}"),
        };
        let own = Within { ignore: self.ignore(folder, within), ..within.clone() };
        let templates = self.templates(folder, &full_path, &metadata, &own);
        self.charts.push((full_path.clone(), folder.to_owned(), own.clone()));
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
        let below = Within { alias: None, parent: full_path.clone(), ..own.clone() };
        let subcharts = self.subcharts(folder, &below, &mut dependencies);
        self.above.pop();
        Some(Chart {
            name,
            metadata,
            values: self.values(folder),
            full_path,
            templates,
            crds: self.crds(folder, &own),
            subcharts,
            dependencies,
        })
    }

    /// Returns a chart's own values.
    fn values(&mut self, folder: &str) -> Tree {
        if self.is_outline {
            return Tree::Null;
        }
        let path = in_folder(folder, "values.yaml");
        self.reads.push(path.clone());
        match self.tree(&path) {
            Some(mut values @ Tree::Map(_)) => {
                if let Some(source) = self.source(&path) {
                    rename_keys(&mut values, &|place| is_quoted(source.text(), place));
                }
                values
            }
            None | Some(Tree::Null) => Tree::Map(TreeMap::default()),
            Some(_) => {
                self.note(&path, "the values are no map, which Helm refuses");
                Tree::Map(TreeMap { open: true, ..TreeMap::default() })
            }
        }
    }

    /// Returns the rules for a chart that lies in a folder of its own; in `charts/` those of the
    /// chart above hold.
    fn ignore(&mut self, folder: &str, within: &Within) -> Option<Arc<(Ignore, String)>> {
        if within.ignore.is_some() {
            return within.ignore.clone();
        }
        let path = in_folder(folder, ".helmignore");
        if self.unpacked.contains_key(&in_folder(folder, "Chart.yaml")) {
            return None;
        }
        let source = self.source(&path);
        let (ignore, refused) = Ignore::new(source.as_ref().map_or("", |source| source.text()));
        for line in refused {
            let message = format!("`{line}`: Helm refuses `**` in `.helmignore`");
            self.note(&path, &message);
        }
        Some(Arc::new((ignore, folder.to_owned())))
    }

    /// Notes a schema of values, which is not looked at; one in an archive concerns nobody here.
    fn remark_schema(&mut self, folder: &str) {
        let path = in_folder(folder, "values.schema.json");
        if self.inventory.exists(self.repo, &path) {
            let name = FileName::new(self.inventory.repo_name(self.repo), path);
            let message = "the schema is not looked at: Helm may refuse values that are read here";
            let place = Source::new(name, "").top();
            self.remarks.push(Note { place, message: message.to_owned() });
        }
    }

    pub(super) fn note(&mut self, path: &str, message: &str) {
        let name = FileName::new(self.inventory.repo_name(self.repo), path);
        let place = match self.source(path) {
            Some(source) => source.place(TextRange::default()),
            None => Source::new(name, "").top(),
        };
        self.notes.push(Note { place, message: message.to_owned() });
    }

    fn source(&self, path: &str) -> Option<Arc<Source>> {
        let unpacked = self.unpacked.get(path);
        unpacked.or_else(|| self.inventory.source(self.repo, path)).cloned()
    }

    pub(super) fn tree(&mut self, path: &str) -> Option<Tree> {
        let Some(source) = self.unpacked.get(path).cloned() else {
            return self.inventory.file(self.repo, path)?.first();
        };
        // Nobody else knows the files of an archive: their values are looked up among these.
        self.sources.push(Arc::clone(&source));
        first_tree(&source)
    }

    fn add(&mut self, path: &str) -> Option<FileId> {
        let repository = self.inventory.shelves.get(self.repo).map(|shelf| shelf.repository);
        let unpacked = self.unpacked.get(path).cloned();
        self.sources.push(unpacked.or_else(|| repository?.read(path))?);
        Some(FileId(self.sources.len() as u32 - 1))
    }

    pub(super) fn paths_below(&self, folder: &str) -> Vec<String> {
        let prefix = in_folder(folder, "");
        let below = |path: &&String| path.starts_with(&prefix);
        let unpacked = self.unpacked.range(prefix.clone()..).map(|(path, _)| path);
        let packed = self.packed.range(prefix.clone()..).map(|(path, _)| path);
        let shelf = self.inventory.shelves.get(self.repo);
        let paths = shelf.map(|shelf| shelf.repository.paths_below(folder)).unwrap_or_default();
        let own = paths.into_iter().map(str::to_owned);
        let inside = unpacked.take_while(below).chain(packed.take_while(below)).cloned();
        own.chain(inside).collect()
    }

    /// Adds the templates of a chart; returns those to render.
    fn templates(
        &mut self,
        folder: &str,
        full_path: &str,
        metadata: &Tree,
        within: &Within,
    ) -> Vec<(String, FileId)> {
        let mut rendered = Vec::new();
        if self.is_outline {
            return rendered;
        }
        let above = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let is_library = is_library(metadata);
        for path in self.paths_below(&in_folder(folder, "templates")) {
            let is_partial = file_name(&path).starts_with('_');
            // Library charts lend what stands in their partial templates only.
            if within.leaves_out(&path) || (is_library && !is_partial) {
                continue;
            }
            let Some(file) = self.add(&path) else { continue };
            self.reads.push(path.clone());
            let name = format!("{full_path}/{}", path.get(above..).unwrap_or_default());
            let text = self.sources.last().map_or("", |source| source.text());
            self.uses_files |= text.contains("Files");
            self.templates.push((name.clone(), file));
            if !is_partial {
                rendered.push((name, file));
            }
        }
        rendered
    }

    /// Adds what `.Files` shows.
    fn files(&mut self, folder: &str, within: &Within) -> Vec<(String, Content)> {
        let above = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let mut found = Vec::new();
        for path in self.paths_below(folder) {
            let own = path.get(above..).unwrap_or_default().to_owned();
            let is_hidden = ["templates/", "charts/"].iter().any(|part| own.starts_with(part))
                || ["Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"]
                    .contains(&own.as_str());
            if is_hidden || found.len() >= MAX_FILES || within.leaves_out(&path) {
                continue;
            }
            let content = match self.add(&path) {
                Some(file) => Content::Text(file),
                None => match self.bytes(&path) {
                    Some(bytes) => Content::Bytes(bytes),
                    None => continue,
                },
            };
            found.push((own, content));
        }
        found
    }

    fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        if let Some(bytes) = self.packed.get(path) {
            return Some(Arc::clone(bytes));
        }
        let repository = self.inventory.shelves.get(self.repo)?.repository;
        repository.bytes(path).filter(|bytes| bytes.len() <= MAX_BYTES).map(Arc::from)
    }

    /// Returns the objects in `crds/`, which Flux and Argo CD deliver too. The definitions, which
    /// stand there by right, are long and hold nothing of interest.
    fn crds(&mut self, folder: &str, within: &Within) -> Vec<Tree> {
        let is_definition = |line: &str| line.contains("CustomResourceDefinition");
        let mut found = Vec::new();
        if self.is_outline {
            return found;
        }
        for path in self.paths_below(&in_folder(folder, "crds")) {
            if !is_yaml(&path) || within.leaves_out(&path) {
                continue;
            }
            let Some(source) = self.source(&path) else { continue };
            let mut kinds = source.text().lines().filter(|line| line.starts_with("kind:"));
            if kinds.all(is_definition) {
                continue;
            }
            self.reads.push(path.clone());
            let trees = trees(&source);
            let kind = |tree: &Tree| tree.get("kind").and_then(Tree::text).unwrap_or_default();
            found.extend(trees.filter(|tree| is_object(tree) && !is_definition(&kind(tree))));
        }
        found
    }
}

fn trees(source: &Arc<Source>) -> impl Iterator<Item = Tree> {
    let parsed = sealine_yaml::parse(source.text());
    let origin = Origin::File(Arc::clone(source));
    parsed.documents.into_iter().map(move |document| from_yaml(&document.root, &origin))
}

fn first_tree(source: &Arc<Source>) -> Option<Tree> {
    trees(source).next()
}
