//! Walks the trees and reads the files that may matter: the only step that reads the project.
//!
//! Invariants: nothing outside a repository is read, whatever its links say; nothing that is not a
//! regular file is opened; a file that cannot matter is dropped after a byte search.

mod git;
mod history;
mod loader;
mod revision;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{WalkBuilder, WalkState};
use sealine_model::{Facts, Problem, ProblemKind};
use sealine_source::{
    FileName, Place, Project, Repository, Source, file_name, folder_of, is_terraform,
    normalise_remote,
};

pub use history::{Commit, History, Version, history, state_files};
use loader::{DiskLoader, ReadFailure, read_text};
pub use revision::{RevisionError, collect_revision, merge_base};

/// A repository or folder to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name in findings.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// Remotes that the configuration gives.
    pub remotes: Vec<String>,
    /// What the configuration leaves out: patterns as in `.gitignore`.
    pub exclude: Vec<String>,
}

/// What collecting found besides the files.
#[derive(Debug, Default)]
pub struct Collected {
    /// The repositories.
    pub project: Project,
    /// Faults of files as such: links that lead out, texts that are no UTF-8.
    pub facts: Vec<Facts>,
    /// Files and folders that could not be read. Their presence makes the exit code 1.
    pub unreadable: Vec<Unreadable>,
    /// What is known of further repositories; the caller adds it.
    pub linked: crate::Linked,
}

/// A file or folder that the system did not let us read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The repository.
    pub repo: String,
    /// The path in the repository; empty for the repository itself.
    pub path: String,
    /// What the system says.
    pub reason: String,
}

/// Reads the repositories.
pub fn collect(inputs: &[Input]) -> Collected {
    let mut collected = Collected::default();
    for input in inputs {
        read_repository(input, &mut collected);
    }
    collected
}

/// Returns the folders right below `root` that are work trees of their own, with their remotes.
pub fn checkouts(root: &Path) -> Vec<(String, Vec<String>)> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<(String, Vec<String>)> = entries
        .filter_map(|entry| {
            let work = git::open(&entry.path())?;
            Some((entry.file_name().into_string().ok()?, work.remotes()))
        })
        .collect();
    found.sort();
    found
}

/// What one thread of the walk found.
#[derive(Default)]
struct Found {
    /// Files are read into it, one after the other.
    buffer: Vec<u8>,
    kept: Vec<Source>,
    noted: Vec<String>,
    problems: Vec<(String, ProblemKind, u32, String)>,
    unreadable: Vec<(String, String)>,
    links: Vec<(String, String)>,
}

fn read_repository(input: &Input, collected: &mut Collected) {
    let root = input.path.as_path();
    if !root.is_dir() {
        let reason = if root.exists() { "not a folder" } else { "no such folder" }.to_owned();
        let (repo, path) = (input.name.clone(), String::new());
        collected.unreadable.push(Unreadable { repo, path, reason });
        return;
    }
    let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let all: Mutex<Vec<Found>> = Mutex::new(Vec::new());
    let builder = walker(root, is_in_work_tree(&real_root), &input.exclude);
    builder.build_parallel().run(|| {
        let mut worker = Worker { found: Found::default(), all: &all };
        let (name, real_root) = (&input.name, &real_root);
        Box::new(move |entry| {
            visit(name, root, real_root, entry, &mut worker.found);
            WalkState::Continue
        })
    });
    let mut found = Found::default();
    for part in all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        found.kept.extend(part.kept);
        found.noted.extend(part.noted);
        found.problems.extend(part.problems);
        found.unreadable.extend(part.unreadable);
        found.links.extend(part.links);
    }
    let git = git::open(root);
    let tracked = git.as_ref().map(git::Work::tracked).unwrap_or_default();
    for path in unseen(root, tracked, &input.exclude, &found) {
        visit_target(&input.name, &path, &root.join(&path), &real_root, &mut found);
    }
    finish(input, real_root, found, git, collected);
}

