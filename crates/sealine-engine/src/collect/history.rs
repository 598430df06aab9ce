//! Files that lie in the history of a repository, whether or not they still lie in its tree.
//!
//! Invariant: every commit that a ref reaches is looked at, and every tree and blob once; nothing is
//! checked out. What a shallow clone lacks is said, never taken for absent.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use sealine_model::SecretValue;
use sealine_source::is_below;

use super::revision::{RevisionError, repository_of};

/// The largest blob that is read.
const LARGEST: u64 = 1 << 30;

/// A commit, as far as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name, shortened.
    pub id: String,
    /// When it was committed: seconds since 1970.
    pub time: i64,
}

/// A version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its path from the top of the repository.
    pub path: String,
    /// The name of its blob.
    pub blob: String,
    /// The oldest commit that holds it.
    pub first: Commit,
    /// The newest commit that holds it.
    pub last: Commit,
}

/// What the history holds.
#[derive(Debug, Default)]
pub struct History {
    /// The files that were wanted, in the order of their paths, the oldest first.
    pub versions: Vec<Version>,
    /// How many commits were looked at.
    pub commits: usize,
    /// Whether the clone is shallow: then there is more than can be seen here.
    pub shallow: bool,
}

/// Returns the files below a folder whose names are wanted, ignored by git or not.
pub fn state_files(folder: &Path, named: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut walk = ignore::WalkBuilder::new(folder);
    // What `init` downloads is nobody's state; `.terraform/terraform.tfstate` names a backend.
    let skipped = [".git", ".terraform", "node_modules"];
    walk.standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .filter_entry(move |entry| !skipped.iter().any(|name| entry.file_name() == *name));
    let files = walk.build().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let wanted = |path: &PathBuf| path.to_str().is_some_and(named);
    files.map(ignore::DirEntry::into_path).filter(wanted).collect()
}

/// Looks for files in all commits of the repository around `folder`. `named` says by its path whether
/// a blob may be wanted, `look` is given its content once and says whether it is.
///
/// # Errors
///
/// When there is no repository, or its objects are not all there.
pub fn history(
    folder: &Path,
    named: &dyn Fn(&str) -> bool,
    look: &mut dyn FnMut(&str, &str, &SecretValue) -> bool,
) -> Result<History, RevisionError> {
    let (repository, prefix) = repository_of(folder)?;
    let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| RevisionError::Unreadable {
        repo: folder.display().to_string(),
        revision: "all refs".to_owned(),
        reason: error.to_string(),
    };
    let commits = commits(&repository).map_err(unreadable)?;
    let mut walk = Walk { repository: &repository, prefix, seen: HashSet::new() };
    let mut versions: Vec<(Version, ObjectId)> = Vec::new();
    for (commit, tree) in &commits {
        for (path, id) in walk.new_blobs(*tree, named).map_err(unreadable)? {
            let text = walk.blob(id).map_err(unreadable)?;
            let Some(text) = text else { continue };
            let blob = id.to_string();
            if look(&path, &blob, &text) {
                let (first, last) = (commit.clone(), commit.clone());
                versions.push((Version { path, blob, first, last }, id));
            }
        }
    }
    last_seen(&repository, &commits, &mut versions);
    let mut versions: Vec<Version> = versions.into_iter().map(|(version, _)| version).collect();
    versions.sort_by(|one, two| (&one.path, one.first.time).cmp(&(&two.path, two.first.time)));
    let shallow = repository.is_shallow().unwrap_or(true);
    Ok(History { versions, commits: commits.len(), shallow })
}

type Failing<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// All commits that refs reach, the oldest first, with their trees.
fn commits(repository: &gix::Repository) -> Failing<Vec<(Commit, ObjectId)>> {
    let mut tips = Vec::new();
    for reference in repository.references()?.all()? {
        let Ok(mut reference) = reference else { continue };
        // A ref may lead to a tag of a blob, or to nothing.
        let Ok(id) = reference.peel_to_id() else { continue };
        let is_commit = id.header().is_ok_and(|header| header.kind() == gix::object::Kind::Commit);
        tips.extend(is_commit.then(|| id.detach()));
    }
    tips.extend(repository.head_id().ok().map(gix::Id::detach));
    let mut commits = Vec::new();
    for info in repository.rev_walk(tips).all()? {
        let info = info?;
        let commit = info.object()?;
        let time = commit.time()?.seconds;
        let id = info.id.to_string().chars().take(super::revision::SHORT).collect();
        commits.push((Commit { id, time }, commit.tree_id()?.detach()));
    }
    commits.sort_by_key(|(commit, _)| commit.time);
    Ok(commits)
}

struct Walk<'r> {
    repository: &'r gix::Repository,
    prefix: String,
    seen: HashSet<ObjectId>,
}

impl Walk<'_> {
    /// The blobs of a tree that no tree before had, if their names are wanted.
    fn new_blobs(
        &mut self,
        tree: ObjectId,
        named: &dyn Fn(&str) -> bool,
    ) -> Failing<Vec<(String, ObjectId)>> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), tree)];
        while let Some((folder, id)) = open.pop() {
            if !self.seen.insert(id) {
                continue;
            }
            let tree = self.repository.find_tree(id)?;
            for entry in tree.iter() {
                let entry = entry?;
                let Ok(name) = std::str::from_utf8(entry.filename()) else { continue };
                let path = format!("{folder}{name}");
                let mode = entry.mode();
                if mode.is_tree() && self.may_hold(&path) {
                    open.push((format!("{path}/"), entry.object_id()));
                } else if mode.is_blob() && is_below(&path, &self.prefix) && named(&path) {
                    let is_new = self.seen.insert(entry.object_id());
                    found.extend(is_new.then(|| (path, entry.object_id())));
                }
            }
        }
        Ok(found)
    }

    /// Whether a folder is on the way to the one that is asked for, or below it.
    fn may_hold(&self, path: &str) -> bool {
        is_below(path, &self.prefix) || is_below(&self.prefix, path)
    }

    fn blob(&self, id: ObjectId) -> Failing<Option<SecretValue>> {
        if self.repository.find_header(id)?.size() > LARGEST {
            return Ok(None);
        }
        Ok(Some(SecretValue::new(self.repository.find_blob(id)?.take_data())))
    }
}

/// Finds the newest commit that holds each version.
fn last_seen(
    repository: &gix::Repository,
    commits: &[(Commit, ObjectId)],
    versions: &mut [(Version, ObjectId)],
) {
    let mut known: BTreeMap<(ObjectId, &str), Option<ObjectId>> = BTreeMap::new();
    let paths: Vec<String> = versions.iter().map(|(version, _)| version.path.clone()).collect();
    for (path, (version, id)) in paths.iter().zip(versions) {
        for (commit, tree) in commits.iter().rev() {
            let there = known.entry((*tree, path.as_str())).or_insert_with(|| {
                let tree = repository.find_tree(*tree).ok()?;
                Some(tree.lookup_entry_by_path(path).ok()??.object_id())
            });
            if *there == Some(*id) {
                version.last = commit.clone();
                break;
            }
        }
    }
}
