//! Replaces a file whole: written beside, synced, renamed.
//!
//! Invariant: at any moment the file holds its old bytes or its new bytes, whatever happens.

use std::io::Write as _;
use std::path::Path;

/// Replaces the contents of `path`, keeping its mode. A link is followed, so that it stays one.
///
/// # Errors
///
/// Returns the system's refusal; the file then holds its old bytes.
pub fn replace(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut beside =
        tempfile::Builder::new().prefix(&beside_prefix(&target)).tempfile_in(folder)?;
    beside.write_all(contents)?;
    beside.as_file().sync_all()?;
    if let Ok(known) = std::fs::metadata(&target) {
        std::fs::set_permissions(beside.path(), known.permissions())?;
    } else {
        readable_by_all(beside.path())?;
    }
    beside.persist(&target).map_err(|error| error.error)?;
    // The rename itself must reach the disk. Some file systems cannot sync a folder: the file is
    // whole either way.
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Removes what replacing `path` left beside it when it was killed. The caller sees to it that
/// nobody replaces `path` at the moment.
pub fn sweep(path: &Path) {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let prefix = beside_prefix(&target);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
    for left in beside.flatten() {
        let is_left = left.file_name().to_str().is_some_and(|name| name.starts_with(&prefix));
        if is_left && left.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = std::fs::remove_file(left.path());
        }
    }
}

/// How the names of files begin that are written beside `target`.
fn beside_prefix(target: &Path) -> String {
    let name = target.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let short: String = name.chars().take(40).collect();
    format!(".{short}.sealine-")
}

/// Writes a file that does not exist yet; one that does is left alone.
///
/// # Errors
///
/// Returns the system's refusal, [`std::io::ErrorKind::AlreadyExists`] among them; nothing is written
/// then.
pub fn create(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut beside = tempfile::Builder::new()
        .prefix(&beside_prefix(path))
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    beside.write_all(contents)?;
    beside.as_file().sync_all()?;
    readable_by_all(beside.path())?;
    beside.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// A new file gets the usual mode instead of a temporary file's private one.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test looks at the disk")]
    fn replaces_the_bytes_and_keeps_mode_and_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        replace(&path, b"one").expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&path, &link).expect("link");
            replace(&link, b"two").expect("written");
            assert!(link.is_symlink());
            let mode = std::fs::metadata(&path).expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        let refused = create(&path, b"three").expect_err("it exists");
        assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 2);
        std::fs::write(folder.path().join(".file.sealine-Ab12"), b"half").expect("left");
        std::fs::write(folder.path().join(".file2.sealine-Ab12"), b"another's").expect("left");
        sweep(&path);
        assert!(!folder.path().join(".file.sealine-Ab12").exists());
        assert!(folder.path().join(".file2.sealine-Ab12").exists());
    }
}
