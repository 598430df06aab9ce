//! Builds pipelines: declarations, commands, operands.
//!
//! Invariant: a name that is no function or variable is refused where it stands.

use std::sync::Arc;

use sealine_source::TextRange;

use super::{Parsed, Parser};
use crate::lexer::{Keyword, TokenKind};
use crate::literal;
use crate::syntax::{Command, Field, Operand, OperandKind, Pipeline, Variable};

impl Parser<'_> {
    /// Reads a pipeline up to `end`, which is consumed.
    pub(super) fn pipeline(&mut self, context: &str, end: &TokenKind) -> Parsed<Pipeline> {
        self.skip_space();
        let start = self.peek().range;
        self.enter(start)?;
        let (variables, assigns) = self.declarations(context)?;
        let mut commands: Vec<Command> = Vec::new();
        let mut last = start;
        loop {
            self.skip_space();
            let token = self.peek().clone();
            if token.kind == *end {
                self.next();
                break;
            }
            match token.kind {
                TokenKind::Bool
                | TokenKind::CharacterConstant
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Keyword(Keyword::Nil)
                | TokenKind::RawText
                | TokenKind::Quoted
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    let command = self.command()?;
                    last = command.range;
                    commands.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        }
        if commands.is_empty() {
            return self.error(start, format!("missing value for {context}"));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let first = command.operands.first().map(|operand| &operand.kind);
            if matches!(
                first,
                Some(
                    OperandKind::Bool(_)
                        | OperandKind::Dot
                        | OperandKind::Nil
                        | OperandKind::Number(_)
                        | OperandKind::Text { .. }
                )
            ) {
                let message = format!("non executable command in pipeline stage {}", index + 1);
                return self.error(command.range, message);
            }
        }
        self.depth -= 1;
        commands.shrink_to_fit();
        Ok(Pipeline { range: start.cover(last), variables, assigns, commands })
    }

    /// Reads `$x :=`, `$x =` or the two variables of a `range`, if they stand here.
    fn declarations(&mut self, context: &str) -> Parsed<(Vec<Variable>, bool)> {
        let mut variables = Vec::new();
        loop {
            let start = self.at;
            let token = self.peek().clone();
            if token.kind != TokenKind::Variable {
                break;
            }
            self.next();
            self.skip_space();
            let next = self.peek().clone();
            let comma = next.kind == TokenKind::Character && self.slice(next.range) == ",";
            let binds = matches!(next.kind, TokenKind::Assign | TokenKind::Declare);
            if !comma && !binds {
                self.at = start;
                break;
            }
            self.next();
            self.skip_space();
            let name: Arc<str> = Arc::from(self.slice(token.range));
            self.variables.push(Arc::clone(&name));
            variables.push(Variable { name, range: token.range });
            if binds {
                return Ok((variables, next.kind == TokenKind::Assign));
            }
            if context != "range" || variables.len() > 1 {
                return self.error(token.range, format!("too many declarations in {context}"));
            }
            if self.peek().kind != TokenKind::Variable {
                return self.error(token.range, "range can only initialize variables");
            }
        }
        Ok((variables, false))
    }

    /// Reads operands up to a pipe, which is consumed, or a closing delimiter, which is not.
    fn command(&mut self) -> Parsed<Command> {
        let mut operands: Vec<Operand> = Vec::new();
        loop {
            self.skip_space();
            if let Some(operand) = self.operand()? {
                operands.push(operand);
            }
            let token = self.peek().clone();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::Right | TokenKind::RightParen => break,
                TokenKind::Pipe => {
                    self.next();
                    break;
                }
                _ => {
                    self.next();
                    return self.unexpected(&token, "operand");
                }
            }
        }
        let (Some(first), Some(last)) = (operands.first(), operands.last()) else {
            return self.error(self.peek().range, "empty command");
        };
        let range = first.range.cover(last.range);
        operands.shrink_to_fit();
        Ok(Command { range, operands })
    }

    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        while self.peek().kind == TokenKind::Field {
            let token = self.next();
            fields.push(self.field(token.range));
        }
        let Some(last) = fields.last() else { return Ok(Some(term)) };
        let range = term.range.cover(last.range);
        match &mut term.kind {
            OperandKind::Field(names) | OperandKind::Variable(_, names) => {
                names.extend(fields);
                names.shrink_to_fit();
                term.range = range;
                Ok(Some(term))
            }
            OperandKind::Function(_) | OperandKind::Pipeline(_) => {
                let kind = OperandKind::Chain(Box::new(term), fields);
                Ok(Some(Operand { range, kind }))
            }
            _ => {
                let text = self.slice(term.range).to_owned();
                self.error(range, format!("unexpected . after term {text:?}"))
            }
        }
    }

    fn field(&self, range: TextRange) -> Field {
        let name = Arc::from(self.slice(range).trim_start_matches('.'));
        Field { name, range }
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.peek().clone();
        let range = token.range;
        let text = self.text.get(range.bytes()).unwrap_or_default();
        let kind = match token.kind {
            TokenKind::Identifier => match self.functions.get(text) {
                Some(function) => OperandKind::Function(function),
                None => return self.error(range, format!("function {text:?} not defined")),
            },
            TokenKind::Dot => OperandKind::Dot,
            TokenKind::Keyword(Keyword::Nil) => OperandKind::Nil,
            TokenKind::Variable => {
                match self.variables.iter().find(|variable| &***variable == text) {
                    Some(name) => OperandKind::Variable(Arc::clone(name), Vec::new()),
                    None => return self.error(range, format!("undefined variable {text:?}")),
                }
            }
            TokenKind::Field => OperandKind::Field(vec![self.field(range)]),
            TokenKind::Bool => OperandKind::Bool(text == "true"),
            TokenKind::CharacterConstant => match literal::character(text) {
                Some(number) => OperandKind::Number(number),
                None => return self.error(range, "malformed character constant"),
            },
            TokenKind::Number => match literal::number(text) {
                Ok(number) => OperandKind::Number(number),
                Err(reason) => return self.error(range, format!("{reason}: {text:?}")),
            },
            TokenKind::Quoted | TokenKind::RawText => match literal::unquote(text) {
                Some((value, verbatim)) => OperandKind::Text { value: Arc::from(value), verbatim },
                None => return self.error(range, "invalid syntax"),
            },
            TokenKind::LeftParen => {
                self.next();
                let pipeline = self.pipeline("parenthesized pipeline", &TokenKind::RightParen)?;
                let range = range.cover(self.last_range());
                return Ok(Some(Operand { range, kind: OperandKind::Pipeline(pipeline.into()) }));
            }
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(Operand { range, kind }))
    }
}
