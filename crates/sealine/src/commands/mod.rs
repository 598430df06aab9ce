//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod deliveries;
pub(crate) mod drift_workflow;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod graph;
pub(crate) mod impact;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod render;
pub(crate) mod round_trip;
pub(crate) mod trace;
