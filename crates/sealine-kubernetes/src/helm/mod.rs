//! Helm charts, rendered natively: a chart and values become a list of objects.
//!
//! The steps: the chart is loaded once ([`chart`]); values are laid over each other ([`values`]);
//! each template is executed and its output parsed ([`render`]).
//!
//! Invariants: rendering ends, within the budgets of the templates; a template that cannot be
//! rendered is left out with a note and takes no other one along; what is not known of a value is
//! a hole in what is rendered from it.

mod chart;
mod data;
mod eaten;
mod output;
mod render;
mod scan;
mod values;

pub(crate) use chart::{Loaded, load};
pub(crate) use render::{Release, render};
pub(crate) use scan::scan;
