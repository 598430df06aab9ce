//! What a change does to the chain, for a terminal, a pull request and programs.
//!
//! Invariant: all three say the same; and a name is a name in each of them.

mod json;
mod markdown;
mod text;

use std::collections::BTreeMap;

use sealine_model::impact::{Impact, Need};

pub use json::to_json;
pub use markdown::markdown;
pub use text::text;

use crate::shown_path;

/// What is written, and from where the reader looks.
#[derive(Debug)]
pub struct ImpactReport<'a> {
    /// What the change does.
    pub impact: &'a Impact,
    /// The folder of each repository, as seen from where the user stands.
    pub roots: &'a BTreeMap<String, String>,
}

impl ImpactReport<'_> {
    fn at(&self, need: &Need) -> String {
        format!("{}:{}", shown_path(self.roots, &need.at), need.at.line)
    }

    /// The needs under what they are called, worst first.
    fn needs(&self) -> [(&'static str, &[Need]); 3] {
        [
            ("lose their secret", &self.impact.broken),
            ("ask for what is missing", &self.impact.dangling),
            ("get their secret", &self.impact.mended),
        ]
    }

    /// The verdict in a line.
    fn verdict(&self) -> String {
        let impact = self.impact;
        let lost = impact.broken.len() + impact.dangling.iter().filter(|need| need.known).count();
        match (lost, impact.mended.len()) {
            (0, 0) => "no reader loses its secret".to_owned(),
            (0, 1) => "no reader loses its secret; 1 gets one that was missing".to_owned(),
            (0, n) => format!("no reader loses its secret; {n} get one that was missing"),
            (1, _) => "1 reader loses its secret: no order of steps is safe".to_owned(),
            (n, _) => format!("{n} readers lose their secret: no order of steps is safe"),
        }
    }
}
