//! Terraform's outputs on their way to a values file of a GitOps tree, encrypted with SOPS.
//!
//! [`run`] does one export: [`select`] chooses outputs, [`plan`] compares them with what the target
//! holds, [`prepare`] makes the target's new text, [`held`] replaces the file, [`git`] commits and
//! pushes it and [`forge`] opens the pull request.
//!
//! Invariants: a sensitive output never goes to a place that is not encrypted; a target whose values
//! did not change keeps its bytes; a target holds its old bytes or its new bytes at any moment; no
//! message, and no file but the target, holds a value.

mod convert;
mod creation;
mod fault;
pub mod forge;
pub mod git;
pub mod held;
mod place;
mod placing;
pub mod plan;
pub mod prepare;
mod run;
pub mod select;
pub mod stamp;
pub mod target;
mod template;
pub mod tree_path;

pub use creation::{Creation, creation};
pub use fault::Fault;
pub use place::{Place, locate};
pub use plan::Touch;
pub use prepare::Export;
pub use run::{Commit, Done, Job, Mode, Surroundings, run};
pub use select::Selection;
pub use template::{Template, TemplateFault};
