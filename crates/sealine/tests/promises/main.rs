//! What Sealine promises: no secret value in any output, no network, no program.

mod canary;
mod secrets;
mod still;
