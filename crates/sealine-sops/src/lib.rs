//! SOPS files and `.sops.yaml`: how they look, and which file a creation rule wants encrypted.
//!
//! Invariant: nothing here decrypts, and no value of a file leaves this crate; keys and places do.

mod config;
mod format;
mod read;
mod selection;

pub use config::{CreationRule, Pattern, Recipients, SopsConfig, parse_config, rule_for};
pub use format::{Format, encrypted_keys, is_encrypted_text, is_encrypted_value, is_sops};
pub use read::{read, wants};
pub use selection::Selection;
