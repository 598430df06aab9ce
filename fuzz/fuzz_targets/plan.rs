//! A plan as JSON: judging it ends, and no value that is marked is told.
#![no_main]

#[path = "../../crates/sealine-drift/tests/laws/planted.rs"]
mod planted;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| planted::holds(bytes));
