//! Evaluates pipelines, commands and operands by Go's rules.
//!
//! Invariant: a missing entry and a nil are told apart exactly where Go does: fields of nothing
//! are nothing, fields of nil are an error, and the end of each command turns nil to nothing.

use std::sync::Arc;

use sealine_source::TextRange;

use crate::execute::{Executed, Executor};
use crate::origin::{NodeOrigin, Origin};
use crate::syntax::{Command, Number, Operand, OperandKind, Pipeline, Variable};
use crate::text::Text;
use crate::value::{Data, Value};

impl Executor<'_> {
    pub(crate) fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Executed<Value> {
        self.enter(pipeline.range)?;
        let mut value = None;
        for command in &pipeline.commands {
            let mut result = self.command(command, dot, value)?;
            if let Data::Nil = result.data {
                result = Value::default();
            }
            value = Some(result);
        }
        self.leave();
        let value = value.unwrap_or_default();
        for variable in &pipeline.variables {
            if pipeline.assigns {
                self.assign(variable, value.clone())?;
            } else {
                self.frame.variables.push((Arc::clone(&variable.name), value.clone()));
            }
        }
        Ok(value)
    }

    /// Sets the innermost variable of this name.
    pub(crate) fn assign(&mut self, variable: &Variable, value: Value) -> Executed<()> {
        let slot = self.frame.variables.iter_mut().rev().find(|(name, _)| *name == variable.name);
        match slot {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => self.fail(
                variable.range,
                format!("undefined variable: {}", self.shown(&variable.name)),
            ),
        }
    }

    fn variable(&self, name: &str, range: TextRange) -> Executed<Value> {
        let slot = self.frame.variables.iter().rev().find(|(known, _)| &**known == name);
        match slot {
            Some((_, value)) => Ok(value.clone()),
            None => self.fail(range, format!("undefined variable: {}", self.shown(name))),
        }
    }

    pub(crate) fn command(
        &mut self,
        command: &Command,
        dot: &Value,
        last: Option<Value>,
    ) -> Executed<Value> {
        let Some((first, arguments)) = command.operands.split_first() else {
            return Ok(Value::default());
        };
        match &first.kind {
            OperandKind::Function(function) => {
                self.function(function, command.range, arguments, dot, last)
            }
            OperandKind::Field(fields) => {
                self.chain(dot.clone(), fields, Some((arguments, dot, last)), first.range)
            }
            OperandKind::Variable(name, fields) if !fields.is_empty() => {
                let value = self.variable(name, first.range)?;
                self.chain(value, fields, Some((arguments, dot, last)), first.range)
            }
            OperandKind::Chain(inner, fields) => {
                let value = self.chain_start(inner, dot, first.range)?;
                self.chain(value, fields, Some((arguments, dot, last)), first.range)
            }
            _ if !arguments.is_empty() || last.is_some() => {
                let text = self.source(first.range);
                self.fail(first.range, format!("can't give argument to non-function {text}"))
            }
            OperandKind::Nil => self.fail(first.range, "nil is not a command"),
            _ => self.operand(first, dot),
        }
    }

    /// Returns a piece of a template's text as messages may show it: not when it was computed.
    pub(crate) fn shown<'t>(&self, text: &'t str) -> &'t str {
        match &self.frame.given {
            Some(given) if !given.is_literal => "…",
            _ => text,
        }
    }

    /// Returns the template's own text of a node, for messages.
    pub(crate) fn source(&self, range: TextRange) -> String {
        let text = self.frame.entry.text.get(range.bytes()).unwrap_or_default();
        self.shown(&crate::error::shorten(text)).to_owned()
    }

    pub(crate) fn operand(&mut self, operand: &Operand, dot: &Value) -> Executed<Value> {
        let range = operand.range;
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Value::nil()),
            OperandKind::Bool(value) => Ok((*value).into()),
            OperandKind::Number(number) => self.number(*number, range),
            OperandKind::Text { value, verbatim } => Ok(self.literal(value, *verbatim, range)),
            OperandKind::Field(fields) => self.chain(dot.clone(), fields, None, range),
            OperandKind::Variable(name, fields) => {
                let value = self.variable(name, range)?;
                self.chain(value, fields, None, range)
            }
            OperandKind::Function(function) => self.function(function, range, &[], dot, None),
            OperandKind::Pipeline(pipeline) => self.pipeline(pipeline, dot),
            OperandKind::Chain(inner, fields) => {
                let value = self.chain_start(inner, dot, range)?;
                self.chain(value, fields, None, range)
            }
        }
    }

    fn chain_start(&mut self, inner: &Operand, dot: &Value, range: TextRange) -> Executed<Value> {
        self.enter(range)?;
        let value = self.operand(inner, dot)?;
        self.leave();
        Ok(value)
    }

    fn number(&self, number: Number, range: TextRange) -> Executed<Value> {
        match number.integer {
            Some(integer) if !number.written_as_float => Ok(Value::int(integer)),
            _ if number.written_as_float => Ok(Value::float(number.float)),
            _ => self.fail(range, "constant overflows int"),
        }
    }

    /// Returns a quoted text that knows the bytes between its quotes.
    fn literal(&self, value: &[u8], verbatim: bool, range: TextRange) -> Value {
        let inner = TextRange { start: range.start + 1, end: range.end.max(range.start + 2) - 1 };
        let text = match &self.frame.given {
            Some(given) if verbatim => given.text.slice(inner.bytes()),
            Some(given) => {
                Text::from(value.to_vec()).marked(given.text.slice(inner.bytes()).common_origin())
            }
            None => {
                let file = self.frame.entry.file;
                let node = NodeOrigin { file, range: inner, verbatim };
                let origin = Origin { node: Some(node), ..Origin::default() };
                Text::from(value.to_vec()).marked(origin)
            }
        };
        text.into()
    }
}
