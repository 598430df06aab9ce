//! Who may run projects and deliver: one process for each store.
//!
//! Invariant: the lock is the kernel's, on a file beside the store, so it goes when its holder goes,
//! however that ends. What stands in the file only tells people who it is. Readers, and short writers
//! such as an acknowledgement, need no lock: SQLite orders them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;

/// The right to run and deliver; given back when dropped.
#[derive(Debug)]
pub struct Owner {
    /// Who we are: `process 12 on host`.
    pub name: String,
    _file: File,
}

/// Takes the right, or says who has it.
///
/// # Errors
///
/// Fails when another process has it, or the file cannot be made.
pub fn own(store: &Path, host: &str) -> Result<Owner, Error> {
    let path = beside(store, "lock");
    let fault = |source| Error::File { path: path.clone(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(200).read_to_string(&mut holder);
            let holder = holder.trim();
            let holder = if holder.is_empty() { "a process that says no more" } else { holder };
            return Err(Error::Owned { holder: holder.to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(fault(source)),
    }
    let name = format!("process {} on {host}", std::process::id());
    file.set_len(0).and_then(|()| file.rewind()).map_err(fault)?;
    file.write_all(name.as_bytes()).map_err(fault)?;
    Ok(Owner { name, _file: file })
}

/// Returns a path beside the store.
pub(super) fn beside(store: &Path, what: &str) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(".");
    path.push(what);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drift.db");
        let first = own(&store, "here").unwrap();
        let refused = own(&store, "there").unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} on here", std::process::id())), "{refused}");
        drop(first);
        own(&store, "there").unwrap();
    }
}
