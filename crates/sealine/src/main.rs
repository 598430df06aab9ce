//! The `sealine` binary.
fn main() {}
