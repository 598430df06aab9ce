//! Executes templates: the options, the state of one execution, the output.
//!
//! Invariants: every byte of the output knows its node; every step is paid from the budget; every
//! error carries the position of the node that was being executed.

use std::rc::Rc;
use std::sync::Arc;

use sealine_source::TextRange;

use crate::budget::{Budget, Fuel};
use crate::error::{CallSite, ErrorKind, Failure, TemplateError, over_budget, shorten};
use crate::functions::Functions;
use crate::origin::{FileId, NodeOrigin, Origin, ValueOrigin};
use crate::set::{Entry, Set};
use crate::text::{Builder, Text};
use crate::unknown::Unknown;
use crate::value::Value;

/// What a missing map entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, whose fields are no value either: Go's default.
    Invalid,
    /// The zero value of the map's element type: Helm.
    Zero,
    /// An error: External Secrets Operator.
    Error,
}

/// How templates are executed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What a missing map entry is.
    pub missing_key: MissingKey,
    /// Whether `<no value>` is removed from the output, as Helm does.
    pub blank_no_value: bool,
    /// The limits.
    pub budget: Budget,
    /// The functions that strings given to `tpl` may use.
    pub functions: &'static Functions,
    /// The character that stands for text which is not known: comparisons with it say nothing.
    pub unknown: Option<char>,
    /// Whether what nobody gave is not known rather than nothing: a nil that is printed, a field of nil,
    /// a value that is required. Needs [`Self::unknown`]; Go knows nothing like it.
    pub lacking: bool,
}

impl Options {
    /// Returns Go's defaults.
    pub const fn go() -> Self {
        Self {
            missing_key: MissingKey::Invalid,
            blank_no_value: false,
            budget: Budget::chart(),
            functions: Functions::go(),
            unknown: None,
            lacking: false,
        }
    }

    /// Returns Helm's ways.
    pub const fn helm() -> Self {
        Self {
            missing_key: MissingKey::Zero,
            blank_no_value: true,
            budget: Budget::chart(),
            functions: Functions::helm(),
            unknown: None,
            lacking: false,
        }
    }

    /// Returns the ways of Helmfile.
    pub const fn helmfile() -> Self {
        Self {
            missing_key: MissingKey::Error,
            blank_no_value: false,
            functions: Functions::helmfile(),
            ..Self::helm()
        }
    }

    /// Returns the ways of External Secrets Operator.
    pub const fn eso() -> Self {
        Self {
            missing_key: MissingKey::Error,
            blank_no_value: false,
            budget: Budget::secret(),
            functions: Functions::eso(),
            unknown: None,
            lacking: false,
        }
    }
}

/// The output of a template.
#[derive(Clone, Default)]
pub struct Rendered {
    /// The text; bytes that are no text stand as replacement characters.
    pub text: String,
    /// The exact bytes, when they are no text.
    pub bytes: Option<Vec<u8>>,
    /// Where each piece comes from, in the order of the text, all of it covered.
    pub segments: Vec<Segment>,
    /// Whether text that is not known decided something: what is printed is one way it may go, with
    /// all that a condition without an `else` would print.
    pub is_open: bool,
    /// Whether a nil was printed, as itself or by `printf`: a value that nobody gave.
    pub lacks: bool,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Rendered({} bytes, {} segments)", self.text.len(), self.segments.len())
    }
}

/// A piece of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The bytes of the output.
    pub output: TextRange,
    /// The template file of the node that printed it.
    pub file: FileId,
    /// The bytes of that node.
    pub node: TextRange,
    /// Whether the output is a copy of the node's bytes, one by one.
    pub verbatim: bool,
    /// The scalar in a values file that was printed here.
    pub value: Option<ValueOrigin>,
    /// Whether the output is that scalar's whole text, unchanged.
    pub whole: bool,
    /// Whether a function took part that gives something else each time.
    pub generated: bool,
}

/// What a nil prints.
const NO_VALUE: &[u8] = b"<no value>";
/// What `printf` makes of a nil that shall be a text.
const NIL_TEXT: &[u8] = b"%!s(<nil>)";

fn has(text: &Text, part: &[u8]) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window == part)
}

