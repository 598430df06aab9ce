//! One export from its outputs to the file, the commit, the push and the pull request.
//!
//! Invariants: a look changes nothing, and a look that fails is a fault; what is committed holds the
//! target alone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use sealine_credentials::Services;
use sealine_state::Outputs;

use crate::creation::{Creation, creation};
use crate::forge::{Forge, Hosted, Opened, Request};
use crate::git::{Git, GitFault, Standing, checked};
use crate::plan::Touch;
use crate::prepare::{Export, Prepared, prepare};
use crate::{Fault, Place, held, locate, target};

/// What to do with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Say whether it is behind.
    Look,
    /// Bring it up to date.
    Write,
}

/// What git does with the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Whether it commits at all.
    pub commit: bool,
    /// The branch; the current one without.
    pub branch: Option<String>,
    /// Whether it pushes.
    pub push: bool,
    /// The remote.
    pub remote: Option<String>,
    /// Whether it opens a pull request.
    pub pull_request: bool,
    /// The branch that a pull request asks to change.
    pub base: Option<String>,
    /// Whose pull requests, where the host does not say.
    pub forge: Option<Forge>,
    /// The first line of the message.
    pub message: Option<String>,
}

/// One export, complete.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to export.
    pub export: Export,
    /// The target.
    pub to: PathBuf,
    /// The git part.
    pub git: Commit,
    /// Whether to write.
    pub mode: Mode,
}

/// What an export finds around it.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// What opens targets and reaches forges, and the environment for git and for tokens.
    pub services: &'a Services,
    /// The time.
    pub now: Timestamp,
}

/// What an export did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The target in its repository.
    pub file: String,
    /// The keys that changed; none when it held what is wanted.
    pub touched: Vec<(String, Touch)>,
    /// The commit.
    pub commit: Option<String>,
    /// The branch that has it.
    pub branch: Option<String>,
    /// Whether it was pushed.
    pub pushed: bool,
    /// The pull request.
    pub request: Option<Opened>,
}

/// Does one export.
///
/// # Errors
///
/// When any part of it cannot be done. What was done before that part stays: a file that is written
/// is whole, and a commit that is not pushed is there.
pub async fn run(job: &Job, outputs: &Outputs, around: &Surroundings<'_>) -> Result<Done, Fault> {
    checked(job.git.branch.as_deref())?;
    checked(job.git.base.as_deref())?;
    let place = locate(&job.to)?;
    let creation = creation(&place)?;
    let asks_git = job.git.commit || job.git.branch.is_some();
    let git = asks_git.then(|| Git::find(&place.root, environment(around))).transpose()?;
    let work = Work { job, outputs, around, place, creation };
    let done = match &git {
        Some(git) => match other_branch(git, job)? {
            Some(branch) => work.on_branch(git, &branch).await?,
            None => work.in_tree(Some(git)).await?,
        },
        None => work.in_tree(None).await?,
    };
    match &git {
        Some(git) => work.ask_for_merge(git, done).await,
        None => Ok(done),
    }
}

fn environment<'a>(around: &Surroundings<'a>) -> &'a BTreeMap<String, String> {
    &around.services.surroundings().environment
}

/// The branch, when it is not the one that is checked out.
fn other_branch(git: &Git, job: &Job) -> Result<Option<String>, Fault> {
    let current = git.current_branch()?;
    let writes = job.git.commit && job.mode == Mode::Write;
    match &job.git.branch {
        Some(branch) if current.as_ref() != Some(branch) => Ok(Some(branch.clone())),
        None if writes && current.is_none() => Err(GitFault::Detached.into()),
        _ => Ok(None),
    }
}

struct Work<'a> {
    job: &'a Job,
    outputs: &'a Outputs,
    around: &'a Surroundings<'a>,
    place: Place,
    creation: Option<Creation>,
}

