//! Values as text, byte for byte as Go writes them.
//!
//! Invariant: every writer pays for what it writes and stops at a fixed depth, so that a map that
//! holds itself gives an error.

pub(crate) mod float;
mod json;
mod print;
mod printf;
pub(crate) mod quote;
mod syntax;
mod yaml;

pub(crate) use json::{Style as JsonStyle, json};
pub(crate) use print::{print, sprint, sprintln, write};
pub(crate) use printf::printf;
pub(crate) use yaml::{Style as YamlStyle, yaml};
