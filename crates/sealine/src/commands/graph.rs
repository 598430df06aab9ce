//! `sealine graph`.

use std::collections::{BTreeSet, HashMap};

use sealine_model::graph::Graph as Linked;
use sealine_model::query::{Details, Neighbours, resolve, through};
use sealine_report::chain::{self, Chain};

use crate::Outcome;
use crate::args::{Graph, GraphFormat};
use crate::commands::{deliveries, trace};
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Writes the linked chain.
pub(crate) fn run(args: &Graph) -> Result<Outcome, Failure> {
    let plan = Plan::of(&args.input)?;
    let analysis = plan.analyse_for_showing();
    let format = args.output.as_ref().map(|output| output.format);
    let text = if args.deliveries {
        let list = deliveries::list(&analysis.facts);
        match format {
            None | Some(GraphFormat::Text) => deliveries::text(&list),
            Some(GraphFormat::Json) => output::pretty(&deliveries::json(&list)),
            Some(_) => {
                return Err(Failure::new("the delivery roots are written as text or json"));
            }
        }
    } else {
        chain_text(args, format.unwrap_or(GraphFormat::Json), &plan, &analysis)?
    };
    match args.output.as_ref().and_then(|output| output.file.as_ref()) {
        Some(file) => output::write_file(file, &text)?,
        None => output::print(&text)?,
    }
    Ok(if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}

fn chain_text(
    args: &Graph,
    format: GraphFormat,
    plan: &Plan,
    analysis: &sealine_engine::Analysis,
) -> Result<String, Failure> {
    if format == GraphFormat::Text {
        return Err(Failure::new("the chain is not written as text").hint(
            "`--deliveries` lists the delivery roots as text, `sealine trace` draws one chain",
        ));
    }
    let graph = analysis.graph();
    let findings = match format {
        GraphFormat::Json => Vec::new(),
        // What is switched off is shown, and not judged.
        _ => trace::findings(plan, &plan.analyse()),
    };
    let details = Details::of(&analysis.facts, &analysis.links);
    let gaps = trace::gaps(plan, analysis, &findings);
    let chain =
        Chain { graph, details: &details, findings: &findings, gaps: &gaps, roots: &plan.roots };
    let focus = match &args.focus {
        Some(query) => {
            let found = resolve(graph, &analysis.facts, query);
            Some(trace::one_of(&chain, query, &found)?.node)
        }
        None => None,
    };
    let chosen = || match focus {
        Some(node) => through(graph, &Neighbours::of(graph), node),
        None => (0..graph.nodes.len()).collect(),
    };
    Ok(match format {
        GraphFormat::Dot => chain::dot(&chain, &chosen()),
        GraphFormat::Mermaid => chain::mermaid(&chain, &chosen()),
        GraphFormat::Html => chain::html(&chain, &analysis.project, focus),
        GraphFormat::Json | GraphFormat::Text => {
            let part = focus.map(|_| part(graph, &chosen()));
            output::pretty(&chain::graph_json(part.as_ref().unwrap_or(graph)))
        }
    })
}

/// The graph of some nodes only.
fn part(graph: &Linked, chosen: &BTreeSet<usize>) -> Linked {
    let positions: HashMap<usize, usize> =
        chosen.iter().enumerate().map(|(position, node)| (*node, position)).collect();
    let edges = graph.edges.iter().filter_map(|edge| {
        let (from, to) = (*positions.get(&edge.from)?, *positions.get(&edge.to)?);
        Some(sealine_model::graph::Edge { from, to, ..edge.clone() })
    });
    Linked {
        nodes: chosen.iter().filter_map(|node| graph.nodes.get(*node).cloned()).collect(),
        edges: edges.collect(),
    }
}
