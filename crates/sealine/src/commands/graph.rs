//! `sealine graph`.

use sealine_model::graph::Graph as Chain;
use sealine_source::Place;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{Graph, GraphFormat};
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Writes the linked chain.
pub(crate) fn run(args: &Graph) -> Result<Outcome, Failure> {
    let plan = Plan::of(&args.input)?;
    let analysis = plan.analyse();
    match args.output {
        GraphFormat::Json => {
            let text = serde_json::to_string_pretty(&to_json(&analysis.graph)).unwrap_or_default();
            output::print(&(text + "\n"))?;
        }
    }
    Ok(if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}

/// The documented form: see `docs/graph.md`.
fn to_json(graph: &Chain) -> Value {
    let nodes: Vec<Value> = graph
        .nodes
        .iter()
        .map(|node| {
            json!({
                "id": node.id,
                "stage": node.stage.name(),
                "name": node.name,
                "scope": node.scope,
                "declared": node.declared.as_ref().map(place),
            })
        })
        .collect();
    let edges: Vec<Value> = graph
        .edges
        .iter()
        .map(|edge| {
            json!({
                "from": graph.nodes[edge.from].id,
                "to": graph.nodes[edge.to].id,
                "certainty": edge.certainty.name(),
                "at": place(&edge.at),
            })
        })
        .collect();
    json!({"version": 1, "nodes": nodes, "edges": edges})
}

fn place(place: &Place) -> Value {
    json!({"repo": place.file.repo, "file": place.file.path, "line": place.line})
}
