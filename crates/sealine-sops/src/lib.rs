//! SOPS files and `.sops.yaml`: the whole format, and which file a creation rule wants encrypted.
//!
//! [`Encrypted`] is a file as it was read: it is decrypted, edited in place, given to other master
//! keys. [`encrypt`] makes one of a [`Plain`] tree. [`read`] finds the SOPS facts of a project
//! without any key.
//!
//! Invariant: no disk, network, program or clock; master keys are wrapped and unwrapped elsewhere.
//! Plaintext leaves only after every value and the MAC were found to be right, and only within
//! [`SecretValue`](sealine_model::SecretValue).

mod cipher;
mod config;
mod creation;
mod data_key;
mod edit;
mod encrypt;
mod encrypted;
mod fault;
mod format;
mod mac;
mod master;
mod metadata;
mod read;
mod selection;
mod store;
mod timestamp;
mod value;
mod walk;

pub use config::{CreationRule, Pattern, Recipients, SopsConfig, parse_config, rule_for};
pub use data_key::{DATA_KEY_LENGTH, DataKey};
pub use edit::{Change, Edited, edit_plain};
pub use encrypt::{encrypt, format_time};
pub use encrypted::Encrypted;
pub use fault::Fault;
pub use format::{Format, encrypted_keys, is_encrypted_text, is_encrypted_value, is_sops};
pub use master::{Master, WrappedKey};
pub use metadata::{Metadata, VERSION};
pub use read::{covers, read, wants};
pub use selection::{Rule, Selection};
pub use value::{Comment, Entry, Item, Kind, Leaf, List, Map, Path, Plain, Step, Value};
