//! What is remembered and told, through the public interface: one program for all of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod daemon;
mod faults;
mod full_disk;
mod kills;
mod payloads;
mod sample;
mod scale;
mod simulation;
mod sinks;
mod store;
