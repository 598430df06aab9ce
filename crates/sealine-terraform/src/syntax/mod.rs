//! The syntax of one file: a tree of blocks, attributes and expressions with byte ranges.
//!
//! Invariant: parsing never fails and never recurses deeper than [`MAX_DEPTH`]; a top-level block
//! that does not parse gives one problem and is left out, the rest of the file is read.

mod body;
mod cursor;
mod expression;
mod json;
mod template;
mod tree;
mod walk;

use sealine_model::{Problem, ProblemKind};
use sealine_source::Source;

pub use tree::{
    Attribute, BinaryOperator, Block, Body, Expression, ExpressionKind, ForDirective,
    ForExpression, IfDirective, Label, ObjectItem, Step, TemplatePiece, UnaryOperator,
};

pub(crate) use walk::attributes;

use cursor::{Fault, Parser};

/// How deep expressions, blocks and template directives may be nested.
pub const MAX_DEPTH: usize = 128;

/// After this many faults the rest of a file is not read.
const MAX_FAULTS: usize = 20;

/// What was read of one file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The blocks and attributes.
    pub body: Body,
    /// What is wrong with the text.
    pub problems: Vec<Problem>,
}

/// Parses a file: HCL, or JSON where the name ends in `.json`.
pub fn parse(source: &Source) -> Parsed {
    let path = source.path();
    if path.ends_with(".tfvars.json") {
        return json::parse(source, json::Strings::Literal);
    }
    if path.strip_suffix(".json").is_some() {
        return json::parse(source, json::Strings::Template);
    }
    let mut parser = Parser::new(source.text());
    let body = parser.file();
    Parsed { body, problems: problems(source, parser.faults) }
}

/// Parses a text as a template, as `templatefile` does.
///
/// # Errors
///
/// Returns what is wrong with the text, when it is no template.
pub fn parse_template(source: &Source) -> Result<Expression, Problem> {
    Parser::new(source.text()).whole_template().map_err(|fault| problem(source, fault))
}

fn problems(source: &Source, faults: Vec<Fault>) -> Vec<Problem> {
    let own = faults.into_iter().filter(|fault| !is_filled_in(source.text(), fault));
    own.map(|fault| problem(source, fault)).collect()
}

/// Whether a fault stands on a line that another program fills in before Terraform sees it:
/// `name = "${{ values.name }}"` of a scaffolder, `{% if x %}`.
fn is_filled_in(text: &str, fault: &Fault) -> bool {
    let (before, after) = text.split_at_checked(fault.range.start as usize).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = before.len() + after.find('\n').unwrap_or(after.len());
    let line = text.get(start..end).unwrap_or_default();
    fault.kind == ProblemKind::Syntax && ["{{", "{%"].iter().any(|mark| line.contains(mark))
}

fn problem(source: &Source, fault: Fault) -> Problem {
    Problem { kind: fault.kind, place: source.place(fault.range), message: fault.message }
}

impl Fault {
    fn syntax(range: sealine_source::TextRange, message: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Syntax, range, message: message.into() }
    }
}

#[cfg(test)]
mod tests;
