//! States of Terraform and `OpenTofu`: the outputs that a root module hands on, and what else lies in
//! there.
//!
//! Invariant: no value leaves but as a [`sealine_model::SecretValue`]; no fault, message or `Debug`
//! shows one. Reading a text touches no disk and no program; `fetch` is the edge that does.

pub mod audit;
pub mod backend;
pub mod container;
pub mod encryption;
pub mod fetch;
mod form;
pub mod json;
pub mod outputs;
pub mod subject;

pub use fetch::{Engine, FetchError, Location, Program, fetch};
pub use form::{Form, form};
pub use json::Json;
pub use outputs::{Output, Outputs, OutputsError};
