//! The facts of repositories as one JSON file: what a repository declares and needs, so that others
//! can be linked with it without a checkout.
//!
//! The types of [`wire`] are the format; their doc comments are the descriptions of its schema. A
//! fact stands on a line of its own, so that two files can be compared by eye.
//!
//! Invariant: no value of a secret, no text of a template and no literal of Terraform is written;
//! and nothing in a file that is read makes this crate fail in another way than by [`Fault`]. What
//! a newer version of the format adds is passed over.

mod code;
mod mirror;
mod read;
mod wire;
mod write;

use sealine_model::Facts;
use sealine_model::settings::VaultSettings;

pub use read::{Fault, read};
pub use wire::schema;
pub use write::write;

/// What the files of this format say that they are.
pub const FORMAT: &str = "sealine-facts";

/// The version of the format that is written. Files of another first number are refused.
pub const VERSION: (u32, u32) = (1, 0);

/// The facts of some repositories.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The repositories, in the order of their names.
    pub repositories: Vec<Origin>,
    /// Who creates the entries of which vault, as the repositories' configuration says.
    pub vaults: Vec<(String, VaultSettings)>,
    /// What their units declare and need.
    pub units: Vec<Facts>,
}

/// A repository whose facts are published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// Its git remotes as `host/owner/name`.
    pub remotes: Vec<String>,
    /// The commit that was read, as far as git tells.
    pub commit: Option<String>,
}

#[cfg(test)]
mod tests;
