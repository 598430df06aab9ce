//! Joins the facts of all units to one [`Graph`].
//!
//! Invariant: linking never fails and never guesses: what is unknown on one side joins as
//! [`Certainty::Assumed`], and rules judge by certainty.

mod build;
mod entries;
mod names;
mod scopes;
mod secrets;

use crate::Facts;
use crate::graph::Graph;
use crate::settings::Settings;

pub use entries::{configured_identity, entry_name};
pub use names::{Names, entry_id, terraform_id};
pub use scopes::Clusters;

/// Returns the graph of these facts.
///
/// `PushSecret` targets become entries of the units that hold them, since only here their store's
/// vault is known.
pub fn link(facts: &mut [Facts], settings: &Settings) -> Graph {
    let clusters = Clusters::of(facts, settings);
    let stores = entries::StoreIndex::of(facts);
    entries::declare_pushed(facts, &stores, &clusters, settings);
    let reads = entries::resolve(facts, &stores, &clusters, settings);
    let uses = secrets::resolve(facts, &clusters);
    build::graph(facts, &clusters, reads, uses)
}

#[cfg(test)]
mod tests;
