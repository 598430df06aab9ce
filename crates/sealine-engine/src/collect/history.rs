//! Files that lie in the history of a repository, whether or not they still lie in its tree.
//!
//! Invariant: every commit that a ref reaches is looked at, and every tree once at each of its paths;
//! nothing is checked out. What a shallow clone lacks is said, never taken for absent.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use sealine_model::SecretValue;

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
    /// Its path from the top of the repository, the first where it was looked for.
    pub path: String,
    /// The oldest commit that holds it at this path.
    pub found: Commit,
    /// All paths where it ever lay, under whatever name.
    pub paths: BTreeSet<String>,
    /// The name of its blob.
    pub blob: String,
    /// The oldest commit that holds it at any of them.
    pub first: Commit,
    /// The newest commit that holds it at any of them.
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
    let versions = versions(&repository, &commits, &prefix, named, look).map_err(unreadable)?;
    let shallow = repository.is_shallow().unwrap_or(true);
    Ok(History { versions, commits: commits.len(), shallow })
}

type Failing<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A commit with what it comes from and what it holds.
struct Node {
    commit: Commit,
    tree: ObjectId,
    parents: Vec<ObjectId>,
}

/// All commits that refs reach, the oldest first and none before one that it comes from.
fn commits(repository: &gix::Repository) -> Failing<Vec<Node>> {
    let mut tips = Vec::new();
    for reference in repository.references()?.all()? {
        let Ok(mut reference) = reference else { continue };
        // A ref may lead to a tag of a blob, or to nothing.
        let Ok(id) = reference.peel_to_id() else { continue };
        let is_commit = id.header().is_ok_and(|header| header.kind() == gix::object::Kind::Commit);
        tips.extend(is_commit.then(|| id.detach()));
    }
    tips.extend(repository.head_id().ok().map(gix::Id::detach));
    let mut nodes = HashMap::new();
    for info in repository.rev_walk(tips).all()? {
        let info = info?;
        let commit = info.object()?;
        let time = commit.time()?.seconds;
        let id = info.id.to_string().chars().take(super::revision::SHORT).collect();
        let parents = info.parent_ids.iter().copied().collect();
        let tree = commit.tree_id()?.detach();
        nodes.insert(info.id, Node { commit: Commit { id, time }, tree, parents });
    }
    Ok(in_order(nodes))
}

/// Times alone are no order: a script makes many commits within a second, and clocks go wrong.
fn in_order(mut nodes: HashMap<ObjectId, Node>) -> Vec<Node> {
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut waits: HashMap<ObjectId, usize> = HashMap::new();
    let mut ready = BinaryHeap::new();
    for (id, node) in &nodes {
        // What a shallow clone lacks is not waited for.
        let parents = node.parents.iter().filter(|parent| nodes.contains_key(*parent));
        let mut count = 0;
        for parent in parents {
            children.entry(*parent).or_default().push(*id);
            count += 1;
        }
        if count == 0 {
            ready.push(Reverse((node.commit.time, *id)));
        }
        waits.insert(*id, count);
    }
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(Reverse((_, id))) = ready.pop() {
        ordered.extend(nodes.remove(&id));
        for child in children.remove(&id).unwrap_or_default() {
            let Some(count) = waits.get_mut(&child) else { continue };
            *count -= 1;
            if *count == 0
                && let Some(node) = nodes.get(&child)
            {
                ready.push(Reverse((node.commit.time, child)));
            }
        }
    }
    ordered
}

