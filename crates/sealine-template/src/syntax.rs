//! The tree of a parsed template.
//!
//! Invariant: every node knows its exact bytes in the template's text, so that output, errors and
//! rules can point at them. A chart's trees are kept as long as the chart may be rendered, and half of
//! their nodes are text: so nodes are small, and lists have no room to spare.

use std::sync::Arc;

use sealine_source::TextRange;

use crate::Function;

/// A parsed template file or string, with the templates it defines.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name, a file's path in most uses.
    pub name: String,
    /// The text that was parsed.
    pub text: Arc<str>,
    /// What stands outside `define` and `block`.
    pub body: Arc<Block>,
    /// The named templates, in text order.
    pub defines: Vec<Define>,
    /// The bytes of the comments, `/*` and `*/` included.
    pub comments: Vec<TextRange>,
}

/// A `define` or `block`.
#[derive(Clone, Debug)]
pub struct Define {
    /// The name.
    pub name: String,
    /// The bytes of the name's literal, quotes included.
    pub name_range: TextRange,
    /// The bytes from the opening delimiter to the end of the closing `end` action.
    pub range: TextRange,
    /// The content.
    pub body: Arc<Block>,
}

/// A list of nodes.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The nodes in text order.
    pub nodes: Vec<Node>,
}

/// One node of a block.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text that is copied; space removed by trim markers is not part of it.
    Text(TextRange),
    /// A pipeline, printed unless it declares or assigns.
    Action(Box<Action>),
    /// `if`, with its `else if` arms.
    If(Box<Branches>),
    /// `with`, with its `else with` arms.
    With(Box<Branches>),
    /// `range`.
    Range(Box<RangeLoop>),
    /// `template`, also what stands in the place of a `block`.
    Template(Box<Call>),
    /// `break`.
    Break(TextRange),
    /// `continue`.
    Continue(TextRange),
}

/// A pipeline between delimiters.
#[derive(Clone, Debug)]
pub struct Action {
    /// The bytes, delimiters included.
    pub range: TextRange,
    /// What is evaluated.
    pub pipeline: Pipeline,
}

/// An `if` or `with`.
#[derive(Clone, Debug)]
pub struct Branches {
    /// The bytes from the opening action to the end of the `end` action.
    pub range: TextRange,
    /// The conditions with their blocks; never empty.
    pub arms: Vec<Arm>,
    /// The block of a plain `else`.
    pub otherwise: Option<Block>,
}

/// A condition and what it guards.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The bytes of the action that holds the condition.
    pub range: TextRange,
    /// The condition.
    pub pipeline: Pipeline,
    /// What is executed when it holds.
    pub body: Block,
}

/// A `range`.
#[derive(Clone, Debug)]
pub struct RangeLoop {
    /// The bytes from the opening action to the end of the `end` action.
    pub range: TextRange,
    /// What is walked over, with the declared variables, and the block.
    pub arm: Arm,
    /// The block for nothing to walk over.
    pub otherwise: Option<Block>,
}

/// A `template` action.
#[derive(Clone, Debug)]
pub struct Call {
    /// The bytes, delimiters included.
    pub range: TextRange,
    /// The name of the template.
    pub name: String,
    /// The bytes of the name's literal, quotes included.
    pub name_range: TextRange,
    /// What dot is set to.
    pub pipeline: Option<Pipeline>,
}

/// Commands joined by `|`, each one's result being the last argument of the next.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The bytes from the first declared variable or command to the last command.
    pub range: TextRange,
    /// The variables that are declared or assigned.
    pub variables: Vec<Variable>,
    /// Whether the variables existed before (`=`) or are new (`:=`).
    pub assigns: bool,
    /// The commands; never empty.
    pub commands: Vec<Command>,
}

/// A variable at the place of its declaration or assignment.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name with its `$`.
    pub name: Arc<str>,
    /// The bytes.
    pub range: TextRange,
}

/// An operand with the operands that follow it as arguments.
#[derive(Clone, Debug)]
pub struct Command {
    /// The bytes.
    pub range: TextRange,
    /// The operands; never empty.
    pub operands: Vec<Operand>,
}

/// One operand.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The bytes.
    pub range: TextRange,
    /// What it is.
    pub kind: OperandKind,
}

/// The kinds of operands.
#[derive(Clone, Debug)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number or character constant.
    Number(Number),
    /// A quoted text.
    Text {
        /// What the literal means.
        value: Arc<[u8]>,
        /// Whether the bytes between the quotes are the value's bytes.
        verbatim: bool,
    },
    /// `.a.b`
    Field(Vec<Field>),
    /// `$x` or `$x.a.b`
    Variable(Arc<str>, Vec<Field>),
    /// A function's name.
    Function(&'static Function),
    /// A pipeline in parentheses.
    Pipeline(Box<Pipeline>),
    /// Fields of a function's result or of a pipeline in parentheses.
    Chain(Box<Operand>, Vec<Field>),
}

/// A field's name in a chain.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name without its dot.
    pub name: Arc<str>,
    /// The bytes, the dot included.
    pub range: TextRange,
}

/// A number literal: what it is as an integer and as a fraction, where it can be that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The value as an integer, when it is one.
    pub integer: Option<i64>,
    /// The value as a float.
    pub float: f64,
    /// Whether the literal is written as a float, so that it is one where nothing else is asked.
    pub written_as_float: bool,
}

impl Block {
    /// Returns whether the block holds nothing but space, so that it cannot replace a definition.
    pub fn is_blank(&self, text: &str) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(range) => text.get(range.bytes()).is_none_or(|text| text.trim().is_empty()),
            _ => false,
        })
    }
}
