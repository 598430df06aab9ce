//! Calls functions: evaluates and checks their arguments, and keeps track of where results come
//! from.
//!
//! Invariants: a function is given what its parameters say, or is not called; a text that says
//! nothing of its origin has the one its arguments have in common. What only fails is kept out of
//! line, since these frames stand on the stack many times.

use sealine_source::TextRange;

use crate::error::{ErrorKind, Failure, TemplateError};
use crate::execute::{Executed, Executor};
use crate::functions::{Body, Function, Implementation, Parameter, Stop};
use crate::origin::Origin;
use crate::syntax::{Number, Operand, OperandKind};
use crate::text::Text;
use crate::value::{Data, Element, MapType, Value};

/// How many bytes of an argument count as one step.
pub(crate) const TEXT_STEP: usize = 32;

/// What a function sees of its call.
pub(crate) struct Invocation<'e, 's> {
    pub(crate) executor: &'e mut Executor<'s>,
    pub(crate) arguments: Vec<Value>,
    /// The bytes of the command.
    pub(crate) range: TextRange,
}

impl Executor<'_> {
    pub(crate) fn function(
        &mut self,
        function: &'static Function,
        range: TextRange,
        operands: &[Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Executed<Value> {
        self.step(range)?;
        let count = operands.len() + usize::from(last.is_some());
        let want = function.parameters.len();
        if (function.variadic && count < want - 1) || (!function.variadic && count != want) {
            return Err(self.wrong_count(function, range, operands.len(), count));
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

    #[cold]
    fn wrong_count(
        &self,
        function: &Function,
        range: TextRange,
        operands: usize,
        count: usize,
    ) -> Box<TemplateError> {
        let (name, want) = (function.name, function.parameters.len());
        let message = if function.variadic {
            let want = want - 1;
            format!("wrong number of args for {name}: want at least {want} got {operands}")
        } else {
            format!("wrong number of args for {name}: want {want} got {count}")
        };
        self.error(range, Failure { kind: ErrorKind::Execute, message, bare: true })
    }

    fn invoke(
        &mut self,
        function: &'static Function,
        body: Implementation,
        arguments: Vec<Value>,
        range: TextRange,
    ) -> Executed<Value> {
        self.pay_reading(&arguments, range)?;
        let origin = origin_of(&arguments, function.deterministic);
        let mut invocation = Invocation { executor: self, arguments, range };
        match body(&mut invocation) {
            Ok(value) => Ok(settle(value, origin)),
            Err(Stop::Inner(error)) => Err(error),
            Err(Stop::Own(failure)) => Err(self.function_failed(function, range, failure)),
        }
    }

    /// Whatever a function does with a text, it reads it.
    fn pay_reading(&mut self, arguments: &[Value], range: TextRange) -> Executed<()> {
        let read = arguments.iter().filter_map(Value::as_text).map(Text::len);
        let read: usize = read.map(|length| length / TEXT_STEP).sum();
        self.fuel.step(read).map_err(|failure| self.error(range, failure))
    }

    #[cold]
    fn function_failed(
        &self,
        function: &Function,
        range: TextRange,
        mut failure: Failure,
    ) -> Box<TemplateError> {
        if !failure.bare {
            failure.message = format!("error calling {}: {}", function.name, failure.message);
        }
        self.error(range, failure)
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
        if matches!(
            operand.kind,
            OperandKind::Nil
                | OperandKind::Bool(_)
                | OperandKind::Text { .. }
                | OperandKind::Number(_)
        ) {
            return self.constant(operand, parameter);
        }
        let value = self.operand(operand, dot)?;
        self.validate(value, parameter, operand.range)
    }

    /// Evaluates a literal as what its parameter wants.
    fn constant(&mut self, operand: &Operand, parameter: Parameter) -> Executed<Value> {
        match (&operand.kind, parameter) {
            (OperandKind::Bool(_), Parameter::Any | Parameter::Bool)
            | (OperandKind::Text { .. }, Parameter::Any | Parameter::Text)
            | (OperandKind::Number(_), Parameter::Any)
            | (OperandKind::Nil, Parameter::Any | Parameter::Map | Parameter::List) => {
                self.operand(operand, &Value::default())
            }
            (OperandKind::Number(Number { integer: Some(value), .. }), Parameter::Int) => {
                Ok(Value::int(*value))
            }
            (OperandKind::Number(Number { integer: Some(value), .. }), Parameter::Uint32)
                if u32::try_from(*value).is_ok() =>
            {
                Ok(Value::int(*value))
            }
            (OperandKind::Number(number), Parameter::Float) => Ok(Value::float(number.float)),
            _ => self.unfit(operand, parameter),
        }
    }

    #[cold]
    fn unfit(&self, operand: &Operand, parameter: Parameter) -> Executed<Value> {
        let text = self.source(operand.range);
        let want = parameter.type_name();
        let message = match (&operand.kind, parameter) {
            (OperandKind::Nil, _) => format!("cannot assign nil to {want}"),
            (_, Parameter::Map | Parameter::List | Parameter::Struct(_)) => {
                format!("can't handle {text} for arg of type {want}")
            }
            (_, Parameter::Int) => format!("expected integer; found {text}"),
            (_, Parameter::Float) => format!("expected float; found {text}"),
            _ => format!("expected {want}; found {text}"),
        };
        self.fail(operand.range, message)
    }

    /// Returns a value that may be given for a parameter.
    fn validate(
        &mut self,
        value: Value,
        parameter: Parameter,
        range: TextRange,
    ) -> Executed<Value> {
        let fits = match (parameter, &value.data) {
            (Parameter::Any, _)
            | (Parameter::Text, Data::Text(_))
            | (Parameter::Int, Data::Int(_))
            | (Parameter::Float, Data::Float(_))
            | (Parameter::Bool, Data::Bool(_))
            | (Parameter::Map | Parameter::List, Data::Invalid) => true,
            (Parameter::Map, Data::Map(map)) => map.map_type != MapType::Text,
            (Parameter::List, Data::List(list)) => list.element == Element::Any,
            (Parameter::Struct(name), Data::Object(object)) => object.type_name() == name,
            _ => false,
        };
        if fits {
            return Ok(value);
        }
        let unknown = match &value.data {
            Data::Invalid => self.lacked(),
            _ => self.part_of(&value),
        };
        if let Some(unknown) = unknown.filter(|_| self.options.lacking) {
            match parameter {
                // A map that is not known has no entries, but a part of it is not known either.
                Parameter::Text | Parameter::Map => return Ok(unknown.into()),
                Parameter::List => return Ok(Value::default()),
                Parameter::Bool => {
                    self.unknown.decided = true;
                    return Ok(true.into());
                }
                _ => {}
            }
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
