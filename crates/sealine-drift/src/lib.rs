//! Drift one can trust: runs plans that change nothing, and says what they show, since when, and to
//! whom.
//!
//! Invariant: nothing here can change infrastructure or state, and no value leaves a run but as a
//! redacted text ([`report::Shown`]).

pub mod alerts;
pub mod cancel;
pub mod chain;
pub mod changes;
pub mod clock;
pub mod engine;
pub mod ignore_edit;
mod judge;
#[doc(hidden)]
pub mod laws;
pub mod owners;
mod plan;
pub mod project;
mod redact;
pub mod report;
pub mod run;
mod schema;
pub mod show;
pub mod sinks;
pub mod store;
pub mod watch;

pub use cancel::{Cancel, Canceller};
pub use clock::Clock;
pub use engine::Engine;
pub use project::Project;
pub use report::{Difference, Outcome, RunReport};
pub use run::Programs;
