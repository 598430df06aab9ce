//! Texts as values: what `fromYaml` and `fromJson` give.
//!
//! Invariant: a scalar that stands unescaped in the text keeps the origins of its bytes.

mod json;
mod yaml;

pub(crate) use json::json;
pub use yaml::value;
pub(crate) use yaml::{flat_yaml, yaml};
