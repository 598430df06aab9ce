//! Repositories that are known by their published facts alone.
//!
//! Invariant: what is known of a repository that is also loaded is its earlier state, and is never
//! linked with its present one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sealine_facts::{Origin, Published};
use sealine_model::{Facts, Finding};
use sealine_source::{Place, Project};

/// The name of the rule whose findings stand wherever the reader is.
const REMOVED: &str = "removed-while-used";

/// What published facts add to a project.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// The repositories that are linked by their facts.
    pub repositories: Vec<Origin>,
    /// Their units.
    pub facts: Vec<Facts>,
    /// What loaded repositories declared and needed when their facts were published.
    pub earlier: Vec<Facts>,
}

/// Why published facts cannot be linked with a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// Two files hold facts of the repository of this name.
    #[error("the facts of the repository `{0}` are given twice")]
    Twice(String),
    /// A loaded repository has the same name, and other remotes.
    #[error(
        "the facts of `{0}` are of another repository than the folder of this name; give the folder \
         another name with `--repo NAME=PATH`"
    )]
    OtherRemote(String),
}

/// The largest facts file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// Why a facts file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system does not let us read it.
    #[error("cannot read `{}`", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It is larger than any facts file.
    #[error("`{}` is larger than {} MiB", .0.display(), MAX_BYTES >> 20)]
    TooLarge(PathBuf),
    /// It holds no facts.
    #[error("cannot read the facts in `{}`", .0.display())]
    Malformed(PathBuf, #[source] sealine_facts::Fault),
}

/// Returns the facts files that a path means: itself, or of a folder all files whose names end in
/// `.json`, in the order of their names.
///
/// # Errors
///
/// When the folder cannot be listed.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let cannot = |error| LoadError::Unreadable(path.to_owned(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads facts files.
///
/// # Errors
///
/// With the first file, in the order given, that cannot be read.
pub fn load(files: &[PathBuf]) -> Result<Vec<Published>, LoadError> {
    files.par_iter().map(|file| load_one(file)).collect::<Vec<_>>().into_iter().collect()
}

#[expect(clippy::disallowed_methods, reason = "facts of others are no part of the project")]
fn load_one(file: &Path) -> Result<Published, LoadError> {
    let cannot = |error| LoadError::Unreadable(file.to_owned(), error);
    if std::fs::metadata(file).map_err(cannot)?.len() > MAX_BYTES {
        return Err(LoadError::TooLarge(file.to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(cannot)?;
    sealine_facts::read(&text).map_err(|fault| LoadError::Malformed(file.to_owned(), fault))
}

impl Linked {
    /// Returns what these facts add to a project.
    ///
    /// # Errors
    ///
    /// When it cannot be told which repository the facts are of.
    pub fn of(published: Vec<Published>, project: &Project) -> Result<Self, Clash> {
        let mut linked = Self::default();
        let mut seen = BTreeSet::new();
        for Published { repositories, units, .. } in published {
            let mut loaded = BTreeSet::new();
            for origin in repositories {
                if is_loaded(&origin, project)? {
                    loaded.insert(origin.name);
                } else if seen.insert(origin.name.clone()) {
                    linked.repositories.push(origin);
                } else {
                    return Err(Clash::Twice(origin.name));
                }
            }
            let (earlier, facts): (Vec<_>, Vec<_>) =
                units.into_iter().partition(|unit| loaded.contains(&unit.repo));
            linked.earlier.extend(earlier);
            linked.facts.extend(facts);
        }
        Ok(linked)
    }

    /// Adds the facts to those of the project. The ids of deliveries stay unique in the run.
    pub(crate) fn join(&mut self, all: &mut Vec<Facts>) {
        let mut taken: BTreeSet<Arc<str>> = ids(all).collect();
        let mut units = std::mem::take(&mut self.facts);
        for repository in &self.repositories {
            let own = |facts: &&mut Facts| facts.repo == repository.name;
            let used: BTreeSet<Arc<str>> = units
                .iter()
                .filter(|facts| facts.repo == repository.name)
                .flat_map(of_unit)
                .collect();
            let renamed: BTreeMap<Arc<str>, Arc<str>> = used
                .intersection(&taken)
                .map(|id| (Arc::clone(id), Arc::from(format!("{id}@{}", repository.name))))
                .collect();
            if !renamed.is_empty() {
                units.iter_mut().filter(own).for_each(|facts| rename(facts, &renamed));
            }
            taken.extend(used);
        }
        all.extend(units);
    }

    /// Returns whether a finding concerns the repositories that are loaded, and leaves out what
    /// cannot be edited.
    pub(crate) fn concerns(&self, mut finding: Finding) -> Option<Finding> {
        if self.repositories.is_empty() {
            return Some(finding);
        }
        let is_foreign = |place: &Place| {
            let repo = &place.file.repo;
            self.repositories.iter().any(|repository| repository.name == *repo)
        };
        let here = !is_foreign(&finding.place)
            || finding.rule == REMOVED
            || finding.related.iter().any(|(place, _)| !is_foreign(place));
        let edits_foreign =
            |fix: &sealine_model::Fix| fix.edits.iter().any(|edit| is_foreign(&edit.place));
        if finding.fix.as_ref().is_some_and(edits_foreign) {
            finding.fix = None;
        }
        here.then_some(finding)
    }
}

fn is_loaded(origin: &Origin, project: &Project) -> Result<bool, Clash> {
    let shares = |remotes: &[String]| remotes.iter().any(|remote| origin.remotes.contains(remote));
    if project.repositories.iter().any(|loaded| shares(&loaded.remotes)) {
        return Ok(true);
    }
    match project.repositories.iter().find(|loaded| loaded.name == origin.name) {
        Some(loaded) if loaded.remotes.is_empty() || origin.remotes.is_empty() => Ok(true),
        Some(_) => Err(Clash::OtherRemote(origin.name.clone())),
        None => Ok(false),
    }
}

fn ids(facts: &[Facts]) -> impl Iterator<Item = Arc<str>> {
    facts.iter().flat_map(of_unit)
}

fn of_unit(facts: &Facts) -> impl Iterator<Item = Arc<str>> {
    facts.deliveries.iter().map(|delivery| Arc::clone(&delivery.id))
}

/// Gives deliveries other ids, wherever a unit names them.
fn rename(facts: &mut Facts, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
    let change = |id: &mut Arc<str>| {
        if let Some(new) = renamed.get(id) {
            *id = Arc::clone(new);
        }
    };
    for delivery in &mut facts.deliveries {
        change(&mut delivery.id);
        delivery.parent.iter_mut().for_each(change);
    }
    let scopes = (facts.stores.iter_mut().map(|item| &mut item.scope))
        .chain(facts.external_secrets.iter_mut().map(|item| &mut item.scope))
        .chain(facts.pushes.iter_mut().map(|item| &mut item.scope))
        .chain(facts.secrets.iter_mut().map(|item| &mut item.scope))
        .chain(facts.secret_writers.iter_mut().map(|item| &mut item.scope))
        .chain(facts.uses.iter_mut().map(|item| &mut item.scope))
        .chain(facts.class_mounts.iter_mut().map(|item| &mut item.scope))
        .chain(
            facts.entry_reads.iter_mut().filter_map(|read| Some(&mut read.object.as_mut()?.scope)),
        )
        .chain(facts.objects.iter_mut().map(|item| &mut item.scope))
        .chain(facts.plain_variables.iter_mut().map(|item| &mut item.scope));
    scopes.for_each(|scope| scope.delivery.iter_mut().for_each(change));
}
