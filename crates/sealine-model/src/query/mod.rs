//! Questions to the graph: which node a person means, and the chain up and down from there.
//!
//! Invariant: nothing here changes the graph, and every walk ends, in graphs with cycles too.

mod details;
mod resolve;
mod walk;

pub use details::Details;
pub use resolve::{Focus, Resolution, resolve};
pub use walk::{Cut, Direction, Neighbours, Step, through, walk};

/// Returns an id without the cluster at its end: what a name in a file can say.
pub fn without_cluster(id: &str) -> &str {
    id.rsplit_once('@').map_or(id, |(rest, _)| rest)
}
