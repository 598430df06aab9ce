//! What tests of several crates share. A dev-dependency only: nothing here reaches a user.

pub mod aws;
pub mod browser;
pub mod laws;
pub mod peers;
mod peers_table;
pub mod postgresql;
pub mod run;
pub mod servers;
pub mod terraform;
pub mod tree;

pub use run::{Run, run};
pub use tree::Tree;
