//! What the collect step hands to the readers: repositories with their files.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::Source;
use crate::noted::Noted;
use crate::path::in_folder;

/// How many links a path may lead through.
const MAX_LINKS: usize = 16;

/// One repository (or plain folder) that was read.
#[derive(Debug, Default)]
pub struct Repository {
    /// The name used in `--repo NAME=PATH`, in places and in node scopes.
    pub name: String,
    /// The git remotes as normalised `host/owner/name`, without scheme, user, port and `.git`.
    pub remotes: Vec<String>,
    /// The files that were read, by path.
    files: BTreeSet<Kept>,
    /// The paths that exist but hold nothing a reader asked for by its bytes; read when another
    /// file leads there.
    others: Noted,
    /// The folders that are links to other folders of the repository, and those. Their files are
    /// listed where they lie, and found through the link as well.
    pub links: BTreeMap<String, String>,
    /// Reads a noted file when it is asked for.
    pub loader: Option<Arc<dyn Loader>>,
    /// The git data, when the folder is a work tree's top.
    pub git: Option<Arc<dyn GitData>>,
}

/// A file that was read. Its path is its key.
#[derive(Debug)]
struct Kept(Arc<Source>);

impl Borrow<str> for Kept {
    fn borrow(&self) -> &str {
        self.0.path()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0.path() == other.0.path()
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.path().cmp(other.0.path())
    }
}

/// Reads a file that the collect step noted without keeping it.
pub trait Loader: std::fmt::Debug + Send + Sync {
    /// Returns the file at `path`; `None` when it cannot be read as text.
    fn load(&self, path: &str) -> Option<Source>;
    /// Returns the bytes of the file at `path`, text or not; `None` when they cannot be read.
    fn bytes(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
}

/// What rules may ask of a repository's git data. Reading it never runs a program.
pub trait GitData: std::fmt::Debug + Send + Sync {
    /// Returns whether the tag, branch or commit exists; `None` when the checkout cannot tell
    /// (a shallow clone without tags).
    fn has_ref(&self, reference: &str) -> Option<bool>;
    /// Returns whether `path` is a folder or file at `reference`; `None` when that cannot be told.
    fn has_path(&self, reference: &str, path: &str) -> Option<bool>;
    /// Returns the commit that is checked out, in hex; `None` when that cannot be told.
    fn head(&self) -> Option<String> {
        None
    }
}

impl Repository {
    /// Returns an empty repository of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds files that were read, and paths that exist and were not kept, to a repository without any.
    pub fn fill(&mut self, kept: Vec<Source>, noted: Vec<String>) {
        // From all of it a set is built at once.
        self.files = kept.into_iter().map(|source| Kept(Arc::new(source))).collect();
        self.others = noted.into_iter().collect();
    }

    /// Adds a file that was read.
    pub fn add(&mut self, source: Arc<Source>) {
        self.files.replace(Kept(source));
    }

    /// Returns the same repository with other texts of these files.
    #[must_use]
    pub fn with(&self, changed: impl IntoIterator<Item = Arc<Source>>) -> Self {
        let mut other = Self {
            name: self.name.clone(),
            remotes: self.remotes.clone(),
            files: self.files().map(|source| Kept(Arc::clone(source))).collect(),
            others: self.noted().map(str::to_owned).collect(),
            links: self.links.clone(),
            loader: self.loader.clone(),
            git: self.git.clone(),
        };
        changed.into_iter().for_each(|source| other.add(source));
        other
    }

    /// Notes a path that exists and was not kept.
    pub fn note(&mut self, path: impl Into<String>) {
        self.others.insert(path.into());
    }

    /// Returns the file at `path`. A file that was noted only is read now, and once.
    pub fn get(&self, path: &str) -> Option<&Arc<Source>> {
        let load = || self.loader.as_ref()?.load(path);
        let own = self.kept(path).or_else(|| self.others.get(path, load));
        own.or_else(|| self.behind_link(path).and_then(|real| self.get(&real)))
    }

    /// Returns the path with links to folders replaced by what they lead to.
    pub fn real<'a>(&self, path: &'a str) -> Cow<'a, str> {
        self.behind_link(path).map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// Returns where a path leads to, when it leads through a link.
    fn behind_link(&self, path: &str) -> Option<String> {
        if self.links.is_empty() {
            return None;
        }
        let mut real: Option<String> = None;
        for _ in 0..MAX_LINKS {
            let now = real.as_deref().unwrap_or(path);
            let ends = now.match_indices('/').map(|(at, _)| at).chain([now.len()]);
            let through = ends.filter_map(|end| Some((self.links.get(now.get(..end)?)?, end)));
            let Some((target, end)) = through.last() else { return real };
            let rest = now.get(end..).unwrap_or_default().trim_start_matches('/');
            let parts = [target.as_str(), rest].into_iter().filter(|part| !part.is_empty());
            real = Some(parts.collect::<Vec<_>>().join("/"));
        }
        // In a circle.
        None
    }

    fn kept(&self, path: &str) -> Option<&Arc<Source>> {
        self.files.get(path).map(|kept| &kept.0)
    }

    /// Returns the paths of the files that were noted and not kept, in their order.
    pub fn noted(&self) -> impl Iterator<Item = &str> {
        self.others.iter()
    }

