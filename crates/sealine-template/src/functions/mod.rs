//! The functions templates may call: one table a topic, one line a function.
//!
//! Invariant: a name that is in no table is refused when the template is parsed; what a function
//! needs of memory or time it pays for before it takes it.

#![expect(clippy::unnecessary_wraps, reason = "all functions of a table have one signature")]

use crate::call::Invocation;

use crate::error::{Failure, TemplateError};
use crate::text::{Builder, Text};
use crate::value::{Data, List, Map, Value};

pub(crate) mod argo;
mod builtin;
mod case;
mod compare;
pub(crate) mod convert;
mod data;
mod dates;
mod encoding;
mod helm;
mod helmfile;
mod keys;
mod lists;
mod maps;
mod numbers;
mod passwords;
mod paths;
mod random;
mod regex;
mod regex_syntax;
mod semver;
mod strings;
mod toml;
mod types;
mod url;

/// The functions one kind of template may call.
#[derive(Debug)]
pub struct Functions {
    /// What these functions are known as.
    pub name: &'static str,
    /// Whether `int "1.9"` is 1; the library that Helm was built with takes it for no number.
    pub(crate) cuts_fractions: bool,
    tables: &'static [&'static [Function]],
}

/// What Helm and External Secrets Operator share; sprig's `slice` stands before Go's.
macro_rules! with_sprig {
    ($($own:expr),*) => {
        &[
            $($own,)*
            case::TABLE,
            data::TABLE,
            dates::TABLE,
            encoding::TABLE,
            lists::TABLE,
            maps::TABLE,
            numbers::TABLE,
            passwords::TABLE,
            paths::TABLE,
            random::TABLE,
            regex::TABLE,
            semver::TABLE,
            strings::TABLE,
            types::TABLE,
            url::TABLE,
            builtin::TABLE,
        ]
    };
}

impl Functions {
    /// Returns the functions of Go's `text/template` alone.
    pub const fn go() -> &'static Self {
        &Self { name: "go", cuts_fractions: false, tables: &[builtin::TABLE] }
    }

    /// Returns the functions of Helm.
    pub const fn helm() -> &'static Self {
        const TABLES: &[&[Function]] = with_sprig!(helm::TABLE, data::HELM, toml::TABLE);
        &Self { name: "helm", cuts_fractions: false, tables: TABLES }
    }

    /// Returns the functions of an `ApplicationSet` of Argo CD, and some of Helm's that it lacks.
    pub const fn argo() -> &'static Self {
        const TABLES: &[&[Function]] = with_sprig!(argo::TABLE, helm::TABLE, data::HELM);
        &Self { name: "argo", cuts_fractions: false, tables: TABLES }
    }

    /// Returns the functions of Helmfile.
    pub const fn helmfile() -> &'static Self {
        const GET: &[Function] = &[maps::SPRIG_GET];
        const TABLES: &[&[Function]] = with_sprig!(helmfile::TABLE, helm::TABLE, data::HELM, GET);
        &Self { name: "helmfile", cuts_fractions: false, tables: TABLES }
    }

    /// Returns the functions of External Secrets Operator.
    pub const fn eso() -> &'static Self {
        const FAIL: &[Function] = &[helm::FAIL];
        const TABLES: &[&[Function]] = with_sprig!(data::ESO, encoding::NEWER, keys::TABLE, FAIL);
        &Self { name: "eso", cuts_fractions: true, tables: TABLES }
    }

    /// Returns the function of this name.
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.all().find(|function| function.name == name)
    }

    /// Returns all functions.
    pub fn all(&self) -> impl Iterator<Item = &'static Function> {
        self.tables.iter().flat_map(|table| table.iter())
    }
}

/// A function templates may call.
pub struct Function {
    /// The name.
    pub name: &'static str,
    /// Whether the same arguments always give the same result.
    pub deterministic: bool,
    /// Whether Sealine can execute it; what cannot be executed gives an error that says so.
    pub supported: bool,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) variadic: bool,
    pub(crate) body: Body,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// Go's type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Any,
    Text,
    Int,
    Float,
    Bool,
    Map,
    List,
    /// A whole number that is not negative, and only a literal is one.
    Uint32,
    /// A struct of this type.
    Struct(&'static str),
}

impl Parameter {
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Uint32 => "uint32",
            Self::Struct(name) => name,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Body {
    Plain(Implementation),
    /// `and`, which does not look at what follows something false.
    And,
    /// `or`, which does not look at what follows something true.
    Or,
}

pub(crate) type Implementation = fn(&mut Invocation<'_, '_>) -> Answer;

/// A function's result.
pub(crate) type Answer = Result<Value, Stop>;

/// Why a function gave no result.
pub(crate) enum Stop {
    /// The function itself failed.
    Own(Failure),
    /// A template it executed failed.
    Inner(Box<TemplateError>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Own(failure)
    }
}

impl From<Box<TemplateError>> for Stop {
    fn from(error: Box<TemplateError>) -> Self {
        Self::Inner(error)
    }
}

/// Returns the failure of a function, to be given with `Err`.
pub(crate) fn stop<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Own(crate::error::failure(message)))
}

