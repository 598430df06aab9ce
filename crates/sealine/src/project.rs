//! From what was typed to what is meant: the configuration and the repositories to read.

mod others;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use sealine_engine::{Analysis, Collected, Config, Input, Linked, Unreadable, config};
use sealine_facts::Published;
use sealine_model::Finding;
use sealine_source::{FileName, is_below};

use crate::args;
use crate::failure::Failure;
use crate::output::note;
use crate::progress::during;

/// What is meant by the arguments.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The configuration; the default without a file.
    pub(crate) config: Config,
    /// The configuration file, as found.
    pub(crate) config_file: Option<PathBuf>,
    /// The configuration files of other repositories that were heard, too.
    pub(crate) heard: Vec<PathBuf>,
    /// The repositories to read.
    pub(crate) inputs: Vec<Input>,
    /// The folder of each repository, as seen from the current folder.
    pub(crate) roots: BTreeMap<String, String>,
    /// Files and folders that findings must lie below, when the user named parts of a repository:
    /// repository and path.
    pub(crate) only: Vec<(String, String)>,
    /// Facts that other repositories published.
    pub(crate) published: Vec<Published>,
}

impl Plan {
    /// Finds the configuration and the repositories.
    pub(crate) fn of(input: &args::Input) -> Result<Self, Failure> {
        let current = current_folder()?;
        for path in input.paths.iter().chain(input.repos.iter().map(|(_, path)| path)) {
            if !path.exists() {
                return Err(Failure::new(format!("there is no `{}`", path.display())));
            }
        }
        let config_file = match &input.config {
            Some(file) => Some(file.clone()),
            None => find_config(input, &current),
        };
        let config = match &config_file {
            Some(file) => read_config(file)?,
            None => Config::default(),
        };
        let mut plan = Self::with(input, config, config_file)?;
        plan.learn_from_others(find_config(input, &current).as_deref(), &current);
        Ok(plan)
    }

    /// Finds the repositories by a given configuration.
    pub(crate) fn with(
        input: &args::Input,
        config: Config,
        config_file: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let current = current_folder()?;
        let mut plan = Self {
            config,
            config_file,
            heard: Vec::new(),
            inputs: Vec::new(),
            roots: BTreeMap::new(),
            only: Vec::new(),
            published: crate::published::read(&input.with)?,
        };
        plan.add_repositories(input, &current)?;
        Ok(plan)
    }

    fn add_repositories(&mut self, input: &args::Input, current: &Path) -> Result<(), Failure> {
        let configured = self.config.file.repos.clone();
        for (name, path) in &input.repos {
            let remote = configured.get(name).and_then(|repo| repo.remote.clone());
            self.add(name, path, remote.into_iter().collect(), current);
        }
        for (name, repo) in configured {
            if self.inputs.iter().any(|known| known.name == name) {
                continue;
            }
            let path = self.config.folder.join(&repo.path);
            if !path.is_dir() {
                let file = self.config_file.as_deref().unwrap_or(Path::new("sealine.yaml"));
                return Err(Failure::new(format!(
                    "the repository `{name}` is not at `{}`",
                    path.display()
                ))
                .hint(format!(
                    "`repos` in {} says so; give its folder with `--repo {name}=PATH`",
                    file.display()
                )));
            }
            self.add(&name, &path, repo.remote.into_iter().collect(), current);
        }
        if input.paths.is_empty() && !input.repos.is_empty() {
            return Ok(());
        }
        let default = [PathBuf::from(".")];
        let paths = if input.paths.is_empty() { &default[..] } else { &input.paths[..] };
        for path in paths {
            self.add_path(path, current);
        }
        Ok(())
    }

