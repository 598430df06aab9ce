//! The vocabulary of the chain: what a unit declares and needs ([`Facts`]), and the graph that
//! linking makes of it ([`Graph`]).
//!
//! Invariant: nothing here reads a file, runs a program or fails; and no type holds the value of a
//! secret, except [`SecretValue`], which never shows it.

pub mod airflow;
mod alphabet;
mod asked;
mod certainty;
pub mod delivery;
pub mod export;
mod facts;
mod few;
mod finding;
pub mod graph;
pub mod impact;
pub mod kubernetes;
pub mod link;
pub mod object_kinds;
pub mod query;
pub mod secret_attributes;
pub mod settings;
mod shared;
pub mod sops;
mod sorted_map;
pub mod terraform;
pub mod tree;
mod value;
pub mod vault;
pub mod workflow;

mod code_address;
mod harmless;
mod public_key;
mod secret_value;
mod site_address;
mod spark;
mod stand_in;
mod vault_address;

pub use alphabet::{Alphabet, Alphabets};
pub use asked::{Asked, asked};
pub use certainty::Certainty;
pub use facts::{Coverage, Facts, Note, Problem, ProblemKind};
pub use few::Few;
pub use finding::{Finding, Fix, Safety, Severity};
pub use harmless::{
    is_algorithm, is_answer, is_email, is_no_secret, is_no_secret_in, is_plain_address,
    is_settings, is_uuid, is_word, names_credential, names_no_secret, names_plain_word,
};
pub use public_key::is_public_key;
pub use secret_value::SecretValue;
pub use shared::Shared;
pub use sorted_map::SortedMap;
pub use spark::{SparkSecret, spark_secret};
pub use stand_in::is_stand_in;
pub use value::{Piece, Value};
