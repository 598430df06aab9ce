//! Reads a repository as it is at a commit, without touching its work tree.
//!
//! Invariants: nothing is checked out and nothing outside of the commit's tree is read; links lead
//! within that tree or nowhere; what readers are given is what [`super::collect`] would give them in a
//! clean checkout of that commit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use sealine_model::ProblemKind;
use sealine_source::{FileName, Loader, Repository, Source, folder_of, join, normalise_remote};

use super::loader::{ReadFailure, text_of};
use super::{Collected, Found, Input, excluder, faults, git, may_matter, wanted};

/// How many links may follow one another.
const MOST_LINKS: usize = 8;

/// How many characters of a commit's name are shown.
pub(super) const SHORT: usize = 10;

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// There are no git data.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// The name means nothing there.
    #[error("the repository `{repo}` has no revision `{revision}`{}", if *.shallow { ", or its history is cut off before it: the clone is shallow" } else { "" })]
    Unknown {
        /// The repository.
        repo: String,
        /// What was asked for.
        revision: String,
        /// Whether the clone lacks history.
        shallow: bool,
    },
    /// The objects are not all there.
    #[error("cannot read the revision `{revision}` of the repository `{repo}`: {reason}")]
    Unreadable {
        /// The repository.
        repo: String,
        /// What was asked for.
        revision: String,
        /// What git's data say.
        reason: String,
    },
}

/// Reads a file of a commit when another file leads to it.
#[derive(Debug)]
struct CommitLoader {
    repo: String,
    revision: String,
    repository: gix::ThreadSafeRepository,
    files: BTreeMap<String, ObjectId>,
}

impl CommitLoader {
    fn blob(&self, path: &str) -> Option<Vec<u8>> {
        let id = *self.files.get(&join("", path)?)?;
        Some(self.repository.to_thread_local().find_blob(id).ok()?.take_data())
    }
}

impl Loader for CommitLoader {
    fn load(&self, path: &str) -> Option<Source> {
        let text = text_of(&self.blob(path)?, |_| true).ok()??;
        let revision = Some(self.revision.clone());
        Some(Source::new(
            FileName { repo: self.repo.clone(), path: join("", path)?, revision },
            text,
        ))
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.blob(path)
    }
}

