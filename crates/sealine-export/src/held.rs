//! A target file of the work tree, held from reading it to replacing it.
//!
//! Invariants: at any moment the file holds its old bytes or its new bytes; of two exports one
//! wins whole; bytes that somebody else wrote in the meantime are never replaced.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::Path;

use crate::{Fault, Place};

/// The largest target, in bytes.
const LARGEST: u64 = 64 << 20;

/// A target that no other export touches as long as this value lives.
#[derive(Debug)]
pub struct Held {
    place: Place,
    /// The bytes that were read; nothing for a file that does not exist.
    bytes: Option<Vec<u8>>,
    /// Locked until it is dropped, by the kernel even when the process is killed.
    #[cfg_attr(not(unix), expect(dead_code, reason = "it only has to live"))]
    lock: Option<File>,
}

/// Locks the target and reads it.
///
/// # Errors
///
/// When another export holds it, or it cannot be read.
pub fn hold(place: &Place) -> Result<Held, Fault> {
    for _ in 0..8 {
        let lock = lock(place)?;
        let bytes = read(place)?;
        let held = Held { place: place.clone(), bytes, lock };
        // Whoever had the lock before may have put another file in the place of the one we locked.
        if held.is_current() {
            if place.file.parent().is_some_and(Path::exists) {
                sealine_engine::write::sweep(&place.file);
            }
            return Ok(held);
        }
    }
    Err(Fault::Conflict { file: place.path.clone() })
}

/// Reads the target without holding it, for looks that change nothing.
///
/// # Errors
///
/// When it cannot be read, or is no regular file.
pub fn read(place: &Place) -> Result<Option<Vec<u8>>, Fault> {
    let fault = |error| Fault::Read { file: place.path.clone(), error };
    let known = match place.file.metadata() {
        Ok(known) => known,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    if !known.is_file() || known.len() > LARGEST {
        return Err(Fault::NoFile { file: place.path.clone() });
    }
    let mut bytes = Vec::new();
    let file = File::open(&place.file).map_err(fault)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Fault::NoFile { file: place.path.clone() });
    }
    Ok(Some(bytes))
}

impl Held {
    /// Returns the bytes of the file; nothing when there is none.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// Replaces the file whole.
    ///
    /// # Errors
    ///
    /// When somebody wrote the file since it was read, or the system refuses. The file is then as
    /// it was.
    pub fn replace(&self, bytes: &[u8]) -> Result<(), Fault> {
        let file = &self.place.file;
        let fault = |error| Fault::Write { file: self.place.path.clone(), error };
        if file.metadata().is_ok_and(|known| known.permissions().readonly()) {
            return Err(fault(std::io::ErrorKind::PermissionDenied.into()));
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        if read(&self.place)? != self.bytes {
            return Err(Fault::Conflict { file: self.place.path.clone() });
        }
        match &self.bytes {
            Some(_) => sealine_engine::write::replace(file, bytes).map_err(fault),
            None => match sealine_engine::write::create(file, bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    Err(Fault::Conflict { file: self.place.path.clone() })
                }
                done => done.map_err(fault),
            },
        }
    }

    #[cfg(unix)]
    fn is_current(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let Some(lock) = &self.lock else { return true };
        let Some(locked) = lock.metadata().ok().filter(std::fs::Metadata::is_file) else {
            return self.bytes.is_none();
        };
        let there = self.place.file.metadata();
        there.is_ok_and(|there| (there.dev(), there.ino()) == (locked.dev(), locked.ino()))
    }

    #[cfg(not(unix))]
    fn is_current(&self) -> bool {
        true
    }
}

/// Locks the file itself; the folder that is or will be above it when it does not exist yet. A file
/// of its own would have to lie in the repository, and be left there.
fn lock(place: &Place) -> Result<Option<File>, Fault> {
    let folders = place.file.ancestors().skip(1);
    let locked = std::iter::once(place.file.as_path()).chain(folders).find(|path| path.exists());
    let Some(file) = locked.filter(|path| cfg!(unix) || path.is_file()) else { return Ok(None) };
    let fault = |error| Fault::Read { file: place.path.clone(), error };
    let file = File::open(file).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Fault::Locked { file: place.path.clone() }),
        // Some network file systems know no locks; comparing before the rename still holds.
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
            Ok(None)
        }
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}
