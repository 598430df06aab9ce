//! The charts that are part of another one: those in `charts/`, packed or not, those that `file://`
//! dependencies name, and those of the same repository that dependencies name by name and version.

use std::sync::Arc;

use sealine_model::tree::Tree;
use sealine_source::{FileName, Source, join};

use super::archive;
use super::chart::{Chart, Dependency};
use super::load::{Loader, Within};
use crate::delivery::inventory::{Inventory, RepoId, file_name, has_extension, in_folder};

/// Returns the folders of the charts that are part of the chart in a folder, without its templates and
/// values. What an archive holds has no folder.
pub(crate) fn parts(inventory: &Inventory<'_>, repo: RepoId, folder: &str) -> Vec<String> {
    let mut loader = Loader::new(inventory, repo);
    loader.is_outline = true;
    loader.chart(folder, &Within::default());
    loader.parts
}

impl Loader<'_> {
    /// Loads the charts in `charts/`, and those of the repository that dependencies name.
    pub(super) fn subcharts(
        &mut self,
        folder: &str,
        within: &Within,
        dependencies: &mut [Dependency],
    ) -> Vec<Chart> {
        let vendored = self.vendored(folder, within);
        let mut found = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for dependency in dependencies.iter_mut() {
            let mut named = vendored.iter().filter(|vendored| vendored.name == dependency.name);
            let fits = named.clone().find(|vendored| vendored.will_do(dependency));
            // One of another version is used as if nothing declared it.
            dependency.found = named.next().is_some();
            let at = match &dependency.local {
                _ if dependency.found => fits.map(|vendored| vendored.folder.clone()),
                Some(local) => join(folder, local),
                None => self.published(dependency),
            };
            let Some(at) = at else { continue };
            let within = Within { alias: dependency.alias.clone(), ..within.clone() };
            let is_own = vendored.iter().any(|vendored| vendored.folder == at);
            // A chart from elsewhere has rules of its own.
            let within = if is_own { within } else { Within { ignore: None, ..within } };
            if let Some(chart) = self.chart(&at, &within) {
                dependency.found = true;
                taken.push(at);
                found.push(chart);
            }
        }
        // What lies in `charts/` is used even when nothing declares it.
        for vendored in vendored {
            let is_declared =
                dependencies.iter().any(|one| one.name == vendored.name && vendored.will_do(one));
            if !taken.contains(&vendored.folder) && !is_declared {
                found.extend(self.chart(&vendored.folder, within));
            }
        }
        found
    }

    /// Returns the folder of the chart that a dependency asks a registry for, where it is most likely
    /// published from here.
    fn published(&self, dependency: &Dependency) -> Option<String> {
        let wanted = dependency.version.as_deref().filter(|_| !self.is_outline)?;
        self.inventory.published(self.repo, &dependency.name, Some(wanted))
    }

    /// Returns the charts in `charts/`; archives are unpacked.
    fn vendored(&mut self, folder: &str, within: &Within) -> Vec<Vendored> {
        let charts = in_folder(folder, "charts");
        let mut folders = Vec::new();
        let mut found = Vec::new();
        for path in self.paths_below(&charts) {
            let rest = path.get(charts.len() + 1..).unwrap_or_default();
            if within.leaves_out(&path) || rest.starts_with(['_', '.']) {
                continue;
            }
            match rest.split_once('/') {
                Some((own, "Chart.yaml")) => folders.push(format!("{charts}/{own}")),
                None if self.is_outline => found.extend(Vendored::named(rest, &path)),
                None if has_extension(rest, "tgz") && self.unpack(&path) => folders.push(path),
                _ => {}
            }
        }
        let read = |at: String| {
            let metadata = self.tree(&in_folder(&at, "Chart.yaml"))?;
            let text = |key: &str| metadata.get(key).and_then(Tree::text);
            let name = text("name").unwrap_or_else(|| file_name(&at).to_owned());
            Some(Vendored { name, version: text("version"), folder: at })
        };
        found.extend(folders.into_iter().filter_map(read));
        found
    }

    /// Unpacks an archive to where it lies; returns whether it holds a chart.
    fn unpack(&mut self, path: &str) -> bool {
        self.reads.push(path.to_owned());
        if self.unpacked.contains_key(&in_folder(path, "Chart.yaml")) {
            return true;
        }
        let text = self.unpacked.get(path).map(|source| source.text().as_bytes().to_vec());
        let own = text.or_else(|| self.packed.get(path).map(|bytes| bytes.to_vec()));
        let repository = self.inventory.shelves.get(self.repo).map(|shelf| shelf.repository);
        let Some(bytes) = own.or_else(|| repository?.bytes(path)) else { return false };
        let files = match archive::unpack(&bytes) {
            Ok(files) => files,
            Err(why) => {
                self.note(path, &format!("the packed chart is left out: {why}"));
                return false;
            }
        };
        let repo = self.inventory.repo_name(self.repo);
        for (name, content) in files {
            let at = in_folder(path, &name);
            match String::from_utf8(content) {
                Ok(text) => {
                    let source = Source::new(FileName::new(repo, at.as_str()), text);
                    self.unpacked.insert(at, Arc::new(source));
                }
                Err(error) => {
                    self.packed.insert(at, error.into_bytes().into());
                }
            }
        }
        self.unpacked.contains_key(&in_folder(path, "Chart.yaml"))
    }
}

/// A chart in `charts/`.
struct Vendored {
    name: String,
    version: Option<String>,
    folder: String,
}

impl Vendored {
    /// Returns the chart of an archive, as its name tells: `db-1.2.3.tgz`.
    fn named(file: &str, path: &str) -> Option<Self> {
        let stem = file.strip_suffix(".tgz")?;
        let is_version = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_digit()) && text.matches('.').count() >= 2
        };
        let mut ends = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
        let (name, version) = ends.find(|(_, rest)| is_version(rest))?;
        let (name, version) = (name.to_owned(), Some(version.to_owned()));
        Some(Self { name, version, folder: path.to_owned() })
    }

    fn will_do(&self, dependency: &Dependency) -> bool {
        let wanted = dependency.version.as_deref().zip(self.version.as_deref());
        let fits = wanted.and_then(|(wanted, own)| sealine_template::satisfies(own, wanted));
        fits.unwrap_or(true)
    }
}