/// Returns the revision that a range begins with: `BASE`, or for `BASE...HEAD` the commit that both
/// come from.
///
/// # Errors
///
/// When there is no such repository or revision, or both have nothing in common.
pub fn merge_base(input: &Input, one: &str, two: &str) -> Result<String, RevisionError> {
    let (repository, _) = repository_of(&input.path)?;
    let one_id = commit(&repository, input, one)?;
    let two_id = commit(&repository, input, two)?;
    let unreadable = |reason: String| RevisionError::Unreadable {
        repo: input.name.clone(),
        revision: format!("{one}...{two}"),
        reason,
    };
    match repository.merge_base(one_id, two_id) {
        Ok(Some(base)) => Ok(base.to_string()),
        Ok(None) => Err(unreadable("both have no commit in common".to_owned())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Adds a repository as it is at `revision` to what was collected, and returns the short name of the
/// commit.
///
/// # Errors
///
/// When there is no such repository or revision, or its objects are not there.
pub fn collect_revision(
    input: &Input,
    revision: &str,
    collected: &mut Collected,
) -> Result<String, RevisionError> {
    let (repository, prefix) = repository_of(&input.path)?;
    let id = commit(&repository, input, revision)?;
    let short: String = id.to_string().chars().take(SHORT).collect();
    let unreadable = |reason: String| RevisionError::Unreadable {
        repo: input.name.clone(),
        revision: revision.to_owned(),
        reason,
    };
    let entries =
        entries(&repository, id, &prefix).map_err(|error| unreadable(error.to_string()))?;
    let mut files: BTreeMap<String, ObjectId> = BTreeMap::new();
    let mut links: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Found::default();
    for (path, mode, id) in entries {
        let Ok(path) = String::from_utf8(path) else { continue };
        if mode.is_link() {
            let target = repository.find_blob(id).map_err(|error| unreadable(error.to_string()))?;
            links.insert(path, String::from_utf8_lossy(&target.data).into_owned());
        } else if mode.is_blob() {
            files.insert(path, id);
        }
    }
    let excluded = excluder(&input.exclude);
    let skips = |path: &str| excluded.matched_path_or_any_parents(path, false).is_ignore();
    follow(&links, &skips, &mut files, &mut found);
    for (path, id) in &files {
        if skips(path) {
            continue;
        }
        if !may_matter(path) {
            found.noted.push(path.clone());
            continue;
        }
        let blob = repository.find_blob(*id).map_err(|error| unreadable(error.to_string()))?;
        let name = FileName {
            repo: input.name.clone(),
            path: path.clone(),
            revision: Some(short.clone()),
        };
        match text_of(&blob.data, |bytes| wanted(path, bytes)) {
            Ok(Some(text)) => found.kept.push(Source::new(name, text)),
            Ok(None) => found.noted.push(path.clone()),
            Err(ReadFailure::Unreadable(why)) => found.unreadable.push((path.clone(), why)),
            Err(ReadFailure::Fault(kind, line, message)) => {
                found.noted.push(path.clone());
                found.problems.push((path.clone(), kind, line, message));
            }
        }
    }
    add(input, &short, repository, files, found, collected);
    Ok(short)
}

fn add(
    input: &Input,
    short: &str,
    git: gix::Repository,
    files: BTreeMap<String, ObjectId>,
    found: Found,
    collected: &mut Collected,
) {
    let mut repository = Repository::new(&input.name);
    repository.remotes = input.remotes.iter().filter_map(|url| normalise_remote(url)).collect();
    if let Some(work) = git::open(&input.path) {
        repository.remotes.extend(work.remotes());
        repository.git = Some(Arc::new(work));
    }
    repository.remotes.dedup();
    repository.loader = Some(Arc::new(CommitLoader {
        repo: input.name.clone(),
        revision: short.to_owned(),
        repository: git.into_sync(),
        files,
    }));
    faults(input, repository, found, collected);
}

/// The git data around a folder, and the path of the folder there.
pub(super) fn repository_of(folder: &Path) -> Result<(gix::Repository, String), RevisionError> {
    let none = || RevisionError::NoRepository(folder.to_owned());
    let folder = folder.canonicalize().map_err(|_| none())?;
    let is_bare = |at: &Path| at.join("HEAD").is_file() && at.join("objects").is_dir();
    let root = folder.ancestors().find(|at| at.join(".git").exists() || is_bare(at));
    let root = root.ok_or_else(none)?;
    let repository = gix::open_opts(root, gix::open::Options::isolated()).map_err(|_| none())?;
    let below = folder.strip_prefix(root).map_err(|_| none())?;
    Ok((repository, below.to_string_lossy().replace('\\', "/")))
}

fn commit(
    repository: &gix::Repository,
    input: &Input,
    revision: &str,
) -> Result<ObjectId, RevisionError> {
    let unknown = || RevisionError::Unknown {
        repo: input.name.clone(),
        revision: revision.to_owned(),
        shallow: repository.is_shallow().unwrap_or(false),
    };
    let id = repository.rev_parse_single(revision).map_err(|_| unknown())?;
    let object = id.object().map_err(|_| unknown())?;
    Ok(object.peel_to_kind(gix::object::Kind::Commit).map_err(|_| unknown())?.id)
}

type Entries = Vec<(Vec<u8>, gix::objs::tree::EntryMode, ObjectId)>;

/// The files below a folder of a commit, by their paths from there.
fn entries(
    repository: &gix::Repository,
    commit: ObjectId,
    prefix: &str,
) -> Result<Entries, Box<dyn std::error::Error>> {
    let mut tree = repository.find_object(commit)?.peel_to_tree()?;
    if !prefix.is_empty() {
        let Some(entry) = tree.lookup_entry_by_path(prefix)? else { return Ok(Vec::new()) };
        if !entry.mode().is_tree() {
            return Ok(Vec::new());
        }
        tree = entry.object()?.peel_to_tree()?;
    }
    let files = tree.traverse().breadthfirst.files()?;
    Ok(files.into_iter().map(|file| (file.filepath.into(), file.mode, file.oid)).collect())
}

/// Gives each link the file or the folder that it leads to. One that leads out is refused, as in a
/// work tree.
fn follow(
    links: &BTreeMap<String, String>,
    skips: &dyn Fn(&str) -> bool,
    files: &mut BTreeMap<String, ObjectId>,
    found: &mut Found,
) {
    let mut led = Vec::new();
    for path in links.keys().filter(|path| !skips(path)) {
        match end(links, path) {
            End::Outside if may_matter(path) => {
                let message = "the link leads out of the repository and is not followed";
                found.problems.push((path.clone(), ProblemKind::PathEscape, 1, message.to_owned()));
            }
            End::At(at) => match files.get(&at) {
                Some(id) => led.push((path.clone(), *id)),
                None if is_folder(files, &at) || is_folder(links, &at) => {
                    found.links.push((path.clone(), at));
                }
                None => {}
            },
            End::Outside | End::Nowhere => {}
        }
    }
    files.extend(led);
}

/// Where a link ends.
enum End {
    At(String),
    Outside,
    /// It leads on and on.
    Nowhere,
}

/// Follows a path through the links that it is, or that its folders are.
fn end(links: &BTreeMap<String, String>, path: &str) -> End {
    let mut at = path.to_owned();
    for _ in 0..=MOST_LINKS {
        let mut ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
        let through = ends.find_map(|end| Some((links.get_key_value(&at[..end])?, &at[end..])));
        let Some(((link, target), rest)) = through else { return End::At(at) };
        match join(folder_of(link), &format!("{target}{rest}")) {
            Some(next) => at = next,
            None => return End::Outside,
        }
    }
    End::Nowhere
}

/// Whether anything lies below a path. Git has no empty folders.
fn is_folder<V>(entries: &BTreeMap<String, V>, path: &str) -> bool {
    let below = if path.is_empty() { String::new() } else { format!("{path}/") };
    entries.range(below.clone()..).next().is_some_and(|(entry, _)| entry.starts_with(&below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_and_folders_of_the_tree() {
        let file = ObjectId::null(gix::hash::Kind::Sha1);
        let mut files: BTreeMap<String, ObjectId> =
            ["real/a.yaml", "apps/kustomization.yaml"].map(|path| (path.to_owned(), file)).into();
        let links = [
            ("apps/linked", "../real"),
            ("apps/again", "linked"),
            ("apps/top", ".."),
            ("apps/through.yaml", "again/a.yaml"),
            ("apps/nowhere", "../none"),
            ("apps/round", "circle"),
            ("apps/circle", "round"),
            ("apps/out.yaml", "../../other/a.yaml"),
            ("apps/skipped", "../real"),
        ];
        let links = links.map(|(link, target)| (link.to_owned(), target.to_owned())).into();
        let mut found = Found::default();
        follow(&links, &|path| path == "apps/skipped", &mut files, &mut found);
        let folders: Vec<String> =
            found.links.iter().map(|(link, folder)| format!("{link} {folder}")).collect();
        assert_eq!(folders, ["apps/again real", "apps/linked real", "apps/top "]);
        assert!(files.contains_key("apps/through.yaml"), "{files:?}");
        assert_eq!(files.len(), 3);
        let refused: Vec<&str> = found.problems.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(refused, ["apps/out.yaml"]);
    }
}