    /// A path inside a known repository asks for a part of it; one that holds all repositories
    /// asks for all; another one is a repository of its own.
    fn add_path(&mut self, path: &Path, current: &Path) {
        let whole = absolute(path, current);
        let inside = self.inputs.iter().find_map(|input| {
            let root = absolute(&input.path, current);
            let rest = whole.strip_prefix(&root).ok()?;
            Some((input.name.clone(), slashes(rest)))
        });
        if let Some(inside) = inside {
            self.only.push(inside);
            return;
        }
        let holds_any =
            self.inputs.iter().any(|input| absolute(&input.path, current).starts_with(&whole));
        if holds_any {
            let below = self
                .inputs
                .iter()
                .filter(|input| absolute(&input.path, current).starts_with(&whole));
            let all: Vec<_> = below.map(|input| (input.name.clone(), String::new())).collect();
            self.only.extend(all);
            return;
        }
        // A configuration above the path says what the repository is.
        let folder = absolute(&self.config.folder, current);
        let root = match &self.config_file {
            Some(_) if self.config.file.repos.is_empty() && whole.starts_with(&folder) => folder,
            _ if whole.is_file() => whole.parent().unwrap_or(&whole).to_owned(),
            _ => whole.clone(),
        };
        let name =
            root.file_name().map_or("root".to_owned(), |name| name.to_string_lossy().into_owned());
        let name = unique(&name, &self.inputs);
        if let Ok(rest) = whole.strip_prefix(&root) {
            self.only.push((name.clone(), slashes(rest)));
        }
        self.add(&name, &root, Vec::new(), current);
    }

    fn add(&mut self, name: &str, path: &Path, remotes: Vec<String>, current: &Path) {
        self.roots.insert(name.to_owned(), relative(&absolute(path, current), current));
        let (name, path, exclude) =
            (name.to_owned(), path.to_owned(), self.config.file.exclude.clone());
        self.inputs.push(Input { name, path, remotes, exclude });
    }

    /// Gives the one repository of this plan another name, when nobody gave it one: so that two
    /// folders can be two states of it.
    pub(crate) fn rename_lone(&mut self, name: &str) {
        let [input] = self.inputs.as_mut_slice() else { return };
        if !self.config.file.repos.is_empty() {
            return;
        }
        let old = std::mem::replace(&mut input.name, name.to_owned());
        if let Some(root) = self.roots.remove(&old) {
            self.roots.insert(name.to_owned(), root);
        }
        for (repo, _) in &mut self.only {
            name.clone_into(repo);
        }
    }

    /// Returns whether a finding lies in what the user asked for.
    pub(crate) fn asks_for(&self, finding: &Finding) -> bool {
        let mut places =
            std::iter::once(&finding.place).chain(finding.related.iter().map(|(place, _)| place));
        // What stands in a repository without a checkout was found for the sake of those with one.
        let elsewhere = !self.inputs.iter().any(|input| input.name == finding.place.file.repo);
        self.only.is_empty()
            || elsewhere
            || places.any(|place| self.asks_for_file(&place.file.repo, &place.file.path))
    }

    /// Returns whether a file lies in what the user asked for.
    pub(crate) fn asks_for_file(&self, repo: &str, path: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|(name, below)| name == repo && is_below(path, below) || repo.is_empty())
    }

    /// Returns a path in a repository as seen from the current folder.
    pub(crate) fn shown(&self, repo: &str, path: &str) -> String {
        match self.roots.get(repo).map(String::as_str) {
            None | Some("") => path.to_owned(),
            Some(root) if path.is_empty() => root.to_owned(),
            Some(root) => format!("{root}/{path}"),
        }
    }

    /// Reads, parses and links.
    pub(crate) fn analyse(&self) -> Analysis {
        self.analyse_collected(self.collect())
    }

    /// As [`Plan::analyse`], and keeps what rendering needs.
    pub(crate) fn analyse_for_rendering(&self) -> Analysis {
        let collected = self.joined(self.collect());
        let analyse = || sealine_engine::analyse_for_rendering(collected, &self.config);
        during("following the chain", analyse)
    }

    /// As [`Plan::analyse`], and reads what may be, too: it is to be shown, not judged.
    pub(crate) fn analyse_for_showing(&self) -> Analysis {
        let collected = self.joined(self.collect());
        let analyse = || sealine_engine::analyse_for_showing(collected, &self.config);
        during("following the chain", analyse)
    }

    /// Parses and links what was collected, and says what could not be read.
    pub(crate) fn analyse_collected(&self, collected: Collected) -> Analysis {
        let collected = self.joined(collected);
        during("following the chain", || sealine_engine::analyse(collected, &self.config))
    }

    fn collect(&self) -> Collected {
        during("reading files", || sealine_engine::collect(&self.inputs))
    }

    /// Adds the published facts to what was collected, and says what could not be read.
    fn joined(&self, mut collected: Collected) -> Collected {
        match Linked::of(self.published.clone(), &collected.project) {
            Ok(linked) => collected.linked = linked,
            Err(clash) => collected.unreadable.push(Unreadable {
                repo: String::new(),
                path: "--with".to_owned(),
                reason: clash.to_string(),
            }),
        }
        for unreadable in &collected.unreadable {
            let path = self.shown(&unreadable.repo, &unreadable.path);
            let text = format!("error: cannot read `{path}`: {}", unreadable.reason);
            note(&sealine_report::on_one_line(&text));
        }
        collected
    }
}

fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::new("the current folder cannot be found").because(error))
}

fn find_config(input: &args::Input, current: &Path) -> Option<PathBuf> {
    let first = input.paths.first().map_or(current.to_owned(), |path| absolute(path, current));
    if input.paths.is_empty() && !input.repos.is_empty() {
        return None;
    }
    let candidates =
        first.ancestors().flat_map(|folder| config::FILE_NAMES.map(|name| folder.join(name)));
    candidates
        .filter(|file| file.is_file())
        .map(|file| PathBuf::from(relative(&file, current)))
        .next()
}

/// Finds and reads the configuration for the current folder, or reads the one that is named.
#[cfg(feature = "live")]
pub(crate) fn configuration(named: Option<&Path>) -> Result<(Config, Option<PathBuf>), Failure> {
    let current = current_folder()?;
    let file = match named {
        Some(file) => Some(file.to_owned()),
        None => find_config(&args::Input::default(), &current),
    };
    let config = file.as_deref().map(read_config).transpose()?.unwrap_or_default();
    Ok((config, file))
}

fn read_config(file: &Path) -> Result<Config, Failure> {
    read_config_as(file, FileName::new("", file.display().to_string()))
}

/// Reads the configuration in `file`, which findings name `name`.
fn read_config_as(file: &Path, name: FileName) -> Result<Config, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the configuration is read before the project")]
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(format!("cannot read the configuration `{}`", file.display())).because(error)
    })?;
    let folder =
        file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    config::read(name, &text, folder).map_err(|(source, faults)| {
        let failures = faults.into_iter().map(|fault| {
            let failure = Failure::new(format!("{}: {}", source.place(fault.range), fault.message));
            match fault.help {
                Some(help) => failure.hint(help),
                None => failure,
            }
        });
        failures
            .reduce(Failure::and)
            .unwrap_or_else(|| Failure::new("the configuration cannot be read"))
    })
}

fn absolute(path: &Path, current: &Path) -> PathBuf {
    let whole = if path.is_absolute() { path.to_owned() } else { current.join(path) };
    let mut out = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// The path as seen from `current`: relative below it and beside it, else absolute.
fn relative(path: &Path, current: &Path) -> String {
    if let Ok(rest) = path.strip_prefix(current) {
        return slashes(rest);
    }
    let mut up = String::new();
    for ancestor in current.ancestors().skip(1).take(3) {
        up.push_str("../");
        // Climbing to the root of the file system helps nobody.
        if ancestor.parent().is_some()
            && let Ok(rest) = path.strip_prefix(ancestor)
        {
            return up + &slashes(rest);
        }
    }
    slashes(path)
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn unique(name: &str, inputs: &[Input]) -> String {
    let taken = |name: &str| inputs.iter().any(|input| input.name == name);
    if !taken(name) {
        return name.to_owned();
    }
    let numbered = (2..=inputs.len() + 2).map(|n| format!("{name}-{n}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}
