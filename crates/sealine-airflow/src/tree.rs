//! The Python files of one repository, and which of them an import means.
//!
//! Invariant: only files that were collected are known; an import that means none of them is
//! external.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use sealine_source::Repository;

use crate::filter::is_python;
use crate::imports::bases;
use crate::syntax::{Parsed, parse};

/// The parsed files of one repository.
#[derive(Debug)]
pub(crate) struct Tree<'p> {
    pub(crate) repository: &'p Repository,
    pub(crate) files: Vec<Parsed>,
    by_path: HashMap<String, usize>,
}

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
    /// Parses all Python files of `repository`.
    pub(crate) fn new(repository: &'p Repository) -> Self {
        let sources: Vec<_> =
            repository.files().filter(|source| is_python(source.path())).collect();
        let files: Vec<Parsed> = sources.par_iter().map(|source| parse(source)).collect();
        let by_path = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.source.path().to_owned(), index))
            .collect();
        Self { repository, files, by_path }
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
        let folder = bases.into_iter().find(|base| {
            !base.is_empty() && self.repository.files_below(base).any(|s| is_python(s.path()))
        });
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
            None if self.repository.files_below(&base).any(|s| is_python(s.path())) => {
                Target::Folder(base)
            }
            None => Target::External,
        }
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
    use sealine_source::{FileName, Source};
    use std::sync::Arc;

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
}
