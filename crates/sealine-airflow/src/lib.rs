//! Airflow DAGs read as facts: which Secrets a task's pod needs, and which connections it asks for.
//!
//! Invariant: Python is never executed. A small evaluator folds what is certain (constants,
//! helpers, comprehensions, imports between files of one tree) within a budget; what it cannot fold
//! is unknown and becomes a note, never an error.

mod filter;
mod imports;
mod syntax;
mod tree;

pub use filter::wants;
pub use imports::{imports, module_paths};
