//! Everything that was parsed, by repository and folder.
//!
//! Invariant: a world never changes once made, so that units are evaluated in parallel over it.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use sealine_model::terraform::SourceKind;
use sealine_source::{Project, Repository, Source, join};

use crate::config::{Config, File};
use crate::module_source::{self, ModuleSource};
use crate::root_index::RootIndex;
use crate::roots::{self, Roots};
use crate::{Options, syntax, terragrunt};

/// The number of a module configuration in its world.
pub(crate) type ConfigId = usize;

/// The resource that writes a file beside the configuration.
pub(crate) const LOCAL_FILE: &str = "local_file";

/// A project, parsed.
pub(crate) struct World<'w> {
    pub(crate) project: &'w Project,
    pub(crate) options: &'w Options,
    pub(crate) files: &'w [File<'w>],
    pub(crate) configs: Vec<Config<'w>>,
    /// The configurations with a `local_file`, which may write into any other.
    file_writers: Vec<ConfigId>,
    by_folder: HashMap<String, ConfigId>,
    /// Files of variable values, by [`folder_key`].
    pub(crate) value_files: BTreeMap<String, Vec<u32>>,
    /// The values that Terragrunt gives modules, by the [`folder_key`] of the module.
    pub(crate) runs: BTreeMap<String, Vec<u32>>,
    /// The same values by the [`folder_key`] of the unit that gives them.
    units: HashMap<String, Vec<u32>>,
    /// What `modules.json` says, by the [`folder_key`] of the root.
    installed: HashMap<String, BTreeMap<String, String>>,
    pub(crate) roots: Roots,
    pub(crate) root_index: RootIndex,
}

/// Parses every file of the project that Terraform reads.
pub(crate) fn parse(project: &Project) -> Vec<File<'_>> {
    let sources: Vec<&Source> = project
        .repositories
        .iter()
        .flat_map(Repository::files)
        .map(AsRef::as_ref)
        .filter(|source| {
            let path = source.path();
            is_configuration(path) || is_values(path) || terragrunt::is_file(path)
        })
        .collect();
    let parse = |source: &'_ &Source| syntax::parse(source);
    let parsed: Vec<_> = sources.par_iter().map(parse).collect();
    let files = sources.into_iter().zip(parsed);
    let mut files: Vec<File<'_>> =
        files.map(|(source, parsed)| File { source, parsed, run: None }).collect();
    let runs = terragrunt::runs(project, &files);
    files.extend(runs);
    files
}

/// Returns whether this is a file of a module's configuration.
pub(crate) fn is_configuration(path: &str) -> bool {
    let is_test = path.ends_with(".tftest.json");
    let endings = [".tf", ".tofu", ".tf.json", ".tofu.json"];
    !is_test && endings.iter().any(|ending| path.ends_with(ending))
}

