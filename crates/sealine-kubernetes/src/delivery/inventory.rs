//! All YAML of a project, sorted by what it is for.
//!
//! Invariant: what a path means does not depend on the order of files, only on its name, its
//! folder and its text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use sealine_source::{Project, Repository, Source, folder_of, join};
pub(crate) use sealine_source::{ancestors, file_name, in_folder};

pub(crate) use super::content::File;
use super::content::{Content, RECENT};
use super::recent::Recent;
use crate::kustomize::{Item, Kustomization};

/// The index of a repository in its project.
pub(crate) type RepoId = usize;

/// A document of a file: the unit that a delivery brings or leaves out. A `List` counts as the
/// documents of its items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DocumentId {
    /// The repository.
    pub(crate) repo: RepoId,
    /// The path of the file there.
    pub(crate) path: Arc<str>,
    /// The number of the document in its file.
    pub(crate) index: usize,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A kustomization file, by its name.
    Kustomization,
    /// Objects, as it seems.
    Manifest,
    /// A part of a chart: no plain YAML, or only read together with the chart.
    ChartPart,
    /// Made for tests: never read by itself.
    TestData,
    /// Anything else: values, patches without a kind, other tools' files.
    Other,
}

/// The YAML files of one repository.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    /// The repository.
    pub(crate) repository: &'a Repository,
    /// The YAML and JSON files that were kept, by path.
    pub(crate) files: BTreeMap<&'a str, Arc<File>>,
    /// The folders that hold a `Chart.yaml`.
    pub(crate) charts: BTreeSet<&'a str>,
    /// The files that kustomizations name as patches, or as other things that are no objects.
    pub(crate) patches: BTreeSet<String>,
    /// The kustomization file of each folder that has one.
    kustomizations: HashMap<&'a str, &'a str>,
}

/// The YAML files of a project.
#[derive(Debug)]
pub(crate) struct Inventory<'a> {
    /// The project.
    pub(crate) project: &'a Project,
    /// One shelf for each repository, in the project's order.
    pub(crate) shelves: Vec<Shelf<'a>>,
    /// The files that another file led to.
    found: Mutex<BTreeMap<(RepoId, String), Arc<File>>>,
    recent: Arc<Recent<Content>>,
    /// The names of Secrets that others than manifests make.
    made_elsewhere: BTreeSet<String>,
    secret_names: OnceLock<BTreeSet<String>>,
}

/// The names a kustomization file may have, the preferred first.
pub(crate) const KUSTOMIZATION_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

impl<'a> Inventory<'a> {
    /// Sorts the files of a project and parses, in parallel, those that a first look follows.
    pub(crate) fn new(project: &'a Project) -> Self {
        let recent = Arc::new(Recent::new(RECENT));
        let shelves = project.repositories.iter().map(|repository| shelf(repository, &recent));
        let mut shelves: Vec<Shelf<'a>> = shelves.collect();
        shelves.par_iter().flat_map(|shelf| shelf.files.par_iter()).for_each(|(_, file)| {
            if file.is_sought || file.role == Role::Kustomization {
                file.content();
            }
        });
        for shelf in &mut shelves {
            shelf.patches = patches(&shelf.files);
        }
        let (found, secret_names) = (Mutex::default(), OnceLock::new());
        let made_elsewhere = BTreeSet::new();
        Self { project, shelves, found, recent, made_elsewhere, secret_names }
    }

    /// Returns an inventory that knows these names of Secrets as well.
    pub(crate) fn knowing(self, made_elsewhere: BTreeSet<String>) -> Self {
        Self { made_elsewhere, ..self }
    }

    /// Lets go of all trees, on all cores.
    pub(crate) fn free(self) {
        let files = self.shelves.into_iter().flat_map(|shelf| shelf.files.into_values());
        files.collect::<Vec<_>>().into_par_iter().for_each(drop);
    }

