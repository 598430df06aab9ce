//! Joins the facts of all units: first the joints, then, for whoever looks at the chain itself, its
//! nodes and edges.
//!
//! Invariant: linking never fails and never guesses: what is unknown on one side joins as
//! [`Certainty::Assumed`], and rules judge by certainty.

mod build;
mod copies;
mod dormant;
mod entries;
mod entry_index;
mod names;
mod readers;
mod scopes;
mod secrets;

use crate::Facts;
use crate::graph::{Links, Mentions};
use crate::settings::Settings;

pub use build::graph;
pub use entries::{configured_identity, entry_name};
pub use names::{Names, entry_id, terraform_id};
pub use scopes::Clusters;

/// Returns the joints of these facts.
///
/// `PushSecret` targets become entries of the units that hold them, since only here their store's
/// vault is known.
pub fn link(facts: &mut [Facts], settings: &Settings) -> Links {
    let clusters = Clusters::of(facts, settings);
    let stores = entries::StoreIndex::of(facts);
    entries::declare_pushed(facts, &stores, &clusters, settings);
    let reads = entries::resolve(facts, &stores, &clusters, settings);
    let uses = secrets::resolve(facts, &clusters);
    Links { reads, uses, clusters, mentions: Mentions::default() }
}

#[cfg(test)]
mod tests;
