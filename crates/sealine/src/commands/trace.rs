//! `sealine trace`.

use std::io::{BufRead as _, IsTerminal as _};

use sealine_model::Finding;
use sealine_model::query::{Details, Focus, Resolution, resolve};
use sealine_report::chain::{Chain, Trace, trace_json, trace_text};
use sealine_rules::gaps::Gaps;
use sealine_source::Place;

use crate::Outcome;
use crate::args;
use crate::failure::Failure;
use crate::output::{self, note};
use crate::project::Plan;

/// Shows one chain, up and down.
pub(crate) fn run(args: &args::Trace) -> Result<Outcome, Failure> {
    let plan = Plan::of(&args.input)?;
    let analysis = plan.analyse();
    let findings = findings(&plan, &analysis);
    let details = Details::of(&analysis.facts, &analysis.links);
    let gaps = gaps(&plan, &analysis, &findings);
    let chain = Chain {
        graph: analysis.graph(),
        details: &details,
        findings: &findings,
        gaps: &gaps,
        roots: &plan.roots,
    };
    let found = resolve(analysis.graph(), &analysis.facts, &args.query);
    let focus = one_of(&chain, &args.query, &found)?;
    let both = args.up == args.down;
    let trace = Trace::from(&chain, focus, args.up || both, args.down || both);
    let text = match args.output {
        args::TraceFormat::Text => trace_text(&chain, &trace, output::may_color()),
        args::TraceFormat::Json => output::pretty(&trace_json(&chain, &trace)),
    };
    output::print(&text)?;
    Ok(if !analysis.unreadable.is_empty() {
        Outcome::Incomplete
    } else if trace.is_broken(&chain) {
        Outcome::Found
    } else {
        Outcome::Clean
    })
}

/// The one node that a query means, or the user's choice.
pub(crate) fn one_of<'a>(
    chain: &Chain<'_>,
    query: &str,
    found: &'a Resolution,
) -> Result<&'a Focus, Failure> {
    match found.matches.as_slice() {
        [] => Err(Failure::new(format!("nothing in sight looks like `{query}`")).hint(
            "`sealine graph` lists everything; a query may be an id, `vault:NAME/ENTRY`, a \
             Terraform address, a variable, `DAG.TASK` or `FILE:LINE`",
        )),
        [only] => {
            if found.guessed {
                note(&format!("`{query}` is taken for `{}`", chain.graph.nodes[only.node].id));
            }
            Ok(only)
        }
        several => choose(chain, query, several),
    }
}

/// All findings that stand, whichever part of the project they lie in.
pub(crate) fn findings(plan: &Plan, analysis: &sealine_engine::Analysis) -> Vec<Finding> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let verdict = sealine_engine::judge_all(analysis, &plan.config, &plan.config.rules, today);
    verdict.findings.into_iter().map(sealine_report::covered_finding).collect()
}

/// The gaps that these findings tell.
pub(crate) fn gaps(plan: &Plan, analysis: &sealine_engine::Analysis, findings: &[Finding]) -> Gaps {
    let prefix = plan.config.settings.conventions.placeholder_prefix.as_deref();
    Gaps::of(analysis.graph(), findings, prefix)
}

/// On a terminal the user chooses; elsewhere the list is the answer, and no chain is shown.
fn choose<'a>(chain: &Chain<'_>, query: &str, several: &'a [Focus]) -> Result<&'a Focus, Failure> {
    note(&format!("`{query}` may mean:"));
    for (index, focus) in several.iter().enumerate() {
        let node = &chain.graph.nodes[focus.node];
        let joint = focus.through.iter().flatten().filter_map(|edge| chain.graph.edges.get(*edge));
        let place = joint.map(|edge| &edge.at).next().or(node.declared.as_ref());
        let place = place.map(|place: &Place| format!("  {}", chain.shown(place)));
        let line = format!("{:>3}  {}{}", index + 1, node.id, place.unwrap_or_default());
        note(&sealine_report::on_one_line(&line));
    }
    let unclear = || Failure::new("the query fits more than one").hint("give one of these ids");
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(unclear());
    }
    note("which one? (number)");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let number: usize = line.trim().parse().map_err(|_| unclear())?;
    number.checked_sub(1).and_then(|index| several.get(index)).ok_or_else(unclear)
}