/// The wanted blobs below a folder of any commit, each with all the paths where it ever lay.
fn versions(
    repository: &gix::Repository,
    commits: &[Node],
    prefix: &str,
    named: &dyn Fn(&str) -> bool,
    look: &mut dyn FnMut(&str, &str, &SecretValue) -> bool,
) -> Failing<Vec<Version>> {
    let mut walk = Walk::new(repository);
    let mut looked = HashSet::new();
    let mut wanted: Vec<(String, Commit, ObjectId)> = Vec::new();
    for node in commits {
        for (path, id) in walk.new_blobs(node.tree, prefix, &|path, _| named(path))? {
            if !looked.insert(id) {
                continue;
            }
            let Some(text) = blob(repository, id)? else { continue };
            if look(&path, &id.to_string(), &text) {
                wanted.push((path, node.commit.clone(), id));
            }
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let ids: HashSet<ObjectId> = wanted.iter().map(|(_, _, id)| *id).collect();
    let first = sightings(repository, commits.iter(), &ids)?;
    let last = sightings(repository, commits.iter().rev(), &ids)?;
    let mut versions: Vec<Version> = wanted
        .into_iter()
        .filter_map(|(path, found, id)| {
            let ((first, paths), (last, _)) = (first.get(&id)?, last.get(&id)?);
            let (paths, blob) = (paths.clone(), id.to_string());
            Some(Version { path, found, paths, blob, first: first.clone(), last: last.clone() })
        })
        .collect();
    versions.sort_by(|one, two| (&one.path, one.first.time).cmp(&(&two.path, two.first.time)));
    Ok(versions)
}

/// The commit that holds each blob first, in the order given, and the blob's paths in all of them.
fn sightings<'n>(
    repository: &gix::Repository,
    commits: impl Iterator<Item = &'n Node>,
    ids: &HashSet<ObjectId>,
) -> Failing<HashMap<ObjectId, (Commit, BTreeSet<String>)>> {
    let mut walk = Walk::new(repository);
    let mut seen: HashMap<ObjectId, (Commit, BTreeSet<String>)> = HashMap::new();
    for node in commits {
        for (path, id) in walk.new_blobs(node.tree, "", &|_, id| ids.contains(&id))? {
            let sighting = seen.entry(id).or_insert_with(|| (node.commit.clone(), BTreeSet::new()));
            sighting.1.insert(path);
        }
    }
    Ok(seen)
}

struct Walk<'r> {
    repository: &'r gix::Repository,
    /// The trees that were at each path.
    seen: HashMap<String, HashSet<ObjectId>>,
}

impl<'r> Walk<'r> {
    fn new(repository: &'r gix::Repository) -> Self {
        Self { repository, seen: HashMap::new() }
    }

    /// The wanted blobs below a folder of a commit's tree, without what is there as it was before.
    fn new_blobs(
        &mut self,
        tree: ObjectId,
        folder: &str,
        wanted: &dyn Fn(&str, ObjectId) -> bool,
    ) -> Failing<Vec<(String, ObjectId)>> {
        let mut found = Vec::new();
        let Some(top) = self.folder(tree, folder)? else { return Ok(found) };
        let mut open = vec![(folder.to_owned(), top)];
        while let Some((folder, id)) = open.pop() {
            let seen = self.seen.entry(folder.clone()).or_default();
            if !seen.insert(id) {
                continue;
            }
            let tree = self.repository.find_tree(id)?;
            for entry in tree.iter() {
                let entry = entry?;
                let Ok(name) = std::str::from_utf8(entry.filename()) else { continue };
                let path =
                    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                let (mode, id) = (entry.mode(), entry.object_id());
                if mode.is_tree() {
                    open.push((path, id));
                } else if mode.is_blob() && wanted(&path, id) {
                    found.push((path, id));
                }
            }
        }
        Ok(found)
    }

    /// The tree of a folder, where a commit has it.
    fn folder(&self, tree: ObjectId, folder: &str) -> Failing<Option<ObjectId>> {
        if folder.is_empty() {
            return Ok(Some(tree));
        }
        let entry = self.repository.find_tree(tree)?.lookup_entry_by_path(folder)?;
        Ok(entry.filter(|entry| entry.mode().is_tree()).map(|entry| entry.object_id()))
    }
}

fn blob(repository: &gix::Repository, id: ObjectId) -> Failing<Option<SecretValue>> {
    if repository.find_header(id)?.size() > LARGEST {
        return Ok(None);
    }
    Ok(Some(SecretValue::new(repository.find_blob(id)?.take_data())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_commit_stands_before_one_that_it_comes_from() {
        let id = |number: u8| ObjectId::from_bytes_or_panic(&[number; 20]);
        // By their times and names alone, 1 would be the first.
        let edges = [(4, 100, None), (3, 100, Some(4)), (2, 90, Some(3)), (1, 90, Some(2))];
        let nodes = edges.map(|(number, time, parent): (u8, i64, Option<u8>)| {
            let commit = Commit { id: number.to_string(), time };
            let parents = parent.map(id).into_iter().collect();
            (id(number), Node { commit, tree: id(0), parents })
        });
        let ordered = in_order(HashMap::from(nodes));
        let names: Vec<&str> = ordered.iter().map(|node| node.commit.id.as_str()).collect();
        assert_eq!(names, ["4", "3", "2", "1"]);
    }
}
