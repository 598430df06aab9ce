//! Where something stands, complete in itself.

use std::sync::Arc;

/// The name of a file: its repository, its path there, and the revision when it is not the work
/// tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    /// The repository's name, as given by `--repo NAME=PATH` or the configuration.
    pub repo: String,
    /// The path inside the repository, with `/` between its parts.
    pub path: String,
    /// The commit that was read, when it is not the work tree.
    pub revision: Option<String>,
}

impl FileName {
    /// Returns the name of a file in a work tree.
    pub fn new(repo: impl Into<String>, path: impl Into<String>) -> Self {
        Self { repo: repo.into(), path: path.into(), revision: None }
    }

    /// Returns the path of the folder that holds this file; empty at the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Returns whether the file is a member of a packed chart, where nobody edits it.
    pub fn is_packed(&self) -> bool {
        self.path.contains(".tgz/")
    }

    /// Returns whether the file says by its name that it is to be copied and filled in, or only shows
    /// something: `secret.example.yaml`, `values.template.yaml`.
    pub fn is_sample(&self) -> bool {
        is_sample(&self.path)
    }
}

/// As [`FileName::is_sample`], for a path.
pub fn is_sample(path: &str) -> bool {
    const WORDS: [&str; 6] = ["dist", "example", "sample", "schema", "template", "tmpl"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|part| WORDS.contains(&part))
}

/// Returns whether a path lies among examples or documentation, which show and are not used.
pub fn is_among_examples(path: &str) -> bool {
    const NAMES: [&str; 6] = ["doc", "docs", "example", "examples", "sample", "samples"];
    path.split('/').any(|part| NAMES.contains(&part))
}

/// Returns whether a path lies among what is kept and not used any more: `_archive/app/db.yaml`.
pub fn is_archived(path: &str) -> bool {
    const NAMES: [&str; 6] = ["archive", "archived", "deprecated", "disabled", "old", "unused"];
    path.split('/').any(|part| {
        let bare = part.trim_start_matches(['.', '_']).to_ascii_lowercase();
        let first = bare.split(['-', '_']).next().unwrap_or_default();
        NAMES.contains(&bare.as_str()) || matches!(first, "archived" | "deprecated")
    })
}

/// A range of bytes in a file that a person edits, with its line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: Arc<FileName>,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// The line of `start`, counted from 1.
    pub line: u32,
    /// The column of `start` in characters, counted from 1.
    pub column: u32,
}

impl Place {
    /// Returns whether all of `other` lies here.
    pub fn contains(&self, other: &Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// Returns the place of the bytes `start..end` of this one, which is a part of one line of ASCII.
    #[must_use]
    pub fn part(&self, start: u32, end: u32) -> Self {
        let (from, to) = (self.start + start, self.start + end);
        Self {
            file: Arc::clone(&self.file),
            start: from,
            end: to,
            column: self.column + start,
            ..*self
        }
    }

    /// Returns the bytes of this place in its file.
    pub fn range(&self) -> crate::TextRange {
        crate::TextRange { start: self.start, end: self.end }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}:{}", self.file.path, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_say_so() {
        for (path, expected) in [
            ("a/secret.example.yaml", true),
            ("secret-template.yaml", true),
            (".env.dist", true),
            ("template/secret.yaml", false),
            ("samples.yaml", false),
        ] {
            assert_eq!(FileName::new("r", path).is_sample(), expected, "{path}");
        }
    }

    #[test]
    fn archives_say_so() {
        for (path, expected) in [
            ("archive/a.yaml", true),
            ("kube/.archive/a.yaml", true),
            ("_archive/a/b.yaml", true),
            ("apps/Archived/a.yaml", true),
            ("deprecated-2024/a.yaml", true),
            ("apps/archiver/a.yaml", false),
            ("apps/radarr-archive/a.yaml", false),
            ("apps/archive.yaml", false),
        ] {
            assert_eq!(is_archived(path), expected, "{path}");
        }
    }
}
