//! What an `ExternalSecret` produces, and whether its consumer can read it.
//!
//! From an `ExternalSecret` as it is delivered and what a vault holds to the Secret that the operator
//! would make ([`render`]); from a template and the form that its consumer expects to the values
//! that break it ([`round_trip`]).
//!
//! Invariants: nothing here reads a file or asks a vault; a value leaves through [`SecretValue`]
//! or as a manifest whose values were asked for; no fault, and no `Debug`, shows one.
//!
//! [`SecretValue`]: sealine_model::SecretValue

pub mod analysis;
pub mod certain;
mod entry;
mod fault;
mod generators;
pub mod manifest;
mod object;
mod parse;
mod path;
mod render;
pub mod round_trip;
mod sample;
mod source;
pub mod surroundings;
mod template;
mod vault;

pub use fault::Fault;
pub use object::{Node, Object};
pub use render::{Data, Made, Rendered, render, round_trips};
pub use template::Given;
pub use vault::{Unusable, Vault, encoded_values};
