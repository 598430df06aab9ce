//! From text to documents: drives the event parser, recovers at the next document.
//!
//! Invariant: a document is either whole or missing with a problem that says why; a missing one
//! never takes its neighbours along.

use granit_parser::{ErrorKind, Event, Options, Parser, ScanError, Span, options};
use sealine_source::TextRange;

use crate::Node;
use crate::build::{Builder, Stop};
use crate::lenient::Joined;

/// What a text may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many levels of sequences and mappings a tree may have, aliases followed.
    pub depth: usize,
    /// How many nodes all documents of a text may have.
    pub nodes: usize,
    /// How many nodes may be reached through the aliases of one document, long texts counting more
    /// than once.
    pub alias_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, nodes: 2_000_000, alias_nodes: 100_000 }
    }
}

/// What was read from a text.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents that hold something and could be read, in the order of the text.
    pub documents: Vec<Document>,
    /// What is wrong with the text, in its order.
    pub problems: Vec<Problem>,
    /// The comments of the documents that could be read, in the order of the text.
    pub comments: Vec<Comment>,
}

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// From its `---`, or its first value, to where the next document begins.
    pub range: TextRange,
    /// Its one value.
    pub root: Node,
}

/// Something wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was noticed.
    pub range: TextRange,
    /// What sort of thing it is.
    pub kind: ProblemKind,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
}

/// The sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The text is not YAML; its document is missing.
    Syntax,
    /// A mapping has a key twice; the last one counts.
    DuplicateKey,
    /// A limit was reached; what lies beyond it is missing.
    LimitExceeded,
    /// An alias names no anchor before it; it reads as null.
    UnknownAlias,
    /// An alias stands inside what it names; it reads as null.
    Cycle,
    /// A character that YAML does not allow; its document is missing.
    Encoding,
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the `#` to the end of the line.
    pub range: TextRange,
    /// Whether nothing but blanks stands before it.
    pub own_line: bool,
}

impl Parsed {
    /// Returns the root of the only or first document.
    pub fn root(&self) -> Option<&Node> {
        self.documents.first().map(|document| &document.root)
    }
}

/// Reads a YAML or JSON text with the default limits.
pub fn parse(text: &str) -> Parsed {
    parse_with(text, &Limits::default())
}

/// Reads a YAML or JSON text.
pub fn parse_with(text: &str, limits: &Limits) -> Parsed {
    let mut joined = Joined::new(text);
    loop {
        match read(text, limits, &joined) {
            Ok(parsed) => return parsed,
            Err(quoted) => joined.join(quoted),
        }
    }
}

/// Reads the text once; fails with what must be mended first, see [`Joined::find`].
fn read(text: &str, limits: &Limits, joined: &Joined) -> Result<Parsed, TextRange> {
    let mut parser = Parser::new_from_str_with_options(joined.text(), parser_options(limits));
    let mut builder = Builder::new(text, limits, joined);
    while let Some(next) = parser.next() {
        let outcome = match next {
            Ok((Event::Comment(..), span)) => {
                builder.comment(range_of(span));
                Ok(())
            }
            Ok((Event::UnresolvedAlias(name), span))
                if joined.find_key(&name, range_of(span)).is_some() =>
            {
                return Err(range_of(span));
            }
            Ok((event, span)) => builder.event(event, range_of(span), span.indent),
            Err(error) => {
                if let Some(quoted) = joined.find(builder.floor(), &error) {
                    return Err(quoted);
                }
                builder.problem(problem_of(text, limits, &error));
                Err(Stop::Document)
            }
        };
        match outcome {
            Ok(()) => {}
            Err(Stop::Document) => {
                builder.abandon();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
            Err(Stop::Text) => {
                builder.abandon();
                break;
            }
        }
    }
    Ok(builder.finish())
}

fn parser_options(limits: &Limits) -> Options {
    options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        // A long licence at the top of a file is no attack, and comments are kept in any case.
        max_buffered_comment_events: usize::MAX,
    }
}

fn range_of(span: Span) -> TextRange {
    let range = span.byte_range().unwrap_or_default();
    TextRange::new(range.start, range.end)
}

fn problem_of(text: &str, limits: &Limits, error: &ScanError) -> Problem {
    let start = error.marker().byte_offset().unwrap_or_default().min(text.len());
    let next = text.get(start..).and_then(|rest| rest.chars().next());
    let length = next.filter(|next| !matches!(next, '\n' | '\r')).map_or(0, char::len_utf8);
    let (kind, message) = match error.kind() {
        ErrorKind::UnexpectedCharacter { character } if !is_allowed(*character) => (
            ProblemKind::Encoding,
            format!("the character U+{:04X} is not allowed in YAML", u32::from(*character)),
        ),
        ErrorKind::BomInsideDocument => {
            (ProblemKind::Encoding, "a byte-order mark inside a document".to_owned())
        }
        ErrorKind::RecursionLimitExceeded => (ProblemKind::LimitExceeded, too_deep(limits)),
        // Mostly a text of several lines, one of which stands too far left.
        ErrorKind::SimpleKeyExpected => (
            ProblemKind::Syntax,
            "expected `:` behind this key; a text that goes on stands further right than its key"
                .to_owned(),
        ),
        kind => (ProblemKind::Syntax, kind.to_string()),
    };
    Problem { range: TextRange::new(start, start + length), kind, message }
}

pub(crate) fn too_deep(limits: &Limits) -> String {
    format!("nesting is deeper than {} levels", limits.depth)
}

fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
