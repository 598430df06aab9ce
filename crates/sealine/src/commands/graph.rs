//! `sealine graph`.

use sealine_model::graph::Graph as Chain;
use sealine_source::Place;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{Graph, GraphFormat};
use crate::commands::deliveries;
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Writes the linked chain.
pub(crate) fn run(args: &Graph) -> Result<Outcome, Failure> {
    let plan = Plan::of(&args.input)?;
    let analysis = plan.analyse();
    let listed = args.deliveries.then(|| deliveries::list(&analysis.facts));
    let json = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    let text = match (&listed, args.output) {
        (Some(list), None | Some(GraphFormat::Text)) => deliveries::text(list),
        (Some(list), Some(GraphFormat::Json)) => json(&deliveries::json(list)),
        (None, None | Some(GraphFormat::Json)) => json(&to_json(&analysis.graph)),
        (None, Some(GraphFormat::Text)) => {
            return Err(Failure::new("the chain is written as JSON only")
                .hint("`--deliveries` lists the delivery roots as text"));
        }
    };
    output::print(&text)?;
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

/// Returns a place as all JSON of this command has it.
pub(crate) fn place(place: &Place) -> Value {
    json!({"repo": place.file.repo, "file": place.file.path, "line": place.line})
}
