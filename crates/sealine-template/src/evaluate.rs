//! Evaluates pipelines, commands and operands by Go's rules.
//!
//! Invariant: a missing entry and a nil are told apart exactly where Go does: fields of nothing
//! are nothing, fields of nil are an error, and the end of each command turns nil to nothing.

use std::sync::Arc;

use sealine_source::TextRange;

use crate::error::{ErrorKind, Failure};
use crate::execute::{Executed, Executor, MissingKey};
use crate::functions::{Body, Function, Parameter};
use crate::origin::{NodeOrigin, Origin};
use crate::syntax::{Command, Field, Number, Operand, OperandKind, Pipeline, Variable};
use crate::text::Text;
use crate::value::{Data, MapType, Value};

/// How many bytes of an argument count as one step.
const TEXT_STEP: usize = 32;

/// What a function sees of its call.
pub(crate) struct Invocation<'e, 's> {
    pub(crate) executor: &'e mut Executor<'s>,
    pub(crate) arguments: Vec<Value>,
    /// The bytes of the command.
    pub(crate) range: TextRange,
}

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

    fn command(&mut self, command: &Command, dot: &Value, last: Option<Value>) -> Executed<Value> {
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
    fn shown<'t>(&self, text: &'t str) -> &'t str {
        match &self.frame.given {
            Some(given) if !given.is_literal => "…",
            _ => text,
        }
    }

    /// Returns the template's own text of a node, for messages.
    fn source(&self, range: TextRange) -> String {
        let text = self.frame.entry.text.get(range.bytes()).unwrap_or_default();
        self.shown(&crate::error::shorten(text)).to_owned()
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Executed<Value> {
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

    /// Evaluates fields one after the other; the last one may be a method with arguments.
    fn chain(
        &mut self,
        start: Value,
        fields: &[Field],
        call: Option<(&[Operand], &Value, Option<Value>)>,
        range: TextRange,
    ) -> Executed<Value> {
        let mut value = start;
        // Go names the static type: what came out of a map is an interface.
        let mut in_interface = false;
        let Some((last, before)) = fields.split_last() else { return Ok(value) };
        for field in before {
            let inner = self.field(&value, field, None, in_interface, range)?;
            in_interface = is_interface(&value);
            value = inner;
        }
        self.field(&value, last, call, in_interface, range)
    }

    fn field(
        &mut self,
        receiver: &Value,
        field: &Field,
        call: Option<(&[Operand], &Value, Option<Value>)>,
        in_interface: bool,
        range: TextRange,
    ) -> Executed<Value> {
        let name = &*field.name;
        let shown = self.shown(name);
        let has_arguments =
            call.as_ref().is_some_and(|(operands, _, last)| !operands.is_empty() || last.is_some());
        let found = match &receiver.data {
            Data::Invalid => {
                if self.options.missing_key == MissingKey::Error {
                    let message = format!("nil data; no entry for key {shown:?}");
                    return self.fail(range, message);
                }
                return Ok(Value::default());
            }
            Data::Nil => {
                let message = format!("nil pointer evaluating interface {{}}.{shown}");
                return self.fail(range, message);
            }
            Data::Map(map) => {
                if has_arguments {
                    let message = format!("{shown} is not a method but has arguments");
                    return self.fail(range, message);
                }
                return match (map.get(name), self.options.missing_key) {
                    (Some(value), _) => Ok(value),
                    (None, MissingKey::Invalid) => Ok(Value::default()),
                    (None, MissingKey::Zero) => Ok(zero(map.map_type)),
                    (None, MissingKey::Error) => {
                        self.fail(range, format!("map has no entry for key {shown:?}"))
                    }
                };
            }
            Data::Object(object) => {
                if let Some(value) = object.field(name) {
                    if has_arguments {
                        let message =
                            format!("{shown} has arguments but cannot be invoked as function");
                        return self.fail(range, message);
                    }
                    return Ok(value);
                }
                let object = std::rc::Rc::clone(object);
                let mut arguments = Vec::new();
                if let Some((operands, dot, last)) = call {
                    for operand in operands {
                        arguments.push(self.operand(operand, dot)?);
                    }
                    arguments.extend(last);
                }
                object.call(name, &arguments)
            }
            _ => None,
        };
        match found {
            Some(Ok(value)) => Ok(value),
            Some(Err(message)) => self.fail(range, format!("error calling {name}: {message}")),
            None => {
                let type_name =
                    if in_interface { "interface {}" } else { receiver.type_name() }.to_owned();
                self.fail(range, format!("can't evaluate field {shown} in type {type_name}"))
            }
        }
    }

    fn function(
        &mut self,
        function: &'static Function,
        range: TextRange,
        operands: &[Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Executed<Value> {
        self.step(range)?;
        let count = operands.len() + usize::from(last.is_some());
        let name = function.name;
        let want = function.parameters.len();
        if function.variadic && count < want - 1 {
            let (want, got) = (want - 1, operands.len());
            let message =
                format!("wrong number of args for {name}: want at least {want} got {got}");
            return self.fail(range, message);
        }
        if !function.variadic && count != want {
            let message = format!("wrong number of args for {name}: want {want} got {count}");
            return self.fail(range, message);
        }
        match function.body {
            Body::And => return self.short_circuit(false, operands, dot, last),
            Body::Or => return self.short_circuit(true, operands, dot, last),
            Body::Plain(_) => {}
        }
        let mut arguments = Vec::with_capacity(count);
        for (index, operand) in operands.iter().enumerate() {
            arguments.push(self.argument(operand, function.parameter(index), dot)?);
        }
        if let Some(last) = last {
            let parameter = function.parameter(operands.len());
            arguments.push(self.validate(last, parameter, range)?);
        }
        let Body::Plain(body) = function.body else { return Ok(Value::default()) };
        self.invoke(function, body, arguments, range)
    }

    fn invoke(
        &mut self,
        function: &'static Function,
        body: crate::functions::Implementation,
        arguments: Vec<Value>,
        range: TextRange,
    ) -> Executed<Value> {
        let origin = origin_of(&arguments, function.deterministic);
        // Whatever a function does with a text, it reads it.
        let read = arguments.iter().filter_map(Value::as_text).map(Text::len);
        let read: usize = read.map(|length| length / TEXT_STEP).sum();
        self.fuel.step(read).map_err(|failure| self.error(range, *failure))?;
        let invocation = Invocation { executor: self, arguments, range };
        match body(invocation) {
            Ok(value) => Ok(settle(value, origin)),
            Err(crate::functions::Stop::Inner(error)) => Err(error),
            Err(crate::functions::Stop::Own(failure)) => {
                let Failure { kind, message, bare } = *failure;
                let message = if bare {
                    message
                } else {
                    format!("error calling {}: {message}", function.name)
                };
                Err(self.error(range, Failure { kind, message, bare }))
            }
        }
    }

    fn short_circuit(
        &mut self,
        stops_at: bool,
        operands: &[Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Executed<Value> {
        let mut value = Value::default();
        for operand in operands {
            value = self.argument(operand, Parameter::Any, dot)?;
            if value.is_true() == stops_at {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(
        &mut self,
        operand: &Operand,
        parameter: Parameter,
        dot: &Value,
    ) -> Executed<Value> {
        let range = operand.range;
        match (&operand.kind, parameter) {
            (OperandKind::Bool(_), Parameter::Any | Parameter::Bool)
            | (OperandKind::Text { .. }, Parameter::Any | Parameter::Text)
            | (OperandKind::Number(_), Parameter::Any)
            | (OperandKind::Nil, Parameter::Any | Parameter::Map | Parameter::List) => {
                self.operand(operand, dot)
            }
            (OperandKind::Number(Number { integer: Some(value), .. }), Parameter::Int) => {
                Ok(Value::int(*value))
            }
            (OperandKind::Number(Number { integer: Some(value), .. }), Parameter::Int64) => {
                Ok(Value::int64(*value))
            }
            (OperandKind::Number(number), Parameter::Float) => Ok(Value::float(number.float)),
            (OperandKind::Nil, _) => {
                self.fail(range, format!("cannot assign nil to {}", parameter.type_name()))
            }
            (OperandKind::Bool(_) | OperandKind::Text { .. } | OperandKind::Number(_), _) => {
                let text = self.source(range);
                let message = match parameter {
                    Parameter::Map | Parameter::List => {
                        format!("can't handle {text} for arg of type {}", parameter.type_name())
                    }
                    Parameter::Int | Parameter::Int64 => format!("expected integer; found {text}"),
                    Parameter::Float => format!("expected float; found {text}"),
                    _ => format!("expected {}; found {text}", parameter.type_name()),
                };
                self.fail(range, message)
            }
            _ => {
                let value = self.operand(operand, dot)?;
                self.validate(value, parameter, range)
            }
        }
    }

    /// Returns a value that may be given for a parameter.
    fn validate(&self, value: Value, parameter: Parameter, range: TextRange) -> Executed<Value> {
        let fits = match (parameter, &value.data) {
            (Parameter::Any, _)
            | (Parameter::Text, Data::Text(_))
            | (Parameter::Int, Data::Int(_))
            | (Parameter::Int64, Data::Int64(_))
            | (Parameter::Float, Data::Float(_))
            | (Parameter::Bool, Data::Bool(_))
            | (Parameter::Map | Parameter::List, Data::Invalid) => true,
            (Parameter::Map, Data::Map(map)) => map.map_type != MapType::Text,
            (Parameter::List, Data::List(list)) => list.element == crate::value::Element::Any,
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let want = parameter.type_name();
        let message = match &value.data {
            Data::Invalid => format!("invalid value; expected {want}"),
            Data::Nil => format!("wrong type for value; expected {want}; got interface {{}}"),
            _ => format!("wrong type for value; expected {want}; got {}", value.type_name()),
        };
        let failure = Failure { kind: ErrorKind::Execute, message, bare: true };
        Err(self.error(range, failure))
    }
}

fn zero(map_type: MapType) -> Value {
    match map_type {
        MapType::Text => Value::from(""),
        MapType::Any | MapType::Named(_) => Value::nil(),
    }
}

fn is_interface(container: &Value) -> bool {
    matches!(&container.data, Data::Map(map) if map.map_type != MapType::Text)
}

/// Returns what is known of a result that was computed from these arguments.
fn origin_of(arguments: &[Value], deterministic: bool) -> Origin {
    let mut origin = Origin { generated: !deterministic, ..Origin::default() };
    let mut values = Vec::new();
    for argument in arguments {
        if let Data::Text(text) = &argument.data {
            origin.generated |= text.is_generated();
            values.extend(text.common_origin().value);
        } else {
            values.extend(argument.origin);
            if let Data::Object(object) = &argument.data {
                origin.generated |= object.is_generated();
            }
        }
    }
    // Two sources make it anybody's guess which one a person would edit.
    if let [value] = *values {
        origin.value = Some(value);
    }
    origin
}

/// Gives a result that says nothing of its origin the one of the arguments.
fn settle(value: Value, origin: Origin) -> Value {
    match value.data {
        Data::Text(text) if text.marks().is_empty() => text.marked(origin).into(),
        data => Value { data, origin: value.origin },
    }
}
