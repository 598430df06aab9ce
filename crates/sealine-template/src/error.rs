//! What goes wrong in a template, and where.
//!
//! Invariant: a message holds function names, positions, types and what stands in the template
//! itself, never a value that was computed.

use sealine_source::TextRange;

use crate::origin::FileId;

/// A template that could not be parsed or executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// The name of the file or string the template stands in.
    pub template: String,
    /// The name of the template, of a `define` or of the file itself.
    pub executing: String,
    /// The file, when it is known; a string given to `tpl` stands for the call of `tpl`.
    pub file: Option<FileId>,
    /// The bytes in the template.
    pub range: TextRange,
    /// The line, counted from 1.
    pub line: u32,
    /// The byte in the line, counted from 0 as Go does.
    pub column: u32,
    /// The text of the node that was being executed, shortened.
    pub node: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The calls that led here, innermost first.
    pub calls: Vec<CallSite>,
}

/// A `template`, `include` or `tpl` on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// The name of the file or string the call stands in.
    pub template: String,
    /// Its file, when it is known.
    pub file: Option<FileId>,
    /// The bytes of the call.
    pub range: TextRange,
}

/// The kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is no template.
    Parse,
    /// Go refuses to go on here, too.
    Execute,
    /// `fail` or `required`: the author's own refusal.
    Refused,
    /// A limit of the budget: Go would go on.
    Budget,
    /// Go can do this, Sealine cannot; the result is unknown.
    Unsupported,
}

/// Why a function failed; the executor knows where.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// Whether the message is complete, without `error calling`.
    pub(crate) bare: bool,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

/// Returns a function's failure.
pub(crate) fn failure(message: impl Into<String>) -> Failure {
    Failure { kind: ErrorKind::Execute, message: message.into(), bare: false }
}

/// Returns the failure of a limit.
pub(crate) fn over_budget(message: impl Into<String>) -> Failure {
    Failure { kind: ErrorKind::Budget, message: message.into(), bare: true }
}

/// Returns the failure of something Go can do.
pub(crate) fn unsupported(message: impl Into<String>) -> Failure {
    Failure { kind: ErrorKind::Unsupported, message: message.into(), bare: true }
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "template: {}:{}:", self.template, self.line)?;
        if self.kind != ErrorKind::Parse {
            // Go gives parse errors no column.
            write!(out, "{}:", self.column)?;
        }
        if let Some(node) = &self.node {
            write!(out, " executing {:?} at <{node}>:", self.executing)?;
        }
        write!(out, " {}", self.message)
    }
}

impl std::error::Error for TemplateError {}

impl TemplateError {
    /// Returns an error at a range of a template's text.
    pub(crate) fn at(
        kind: ErrorKind,
        template: &str,
        text: &str,
        range: TextRange,
        message: String,
    ) -> Box<Self> {
        let before = text.as_bytes().get(..range.start as usize).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count() as u32;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Box::new(Self {
            kind,
            template: template.to_owned(),
            executing: template.to_owned(),
            file: None,
            range,
            line,
            column: (before.len() - line_start) as u32,
            node: None,
            message,
            calls: Vec::new(),
        })
    }
}

/// Returns a node's text as messages show it: on one line, at most 60 characters.
pub(crate) fn shorten(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", flat.get(..end).unwrap_or_default()),
        None => flat,
    }
}