    /// Returns the YAML file at `path`, kept or only noted.
    pub(crate) fn file(&self, repo: RepoId, path: &str) -> Option<Arc<File>> {
        let shelf = self.shelves.get(repo)?;
        if let Some(file) = shelf.files.get(path) {
            return Some(Arc::clone(file));
        }
        let source = shelf.repository.get(path)?;
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let file = found
            .entry((repo, path.to_owned()))
            .or_insert_with(|| Arc::new(File::new(Arc::clone(source), Role::Other, &self.recent)));
        Some(Arc::clone(file))
    }

    /// Returns the names that manifests and others give to Secrets, as written: what else has one of
    /// these names, where a Secret's name may stand, means the Secret.
    pub(crate) fn secret_names(&self) -> &BTreeSet<String> {
        if let Some(names) = self.secret_names.get() {
            return names;
        }
        // Not within `get_or_init`: while a core waits there for others it may be given a task that
        // asks for the names as well, and would wait for itself.
        let files = self.shelves.par_iter().flat_map(|shelf| shelf.files.par_iter());
        let manifests = files.filter(|(_, file)| file.role == Role::Manifest);
        let written = manifests.flat_map_iter(|(_, file)| file.secret_names());
        let elsewhere = self.made_elsewhere.par_iter();
        let names = written.chain(elsewhere).cloned().collect();
        self.secret_names.get_or_init(|| names)
    }

    /// Returns the text of any file at `path`.
    pub(crate) fn source(&self, repo: RepoId, path: &str) -> Option<&'a Arc<Source>> {
        self.shelves.get(repo)?.repository.get(path)
    }

    /// Returns the name and the version of the chart in a folder, where both are told and it is not made for
    /// tests.
    pub(crate) fn release(&self, repo: RepoId, folder: &str) -> Option<(String, String)> {
        let path = in_folder(folder, "Chart.yaml");
        if is_test_data(&path) {
            return None;
        }
        let metadata = self.file(repo, &path)?.first()?;
        let text = |key| metadata.get(key)?.text();
        text("name").zip(text("version"))
    }

    /// Returns the folder of the one chart of a repository that has the name that somebody asks a registry
    /// for, in a version that will do: most likely it is published from here.
    pub(crate) fn published(
        &self,
        repo: RepoId,
        name: &str,
        wanted: Option<&str>,
    ) -> Option<String> {
        let will_do = |folder: &&&str| {
            self.release(repo, folder).is_some_and(|(own, version)| {
                let satisfies =
                    |wanted| sealine_template::satisfies(&version, wanted) == Some(true);
                own == name && wanted.is_none_or(satisfies)
            })
        };
        let charts = &self.shelves.get(repo)?.charts;
        let mut fitting = charts.iter().filter(|folder| file_name(folder) == name).filter(will_do);
        let found = fitting.next()?;
        fitting.next().is_none().then(|| (*found).to_owned())
    }

    /// Returns a path with links to folders replaced by what they lead to.
    pub(crate) fn real(&self, repo: RepoId, path: String) -> String {
        let Some(shelf) = self.shelves.get(repo) else { return path };
        match shelf.repository.real(&path) {
            Cow::Borrowed(_) => path,
            Cow::Owned(real) => real,
        }
    }

    /// Returns whether a file or folder stands at `path`.
    pub(crate) fn exists(&self, repo: RepoId, path: &str) -> bool {
        self.shelves.get(repo).is_some_and(|shelf| shelf.repository.exists(path))
    }

    /// Returns the paths of the files in `folder`, not of those in the folders below.
    pub(crate) fn files_in(&self, repo: RepoId, folder: &str) -> Vec<String> {
        let Some(shelf) = self.shelves.get(repo) else { return Vec::new() };
        let paths = shelf.repository.paths_below(folder).into_iter();
        let own = paths.filter(|path| folder_of(path) == folder);
        own.map(str::to_owned).collect()
    }

    /// Returns the folders right below `folder`.
    pub(crate) fn folders_in(&self, repo: RepoId, folder: &str) -> BTreeSet<&'a str> {
        let Some(shelf) = self.shelves.get(repo) else { return BTreeSet::new() };
        let above = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let paths = shelf.repository.paths_below(folder).into_iter();
        paths
            .filter_map(|path| {
                let name = path.get(above..)?.split_once('/')?.0;
                path.get(..above + name.len())
            })
            .collect()
    }

    /// Returns whether `folder` holds a chart.
    pub(crate) fn is_chart(&self, repo: RepoId, folder: &str) -> bool {
        self.shelves.get(repo).is_some_and(|shelf| shelf.charts.contains(folder))
    }

    /// Returns the path of the kustomization file in `folder`.
    pub(crate) fn kustomization_in(&self, repo: RepoId, folder: &str) -> Option<&'a str> {
        self.shelves.get(repo)?.kustomizations.get(folder).copied()
    }

    /// Returns the repository of this name.
    pub(crate) fn repo_id(&self, name: &str) -> Option<RepoId> {
        self.shelves.iter().position(|shelf| shelf.repository.name == name)
    }

    /// Returns the name of a repository.
    pub(crate) fn repo_name(&self, repo: RepoId) -> &'a str {
        self.shelves.get(repo).map_or("", |shelf| shelf.repository.name.as_str())
    }
}

