//! Go templates: parsed with positions, executed within limits, traced back to their sources.
//!
//! Invariants: reading or executing any input ends within its budget and without a panic; a
//! function Go does not know is refused when parsed; every byte of output knows the template node
//! it was printed by and, where it was printed unchanged, the scalar in a values file it was;
//! no message and no `Debug` shows a value.

#![expect(clippy::cast_possible_wrap, reason = "lengths in memory fit in the signed types of Go")]

mod budget;
mod call;
pub mod chart;
mod error;
mod evaluate;
mod execute;
mod field;
mod format;
mod functions;
mod glob;
#[cfg(test)]
mod hostile;
mod keys;
mod lexer;
mod literal;
mod object;
mod origin;
mod parser;
pub mod read;
mod scalar;
mod set;
pub mod source_keys;
pub mod syntax;
pub mod target;
#[cfg(test)]
mod tests;
mod text;
mod time;
#[cfg(test)]
mod tracing;
mod unknown;
mod value;
mod version;
mod walk;

pub use budget::Budget;
pub use error::{CallSite, ErrorKind, TemplateError};
pub use execute::{MissingKey, Options, Rendered, Segment, execute};
pub use functions::argo::normalized as argo_name;
pub use functions::{Function, Functions};
pub use lexer::Delimiters;
pub use object::{Object, Record};
pub use origin::{FileId, ValueOrigin};
pub use parser::{parse, parse_between};
pub use set::Set;
pub use syntax::Template;
pub use text::Text;
pub use value::{Data, Element, List, Map, MapType, Value};
pub use version::satisfies;
