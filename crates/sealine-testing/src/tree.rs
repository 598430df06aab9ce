//! Trees of files in a temporary folder, for tests that need the disk.
//!
//! Invariant: the folder goes when its [`Tree`] does, and nothing is written beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder of files that lives as long as this value.
#[derive(Debug)]
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// Returns a tree of the files in `fixture`: each begins after a line `//- path/of/the/file`.
    ///
    /// # Panics
    ///
    /// When the disk refuses.
    pub fn new(fixture: &str) -> Self {
        let tree = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for part in fixture.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n').unwrap_or((part, ""));
            tree.write(path.trim(), text);
        }
        tree
    }

    /// Returns a tree with a copy of everything below `source`.
    ///
    /// # Panics
    ///
    /// When the disk refuses.
    pub fn copy_of(source: &Path) -> Self {
        let tree = Self::new("");
        for (path, bytes) in files(source) {
            tree.write(&path, bytes);
        }
        tree
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Returns where `path` lies on the disk.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file, and the folders above it.
    ///
    /// # Panics
    ///
    /// When the disk refuses.
    #[expect(clippy::disallowed_methods, reason = "the tree is a test's own")]
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, bytes).expect("written");
    }

    /// Reads a file.
    ///
    /// # Panics
    ///
    /// When there is none, or it is no text.
    #[expect(clippy::disallowed_methods, reason = "the tree is a test's own")]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns all files of the tree.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(self.root())
    }
}

/// Returns the regular files below `root`, by path.
///
/// # Panics
///
/// When the disk refuses.
#[expect(clippy::disallowed_methods, reason = "the tree is a test's own")]
pub fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8");
                found.insert(name.replace('\\', "/"), std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixture_becomes_files() {
        let tree = Tree::new("//- a/b.yaml\none\n//- c\n");
        assert_eq!(tree.read("a/b.yaml"), "one\n");
        let copy = Tree::copy_of(tree.root());
        assert_eq!(copy.files(), tree.files());
        assert_eq!(copy.files().len(), 2);
    }
}
