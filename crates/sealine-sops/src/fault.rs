//! Why a file was not read, decrypted or written.
//!
//! Invariant: a fault names keys, kinds and places; it never holds a value.

use crate::{Format, Path};

/// What kept an operation from its end. No plaintext is returned beside one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text has no `sops` metadata.
    #[error("it is not encrypted: it has no `sops` metadata")]
    NotEncrypted,
    /// The plaintext holds what SOPS keeps its metadata in.
    #[error("it has the key `{0}` already, which SOPS keeps its metadata in")]
    Reserved(String),
    /// The text cannot be read as this format.
    #[error("it cannot be read as {format}, line {line}: {message}")]
    Syntax {
        /// The format.
        format: Format,
        /// The line, counted from one.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// SOPS knows it, this crate does not; the text names it.
    #[error("{0}")]
    Unsupported(String),
    /// The metadata cannot be understood.
    #[error("the `sops` metadata is not valid: {0}")]
    Metadata(String),
    /// The rule selects this value, but it stands there in clear.
    #[error("`{0}` is to be encrypted and is not")]
    InClear(Path),
    /// The value was changed or moved, or was encrypted with another data key.
    #[error("`{0}` cannot be decrypted: it was changed or moved, or the data key is another one")]
    Value(Path),
    /// As [`Value`](Self::Value), of a comment.
    #[error(
        "a comment cannot be decrypted: it was changed or moved, or the data key is another one"
    )]
    Comment,
    /// The value decrypts to something that its type does not allow.
    #[error("`{0}` does not hold what its type says")]
    Type(Path),
    /// The metadata has no message authentication code.
    #[error("it has no MAC, so nobody can tell whether values were removed or reordered")]
    NoMac,
    /// The code cannot be decrypted.
    #[error(
        "the MAC cannot be decrypted: it or `lastmodified` was changed, or the data key is another one"
    )]
    SealedMac,
    /// The code is not that of the values.
    #[error("the MAC is not that of the values: some were changed, removed, added or reordered")]
    Mac,
    /// The rule that selects values cannot be followed.
    #[error("{0}")]
    Rule(String),
    /// A value that the format cannot hold.
    #[error("`{path}` cannot be written as {format}: {reason}")]
    Unwritable {
        /// Where.
        path: Path,
        /// The format.
        format: Format,
        /// Why.
        reason: &'static str,
    },
    /// A change goes through something that has no parts.
    #[error("`{0}` cannot be set: what stands on the way there is no map or list")]
    Blocked(Path),
    /// The text around a value does not allow to change it alone.
    #[error("`{0}` cannot be changed without touching what stands around it")]
    Edit(Path),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// Not 32 bytes.
    #[error("a data key has 32 bytes, not {0}")]
    KeyLength(usize),
}
