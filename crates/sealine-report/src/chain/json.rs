//! The whole chain as JSON: the documented form, see `docs/graph.md`.

use sealine_model::graph::{Edge, Graph, Node};
use serde_json::{Value, json};

use super::place_json;

/// Returns the graph, sorted and stable.
pub fn graph(graph: &Graph) -> Value {
    let nodes: Vec<Value> = graph.nodes.iter().map(node).collect();
    let edges: Vec<Value> = graph.edges.iter().map(|edge| edge_json(graph, edge)).collect();
    json!({"version": 1, "nodes": nodes, "edges": edges})
}

/// Returns one node.
pub(super) fn node(node: &Node) -> Value {
    json!({
        "id": node.id,
        "stage": node.stage.name(),
        "name": node.name,
        "scope": node.scope,
        "declared": node.declared.as_ref().map(place_json),
    })
}

fn edge_json(graph: &Graph, edge: &Edge) -> Value {
    json!({
        "from": graph.nodes[edge.from].id,
        "to": graph.nodes[edge.to].id,
        "certainty": edge.certainty.name(),
        "at": place_json(&edge.at),
    })
}
