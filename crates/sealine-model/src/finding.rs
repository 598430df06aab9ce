//! What rules say.

use sealine_source::{Edit, Place};

/// How bad a finding is. The order is from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably wrong, or wrong one day.
    Warning,
    /// Wrong: something will fail, leak or overwrite.
    Error,
}

impl Severity {
    /// All severities, least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// Returns the name used on the command line, in the configuration and in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where a person would look first.
    pub place: Place,
    /// What is wrong: lower case, no full stop, literals in backticks.
    pub message: String,
    /// What a short label at the place says; empty for none.
    pub label: String,
    /// Other places with what is to be seen there.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
    /// A repair.
    pub fix: Option<Fix>,
    /// What the template that the repair edits shall say afterwards, where a chart prints it: whoever
    /// offers the repair looks first whether it does.
    pub wanted: Option<String>,
    /// What the finding is about, position-free: node ids, addresses. A more specific rule
    /// replaces a general one on the same subject; baselines keep the first.
    pub subjects: Vec<String>,
}

impl Finding {
    /// Returns a finding about `subject` at `place`. The rule's name and severity are filled in
    /// where it is reported.
    pub fn new(place: Place, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule: "",
            severity: Severity::Error,
            place,
            message: message.into(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            fix: None,
            wanted: None,
            subjects: vec![subject.into()],
        }
    }

    /// Sets the label at the primary place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Sets what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets a repair, when there is one.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Sets what a template that a chart prints shall say after the repair.
    #[must_use]
    pub fn wanted(mut self, wanted: Option<String>) -> Self {
        self.wanted = wanted;
        self
    }

    /// Adds a further subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subjects.push(subject.into());
        self
    }
}

/// A repair of one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `rename the key to ...`.
    pub title: String,
    /// Whether it may be applied without being asked for by name.
    pub safety: Safety,
    /// The edits, which may lie in several files.
    pub edits: Vec<Edit>,
}

/// What a repair promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It keeps the meaning, or is what the user certainly meant.
    Safe,
    /// It may change what the user meant; needs `--unsafe-fixes`.
    Unsafe,
}
