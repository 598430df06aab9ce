//! What is remembered and told, through the public interface: one program for all of it.

mod daemon;
mod faults;
mod kills;
mod payloads;
mod sample;
mod scale;
mod simulation;
mod sinks;
mod store;
