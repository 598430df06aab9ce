//! Changes that are on their way: requests that are open for the repository of a project.
//!
//! Where plans are applied before a request is merged, the state is ahead of the files meanwhile, and
//! a look would call somebody's work a difference.
//!
//! Invariant: only a request that is known to change a file of the project keeps a look from being
//! made. That nobody could be asked is a warning.

use std::future::Future;
use std::path::Path;

use jiff::Timestamp;

use crate::cancel::Cancel;
use crate::engine::Engine;
use crate::project::Project;
use crate::report::{Failure, FailureKind, RunReport};

/// A request that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is called: `pull request 12`.
    pub name: String,
    /// Its page.
    pub url: String,
    /// The files that it changes, from the top of the repository.
    pub paths: Vec<String>,
}

/// What is known of the requests of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The requests.
    pub requests: Vec<Request>,
    /// What could not be found out.
    pub warnings: Vec<String>,
}

/// Who knows which requests are open.
pub trait Changes: Send + Sync {
    /// Returns the requests for the repository at `root`.
    fn open(&self, root: &Path) -> impl Future<Output = Known> + Send;
}

/// An engine that does not look while a request is open that changes the project.
#[derive(Debug)]
pub struct Waiting<E, C> {
    /// What looks.
    pub engine: E,
    /// Who knows.
    pub changes: C,
}

impl<E: Engine, C: Changes> Engine for Waiting<E, C> {
    async fn run(&self, project: &Project, cancel: &Cancel) -> RunReport {
        if !project.skip_while_open {
            return self.engine.run(project, cancel).await;
        }
        let started = Timestamp::now();
        let known = match top(&project.folder) {
            None => {
                let text = "open requests are not known: the project is in no git repository";
                Known { warnings: vec![text.to_owned()], ..Known::default() }
            }
            Some(root) => {
                let known = tokio::select! {
                    known = self.changes.open(root) => known,
                    // The engine says what became of it.
                    () = cancel.asked() => Known::default(),
                };
                if let Some(message) = touching(&known.requests, root, project) {
                    let help = "it is looked at when that is merged or closed";
                    let failure = Failure {
                        kind: FailureKind::ChangeOpen,
                        message,
                        help: Some(help.to_owned()),
                    };
                    return RunReport::failed(&project.name, started, Timestamp::now(), failure);
                }
                known
            }
        };
        let mut report = self.engine.run(project, cancel).await;
        report.warnings.extend(known.warnings);
        report
    }
}

/// The folder of the repository that holds the project.
fn top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// Says which request changes which file of the project.
fn touching(requests: &[Request], root: &Path, project: &Project) -> Option<String> {
    let folders = std::iter::once(&project.folder).chain(&project.modules);
    let folders: Vec<&Path> = folders.filter_map(|path| path.strip_prefix(root).ok()).collect();
    let files = project.var_files.iter().filter_map(|path| path.strip_prefix(root).ok());
    let files: Vec<&Path> = files.collect();
    requests.iter().find_map(|request| {
        let path = request.paths.iter().find(|path| {
            let path = Path::new(path.as_str());
            // Words for people change nothing.
            let is_prose = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
            let is_of = folders.iter().any(|folder| path.starts_with(folder));
            !is_prose && is_of || files.contains(&path)
        })?;
        Some(format!("{} ({}) changes `{path}`", request.name, request.url))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(paths: &[&str]) -> Option<String> {
        let project = Project {
            folder: "/r/tf/platform".into(),
            modules: vec!["/r/modules/network".into(), "/elsewhere".into()],
            var_files: vec!["/r/vars/prod.tfvars".into()],
            ..Project::default()
        };
        let request = |path: &&str| Request {
            name: "pull request 7".to_owned(),
            url: "https://git.example/7".to_owned(),
            paths: vec!["docs/x".to_owned(), (*path).to_owned()],
        };
        let requests: Vec<Request> = paths.iter().map(request).collect();
        touching(&requests, Path::new("/r"), &project)
    }

    #[test]
    fn only_what_the_project_reads_counts() {
        for path in ["tf/platform/a/b.json", "modules/network/main.tf", "vars/prod.tfvars"] {
            let said = message(&["tf/other/main.tf", path]);
            let wanted = format!("pull request 7 (https://git.example/7) changes `{path}`");
            assert_eq!(said, Some(wanted));
        }
        for path in ["tf/platform2/main.tf", "tf/platform/README.md", "vars/qa.tfvars", "main.tf"] {
            assert_eq!(message(&[path]), None, "{path}");
        }
        assert_eq!(message(&[]), None);
    }
}
