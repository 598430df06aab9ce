//! Where the chain has gaps: stations that something needs and nothing in sight makes.
//!
//! Invariant: a gap is *missing* only when a rule with its evidence says so; else it is merely not
//! in sight. What a gap nearly matches is found as the rules find it.

use std::collections::{BTreeMap, HashMap};

use sealine_model::graph::{Graph, Node, Stage};
use sealine_model::query::without_cluster;
use sealine_model::{Finding, Severity};

use crate::similar::{likeliest, nearest};

/// A station that nothing in sight makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whether a rule says that it is missing; else it may come from where nothing can be seen.
    pub missing: bool,
    /// The id of the declared node whose name it nearly has.
    pub near: Option<String>,
}

/// What is wrong with the stations of a graph.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    /// The gaps, by node.
    pub gaps: BTreeMap<usize, Gap>,
    /// The findings about each node, as indexes into the list that was given.
    pub findings: HashMap<usize, Vec<usize>>,
}

impl Gaps {
    /// Holds findings against the nodes of a graph. `prefix` is that of entries which people fill.
    pub fn of(graph: &Graph, findings: &[Finding], prefix: Option<&str>) -> Self {
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            for subject in &finding.subjects {
                by_subject.entry(station(subject)).or_default().push(index);
            }
        }
        let mut all = Self::default();
        for (index, node) in graph.nodes.iter().enumerate() {
            if let Some(about) = by_subject.get(&station(&node.id)) {
                let mut about = about.clone();
                about.dedup();
                all.findings.insert(index, about);
            }
        }
        let made = made(graph);
        for (index, node) in graph.nodes.iter().enumerate() {
            let can_be_missing =
                matches!(node.stage, Stage::VaultEntry | Stage::Store | Stage::Secret);
            if !can_be_missing || node.declared.is_some() || node.name.contains('*') {
                continue;
            }
            let about = all.findings.get(&index).into_iter().flatten();
            let missing = about.map(|at| &findings[*at]).any(says_missing);
            let near = near(node, made.get(&(node.stage, scope(node))), prefix);
            all.gaps.insert(index, Gap { missing, near });
        }
        all
    }

    /// Returns whether a node is broken: it is missing, or an error is about it before all else.
    pub fn is_broken(&self, graph: &Graph, node: usize, findings: &[Finding]) -> bool {
        let own = station(&graph.nodes[node].id);
        let wrong = |at: &usize| {
            findings.get(*at).is_some_and(|finding| {
                let first = finding.subjects.first().map(|subject| station(subject));
                finding.severity == Severity::Error && first.as_ref() == Some(&own)
            })
        };
        self.gaps.get(&node).is_some_and(|gap| gap.missing)
            || self.findings.get(&node).is_some_and(|about| about.iter().any(wrong))
    }
}

/// The part of an id or subject that names the station: without the cluster, without the key of a
/// Secret, and in one case where a vault may ignore it.
fn station(subject: &str) -> String {
    let whole = subject.split_once('#').map_or(subject, |(whole, _)| whole);
    let whole = without_cluster(whole);
    if whole.starts_with("vault/") { whole.to_ascii_lowercase() } else { whole.to_owned() }
}

/// Whether a finding says that its subject does not exist.
fn says_missing(finding: &Finding) -> bool {
    const RULES: [&str; 5] =
        ["missing-secret", "misnamed-key", "unknown-store", "unprovisioned-key", "wrong-namespace"];
    RULES.contains(&finding.rule) && finding.severity > Severity::Info
}

/// A store's name alone tells it, whatever the namespace.
fn scope(node: &Node) -> &str {
    if node.stage == Stage::Store { "" } else { &node.scope }
}

/// The declared nodes by stage and scope.
fn made(graph: &Graph) -> HashMap<(Stage, &str), Vec<&Node>> {
    let mut made: HashMap<(Stage, &str), Vec<&Node>> = HashMap::new();
    for node in graph.nodes.iter().filter(|node| node.declared.is_some()) {
        made.entry((node.stage, scope(node))).or_default().push(node);
    }
    made
}

fn near(gap: &Node, made: Option<&Vec<&Node>>, prefix: Option<&str>) -> Option<String> {
    let made = made?;
    let names = || made.iter().map(|node| node.name.as_str());
    let name = match gap.stage {
        Stage::Secret => likeliest(&gap.name, names())?,
        _ => nearest(&gap.name, names(), prefix)?.0,
    };
    made.iter().find(|node| node.name == name).map(|node| node.id.clone())
}
