//! `sealine graph`.

use sealine_report::chain::graph_json;

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
    let text = match (&listed, args.output) {
        (Some(list), None | Some(GraphFormat::Text)) => deliveries::text(list),
        (Some(list), Some(GraphFormat::Json)) => output::pretty(&deliveries::json(list)),
        (None, None | Some(GraphFormat::Json)) => output::pretty(&graph_json(&analysis.graph)),
        (None, Some(GraphFormat::Text)) => {
            return Err(Failure::new("the chain is written as JSON only")
                .hint("`--deliveries` lists the delivery roots as text"));
        }
    };
    output::print(&text)?;
    Ok(if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}
