//! The one type for what makes a command fail, with hints for the user.

use std::error::Error;
use std::fmt::Write as _;

/// Why a command could not do its job.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    hints: Vec<String>,
    /// Failures of the same look, which are told one after the other.
    others: Vec<Failure>,
}

impl Failure {
    /// Returns what is wrong, of several things the first.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns a failure: what is wrong, in lower case without full stop.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None, hints: Vec::new(), others: Vec::new() }
    }

    /// Sets what caused it.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a failure that is told after this one.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// Returns whether the reader of our output went away, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let source =
            self.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        source.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Prints the failure with its causes and hints to standard error.
    pub(crate) fn print(&self) {
        let mut text = format!("error: {}", self.message);
        let mut source = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        for hint in &self.hints {
            let _ = write!(text, "\n  = help: {hint}");
        }
        crate::output::note(&text);
        self.others.iter().for_each(Self::print);
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new("cannot write").because(error)
    }
}
