//! The Python files of one repository, and which of them an import means.
//!
//! Invariant: only files of the repository are known; an import that means none of them is
//! external.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use sealine_source::{Repository, Source, file_name};

use crate::filter::is_python;
use crate::imports::{bases, imports, module_paths};
use crate::syntax::{Parsed, parse};

/// The parsed files of one repository.
#[derive(Debug)]
pub(crate) struct Tree<'p> {
    pub(crate) files: Vec<Parsed>,
    by_path: HashMap<String, usize>,
    /// The paths of all Python files, parsed or not.
    paths: BTreeSet<&'p str>,
    repository: &'p Repository,
    /// The paths of YAML files by the name of the file.
    yaml: OnceLock<HashMap<String, Vec<String>>>,
}

/// Modules that are read because others import them; a tree with more is not followed further.
const IMPORTED: usize = 5000;

/// What an import means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file of the tree, by its index.
    File(usize),
    /// A folder without an `__init__.py`.
    Folder(String),
    /// Nothing in the tree.
    External,
}

impl<'p> Tree<'p> {
    /// Parses the Python files of `repository` that were collected, and those that they import.
    pub(crate) fn new(repository: &'p Repository) -> Self {
        let paths: BTreeSet<&str> = repository.paths().filter(|path| is_python(path)).collect();
        let kept = repository.files().filter(|source| is_python(source.path()));
        let mut next: Vec<Arc<Source>> = kept.map(Arc::clone).collect();
        let mut tree = Self {
            files: Vec::new(),
            by_path: HashMap::new(),
            paths,
            repository,
            yaml: OnceLock::new(),
        };
        let mut asked: HashSet<String> = HashSet::new();
        let collected = next.len();
        while !next.is_empty() {
            let first = tree.files.len();
            let parsed: Vec<Parsed> = next.par_iter().map(parse).collect();
            for file in parsed {
                tree.by_path.insert(file.source.path().to_owned(), tree.files.len());
                tree.files.push(file);
            }
            let wanted: BTreeSet<String> = tree.files[first..]
                .par_iter()
                .flat_map_iter(|file| tree.imported(&file.source))
                .filter(|path| !tree.by_path.contains_key(path))
                .collect();
            let room = (collected + IMPORTED).saturating_sub(tree.files.len());
            next = wanted
                .into_iter()
                .filter(|path| asked.insert(path.clone()))
                .filter_map(|path| repository.get(&path).map(Arc::clone))
                .take(room)
                .collect();
        }
        tree
    }

    /// Returns the files of the tree that a file may import.
    fn imported(&self, source: &Source) -> Vec<String> {
        let mut found = Vec::new();
        for module in imports(source.text()) {
            if !is_foreign(&module) {
                let paths = module_paths(source.path(), &module);
                found.extend(paths.into_iter().find(|path| self.paths.contains(path.as_str())));
            }
        }
        found
    }

    /// Returns what `module` (dotted; relative with its leading dots) means in the file at
    /// `importer`, and adds the paths that were looked at to `looked`.
    pub(crate) fn resolve(
        &self,
        importer: &str,
        module: &str,
        looked: &mut BTreeSet<String>,
    ) -> Target {
        if is_foreign(module) {
            return Target::External;
        }
        let bases = bases(importer, module);
        for base in &bases {
            if let Some(file) = self.at(base, looked) {
                return Target::File(file);
            }
        }
        let folder = bases.into_iter().find(|base| !base.is_empty() && self.holds_python(base));
        folder.map_or(Target::External, Target::Folder)
    }