/// Returns a text with what stands for a nil replaced, by whoever printed the nil.
fn instead(text: &Text, nil: &[u8], unknown: &Text) -> Text {
    let mut builder = Builder::default();
    let mut at = 0;
    let find = |rest: &[u8]| rest.windows(nil.len()).position(|window| window == nil);
    while let Some(found) = text.as_bytes().get(at..).and_then(find) {
        let end = at + found + nil.len();
        builder.push_slice(text, at..at + found);
        let origin = text.slice(at + found..end).common_origin();
        builder.push_text(&unknown.clone().marked(origin));
        at = end;
    }
    builder.push_slice(text, at..text.len());
    builder.finish()
}

/// Executes the template `name` of a set with `data` as dot.
///
/// # Errors
///
/// Returns what Go would refuse, what a limit stops, or what Sealine cannot do; the kind tells.
pub fn execute(
    set: &Set,
    name: &str,
    data: &Value,
    options: &Options,
) -> Result<Rendered, Box<TemplateError>> {
    let Some(entry) = set.get(name) else {
        let message = format!("no template {name:?}");
        let range = TextRange::default();
        return Err(TemplateError::at(ErrorKind::Execute, name, "", range, message));
    };
    let mut executor = Executor::new(set, options);
    let mut out = Builder::default();
    executor.call(Arc::clone(entry), None, data, &mut out)?;
    let mut text = out.finish();
    let lacks = has(&text, NO_VALUE) || has(&text, NIL_TEXT);
    if let Some(unknown) = executor.lacked().filter(|_| lacks) {
        text = instead(&instead(&text, NO_VALUE, &unknown), NIL_TEXT, &unknown);
    }
    if lacks && options.blank_no_value {
        text = crate::functions::replace(&text, NO_VALUE, &Text::default());
    }
    Ok(Rendered { is_open: executor.unknown.decided, lacks, ..rendered(&text) })
}

fn rendered(text: &Text) -> Rendered {
    let bytes = text.as_bytes();
    let exact = std::str::from_utf8(bytes).is_err();
    let mut rendered = Rendered {
        text: String::with_capacity(bytes.len()),
        bytes: exact.then(|| bytes.to_vec()),
        segments: Vec::with_capacity(text.marks().len()),
        is_open: false,
        lacks: false,
    };
    for mark in text.marks() {
        let start = rendered.text.len();
        let piece = bytes.get(mark.start as usize..mark.end as usize).unwrap_or_default();
        rendered.text.push_str(&String::from_utf8_lossy(piece));
        let Origin { node: Some(node), value, whole, generated } = mark.origin else { continue };
        let output = TextRange::new(start, rendered.text.len());
        rendered.segments.push(Segment {
            output,
            file: node.file,
            node: node.range,
            verbatim: node.verbatim && output.bytes().len() == node.range.bytes().len(),
            value,
            whole,
            generated,
        });
    }
    rendered
}

pub(crate) type Executed<T> = Result<T, Box<TemplateError>>;

/// The state of one execution.
pub(crate) struct Executor<'s> {
    pub(crate) set: &'s Set,
    pub(crate) options: &'s Options,
    pub(crate) fuel: Fuel,
    pub(crate) depth: usize,
    /// The templates that strings given to `tpl` define, innermost last.
    pub(crate) overlays: Vec<Overlay>,
    pub(crate) frame: Frame,
    pub(crate) unknown: Unknown,
}

/// One call of a template.
pub(crate) struct Frame {
    pub(crate) entry: Arc<Entry>,
    /// The string given to `tpl` that this template was parsed from.
    pub(crate) given: Option<Rc<Given>>,
    pub(crate) variables: Vec<(Arc<str>, Value)>,
}

/// A string given to `tpl`, and the call.
pub(crate) struct Given {
    pub(crate) text: Text,
    pub(crate) site: NodeOrigin,
    /// Whether the text stands in a template as it is, so that messages may show it.
    pub(crate) is_literal: bool,
    /// The template, line and column of the call.
    pub(crate) place: (String, u32, u32),
}

/// The templates that a string given to `tpl` defines.
pub(crate) struct Overlay {
    pub(crate) set: Set,
    pub(crate) given: Rc<Given>,
}

