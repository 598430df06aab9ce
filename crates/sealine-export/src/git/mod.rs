//! The git part: one commit that holds the target alone, on the current branch or on another one.
//!
//! Invariants: a branch only ever moves forward, and only when it still stands where it was looked
//! at; what else is staged or changed stays as it is; nothing is forced on a remote.

mod branch;
mod program;

use thiserror::Error;

pub use branch::{BranchFault, valid_branch};
pub use program::Git;

/// Why the git part could not be done.
#[derive(Debug, Error)]
pub enum GitFault {
    /// There is no git program.
    #[error("there is no `git` on the PATH")]
    Missing,
    /// The program does not start.
    #[error("git cannot be run")]
    Start(#[source] std::io::Error),
    /// It took too long, and was ended.
    #[error("git took longer than five minutes and was ended")]
    TooLong,
    /// Git refused.
    #[error("`git {command}` failed: {said}")]
    Failed {
        /// The command.
        command: String,
        /// What git said, without credentials.
        said: String,
    },
    /// A branch has no usable name.
    #[error("`{name}` cannot be the name of a branch: {fault}")]
    Branch {
        /// The name.
        name: String,
        /// Why not.
        fault: BranchFault,
    },
    /// `HEAD` is on no branch.
    #[error("`HEAD` is on no branch")]
    Detached,
    /// The target has changes that are not committed.
    #[error("`{path}` has changes that are not committed")]
    Dirty {
        /// The target.
        path: String,
    },
    /// The target is in conflict.
    #[error("`{path}` is in the middle of a merge")]
    Unmerged {
        /// The target.
        path: String,
    },
    /// The target is no regular file in the commit.
    #[error("`{path}` is no regular file on `{branch}`")]
    NoFile {
        /// The target.
        path: String,
        /// The branch.
        branch: String,
    },
    /// The remote's branch and the local one went different ways.
    #[error("`{branch}` and the remote's `{branch}` went different ways")]
    Diverged {
        /// The branch.
        branch: String,
    },
    /// The remote has more than was looked at.
    #[error("the remote's `{branch}` moved on in the meantime")]
    Rejected {
        /// The branch.
        branch: String,
        /// What git said, without credentials.
        said: String,
    },
    /// Nobody has said where to push.
    #[error("the repository has no remote `{remote}`")]
    NoRemote {
        /// The remote.
        remote: String,
    },
}

/// A file as a commit or the index has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    pub(crate) blob: String,
}

/// How the target stands before an export.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Index and work tree are what the last commit has.
    Clean,
    /// Index or work tree differ from the last commit.
    Dirty,
    /// A merge has not been finished.
    Unmerged,
}

impl Git {
    /// Returns the branch that `HEAD` is on.
    pub(crate) fn current_branch(&self) -> Result<Option<String>, GitFault> {
        let output = self.run(&["symbolic-ref", "--quiet", "--short", "HEAD"])?;
        Ok(output.succeeded.then(|| output.text()).filter(|name| !name.is_empty()))
    }