fn shelf<'a>(repository: &'a Repository, recent: &Arc<Recent<Content>>) -> Shelf<'a> {
    let charts: BTreeSet<&str> = repository
        .files()
        .filter(|source| file_name(source.path()) == "Chart.yaml")
        .map(|source| source.name().folder())
        .collect();
    let tests: BTreeSet<&str> = repository
        .files()
        .filter(|source| is_step_of_test(file_name(source.path())))
        .map(|source| source.name().folder())
        .collect();
    let yaml: Vec<&Arc<Source>> =
        repository.files().filter(|source| is_yaml(source.path())).collect();
    let files = yaml.into_par_iter().map(|source| {
        let file = File::new(Arc::clone(source), role(source, &charts, &tests), recent);
        (source.path(), Arc::new(file))
    });
    let files: BTreeMap<&str, Arc<File>> = files.collect::<Vec<_>>().into_iter().collect();
    let kustomizations = kustomizations(&files);
    Shelf { repository, files, charts, patches: BTreeSet::new(), kustomizations }
}

/// Returns the kustomization file of each folder: that with the preferred name.
fn kustomizations<'a>(files: &BTreeMap<&'a str, Arc<File>>) -> HashMap<&'a str, &'a str> {
    let rank = |path: &str| KUSTOMIZATION_NAMES.iter().position(|name| *name == file_name(path));
    let mut found: HashMap<&str, &str> = HashMap::new();
    for path in files.iter().filter(|(_, file)| file.role != Role::Manifest).map(|(path, _)| path) {
        let Some(own) = rank(path) else { continue };
        let folder = folder_of(path);
        let known = found.get(folder).copied().and_then(rank);
        if known.is_none_or(|known| own < known) {
            found.insert(folder, path);
        }
    }
    found
}

/// Returns the files that the kustomizations among these, components included, name as no objects; not
/// those that one of them names as a resource.
fn patches(files: &BTreeMap<&str, Arc<File>>) -> BTreeSet<String> {
    let mut patches = BTreeSet::new();
    let mut resources = BTreeSet::new();
    for file in files.values().filter(|file| file.role == Role::Kustomization) {
        let Some(tree) = file.first() else { continue };
        let kustomization = Kustomization::read(&tree);
        let path = |item: &Item| join(file.source.name().folder(), &item.text()?);
        patches.extend(kustomization.patch_files().filter_map(path));
        resources.extend(kustomization.named_files().filter_map(path));
    }
    patches.retain(|path| !resources.contains(path));
    patches
}

fn role(source: &Source, charts: &BTreeSet<&str>, tests: &BTreeSet<&str>) -> Role {
    let path = source.path();
    let is_tested = || {
        let mut folders = ancestors(path);
        !tests.is_empty() && folders.any(|folder| !folder.is_empty() && tests.contains(folder))
    };
    let name = file_name(path);
    let holds_objects = || {
        let bytes = source.text().as_bytes();
        memchr::memmem::find(bytes, b"apiVersion").is_some()
            && memchr::memmem::find(bytes, b"kind").is_some()
    };
    if is_test_data(path) || is_tested() {
        Role::TestData
    } else if is_chart_part(path, charts) || name == "Chart.yaml" {
        Role::ChartPart
    } else if KUSTOMIZATION_NAMES.contains(&name) && !is_flux_object(source.text()) {
        Role::Kustomization
    } else if holds_objects() {
        Role::Manifest
    } else {
        Role::Other
    }
}