impl Work<'_> {
    async fn prepare(&self, bytes: Option<&[u8]>) -> Result<Option<Prepared>, Fault> {
        let target = target::open(&self.place.path, bytes)?;
        let Surroundings { services, now, .. } = self.around;
        let creation = self.creation.as_ref();
        prepare(&self.job.export, self.outputs, &target, creation, services, *now).await
    }

    fn done(&self, prepared: Option<&Prepared>) -> Done {
        let touched = prepared.map(|prepared| prepared.touched.clone()).unwrap_or_default();
        Done { file: self.place.path.clone(), touched, ..Done::default() }
    }

    /// Changes the file of the work tree, and commits it to the current branch.
    async fn in_tree(&self, git: Option<&Git>) -> Result<Done, Fault> {
        if self.job.mode == Mode::Look {
            let bytes = held::read(&self.place)?;
            return Ok(self.done(self.prepare(bytes.as_deref()).await?.as_ref()));
        }
        let held = held::hold(&self.place)?;
        let prepared = self.prepare(held.bytes()).await?;
        let mut done = self.done(prepared.as_ref());
        let git = git.filter(|_| self.job.git.commit);
        let path = || self.place.path.clone();
        let standing = git.map(|git| git.standing(&self.place.path, held.bytes())).transpose()?;
        match (&standing, &prepared) {
            (Some(Standing::Unmerged), _) => return Err(GitFault::Unmerged { path: path() }.into()),
            // What somebody else changed does not belong in this commit.
            (Some(Standing::Dirty), Some(_)) if held.bytes().is_some() => {
                return Err(GitFault::Dirty { path: path() }.into());
            }
            _ => {}
        }
        // Where to push is found out before anything is written.
        let push = git.filter(|_| self.job.git.push);
        let remote = push.map(|git| git.remote(self.job.git.remote.as_deref())).transpose()?;
        if let Some(prepared) = &prepared {
            held.replace(prepared.text.as_bytes())?;
        }
        let Some(git) = git else { return Ok(done) };
        let branch = git.current_branch()?.ok_or(GitFault::Detached)?;
        let head = git.commit_of("HEAD")?;
        let bytes = match &prepared {
            Some(prepared) => Some(prepared.text.as_bytes()),
            // Written by an export before this one, which did not come to commit it.
            None if standing == Some(Standing::Dirty) => held.bytes(),
            None => None,
        };
        if let Some(bytes) = bytes {
            let message = self.message(&done);
            let commit = git.commit(head.as_deref(), &self.place.path, bytes, &message)?;
            git.move_branch(&branch, &commit, head.as_deref())?;
            git.stage(&commit, &self.place.path)?;
            done.commit = Some(commit);
        }
        done.branch = Some(branch.clone());
        let commit = done.commit.clone().or(head);
        if let (Some(commit), Some((remote, _))) = (commit, remote)
            && (done.commit.is_some() || self.is_unpushed(git, &remote, &branch, &commit)?)
        {
            git.push(&remote, &commit, &branch)?;
            done.pushed = true;
        }
        Ok(done)
    }

    /// Commits to a branch that is not checked out: neither work tree nor index change.
    async fn on_branch(&self, git: &Git, branch: &str) -> Result<Done, Fault> {
        let push = self.job.git.push && self.job.mode == Mode::Write;
        let remote = push.then(|| git.remote(self.job.git.remote.as_deref())).transpose()?;
        let mut refused = None;
        for _ in 0..3 {
            let local = git.commit_of(&format!("refs/heads/{branch}"))?;
            let there = match &remote {
                Some((remote, _)) => git.fetch(remote, branch)?,
                None => git.commit_of(&self.tracking(git, branch))?,
            };
            let base = match newest(git, branch, local.as_deref(), there.as_deref())? {
                Some(base) => Some(base),
                None => git.commit_of("HEAD")?,
            };
            let entry = match &base {
                Some(base) => git.entry(base, &self.place.path)?,
                None => None,
            };
            if entry.as_ref().is_some_and(|entry| !entry.mode.starts_with("100")) {
                let (path, branch) = (self.place.path.clone(), branch.to_owned());
                return Err(GitFault::NoFile { path, branch }.into());
            }
            let bytes = entry.map(|entry| git.bytes(&entry)).transpose()?;
            let prepared = self.prepare(bytes.as_deref()).await?;
            let mut done = self.done(prepared.as_ref());
            done.branch = Some(branch.to_owned());
            let write = self.job.mode == Mode::Write && self.job.git.commit;
            let Some(prepared) = prepared.filter(|_| write) else {
                if let (Some((remote, _)), Some(local)) = (&remote, &local)
                    && there.as_deref() != Some(local)
                    && base.as_ref() == Some(local)
                {
                    git.push(remote, local, branch)?;
                    done.pushed = true;
                }
                return Ok(done);
            };
            let message = self.message(&done);
            let text = prepared.text.as_bytes();
            let commit = git.commit(base.as_deref(), &self.place.path, text, &message)?;
            if let Some((remote, _)) = &remote {
                match git.push(remote, &commit, branch) {
                    // Somebody else was quicker: look again at what is there now.
                    Err(fault @ GitFault::Rejected { .. }) => {
                        refused = Some(fault);
                        continue;
                    }
                    pushed => pushed?,
                }
                done.pushed = true;
            }
            git.move_branch(branch, &commit, local.as_deref())?;
            done.commit = Some(commit);
            return Ok(done);
        }
        Err(refused.unwrap_or(GitFault::Diverged { branch: branch.to_owned() }).into())
    }

    /// Opens a pull request for a branch that has something the current one has not.
    async fn ask_for_merge(&self, git: &Git, mut done: Done) -> Result<Done, Fault> {
        let wanted = &self.job.git;
        let Some(branch) = done.branch.clone() else { return Ok(done) };
        if !wanted.pull_request || self.job.mode == Mode::Look {
            return Ok(done);
        }
        let tip = git.commit_of(&format!("refs/heads/{branch}"))?;
        let tip = match tip {
            Some(tip) => Some(tip),
            None => git.commit_of(&self.tracking(git, &branch))?,
        };
        let differs = match (&tip, git.commit_of("HEAD")?) {
            (Some(tip), Some(head)) => {
                git.entry(tip, &self.place.path)? != git.entry(&head, &self.place.path)?
            }
            _ => false,
        };
        if done.commit.is_none() && !differs {
            return Ok(done);
        }
        let fault = |fault| Fault::Forge { branch: branch.clone(), fault: Box::new(fault) };
        let url = git.remote_address(wanted.remote.as_deref())?;
        let hosted = Hosted::find(&url, wanted.forge, None, environment(self.around));
        let hosted = hosted.map_err(fault)?;
        let message = self.message(&done);
        let (title, body) = message.split_once("\n\n").unwrap_or((&message, ""));
        let request = Request {
            branch: branch.clone(),
            base: wanted.base.clone(),
            title: title.to_owned(),
            body: body.to_owned(),
        };
        let client = self.around.services.client().map_err(|error| fault(error.into()))?;
        done.request = Some(hosted.open(client, &request).await.map_err(fault)?);
        Ok(done)
    }

    /// What the remote's branch was when it was last heard of.
    fn tracking(&self, git: &Git, branch: &str) -> String {
        let remote = git.remote(self.job.git.remote.as_deref());
        let remote = remote.map_or_else(|_| "origin".to_owned(), |(remote, _)| remote);
        format!("refs/remotes/{remote}/{branch}")
    }

    /// Whether the remote, as far as it was heard of, has the target as it was before.
    fn is_unpushed(
        &self,
        git: &Git,
        remote: &str,
        branch: &str,
        commit: &str,
    ) -> Result<bool, Fault> {
        let path = &self.place.path;
        let there = git.commit_of(&format!("refs/remotes/{remote}/{branch}"))?;
        let Some(there) = there else { return Ok(true) };
        Ok(git.entry(&there, path)? != git.entry(commit, path)?)
    }

    /// The commit's message: names of keys, and the state, but no values.
    fn message(&self, done: &Done) -> String {
        let Job { export, git, .. } = self.job;
        let title = git.message.clone();
        let title = title.unwrap_or_else(|| format!("export {}: {}", export.name, self.place.path));
        let mut keys: Vec<String> =
            done.touched.iter().map(|(key, touch)| format!("- `{key}` {}", touch.word())).collect();
        let rest = keys.len().saturating_sub(50);
        keys.truncate(50);
        if rest > 0 {
            keys.push(format!("- and {rest} more"));
        }
        let state = match (&self.outputs.lineage, self.outputs.serial) {
            (Some(lineage), Some(serial)) => {
                format!("\n\nState: lineage {lineage}, serial {serial}")
            }
            _ => String::new(),
        };
        format!("{title}\n\n{}{state}", keys.join("\n"))
    }
}

/// The newer one of a branch here and a branch there.
fn newest(
    git: &Git,
    branch: &str,
    local: Option<&str>,
    there: Option<&str>,
) -> Result<Option<String>, Fault> {
    Ok(match (local, there) {
        (Some(local), Some(there)) if git.is_before(local, there)? => Some(there.to_owned()),
        (Some(local), Some(there)) if git.is_before(there, local)? => Some(local.to_owned()),
        (Some(_), Some(_)) => return Err(GitFault::Diverged { branch: branch.to_owned() }.into()),
        (one, other) => one.or(other).map(str::to_owned),
    })
}