    /// Returns the commit that a revision names.
    pub(crate) fn commit_of(&self, revision: &str) -> Result<Option<String>, GitFault> {
        let revision = format!("{revision}^{{commit}}");
        let output =
            self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &revision])?;
        Ok(output.succeeded.then(|| output.text()))
    }

    /// Returns the file at `path` in a commit.
    pub(crate) fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, GitFault> {
        let listed = self.ask(&["ls-tree", "-z", commit, "--", path])?;
        let found = listed.split('\0').find_map(|line| {
            let (head, name) = line.split_once('\t')?;
            let mut words = head.split(' ');
            let (mode, _, blob) = (words.next()?, words.next()?, words.next()?);
            (name == path).then(|| Entry { mode: mode.to_owned(), blob: blob.to_owned() })
        });
        Ok(found)
    }

    /// Returns the bytes of a file in a commit.
    pub(crate) fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, GitFault> {
        let output = self.run(&["cat-file", "blob", &entry.blob])?;
        if output.succeeded {
            return Ok(output.out);
        }
        let said = "the object cannot be read".to_owned();
        Err(GitFault::Failed { command: "cat-file".to_owned(), said })
    }

    /// Returns how the target stands, whose bytes in the work tree are `bytes`.
    pub(crate) fn standing(&self, path: &str, bytes: Option<&[u8]>) -> Result<Standing, GitFault> {
        let listed = self.ask(&["ls-files", "-z", "--stage", "--", path])?;
        let staged: Vec<Vec<&str>> = listed
            .split('\0')
            .filter_map(|line| line.split_once('\t'))
            .filter(|(_, name)| *name == path)
            .map(|(head, _)| head.split(' ').collect())
            .collect();
        if staged.iter().any(|words| words.get(2).is_some_and(|stage| *stage != "0")) {
            return Ok(Standing::Unmerged);
        }
        let staged = staged.first().and_then(|words| words.get(1)).map(|blob| (*blob).to_owned());
        let head = match self.commit_of("HEAD")? {
            Some(commit) => self.entry(&commit, path)?.map(|entry| entry.blob),
            None => None,
        };
        let there = bytes.map(|bytes| self.hash(bytes, false)).transpose()?;
        let is_clean = staged == head && there == head;
        Ok(if is_clean { Standing::Clean } else { Standing::Dirty })
    }

    /// Returns the name git gives these bytes, and keeps them when asked to.
    fn hash(&self, bytes: &[u8], keep: bool) -> Result<String, GitFault> {
        let mut arguments = vec!["hash-object", "--no-filters", "--stdin"];
        if keep {
            arguments.push("-w");
        }
        self.feed(&arguments, bytes)
    }

    /// Makes a commit on top of `parent` in which `path` alone differs. No branch moves, and neither
    /// index nor work tree is touched.
    pub(crate) fn commit(
        &self,
        parent: Option<&str>,
        path: &str,
        bytes: &[u8],
        message: &str,
    ) -> Result<String, GitFault> {
        let known = parent.map(|parent| self.entry(parent, path)).transpose()?.flatten();
        let mode = known.map_or("100644".to_owned(), |entry| entry.mode);
        let blob = self.hash(bytes, true)?;
        let folder = tempfile::tempdir().map_err(GitFault::Start)?;
        let index = folder.path().join("index");
        match parent {
            Some(parent) => self.ask_with_index(&index, &["read-tree", parent])?,
            None => self.ask_with_index(&index, &["read-tree", "--empty"])?,
        };
        let entry = format!("{mode},{blob},{path}");
        self.ask_with_index(&index, &["update-index", "--add", "--cacheinfo", &entry])?;
        let tree = self.ask_with_index(&index, &["write-tree"])?;
        let mut arguments = vec!["commit-tree", &tree, "-m", message];
        arguments.extend(parent.into_iter().flat_map(|parent| ["-p", parent]));
        // `commit-tree` is the one command that does not ask the configuration by itself.
        let signs = self.run(&["config", "--type=bool", "--get", "commit.gpgSign"])?;
        if signs.succeeded && signs.text() == "true" {
            arguments.push("-S");
        }
        self.ask(&arguments)
    }

    /// Moves a branch from where it was to `new`; creates it when it was nowhere.
    pub(crate) fn move_branch(
        &self,
        branch: &str,
        new: &str,
        old: Option<&str>,
    ) -> Result<(), GitFault> {
        let name = format!("refs/heads/{branch}");
        let old = old.map_or_else(|| "0".repeat(new.len()), str::to_owned);
        self.ask(&["update-ref", "-m", "sealine export", &name, new, &old]).map(drop)
    }

    /// Makes the index say of `path` what the commit says, and leaves the rest of it alone.
    pub(crate) fn stage(&self, commit: &str, path: &str) -> Result<(), GitFault> {
        let Some(entry) = self.entry(commit, path)? else { return Ok(()) };
        let line = format!("{} {}\t{path}\0", entry.mode, entry.blob);
        self.feed(&["update-index", "-z", "--index-info"], line.as_bytes()).map(drop)
    }

    /// Returns whether `one` is `other` or comes before it.
    pub(crate) fn is_before(&self, one: &str, other: &str) -> Result<bool, GitFault> {
        Ok(self.run(&["merge-base", "--is-ancestor", one, other])?.succeeded)
    }

    /// Returns the remote to push to, and its address.
    pub(crate) fn remote(&self, wished: Option<&str>) -> Result<(String, String), GitFault> {
        let remote = if let Some(remote) = wished {
            remote.to_owned()
        } else {
            let all = self.ask(&["remote"])?;
            let all: Vec<&str> = all.lines().collect();
            if let [one] = all.as_slice() { (*one).to_owned() } else { "origin".to_owned() }
        };
        let no_remote = || GitFault::NoRemote { remote: remote.clone() };
        if valid_branch(&remote).is_err() {
            return Err(no_remote());
        }
        let output = self.run(&["remote", "get-url", "--push", &remote])?;
        let url = output.text();
        if !output.succeeded || url.is_empty() || url.starts_with('-') {
            return Err(no_remote());
        }
        Ok((remote, url))
    }

    /// Returns the addresses that say where the remote is hosted: the one it is reached by, and the
    /// one that is written down, which another name may stand for.
    ///
    /// # Errors
    ///
    /// When there is no such remote, or git does not run.
    pub fn remote_address(&self, wished: Option<&str>) -> Result<Vec<String>, GitFault> {
        let (remote, push) = self.remote(wished)?;
        let reached = self.run(&["remote", "get-url", &remote])?.text();
        let written = self.run(&["config", "--get", &format!("remote.{remote}.url")])?.text();
        Ok(vec![reached, written, push])
    }

    /// Fetches the remote's branch, and returns its commit; nothing when the remote has none.
    pub(crate) fn fetch(&self, remote: &str, branch: &str) -> Result<Option<String>, GitFault> {
        let name = format!("refs/heads/{branch}");
        let listed = self.ask(&["ls-remote", remote, &name])?;
        let commit = listed.lines().find_map(|line| {
            let (commit, found) = line.split_once('\t')?;
            (found == name).then(|| commit.to_owned())
        });
        let Some(commit) = commit else { return Ok(None) };
        if self.commit_of(&commit)?.is_none() {
            self.ask(&["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, &name])?;
        }
        Ok(Some(commit))
    }

    /// Pushes a commit to a branch of the remote, never by force.
    pub(crate) fn push(&self, remote: &str, commit: &str, branch: &str) -> Result<(), GitFault> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        let output =
            self.run(&["push", "--quiet", "--no-verify", "--no-follow-tags", remote, &refspec])?;
        if output.succeeded {
            return Ok(());
        }
        let moved = ["fetch first", "non-fast-forward", "cannot lock ref", "stale info"];
        let is_moved = moved.iter().any(|words| output.error.contains(words));
        let said = program::said(&output.error);
        Err(if is_moved {
            GitFault::Rejected { branch: branch.to_owned(), said }
        } else {
            GitFault::Failed { command: "push".to_owned(), said }
        })
    }
}

/// Refuses what cannot name a branch.
pub(crate) fn checked(branch: Option<&str>) -> Result<(), GitFault> {
    let Some(name) = branch else { return Ok(()) };
    valid_branch(name).map_err(|fault| GitFault::Branch { name: name.to_owned(), fault })
}
