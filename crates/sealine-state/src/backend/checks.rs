//! What is said about a backend.

/// One question about a backend, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was asked: `public`, `encryption`, `versioning`, `lock`, `tls`.
    pub name: &'static str,
    /// The answer.
    pub outcome: Outcome,
    /// The answer in words.
    pub said: String,
    /// What to do, where the answer is bad.
    pub help: Option<&'static str>,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Not told.
    Unknown,
}

impl Outcome {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }
}

pub(super) fn good(name: &'static str, said: impl Into<String>) -> Check {
    Check { name, outcome: Outcome::Good, said: said.into(), help: None }
}

pub(super) fn bad(name: &'static str, said: impl Into<String>, help: &'static str) -> Check {
    Check { name, outcome: Outcome::Bad, said: said.into(), help: Some(help) }
}

pub(super) fn unknown(name: &'static str, said: impl Into<String>) -> Check {
    Check { name, outcome: Outcome::Unknown, said: said.into(), help: None }
}
