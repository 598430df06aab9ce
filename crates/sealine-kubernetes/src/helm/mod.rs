//! Helm charts, rendered natively: a chart and values become a list of objects.
//!
//! The steps: the chart is loaded once ([`load`]); values are laid over each other ([`values`]);
//! each template is executed and its output parsed ([`render`]). [`template`] is the same for a
//! caller that wants texts.
//!
//! Invariants: rendering ends, within the budgets of the templates; a template that cannot be
//! rendered is left out with a note and takes no other one along; what is not known of a value is
//! a hole in what is rendered from it.

mod archive;
mod chart;
mod cluster;
mod data;
mod eaten;
mod escape;
mod fill;
mod ignore;
mod load;
mod output;
mod parameter;
mod parts;
mod render;
mod scan;
mod switches;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub(crate) use chart::Loaded;
pub(crate) use data::Files;
pub(crate) use fill::{Page, fill_page, fill_scalar};
pub(crate) use load::load;
pub(crate) use parameter::{at_path, typed};
pub(crate) use parts::parts;
pub(crate) use render::{Lacking, Release, render};
pub(crate) use scan::{scan, values_files};
pub(crate) use switches::switched_on;
pub use template::{Output, Templated, Templating, template};
pub(crate) use values::merge;