/// Returns whether this is a file of variable values.
pub(crate) fn is_values(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

impl<'w> World<'w> {
    pub(crate) fn new(
        project: &'w Project,
        options: &'w Options,
        files: &'w [File<'w>],
    ) -> World<'w> {
        let mut folders: BTreeMap<(usize, &str), Vec<u32>> = BTreeMap::new();
        let mut value_files: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut runs: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut units: HashMap<String, Vec<u32>> = HashMap::new();
        let order: HashMap<&str, usize> =
            project.repositories.iter().enumerate().map(|(at, it)| (&*it.name, at)).collect();
        for (id, file) in files.iter().enumerate() {
            let (repo, folder) = (file.source.repo(), file.source.name().folder());
            if let Some(run) = &file.run {
                runs.entry(folder_key(&run.repo, &run.folder)).or_default().push(id as u32);
                units.entry(folder_key(repo, &run.unit)).or_default().push(id as u32);
            } else if terragrunt::is_file(file.source.path()) {
                // Read for its runs alone.
            } else if is_values(file.source.path()) {
                value_files.entry(folder_key(repo, folder)).or_default().push(id as u32);
            } else if let Some(repository) = order.get(repo) {
                folders.entry((*repository, folder)).or_default().push(id as u32);
            }
        }
        let mut configs = Vec::new();
        let mut by_folder = HashMap::new();
        for ((repository, folder), ids) in folders {
            let Some(repository) = project.repositories.get(repository) else { continue };
            by_folder.insert(folder_key(&repository.name, folder), configs.len());
            configs.push(Config::new(repository, folder, ids, files));
        }
        let writes = |config: &Config<'_>| config.resources.iter().any(|it| it.kind == LOCAL_FILE);
        let all = configs.iter().enumerate();
        let file_writers = all.filter(|(_, config)| writes(config)).map(|(id, _)| id).collect();
        let installed = installed_modules(project);
        let roots = Roots::default();
        let root_index = RootIndex::new(&configs);
        let mut world = Self {
            project,
            options,
            files,
            configs,
            file_writers,
            by_folder,
            value_files,
            runs,
            units,
            installed,
            roots,
            root_index,
        };
        world.roots = roots::find(&world);
        world
    }

    /// Returns the configurations that have a `local_file`.
    pub(crate) fn file_writers(&self) -> impl Iterator<Item = &Config<'w>> {
        self.file_writers.iter().filter_map(|id| self.configs.get(*id))
    }

    /// Returns the configuration in a folder.
    pub(crate) fn config_at(&self, repo: &str, folder: &str) -> Option<ConfigId> {
        self.by_folder.get(&folder_key(repo, folder)).copied()
    }

    /// Returns whether there is a configuration in the folder of this [`folder_key`].
    pub(crate) fn has_config(&self, folder: &str) -> bool {
        self.by_folder.contains_key(folder)
    }

    /// Returns the files of values with which Terragrunt runs a module.
    pub(crate) fn runs_of(&self, config: &Config<'_>) -> &[u32] {
        let key = folder_key(&config.repository.name, &config.folder);
        self.runs.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Returns the module that a unit of Terragrunt runs, and the files of values that it gives.
    pub(crate) fn unit(&self, key: &str) -> Option<(&Config<'w>, &[u32])> {
        let files = self.units.get(key)?;
        let run = self.files.get(*files.first()? as usize)?.run.as_ref()?;
        let config = self.config(self.config_at(&run.repo, &run.folder)?)?;
        Some((config, files))
    }

    pub(crate) fn config(&self, id: ConfigId) -> Option<&Config<'w>> {
        self.configs.get(id)
    }

    /// Returns the module that a call leads to: its source, and its configuration when it is
    /// loaded. `root` and `path` are the root module's folder and the call's path of names below it.
    pub(crate) fn resolve_call(
        &self,
        config: &Config<'w>,
        source: &str,
        root: Option<(&Config<'w>, &str)>,
    ) -> (ModuleSource, Option<ConfigId>) {
        let parsed = module_source::parse(source);
        let loaded = match parsed.kind {
            SourceKind::Local => join(&config.folder, &parsed.path).and_then(|folder| {
                let folder = config.repository.real(&folder);
                self.config_at(&config.repository.name, &folder)
            }),
            SourceKind::Git => parsed
                .remote
                .as_deref()
                .and_then(|remote| self.project.by_remote(remote))
                .and_then(|repository| self.config_at(&repository.name, &parsed.path)),
            _ => None,
        };
        let loaded = loaded.or_else(|| {
            let (root, path) = root?;
            let known = self.installed.get(&folder_key(&root.repository.name, &root.folder))?;
            let folder = join(&root.folder, known.get(path)?)?;
            self.config_at(&root.repository.name, &folder)
        });
        (parsed, loaded)
    }

    /// Returns the place of a spot in one of the parsed files.
    pub(crate) fn file(&self, id: u32) -> Option<&'w Source> {
        self.files.get(id as usize).map(|file| file.source)
    }
}

/// Returns the key of a folder; those of a repository sort together and by path.
pub(crate) fn folder_key(repo: &str, folder: &str) -> String {
    format!("{repo}\0{folder}")
}

/// Reads each `.terraform/modules/modules.json`: call path to folder, relative to the root.
fn installed_modules(project: &Project) -> HashMap<String, BTreeMap<String, String>> {
    let mut found = HashMap::new();
    for repository in &project.repositories {
        for source in repository.files() {
            let Some(root) = source.path().strip_suffix(".terraform/modules/modules.json") else {
                continue;
            };
            let parsed = sealine_yaml::parse(source.text());
            let modules = parsed.root().and_then(|root| root.get("Modules"));
            let modules = modules.map_or(&[][..], sealine_yaml::Node::items);
            let folder_of = |module: &sealine_yaml::Node| {
                let key = module.str_at(&["Key"])?.to_owned();
                Some((key, module.str_at(&["Dir"])?.to_owned()))
            };
            let folders = modules.iter().filter_map(folder_of).collect();
            found.insert(folder_key(&repository.name, root.trim_end_matches('/')), folders);
        }
    }
    found
}
