//! CI workflows and the configuration of drift tools, read into facts.
//!
//! Invariants: reading never fails; nothing is run, a script is only looked at; where a folder, a
//! shell or a wrapper is not known, nothing is said about it.

mod call;
mod exit_code;
mod folder;
mod job;
mod read;
mod scope;
mod script;
mod shell;
mod steps;
mod tools;

pub use read::{read, wants};
