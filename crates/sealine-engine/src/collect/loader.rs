//! Reads one file: regular, bounded, UTF-8.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sealine_model::ProblemKind;
use sealine_source::{FileName, Loader, Source, join};

/// The largest file that is read, in bytes. Larger ones are generated or data.
const LARGEST: u64 = 32 << 20;

/// How much of a buffer is kept for the next file, in bytes.
const MOST_KEPT: usize = 1 << 20;

/// Why a file was not read.
pub(super) enum ReadFailure {
    /// The system refused: the look is not whole.
    Unreadable(String),
    /// The file itself is at fault, on this line.
    Fault(ProblemKind, u32, String),
}

/// Returns the text of a file when `wanted` says so of its bytes, which are read into `buffer`: most
/// files are not wanted, and need no room of their own.
pub(super) fn read_text(
    disk: &Path,
    buffer: &mut Vec<u8>,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Option<Arc<str>>, ReadFailure> {
    let unreadable = |error: std::io::Error| ReadFailure::Unreadable(error.to_string());
    let file = File::open(disk).map_err(unreadable)?;
    buffer.clear();
    buffer.shrink_to(MOST_KEPT);
    file.take(LARGEST + 1).read_to_end(buffer).map_err(unreadable)?;
    text_of(buffer, wanted)
}

/// Returns bytes as text when `wanted` says so of them.
pub(super) fn text_of(
    bytes: &[u8],
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Option<Arc<str>>, ReadFailure> {
    if bytes.len() as u64 > LARGEST {
        let message = format!("the file is larger than {} MiB and is not read", LARGEST >> 20);
        return Err(ReadFailure::Fault(ProblemKind::Limit, 1, message));
    }
    if let Some(text) = from_utf_16(bytes) {
        let message = "the file is UTF-16; save it as UTF-8".to_owned();
        let fault = ReadFailure::Fault(ProblemKind::Syntax, 1, message);
        return if wanted(text.as_bytes()) { Err(fault) } else { Ok(None) };
    }
    if !wanted(bytes) {
        return Ok(None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.into())),
        Err(error) => {
            let at = error.valid_up_to();
            // Binary content under a known name (a macOS resource fork, a packed state) is no text
            // that a person wrote.
            if bytes.contains(&0) {
                return Ok(None);
            }
            let line = memchr::memchr_iter(b'\n', &bytes[..at]).count() as u32 + 1;
            let message = format!("the file is not UTF-8: see byte {at}");
            Err(ReadFailure::Fault(ProblemKind::Syntax, line, message))
        }
    }
}

/// Returns the text of a file that says it is UTF-16.
fn from_utf_16(bytes: &[u8]) -> Option<String> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

/// Reads noted files of one repository when another file leads to them.
#[derive(Debug)]
pub(super) struct DiskLoader {
    pub(super) repo: String,
    pub(super) root: PathBuf,
}

impl DiskLoader {
    /// Returns where a regular file lies, if that is inside the repository.
    fn disk(&self, path: &str) -> Option<PathBuf> {
        let disk = self.root.join(path).canonicalize().ok()?;
        (disk.starts_with(&self.root) && disk.is_file()).then_some(disk)
    }
}

impl Loader for DiskLoader {
    fn load(&self, path: &str) -> Option<Source> {
        let path = join("", path)?;
        let text = read_text(&self.disk(&path)?, &mut Vec::new(), |_| true).ok()??;
        Some(Source::new(FileName::new(&self.repo, path), text))
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let file = File::open(self.disk(&join("", path)?)?).ok()?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= LARGEST).then_some(bytes)
    }
}
