//! Values as text, byte for byte as Go writes them.
//!
//! Invariant: every writer pays for what it writes and stops at a fixed depth, so that a map that
//! holds itself gives an error.

pub(crate) mod float;
mod print;
mod printf;
pub(crate) mod quote;

pub(crate) use print::{print, sprint, sprintln};
pub(crate) use printf::printf;