/// Returns the files that the walk passed by though they count: those that git tracks, and those with
/// a known place.
fn unseen(root: &Path, tracked: Vec<String>, exclude: &[String], found: &Found) -> Vec<String> {
    let kept = found.kept.iter().map(Source::path);
    let all = kept.chain(found.noted.iter().map(String::as_str));
    let mut paths = tracked;
    paths.extend(known_places(root, all.clone()));
    if paths.is_empty() {
        return paths;
    }
    let seen: HashSet<&str> = all.collect();
    let excluded = excluder(exclude);
    paths.retain(|path| {
        let skip = || excluded.matched_path_or_any_parents(path, false).is_ignore();
        !seen.contains(path.as_str()) && !skip()
    });
    paths
}

/// Files with a known place that are looked up even when git ignores them: what `terraform init`
/// noted beside each root.
fn known_places<'a>(root: &Path, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let folders: BTreeSet<&str> = paths.filter(|path| is_terraform(path)).map(folder_of).collect();
    let below = |folder: &str| match folder {
        "" => ".terraform/modules/modules.json".to_owned(),
        folder => format!("{folder}/.terraform/modules/modules.json"),
    };
    folders.into_iter().map(below).filter(|path| root.join(path).is_file()).collect()
}

/// The configured patterns. One that does not parse excludes nothing.
fn excluder(exclude: &[String]) -> ignore::gitignore::Gitignore {
    let mut builder = ignore::gitignore::GitignoreBuilder::new("");
    for pattern in exclude {
        let _ = builder.add_line(None, pattern);
    }
    builder.build().unwrap_or_else(|_| ignore::gitignore::Gitignore::empty())
}

/// Whether git looks after a folder, or one above it.
fn is_in_work_tree(real_root: &Path) -> bool {
    real_root.ancestors().any(|folder| folder.join(".git").exists())
}

/// Returns the walk over a repository. What was taken out of git, an archive or a layer of an image,
/// holds what git tracks, also where `.gitignore` names it: only a work tree has other files.
fn walker(root: &Path, in_work_tree: bool, exclude: &[String]) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder.hidden(false).git_global(false).require_git(false).follow_links(false).parents(false);
    builder.git_ignore(in_work_tree).git_exclude(in_work_tree);
    let (excluded, root) = (excluder(exclude), root.to_owned());
    builder.filter_entry(move |entry| {
        let name = entry.file_name();
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        // The folders above were asked for before.
        let is_excluded = || excluded.matched(path, is_folder).is_ignore();
        name != ".git" && name != "node_modules" && name != ".terraform" && !is_excluded()
    });
    builder
}

/// Hands what a thread found to the others when the walk drops it.
struct Worker<'a> {
    found: Found,
    all: &'a Mutex<Vec<Found>>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        // All threads sort at once; what is left for one of them is to merge.
        self.found.kept.sort_unstable_by(|one, two| one.path().cmp(two.path()));
        self.found.noted.sort_unstable();
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.push(std::mem::take(&mut self.found));
    }
}

fn visit(
    name: &str,
    root: &Path,
    real_root: &Path,
    entry: Result<ignore::DirEntry, ignore::Error>,
    found: &mut Found,
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            found.unreadable.push(refusal(&error, root));
            return;
        }
    };
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
    let Ok(relative) = entry.path().strip_prefix(root) else { return };
    let path = relative.to_string_lossy().replace('\\', "/");
    if relative.to_str().is_none() {
        // Nothing can name such a file in a text, and no output could say which it is.
        if may_matter(&path) {
            let message = "the name of the file is not UTF-8; it is not read".to_owned();
            found.problems.push((path, ProblemKind::Syntax, 1, message));
        }
    } else if kind.is_symlink() {
        visit_target(name, &path, entry.path(), real_root, found);
    } else if kind.is_file() {
        read_file(name, &path, entry.path(), found);
    }
}

/// What the system refused to the walk: the path in the repository, and why.
fn refusal(error: &ignore::Error, root: &Path) -> (String, String) {
    match error {
        ignore::Error::WithPath { path, err } => {
            let path = path.strip_prefix(root).unwrap_or(path);
            (path.to_string_lossy().replace('\\', "/"), refusal(err, root).1)
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            refusal(err, root)
        }
        error => (String::new(), error.to_string()),
    }
}