/// Returns whether a file with a kustomization's name holds an object of Flux instead.
fn is_flux_object(text: &str) -> bool {
    text.lines().any(|line| {
        let value = line.strip_prefix("apiVersion:").map(|value| value.trim().trim_matches('"'));
        value.is_some_and(|value| value.starts_with("kustomize.toolkit.fluxcd.io/"))
    })
}

/// Returns whether the file stands where Helm reads it in its own way.
fn is_chart_part(path: &str, charts: &BTreeSet<&str>) -> bool {
    let below = |chart: &str| {
        if chart.is_empty() { Some(path) } else { path.strip_prefix(chart)?.strip_prefix('/') }
    };
    ancestors(path)
        .filter(|folder| charts.contains(folder))
        .filter_map(below)
        .any(|rest| ["templates/", "crds/", "charts/"].iter().any(|part| rest.starts_with(part)))
}

/// Returns whether a folder's name says that its content is made for tests.
pub(crate) fn is_test_data(path: &str) -> bool {
    let folders = folder_of(path);
    folders.split('/').any(|folder| {
        matches!(folder, "testdata" | "test-data" | "test_data" | "fixtures" | "__fixtures__")
    })
}

/// Returns whether a path ends in a dot and this.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

/// Whether a file of this name says that its folder holds the steps of a test, which Chainsaw or KUTTL
/// apply one after the other: `00-assert.yaml`.
fn is_step_of_test(name: &str) -> bool {
    let step = name.split_once('-').filter(|(number, _)| {
        number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    matches!(name, "chainsaw-test.yaml" | "chainsaw-test.yml")
        || step.is_some_and(|(_, rest)| matches!(rest, "assert.yaml" | "assert.yml"))
}

/// Returns whether the name is that of a YAML or JSON file, or of a kustomization.
pub(crate) fn is_yaml(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "yaml" | "yml" | "json") || file_name(path) == "Kustomization"
}

#[cfg(test)]
mod tests {
    use sealine_source::FileName;

    use super::*;

    #[test]
    fn the_folders_above_a_path_end_at_the_top() {
        let found: Vec<&str> = ancestors("a/b/c.yaml").collect();
        assert_eq!(found, ["a/b", "a", ""]);
        assert_eq!(ancestors("c.yaml").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn files_are_sorted_by_folder_and_text() {
        let charts = BTreeSet::from(["deploy/app"]);
        let tests = BTreeSet::from(["x/e2e"]);
        let object = "apiVersion: v1\nkind: Secret\n";
        for (path, text, expected) in [
            ("deploy/app/templates/a.yaml", object, Role::ChartPart),
            ("deploy/app/values.yaml", "a: b", Role::Other),
            ("deploy/app/Chart.yaml", object, Role::ChartPart),
            ("deploy/app.yaml", object, Role::Manifest),
            ("x/testdata/a.yaml", object, Role::TestData),
            ("x/e2e/steps/a.yaml", object, Role::TestData),
            ("x/e2e.yaml", object, Role::Manifest),
            ("x/kustomization.yml", object, Role::Kustomization),
            ("templates/a.yaml", object, Role::Manifest),
        ] {
            let source = Source::new(FileName::new("r", path), text);
            assert_eq!(role(&source, &charts, &tests), expected, "{path}");
        }
    }

    #[test]
    fn steps_of_tests_are_told_by_their_names() {
        for name in ["chainsaw-test.yaml", "00-assert.yaml", "12-assert.yml"] {
            assert!(is_step_of_test(name), "{name}");
        }
        for name in ["assert.yaml", "00-install.yaml", "my-assert.yaml", "test.yaml"] {
            assert!(!is_step_of_test(name), "{name}");
        }
    }
}
