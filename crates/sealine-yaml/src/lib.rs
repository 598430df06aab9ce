//! A YAML tree with byte ranges and comments, and minimal edits of the text it was read from.
//!
//! Invariants: reading never fails, it returns what could be read and a list of problems; every
//! range is in bytes of the original text, a byte-order mark and carriage returns included; a tree
//! is never deeper than [`Limits::depth`], so that walking it may recurse. JSON is read by the same
//! parser.

mod build;
pub mod edit;
mod header;
mod lenient;
mod locate;
mod node;
mod parse;
mod quote;
mod shared;

pub use node::{Entry, Mapping, Node, NodeValue, Scalar, ScalarStyle};
pub use parse::{Comment, Document, Limits, Parsed, Problem, ProblemKind, parse, parse_with};
pub use shared::Shared;