/// A file behind links is read where it lies inside the repository; outside it is refused. The files
/// of a folder behind a link are read where they lie.
fn visit_target(name: &str, path: &str, disk: &Path, real_root: &Path, found: &mut Found) {
    // A link to nowhere, or in a circle, is none of our business.
    let Ok(target) = disk.canonicalize() else { return };
    if !target.starts_with(real_root) {
        let told = found.problems.iter().any(|(known, ..)| known == path);
        if may_matter(path) && !told {
            let message = "the link leads out of the repository and is not followed".to_owned();
            found.problems.push((path.to_owned(), ProblemKind::PathEscape, 1, message));
        }
    } else if target.is_file() {
        read_file(name, path, &target, found);
    } else if let Some(inside) = target.strip_prefix(real_root).ok().and_then(Path::to_str) {
        found.links.push((path.to_owned(), inside.replace(std::path::MAIN_SEPARATOR, "/")));
    }
}

/// Whether a file of this name can hold anything that a reader knows.
fn may_matter(path: &str) -> bool {
    const EXTENSIONS: [&str; 14] = [
        "yaml", "yml", "json", "tf", "tofu", "tfvars", "hcl", "py", "tpl", "tftpl", "txt", "env",
        "tgz", "tfstate",
    ];
    let file = file_name(path);
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    EXTENSIONS.contains(&extension) || file == "Kustomization" || file.contains(".tfstate")
}

fn read_file(name: &str, path: &str, disk: &Path, found: &mut Found) {
    if !may_matter(path) {
        found.noted.push(path.to_owned());
        return;
    }
    match read_text(disk, &mut found.buffer, |bytes| wanted(path, bytes)) {
        Ok(Some(text)) => found.kept.push(Source::new(FileName::new(name, path), text)),
        Ok(None) => found.noted.push(path.to_owned()),
        Err(ReadFailure::Unreadable(why)) => found.unreadable.push((path.to_owned(), why)),
        Err(ReadFailure::Fault(kind, line, message)) => {
            found.noted.push(path.to_owned());
            found.problems.push((path.to_owned(), kind, line, message));
        }
    }
}

/// Whether any reader asks for this file.
fn wanted(path: &str, bytes: &[u8]) -> bool {
    sealine_terraform::wants(path)
        || sealine_workflows::wants(path)
        || sealine_sops::wants(path)
        || sealine_airflow::wants(path, bytes)
        || sealine_kubernetes::wants(path, bytes)
}

fn finish(
    input: &Input,
    real_root: PathBuf,
    found: Found,
    git: Option<git::Work>,
    collected: &mut Collected,
) {
    let mut repository = Repository::new(&input.name);
    repository.remotes = input.remotes.iter().filter_map(|url| normalise_remote(url)).collect();
    if let Some(git) = git {
        repository.remotes.extend(git.remotes());
        repository.git = Some(Arc::new(git));
    }
    repository.remotes.dedup();
    repository.loader = Some(Arc::new(DiskLoader { repo: input.name.clone(), root: real_root }));
    faults(input, repository, found, collected);
}

/// Adds a repository with what was found in it, and with the faults of its files.
fn faults(input: &Input, mut repository: Repository, found: Found, collected: &mut Collected) {
    repository.fill(found.kept, found.noted);
    repository.links = found.links.into_iter().collect();
    let problems: Vec<Problem> = found
        .problems
        .into_iter()
        .map(|(path, kind, line, message)| {
            let top = Source::new(FileName::new(&input.name, path), "").top();
            let place = Place { line, ..top };
            Problem { kind, place, message }
        })
        .collect();
    if !problems.is_empty() {
        let unit = format!("files of {}", input.name);
        let repo = input.name.clone();
        collected.facts.push(Facts { repo, unit, problems, ..Facts::default() });
    }
    let mut unreadable = found.unreadable;
    unreadable.sort();
    collected.unreadable.extend(unreadable.into_iter().map(|(path, reason)| Unreadable {
        repo: input.name.clone(),
        path,
        reason,
    }));
    collected.project.repositories.push(repository);
}

/// Returns a project of texts in memory: tests, and editors.
pub fn from_memory<'a>(files: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Project {
    let mut project = Project::default();
    for (repo, path, text) in files {
        let known = project.repositories.iter().position(|known| known.name == repo);
        let index = known.unwrap_or_else(|| {
            project.repositories.push(Repository::new(repo));
            project.repositories.len() - 1
        });
        project.repositories[index].add(Arc::new(Source::new(FileName::new(repo, path), text)));
    }
    project
}
