//! Which file a program's name means.
//!
//! Invariant: never one that the repository brought along, nor one that depends on where the command
//! was started.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Why there is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The configured file is not there, or no file.
    #[error("there is no program `{}`", .0.display())]
    Configured(PathBuf),
    /// The configured file is given by a relative path.
    #[error("the program `{}` is not an absolute path", .0.display())]
    Relative(PathBuf),
    /// No folder of the `PATH` has it, apart from those within the repository.
    #[error("`{0}` is not on the `PATH` (folders of the repository itself are not looked at)")]
    OnPath(String),
}

/// Returns the file of a program: the configured one, or the first on the `PATH` that does not lie
/// within the repository around `folder`.
///
/// # Errors
///
/// When there is none.
pub fn find(
    name: &str,
    configured: Option<&Path>,
    path: &OsStr,
    folder: &Path,
) -> Result<PathBuf, NotFound> {
    if let Some(file) = configured {
        return match (file.is_absolute(), file.is_file()) {
            (false, _) => Err(NotFound::Relative(file.to_owned())),
            (true, false) => Err(NotFound::Configured(file.to_owned())),
            (true, true) => Ok(file.to_owned()),
        };
    }
    let repository = repository_of(folder);
    let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let files = folders.map(|folder| folder.join(&program)).filter(|file| file.is_file());
    let foreign = |file: &PathBuf| match file.parent().map(Path::canonicalize) {
        Some(Ok(parent)) => !parent.starts_with(&repository),
        _ => false,
    };
    let found = { files }.find(foreign);
    found.ok_or_else(|| NotFound::OnPath(name.to_owned()))
}

/// The repository around a folder; the folder itself, where there is none.
fn repository_of(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let root = folder.ancestors().find(|at| at.join(".git").exists()).unwrap_or(&folder);
    root.to_owned()
}
