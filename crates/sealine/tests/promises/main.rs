//! What Sealine promises: no secret value in any output or core file, no network, no program.

mod canary;
#[cfg(target_os = "linux")]
mod core_files;
mod secrets;
mod still;