impl Function {
    /// Returns Go's types of the parameters, `int, string` or `...interface {}`.
    pub fn signature(&self) -> String {
        let last = self.parameters.len().saturating_sub(1);
        let types = self.parameters.iter().enumerate().map(|(index, parameter)| {
            let repeats = if self.variadic && index == last { "..." } else { "" };
            format!("{repeats}{}", parameter.type_name())
        });
        types.collect::<Vec<_>>().join(", ")
    }

    /// Returns the type of the argument at `index`; the last one repeats in variadic functions.
    pub(crate) fn parameter(&self, index: usize) -> Parameter {
        let parameter = self.parameters.get(index).or(self.parameters.last());
        parameter.copied().unwrap_or(Parameter::Any)
    }

    const fn plain(
        name: &'static str,
        parameters: &'static [Parameter],
        body: Implementation,
    ) -> Self {
        let body = Body::Plain(body);
        Self { name, deterministic: true, supported: true, parameters, variadic: false, body }
    }

    /// A function whose last parameter may be given any number of times.
    const fn variadic(
        name: &'static str,
        parameters: &'static [Parameter],
        body: Implementation,
    ) -> Self {
        let body = Body::Plain(body);
        Self { name, deterministic: true, supported: true, parameters, variadic: true, body }
    }
}

impl Invocation<'_, '_> {
    /// Returns the argument at `index`; the parameters' types were checked before.
    pub(crate) fn value(&self, index: usize) -> Value {
        self.arguments.get(index).cloned().unwrap_or_default()
    }

    pub(crate) fn text(&self, index: usize) -> Text {
        match self.arguments.get(index).map(|value| &value.data) {
            Some(Data::Text(text)) => text.clone(),
            _ => Text::default(),
        }
    }

    pub(crate) fn int(&self, index: usize) -> i64 {
        match self.arguments.get(index).map(|value| &value.data) {
            Some(Data::Int(value) | Data::Int64(value)) => *value,
            _ => 0,
        }
    }

    /// Returns any value as an integer, as the library does that the functions use.
    pub(crate) fn whole(&self, value: &Value) -> i64 {
        convert::integer(value, self.executor.options.functions.cuts_fractions)
    }

    pub(crate) fn map(&self, index: usize) -> Map {
        match self.arguments.get(index).map(|value| &value.data) {
            Some(Data::Map(map)) => map.clone(),
            _ => Map::default(),
        }
    }

    /// Returns the arguments from `index` on.
    pub(crate) fn rest(&self, index: usize) -> &[Value] {
        self.arguments.get(index..).unwrap_or_default()
    }

    /// Pays for a text that is about to be made.
    pub(crate) fn pay_text(&mut self, bytes: usize) -> Result<(), Stop> {
        Ok(self.executor.fuel.text(bytes)?)
    }

    /// Pays for a list or map that is about to be made.
    pub(crate) fn pay_items(&mut self, count: usize) -> Result<(), Stop> {
        Ok(self.executor.fuel.items(count)?)
    }
}

/// Returns the text with each `from` replaced; the rest keeps its origins.
pub(crate) fn replace(text: &Text, from: &[u8], to: &Text) -> Text {
    let bytes = text.as_bytes();
    let mut found = memchr::memmem::find_iter(bytes, from).peekable();
    if from.is_empty() || found.peek().is_none() {
        return text.clone();
    }
    let mut builder = Builder::default();
    let mut at = 0;
    for found in found {
        builder.push_slice(text, at..found);
        builder.push_text(to);
        at = found + from.len();
    }
    builder.push_slice(text, at..bytes.len());
    builder.finish()
}

pub(crate) use paths::base as base_name;

/// Returns the items of a list, of bytes or of what an object stands for.
pub(crate) fn as_list(value: &Value) -> Option<List> {
    match &value.data {
        Data::List(list) => Some(list.clone()),
        Data::Bytes(bytes) => {
            let items = bytes.as_bytes().iter().map(|byte| Value::int(i64::from(*byte)));
            Some(List::new(items.collect(), crate::value::Element::Int))
        }
        Data::Object(object) => object.as_value().as_ref().and_then(as_list),
        _ => None,
    }
}

/// Returns what standard base64 stands for, line ends left out.
pub(crate) fn base64_decoded(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let plain: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(plain).ok()
}

/// Returns the bytes in standard base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
