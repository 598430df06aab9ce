//! The tree that parsing makes.
//!
//! Invariants: chains of operators, conditionals and steps are lists, not nested nodes, so that the
//! tree is no deeper than the nesting of the text and can be walked by recursion. Lists are as long as
//! what they hold, and what is rare and large stands in a box: all trees of a project are there at
//! once.

use sealine_source::TextRange;

/// The content of a file or block.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = value` lines in order.
    pub attributes: Vec<Attribute>,
    /// Nested blocks in order.
    pub blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Box<str>,
    /// Where the name stands.
    pub name_range: TextRange,
    /// The value.
    pub value: Expression,
}

/// `kind "label" { ... }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The word it begins with.
    pub kind: Box<str>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// From the first word to the `{`.
    pub head: TextRange,
    /// From the first word to the `}`.
    pub range: TextRange,
    /// What stands in it.
    pub body: Body,
}

/// A label of a block.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text, without quotes.
    pub text: Box<str>,
    /// Where that text stands.
    pub range: TextRange,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands, quotes and brackets included.
    pub range: TextRange,
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A quoted string, a heredoc, or a template file.
    Template(Box<[TemplatePiece]>),
    /// A bare word: the root of a reference, or the variable of a `for`.
    Name(Box<str>),
    /// `base.name`, `base[index]`, `base[*]`, any number of them.
    Get(Box<Expression>, Box<[Step]>),
    /// `[a, b]`.
    Tuple(Box<[Expression]>),
    /// `{ a = b }`.
    Object(Box<[ObjectItem]>),
    /// `name(arguments)`.
    Call {
        /// The function.
        name: Box<str>,
        /// The arguments.
        arguments: Box<[Expression]>,
        /// Whether the last argument is followed by `...`.
        expands: bool,
    },
    /// `[for ...]` or `{for ...}`.
    For(Box<ForExpression>),
    /// Operators before an operand, the outermost first.
    Unary(Box<[UnaryOperator]>, Box<Expression>),
    /// Operators of one precedence, from left to right.
    Binary(Box<Expression>, Box<[(BinaryOperator, Expression)]>),
    /// `a ? b : c ? d : e`: conditions with what they choose, and the last alternative.
    Conditional(Box<[(Expression, Expression)]>, Box<Expression>),
    /// `(a)`.
    Parentheses(Box<Expression>),
}

/// A step from a value into it.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(Box<str>),
    /// `[index]` or `.0`.
    Index(Box<Expression>),
    /// `.*`: the attribute steps after it go into each element.
    AttributeSplat,
    /// `[*]`: all steps after it go into each element.
    Splat,
}

/// `key = value` in an object.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key; a bare word stands for itself.
    pub key: Expression,
    /// The value.
    pub value: Expression,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct ForExpression {
    /// The name of the key variable.
    pub key_name: Option<Box<str>>,
    /// The name of the value variable.
    pub value_name: Box<str>,
    /// What is walked.
    pub collection: Expression,
    /// The key, for an object.
    pub key: Option<Expression>,
    /// The value.
    pub value: Expression,
    /// Whether values of one key are gathered (`...`).
    pub groups: bool,
    /// The condition after `if`.
    pub condition: Option<Expression>,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePiece {
    /// Text.
    Literal {
        /// The text after unescaping and the removal of indentation.
        text: Box<str>,
        /// Where it stands.
        range: TextRange,
        /// Whether the bytes at `range` are the text.
        exact: bool,
    },
    /// `${ ... }`.
    Interpolation(Expression),
    /// `%{ if }`.
    If(Box<IfDirective>),
    /// `%{ for }`.
    For(Box<ForDirective>),
}

/// `%{ if }` of a template.
#[derive(Clone, Debug)]
pub struct IfDirective {
    /// The condition.
    pub condition: Expression,
    /// What stands before `else`.
    pub then: Box<[TemplatePiece]>,
    /// What stands after `else`.
    pub otherwise: Box<[TemplatePiece]>,
}

/// `%{ for }` of a template.
#[derive(Clone, Debug)]
pub struct ForDirective {
    /// The name of the key variable.
    pub key_name: Option<Box<str>>,
    /// The name of the value variable.
    pub value_name: Box<str>,
    /// What is walked.
    pub collection: Expression,
    /// What is repeated.
    pub body: Box<[TemplatePiece]>,
}

/// Operators before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`.
    Negate,
    /// `!`.
    Not,
}

/// Operators between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `||`.
    Or,
    /// `&&`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
}

impl BinaryOperator {
    /// Returns how tightly the operator binds; 6 is the tightest.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Modulo => 6,
        }
    }
}

impl Body {
    /// Lets go of the room that lists have for more.
    pub(super) fn shrink_to_fit(&mut self) {
        self.attributes.shrink_to_fit();
        self.blocks.shrink_to_fit();
    }

    /// Returns the attribute of this name; the last one, as overriding files are merged behind.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().rev().find(|attribute| &*attribute.name == name)
    }

    /// Returns the blocks of this kind.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }

    /// Returns the first block of this kind.
    pub fn block(&self, kind: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| &*block.kind == kind)
    }
}

impl Block {
    /// Returns the text of a label.
    pub fn label(&self, index: usize) -> Option<&str> {
        self.labels.get(index).map(|label| &*label.text)
    }
}

impl Expression {
    /// Returns the expression inside any parentheses around it.
    pub fn bare(&self) -> &Self {
        let mut expression = self;
        while let ExpressionKind::Parentheses(inner) = &expression.kind {
            expression = inner;
        }
        expression
    }

    /// Returns the text of a string without interpolations.
    pub fn literal_text(&self) -> Option<String> {
        let ExpressionKind::Template(pieces) = &self.bare().kind else { return None };
        pieces.iter().try_fold(String::new(), |mut whole, piece| match piece {
            TemplatePiece::Literal { text, .. } => {
                whole.push_str(text);
                Some(whole)
            }
            _ => None,
        })
    }

    /// Returns the text of a bare word or of a string without interpolations.
    pub fn word(&self) -> Option<String> {
        match &self.kind {
            ExpressionKind::Name(name) => Some(name.to_string()),
            _ => self.literal_text(),
        }
    }

    /// Returns the root name and the attribute names of a plain reference such as `var.a.b`.
    pub fn reference(&self) -> Option<(&str, Vec<&str>)> {
        match &self.bare().kind {
            ExpressionKind::Name(name) => Some((name, Vec::new())),
            ExpressionKind::Get(base, steps) => {
                let ExpressionKind::Name(root) = &base.kind else { return None };
                let names = steps.iter().map_while(|step| match step {
                    Step::Attribute(name) => Some(&**name),
                    _ => None,
                });
                Some((root, names.collect()))
            }
            _ => None,
        }
    }
}
