//! The chain for people and programs: one part of it as a tree, all of it as JSON or a picture.
//!
//! Invariant: a name is a name in every output. Whatever stands in it, it does nothing to a
//! terminal, to a picture's source or to a page.

mod dot;
mod html;
mod json;
mod mermaid;
mod trace;

use std::collections::BTreeMap;

use sealine_model::Finding;
use sealine_model::graph::{Edge, Graph};
use sealine_model::query::Details;
use sealine_rules::gaps::Gaps;
use sealine_source::Place;
use serde_json::{Value, json};

pub use dot::dot;
pub use html::html;
pub use json::graph as graph_json;
pub use mermaid::mermaid;
pub use trace::{Trace, text as trace_text, to_json as trace_json};

use crate::shown_path;

/// A linked chain and what is known of it.
#[derive(Debug)]
pub struct Chain<'a> {
    /// The nodes and edges.
    pub graph: &'a Graph,
    /// What joints say besides their ends.
    pub details: &'a Details<'a>,
    /// The findings that stand.
    pub findings: &'a [Finding],
    /// Where it has gaps, and which findings are about which node.
    pub gaps: &'a Gaps,
    /// The folder of each repository, as seen from where the user stands.
    pub roots: &'a BTreeMap<String, String>,
}

impl Chain<'_> {
    /// Returns a place as a terminal finds it: path and line.
    pub fn shown(&self, place: &Place) -> String {
        format!("{}:{}", shown_path(self.roots, place), place.line)
    }

    /// Returns whether a node is missing, or an error is about it.
    pub fn is_broken(&self, node: usize) -> bool {
        self.gaps.is_broken(self.graph, node, self.findings)
    }

    /// Returns what a joint says besides its ends.
    pub fn detail(&self, edge: &Edge) -> String {
        let ends = self.graph.nodes.get(edge.from).zip(self.graph.nodes.get(edge.to));
        ends.map(|(from, to)| self.details.at(&edge.at, from, to)).unwrap_or_default()
    }

    /// Returns the findings about a node.
    pub fn findings_about(&self, node: usize) -> impl Iterator<Item = &Finding> {
        let about = self.gaps.findings.get(&node).into_iter().flatten();
        about.filter_map(|index| self.findings.get(*index))
    }
}

/// Returns a place as all JSON about chains has it.
pub fn place_json(place: &Place) -> Value {
    json!({"repo": place.file.repo, "file": place.file.path, "line": place.line})
}