    /// Returns the module or package at `base`, a path without ending.
    pub(crate) fn at(&self, base: &str, looked: &mut BTreeSet<String>) -> Option<usize> {
        let slash = if base.is_empty() { "" } else { "/" };
        for path in [format!("{base}.py"), format!("{base}{slash}__init__.py")] {
            let found = self.by_path.get(&path).copied();
            looked.insert(path);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Returns what `name` is below the package or folder at `folder`.
    pub(crate) fn child(&self, folder: &str, name: &str, looked: &mut BTreeSet<String>) -> Target {
        let slash = if folder.is_empty() { "" } else { "/" };
        let base = format!("{folder}{slash}{name}");
        match self.at(&base, looked) {
            Some(file) => Target::File(file),
            None if self.holds_python(&base) => Target::Folder(base),
            None => Target::External,
        }
    }

    /// Returns whether Python files stand below `folder`.
    fn holds_python(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let next = self.paths.range(prefix.as_str()..).next();
        next.is_some_and(|path| path.starts_with(&prefix))
    }

    /// Returns the YAML file that a path on another machine means, given its last parts: the one
    /// file whose path agrees with it longest, when that is the file's whole path or more than its
    /// name.
    pub(crate) fn yaml_file(&self, parts: &[&str]) -> Option<&'p Arc<Source>> {
        let candidates = self.yaml_by_name().get(*parts.last()?)?;
        let agrees = |path: &str| {
            let pairs = path.rsplit('/').zip(parts.iter().rev());
            pairs.take_while(|(one, two)| one == *two).count()
        };
        let most = candidates.iter().map(|path| agrees(path)).max()?;
        let mut longest = candidates.iter().filter(|path| agrees(path) == most);
        let (Some(path), None) = (longest.next(), longest.next()) else { return None };
        let is_whole = path.split('/').count() == most;
        if is_whole || most > 1 { self.repository.get(path) } else { None }
    }

    fn yaml_by_name(&self) -> &HashMap<String, Vec<String>> {
        self.yaml.get_or_init(|| {
            let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
            for path in self.repository.paths() {
                let name = file_name(path);
                if matches!(name.rsplit('.').next(), Some("yaml" | "yml" | "json")) {
                    by_name.entry(name.to_owned()).or_default().push(path.to_owned());
                }
            }
            by_name
        })
    }

    /// Returns the folder of a package's `__init__.py`, or `None` for a plain module.
    pub(crate) fn package(&self, file: usize) -> Option<&str> {
        let path = self.files[file].source.path();
        path.strip_suffix("__init__.py").map(|folder| folder.trim_end_matches('/'))
    }
}

/// Modules that no tree holds under these names, so that they are not looked for.
fn is_foreign(module: &str) -> bool {
    let top = module.split('.').next().unwrap_or_default();
    matches!(
        top,
        "airflow"
            | "kubernetes"
            | "os"
            | "sys"
            | "re"
            | "json"
            | "datetime"
            | "typing"
            | "functools"
            | "itertools"
            | "collections"
            | "copy"
            | "dataclasses"
            | "enum"
            | "logging"
            | "pathlib"
            | "pendulum"
            | "pandas"
            | "requests"
            | "time"
            | "yaml"
            | "__future__"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::{FileName, Loader};

    #[test]
    fn imports_mean_files_of_the_tree() {
        let mut repository = Repository::new("r");
        for path in ["dags/a.py", "dags/common/k8s.py", "plugins/helpers/__init__.py", "b.py"] {
            repository.add(Arc::new(Source::new(FileName::new("r", path), "")));
        }
        let tree = Tree::new(&repository);
        let path = |module: &str| match tree.resolve("dags/a.py", module, &mut BTreeSet::new()) {
            Target::File(file) => tree.files[file].source.path().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(path("common.k8s"), "dags/common/k8s.py");
        assert_eq!(path("common"), "Folder(\"dags/common\")");
        assert_eq!(path("helpers"), "plugins/helpers/__init__.py");
        assert_eq!(path(".common.k8s"), "dags/common/k8s.py");
        assert_eq!(path("dags.common.k8s"), "dags/common/k8s.py");
        assert_eq!(path("b"), "b.py");
        assert_eq!(path("airflow.models"), "External");
        let package = tree.at("plugins/helpers", &mut BTreeSet::new()).unwrap();
        assert_eq!(tree.package(package), Some("plugins/helpers"));
    }

    #[test]
    fn a_path_on_another_machine_means_one_file() {
        let mut repository = Repository::new("r");
        for path in
            ["x/y.yaml", "deep/pods/a.yaml", "one/b.yaml", "two/b.yaml", "top.yml", "z/c.yaml"]
        {
            repository.add(Arc::new(Source::new(FileName::new("r", path), "")));
        }
        let tree = Tree::new(&repository);
        let found = |path: &str| {
            let parts: Vec<&str> = path.split('/').collect();
            tree.yaml_file(&parts).map_or("", |source| source.path())
        };
        assert_eq!(found("/opt/airflow/dags/repo/x/y.yaml"), "x/y.yaml");
        assert_eq!(found("/opt/airflow/pods/a.yaml"), "deep/pods/a.yaml");
        assert_eq!(found("/opt/two/b.yaml"), "two/b.yaml");
        assert_eq!(found("/opt/b.yaml"), "");
        assert_eq!(found("/opt/top.yml"), "top.yml");
        assert_eq!(found("/opt/c.yaml"), "");
        assert_eq!(found("/opt/none.yaml"), "");
    }

    #[derive(Debug)]
    struct Texts;

    impl Loader for Texts {
        fn load(&self, path: &str) -> Option<Source> {
            let text = match path {
                "dags/a.py" => "from helpers import one\n",
                "plugins/helpers/one.py" => "from . import two\n",
                _ => "",
            };
            Some(Source::new(FileName::new("r", path), text))
        }
    }

    #[test]
    fn what_is_imported_is_read_and_nothing_else() {
        let mut repository = Repository::new("r");
        repository.loader = Some(Arc::new(Texts));
        repository.add(Arc::new(Texts.load("dags/a.py").unwrap()));
        for path in ["plugins/helpers/one.py", "plugins/helpers/two.py", "plugins/other.py"] {
            repository.note(path);
        }
        let tree = Tree::new(&repository);
        let paths: Vec<&str> = tree.files.iter().map(|file| file.source.path()).collect();
        assert_eq!(paths, ["dags/a.py", "plugins/helpers/one.py", "plugins/helpers/two.py"]);
    }
}