impl<'s> Executor<'s> {
    fn new(set: &'s Set, options: &'s Options) -> Self {
        let entry = Entry {
            name: String::new(),
            home: Arc::from(""),
            file: FileId::default(),
            text: Arc::from(""),
            body: Arc::default(),
        };
        Self {
            set,
            options,
            fuel: Fuel::new(options.budget),
            depth: 0,
            overlays: Vec::new(),
            frame: Frame { entry: Arc::new(entry), given: None, variables: Vec::new() },
            unknown: Unknown::new(options.unknown),
        }
    }

    /// Returns the template of this name: a `tpl` string's own ones come first.
    pub(crate) fn find(&self, name: &str) -> Option<(Arc<Entry>, Option<Rc<Given>>)> {
        let own = self.overlays.iter().rev().find_map(|overlay| {
            let entry = overlay.set.get(name)?;
            Some((Arc::clone(entry), Some(Rc::clone(&overlay.given))))
        });
        own.or_else(|| Some((Arc::clone(self.set.get(name)?), None)))
    }

    /// Executes a template in a frame of its own.
    pub(crate) fn call(
        &mut self,
        entry: Arc<Entry>,
        given: Option<Rc<Given>>,
        dot: &Value,
        out: &mut Builder,
    ) -> Executed<()> {
        let body = Arc::clone(&entry.body);
        let variables = vec![(Arc::from("$"), dot.clone())];
        let frame = Frame { entry, given, variables };
        let outer = std::mem::replace(&mut self.frame, frame);
        let result = self.walk(&body, dot, out);
        self.frame = outer;
        result.map(|_| ())
    }

    /// Returns the origin of what the node at `range` prints.
    pub(crate) fn node(&self, range: TextRange) -> NodeOrigin {
        match &self.frame.given {
            Some(given) => given.site,
            None => NodeOrigin { file: self.frame.entry.file, range, verbatim: false },
        }
    }

    /// Returns the error of the node at `range`.
    pub(crate) fn error(&self, range: TextRange, failure: Failure) -> Box<TemplateError> {
        let entry = &self.frame.entry;
        let mut error =
            TemplateError::at(failure.kind, &entry.home, &entry.text, range, failure.message);
        error.executing.clone_from(&entry.name);
        error.node = Some(shorten(entry.text.get(range.bytes()).unwrap_or_default()));
        error.file = Some(entry.file);
        if let Some(given) = &self.frame.given {
            // The node stands in a computed string; its text may be a value.
            error.node = None;
            error.message =
                format!("in line {} of the text given to tpl: {}", error.line, error.message);
            error.file = Some(given.site.file);
            error.range = given.site.range;
            (error.template, error.line, error.column) = given.place.clone();
        }
        error
    }

    pub(crate) fn fail<T>(&self, range: TextRange, message: impl Into<String>) -> Executed<T> {
        let failure = Failure { kind: ErrorKind::Execute, message: message.into(), bare: true };
        Err(self.error(range, failure))
    }

    /// Adds this call to an error that comes from inside it.
    pub(crate) fn called_at(
        &self,
        range: TextRange,
        mut error: Box<TemplateError>,
    ) -> Box<TemplateError> {
        let node = self.node(range);
        error.calls.push(CallSite {
            template: self.frame.entry.home.to_string(),
            file: Some(node.file),
            range: node.range,
        });
        error
    }

    pub(crate) fn enter(&mut self, range: TextRange) -> Executed<()> {
        self.depth += 1;
        let limit = self.fuel.budget().depth;
        if self.depth > limit {
            let message = format!("calls and blocks nest deeper than {limit} levels");
            return Err(self.error(range, over_budget(message)));
        }
        self.step(range)
    }

    /// Ends what [`Self::enter`] began.
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Returns the template, line and column of a node, as errors show them.
    pub(crate) fn place(&self, range: TextRange) -> (String, u32, u32) {
        let failure = Failure { kind: ErrorKind::Execute, message: String::new(), bare: true };
        let error = self.error(range, failure);
        (error.template, error.line, error.column)
    }

    pub(crate) fn step(&mut self, range: TextRange) -> Executed<()> {
        self.fuel.step(1).map_err(|failure| self.error(range, failure))
    }
}
