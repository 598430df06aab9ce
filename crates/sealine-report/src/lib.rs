//! Findings as text, JSON, SARIF and annotations of GitHub; chains as trees and pictures.
//!
//! Invariant: the value of a secret is in no output. Texts are shown through [`Masked`], which
//! covers the bytes that readers marked, and names are escaped for the terminal.

pub mod chain;
mod escape;
mod formats;
pub mod impact;
mod masked;
mod telltale;

use std::collections::BTreeMap;

use sealine_model::{Coverage, Finding};
use sealine_source::{Place, Project};

pub use escape::{for_terminal, on_one_line};
pub use formats::FORMATS;
pub use masked::Masked;
pub use telltale::{covered, covered_finding, covered_words};

/// What is reported.
#[derive(Debug)]
pub struct Report<'a> {
    /// The findings, sorted.
    pub findings: &'a [Finding],
    /// The texts they point into.
    pub project: &'a Project,
    /// The folder of each repository, as seen from where the user stands.
    pub roots: &'a BTreeMap<String, String>,
    /// Where values of secrets stand in clear.
    pub secret_texts: &'a [Place],
    /// How much was understood.
    pub coverage: Coverage,
    /// How many roots deliver what cannot be seen.
    pub opaque_roots: usize,
    /// How many findings comments and annotations allow.
    pub suppressed: usize,
    /// How many findings a baseline holds.
    pub baselined: usize,
    /// Whether the output may be coloured.
    pub color: bool,
}

/// A format of the output.
#[derive(Debug)]
pub struct Format {
    /// The name for `-o`.
    pub name: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// Makes the output.
    pub render: fn(&Report<'_>) -> String,
}

impl Format {
    /// Returns the format of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }
}

impl Report<'_> {
    /// Returns how a place's file is shown: from where the user stands, so that a terminal or a
    /// code host finds it; a file of another revision as `repo@revision:path`.
    pub fn path(&self, place: &Place) -> String {
        shown_path(self.roots, place)
    }
}

/// Returns how a place's file is shown, given the folder of each repository: see [`Report::path`].
pub fn shown_path(roots: &BTreeMap<String, String>, place: &Place) -> String {
    let file = &place.file;
    if let Some(revision) = &file.revision {
        return format!("{}@{revision}:{}", file.repo, file.path);
    }
    match roots.get(&file.repo).map(String::as_str) {
        None | Some("" | ".") => file.path.clone(),
        Some(root) => format!("{}/{}", root.trim_end_matches('/'), file.path),
    }
}