    /// Returns the file at `path`, for one who needs it for a while: one that was noted only is read for the
    /// caller alone.
    pub fn read(&self, path: &str) -> Option<Arc<Source>> {
        let noted = || {
            let is_noted = self.others.contains(path);
            if is_noted { self.read_noted(path).map(Arc::new) } else { self.get(path).cloned() }
        };
        self.kept(path).cloned().or_else(noted)
    }

    /// Returns the noted file at `path`, read for the caller alone; `None` when it cannot be read as
    /// text.
    pub fn read_noted(&self, path: &str) -> Option<Source> {
        self.loader.as_ref()?.load(path)
    }

    /// Returns the bytes of the file at `path`, which need not be text: an archive. They are read
    /// anew each time.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        match self.kept(path) {
            Some(source) => Some(source.text().as_bytes().to_vec()),
            None if self.others.contains(path) => self.loader.as_ref()?.bytes(path),
            None => None,
        }
    }

    /// Returns the paths of all files, kept or noted, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files().map(|source| source.path()).chain(self.others.iter())
    }

    /// Returns the paths of all files below `folder`, kept or noted, in order.
    pub fn paths_below(&self, folder: &str) -> Vec<&str> {
        let kept = self.files_below(folder).map(|source| source.path());
        let prefix = in_folder(folder, "");
        let mut paths: Vec<&str> = kept.chain(self.others.beginning_with(&prefix)).collect();
        paths.sort_unstable();
        paths
    }

    /// Returns whether a file or folder stands at `path`, kept or not.
    pub fn exists(&self, path: &str) -> bool {
        path.is_empty()
            || self.files.contains(path)
            || self.others.contains(path)
            || self.files_below(path).next().is_some()
            || self.others.beginning_with(&format!("{path}/")).next().is_some()
            || self.behind_link(path).is_some_and(|real| self.exists(&real))
    }

    /// Returns the kept files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.files.iter().map(|kept| &kept.0)
    }

    /// Returns the kept files at or below `folder`, in the order of their paths.
    pub fn files_below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a Arc<Source>> {
        let prefix = in_folder(folder, "");
        let from = self.files.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        from.map(|kept| &kept.0).take_while(move |source| source.path().starts_with(&prefix))
    }
}

/// All repositories of one run.
#[derive(Debug, Default)]
pub struct Project {
    /// The repositories, in the order in which they were named.
    pub repositories: Vec<Repository>,
}

impl Project {
    /// Returns the repository of this name.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.name == name)
    }

    /// Returns the repository whose remote is `remote` (`host/owner/name`, compared without case).
    pub fn by_remote(&self, remote: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| {
            repository.remotes.iter().any(|known| known.eq_ignore_ascii_case(remote))
        })
    }

    /// Returns the source of a place or file name.
    pub fn source(&self, name: &crate::FileName) -> Option<&Arc<Source>> {
        self.repository(&name.repo)?.get(&name.path)
    }
}

/// Returns a git URL or module source host path as `host/owner/name`: without scheme, user, port,
/// trailing `.git`, query and `//sub` path; `None` for what is no remote.
pub fn normalise_remote(url: &str) -> Option<String> {
    let url = url.trim().trim_start_matches("git::");
    let url = url.split(['?', '#']).next()?;
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => match url.split_once(':') {
            // The scp form, `git@host:owner/name`.
            Some((host, path)) if !host.contains('/') => format!("{host}/{path}"),
            _ => url.to_owned(),
        },
    };
    let rest = rest.split("//").next()?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/').trim_end_matches(".git");
    if host.is_empty() || path.is_empty() || host.starts_with('.') {
        return None;
    }
    Some(format!("{}/{path}", host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileName;

    #[test]
    fn remotes_of_one_repository_are_equal() {
        for url in [
            "https://github.com/o/r.git",
            "git@github.com:o/r.git",
            "git::ssh://git@github.com:22/o/r.git//sub?ref=v1",
            "github.com/o/r.git//sub?depth=1&ref=tag@1",
            "ssh://git@GitHub.com/o/r",
        ] {
            assert_eq!(normalise_remote(url).as_deref(), Some("github.com/o/r"), "{url}");
        }
        assert_eq!(normalise_remote("./local"), None);
    }

    #[test]
    fn files_are_found_through_linked_folders() {
        let mut repository = Repository::new("r");
        repository.add(Arc::new(Source::new(FileName::new("r", "modules/m/a/x.tf"), "x")));
        let links = [("env/m", "modules/m"), ("all", "env"), ("a", "b"), ("b", "a"), ("top", "")];
        repository.links = links.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        for (path, expected) in [
            ("env/m/a/x.tf", "modules/m/a/x.tf"),
            ("all/m/a", "modules/m/a"),
            ("top/all/m", "modules/m"),
            ("env/mm", "env/mm"),
            ("a/x", "a/x"),
        ] {
            assert_eq!(repository.real(path), expected, "{path}");
        }
        let found = repository.get("env/m/a/x.tf").map(|source| source.path());
        assert_eq!(found, Some("modules/m/a/x.tf"));
        assert!(repository.exists("all/m/a"));
        assert!(repository.get("a/x").is_none());
    }

    #[test]
    fn folders_exist_through_their_files() {
        let mut repository = Repository::new("r");
        repository.add(Arc::new(Source::new(FileName::new("r", "a/b/c.yaml"), "x")));
        repository.note("d/e");
        assert!(repository.exists("a/b"));
        assert!(repository.exists("d"));
        assert!(!repository.exists("a/c"));
        assert_eq!(repository.files_below("a").count(), 1);
        assert_eq!(repository.files_below("a/b/c").count(), 0);
    }
}
