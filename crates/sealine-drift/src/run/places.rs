//! The folders and files of a run.
//!
//! Invariant: all of it is for our eyes only. A plan never has a name on disk: its file is open and
//! nowhere else, so that nothing is left of it however a run ends. Where programs run as somebody else,
//! only what they fill is theirs.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sealine_source::{FileName, Source};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::cancel::Cancel;
use crate::project::Project;

use super::identity::Identity;

/// Where a project keeps what `init` prepared.
#[derive(Debug)]
pub(super) struct Places {
    /// The folder of the project.
    pub(super) own: PathBuf,
    /// `TF_DATA_DIR`.
    pub(super) data: PathBuf,
    /// `TF_PLUGIN_CACHE_DIR`, which all projects share.
    pub(super) plugins: PathBuf,
    /// Held as long as the run goes on.
    _busy: File,
}

/// Makes the folders, and waits until no other run uses those of this project.
pub(super) async fn prepare(
    root: &Path,
    project: &Project,
    run_as: Option<&Identity>,
    wait: Patience<'_>,
) -> std::io::Result<Places> {
    let mut hash = Sha256::new();
    let workspace = project.workspace.as_deref().unwrap_or_default();
    let folder = project.folder.to_string_lossy();
    // What one user prepared may be closed to another.
    let user = run_as.map_or_else(String::new, |identity| identity.user.to_string());
    for part in [project.tool.program(), &project.name, &folder, workspace, &user] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let own = root.join("projects").join(hex(&hash.finalize()[..12]));
    let plugins = match run_as {
        None => root.join("plugins"),
        Some(identity) => root.join(format!("plugins.{}", identity.user)),
    };
    for folder in [root, &root.join("projects"), &own] {
        private_folder(folder)?;
        if let Some(identity) = run_as {
            identity.pass(folder)?;
        }
    }
    folder_of_programs(&plugins, run_as)?;
    let busy = lock(&own.join("busy"), Hold::Alone, wait).await?;
    Ok(Places { data: own.join("data"), own, plugins, _busy: busy })
}

/// Makes the folder that `init` fills.
pub(super) fn data_folder(places: &Places, run_as: Option<&Identity>) -> std::io::Result<()> {
    folder_of_programs(&places.data, run_as)
}

/// A folder that programs fill and nobody else may enter. What lies in it is theirs, and nothing that
/// we write to or trust.
fn folder_of_programs(folder: &Path, run_as: Option<&Identity>) -> std::io::Result<()> {
    match run_as {
        None => private_folder(folder),
        Some(identity) => match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => identity.own(folder),
        },
    }
}

/// A folder that nobody else may enter, and that is no link to another one.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let found = std::fs::symlink_metadata(folder)?;
    let own = tempfile::tempfile_in(folder)?.metadata()?.uid();
    let ours = found.is_dir() && found.uid() == own;
    if !ours || found.mode() & 0o022 != 0 {
        let message = "is a link, belongs to somebody else, or may be written by others";
        return Err(std::io::Error::other(format!("`{}` {message}", folder.display())));
    }
    Ok(())
}

/// How a lock is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// By one alone.
    Alone,
    /// By any number at once.
    Together,
}

/// How long is waited for a lock.
#[derive(Clone, Copy)]
pub(super) struct Patience<'a> {
    pub(super) deadline: Instant,
    pub(super) cancel: &'a Cancel,
}

/// Waits for a lock of our own between processes; it goes with the file.
pub(super) async fn lock(path: &Path, hold: Hold, wait: Patience<'_>) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    loop {
        let taken = match hold {
            Hold::Alone => file.try_lock(),
            Hold::Together => file.try_lock_shared(),
        };
        match taken {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if wait.cancel.is_asked() => {
                return Err(std::io::Error::other("cancelled while another run was busy"));
            }
            Err(TryLockError::WouldBlock) if Instant::now() >= wait.deadline => {
                return Err(std::io::Error::other("another run was busy all the time"));
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Waits until the providers that projects share may be used, or filled by one alone. Terraform
/// replaces a provider in its cache while others run it, so that nobody may use what is being
/// filled. Whoever waits to fill keeps those who come later out.
pub(super) async fn providers(
    root: &Path,
    hold: Hold,
    wait: Patience<'_>,
) -> std::io::Result<File> {
    // Not among the providers, which may be somebody else's.
    let _gate = lock(&root.join("providers.gate"), hold, wait).await?;
    lock(&root.join("providers.lock"), hold, wait).await
}

/// An open file without a name, in memory where there is such a place.
pub(super) fn nameless_file(
    folders: &[PathBuf],
    run_as: Option<&Identity>,
) -> std::io::Result<File> {
    let mut last = None;
    for folder in folders.iter().filter(|folder| folder.is_absolute()) {
        match tempfile::tempfile_in(folder) {
            Ok(file) => {
                // Whoever opens it anew by its number must be its owner.
                if let Some(identity) = run_as {
                    fchown(&file, Some(identity.user), Some(identity.group))?;
                }
                return Ok(file);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("there is no folder for temporary files")))
}

/// What `init` depends on: the program, the lock file, backend, providers and modules.
pub(super) fn stamp(project: &Project, program: &Path, settings: Option<&str>) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(program.as_os_str().as_encoded_bytes());
    if let Ok(found) = std::fs::metadata(program) {
        add(format!("{} {}", found.len(), found.mtime_nsec() ^ found.mtime()).as_bytes());
    }
    add(settings.unwrap_or_default().as_bytes());
    project.backend_config.iter().for_each(|word| add(word.as_bytes()));
    add(&read(&project.folder.join(".terraform.lock.hcl")).unwrap_or_default());
    let entries = std::fs::read_dir(&project.folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if ![".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let text = read(&file).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let source = Source::new(FileName::new("", name), text);
        for block in &sealine_terraform::syntax::parse(&source).body.blocks {
            if matches!(&*block.kind, "terraform" | "module") {
                add(source.slice(block.range).as_bytes());
            }
        }
    }
    hex(&hash.finalize())
}

/// Reads a small file.
#[expect(clippy::disallowed_methods, reason = "our own files, and what `init` reads")]
pub(super) fn read(file: &Path) -> Option<Vec<u8>> {
    let small =
        std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() < 64 << 20);
    if small { std::fs::read(file).ok() } else { None }
}

/// Writes a file of our own, whole or not at all.
pub(super) fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.persist(file)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_private_and_links_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        private_folder(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        let link = root.path().join("link");
        std::os::unix::fs::symlink("/", &link).unwrap();
        assert!(private_folder(&link).is_err());
    }

    #[test]
    fn a_plan_has_no_name() {
        let root = tempfile::tempdir().unwrap();
        let _file = nameless_file(&[root.path().to_owned()], None).unwrap();
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn init_is_due_when_what_it_reads_changes() {
        let root = tempfile::tempdir().unwrap();
        let project = Project { folder: root.path().to_owned(), ..Project::default() };
        let now = || stamp(&project, Path::new("/bin/sh"), None);
        let main = root.path().join("main.tf");
        write(&main, "terraform {}\nresource \"t\" \"a\" {}\n").unwrap();
        let first = now();
        write(&main, "terraform {}\nresource \"t\" \"b\" {}\n").unwrap();
        assert_eq!(now(), first, "a resource asks for nothing new");
        write(&main, "terraform {}\nmodule \"m\" {\n  source = \"./m\"\n}\n").unwrap();
        assert_ne!(now(), first);
    }
}
