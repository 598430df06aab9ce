//! Which workloads a difference reaches, by the linked chain of secrets.
//!
//! Invariant: a difference is only ever raised, and says for whom.

use std::collections::BTreeSet;

use sealine_model::graph::{Graph, Stage};
use sealine_model::query::{Direction, Neighbours};

use crate::plan::path::covers;
use crate::report::{Difference, Kind, RunReport, Severity};

/// Names the workloads whose secrets pass through what differs, and raises it. `repo` and `folder`
/// are those of the project's root module, as the graph knows it.
pub fn raise(report: &mut RunReport, graph: &Graph, repo: &str, folder: &str) {
    let neighbours = Neighbours::of(graph);
    let prefix = match folder {
        "" => format!("terraform/{repo}:"),
        folder => format!("terraform/{repo}/{folder}:"),
    };
    let changed = |finding: &&mut Difference| !matches!(finding.kind, Kind::Noise);
    for finding in report.findings.iter_mut().filter(changed) {
        let workloads: BTreeSet<String> = nodes(graph, repo, &prefix, finding)
            .into_iter()
            .flat_map(|node| readers(graph, &neighbours, node))
            .collect();
        if workloads.is_empty() {
            continue;
        }
        finding.severity = match finding.severity {
            Severity::Low => Severity::Medium,
            Severity::Medium => Severity::High,
            Severity::High | Severity::Critical => Severity::Critical,
        };
        finding.workloads = workloads.into_iter().collect();
    }
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

/// The nodes that a difference is about: by address, or by the block that declares both.
fn nodes(graph: &Graph, repo: &str, prefix: &str, finding: &Difference) -> Vec<usize> {
    let nodes = graph.nodes.iter().enumerate();
    let is_meant = |node: &sealine_model::graph::Node| {
        if node.stage == Stage::TerraformResource
            && node.id.strip_prefix(prefix).is_some_and(|known| covers(known, &finding.address))
        {
            return true;
        }
        let declared = finding.declared.as_deref().and_then(|place| place.rsplit_once(':'));
        let (Some((file, line)), Some(place)) = (declared, &node.declared) else { return false };
        place.file.repo == repo && place.file.path == file && place.line.to_string() == line
    };
    nodes.filter(|(_, node)| is_meant(node)).map(|(index, _)| index).collect()
}

fn readers(graph: &Graph, neighbours: &Neighbours, node: usize) -> Vec<String> {
    let mut seen = BTreeSet::from([node]);
    let mut left = vec![node];
    while let Some(at) = left.pop() {
        for edge in neighbours.edges(at, Direction::Down) {
            let next = graph.edges[*edge].to;
            if seen.insert(next) {
                left.push(next);
            }
        }
    }
    let is_workload = |index: &usize| graph.nodes[*index].stage == Stage::Workload;
    let shown = |index: usize| sealine_report::on_one_line(&graph.nodes[index].id);
    seen.into_iter().filter(is_workload).map(shown).collect()
}
