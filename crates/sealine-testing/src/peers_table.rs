//! The list of the real programs that tests compare with, and where each built one stands.
//!
//! Invariant: a program built from a folder of this repository stands under a name that its sources
//! decide, so that one built from other sources is never taken for it. `cargo xtask` includes this
//! file, so that who builds and who looks agree.

use std::path::{Path, PathBuf};

/// The file that lists the Python packages of a peer.
#[allow(dead_code, reason = "only who builds wants it")]
pub(crate) const PYTHON_PACKAGES: &str = "requirements.txt";

/// The file that lists the packages of a peer that Node runs; its lock file stands beside it.
#[allow(dead_code, reason = "only who builds wants it")]
pub(crate) const NODE_PACKAGES: &str = "package.json";

const TABLE: &str = include_str!("../peers.tsv");

/// One program of `peers.tsv`.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The version that is pinned; `-` where any will do.
    pub(crate) version: &'static str,
    /// What it is built from: a Go package, `./` with a folder of the repository (a Go module with
    /// a program, or with the tool of that name; a script with its [`PYTHON_PACKAGES`] or
    /// [`NODE_PACKAGES`]), `-` for nothing, or `apt` for a package of the system.
    pub(crate) origin: &'static str,
}

/// Returns the programs in their order.
pub(crate) fn table() -> impl Iterator<Item = Peer> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t');
        let (name, version, origin) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Peer { name, version, origin })
    })
}

impl Peer {
    /// Returns whether it is a package of the system. Then nothing is a failure for want of it: no
    /// build of ours could make it.
    pub(crate) fn is_package(&self) -> bool {
        self.origin == "apt"
    }

    /// Returns the folder of the repository that it is built from, when there is one.
    pub(crate) fn folder(&self) -> Option<&'static str> {
        self.origin.strip_prefix("./")
    }

    /// Returns the name of the folder that the built program stands in, beneath the cache.
    pub(crate) fn home(&self) -> String {
        let (name, version) = (self.name, self.version);
        match self.folder() {
            Some(folder) => format!("{name}-{version}-{:016x}", digest(&sources(folder))),
            None => format!("{name}-{version}"),
        }
    }
}

/// Returns the path of a folder of the repository.
pub(crate) fn in_repository(folder: &str) -> PathBuf {
    // Both crates that this file is part of stand at different depths.
    let mut root = Path::new(env!("CARGO_MANIFEST_DIR"));
    while !root.join(folder).is_dir() {
        match root.parent() {
            Some(parent) => root = parent,
            None => break,
        }
    }
    root.join(folder)
}

/// Returns the files that decide what is built, by name.
#[expect(clippy::disallowed_methods, reason = "what is built is decided by files")]
fn sources(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(in_repository(folder)).into_iter().flatten().flatten();
    let mut files: Vec<(String, Vec<u8>)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let ends = path.extension().and_then(|extension| extension.to_str());
            let matters = matches!(ends, Some("go" | "js" | "json" | "mod" | "py" | "sum" | "txt"));
            Some((name, std::fs::read(path).ok()?)).filter(|_| matters)
        })
        .collect();
    files.sort();
    files
}

/// Returns the FNV-1a hash of the files; nobody gains by two that have the same.
fn digest(files: &[(String, Vec<u8>)]) -> u64 {
    let bytes =
        files.iter().flat_map(|(name, text)| name.bytes().chain([0]).chain(text.iter().copied()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
