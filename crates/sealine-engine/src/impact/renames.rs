//! Stations that have another name after a change.
//!
//! Invariant: a rename is said of a pair that nothing else of the change could be paired with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sealine_model::graph::{Node, Stage};
use sealine_model::impact::Impact;
use sealine_model::query::Direction;
use sealine_rules::similar;

use super::State;

/// The most pairs of one stage and scope that are looked at. A change beyond it is a rewrite.
const MOST_PAIRS: usize = 10_000;

/// How often renames may lead to further ones: along the chain, from an entry to a reader.
const MOST_PASSES: usize = 4;

/// Returns the pairs of ids, before and after.
pub(super) fn find(old: &State<'_>, new: &State<'_>, impact: &Impact) -> Vec<(String, String)> {
    let mut known: HashMap<String, String> = HashMap::new();
    for _ in 0..MOST_PASSES {
        let found = pass(old, new, impact, &known);
        if found.len() == known.len() {
            break;
        }
        known = found.into_iter().collect();
    }
    let mut pairs: Vec<(String, String)> = known.into_iter().collect();
    pairs.sort();
    pairs
}

/// The ids that both states know and only one declares: readers ask for the old name still, or asked
/// for the new one already.
fn declared_once(old: &State<'_>, new: &State<'_>) -> (Vec<String>, Vec<String>) {
    let only = |one: &State<'_>, two: &State<'_>| {
        let nodes = one.side.analysis.graph().nodes.iter();
        let nodes = nodes.filter(|node| {
            node.declared.is_some() && two.has(&node.id) && two.declared(&node.id).is_none()
        });
        nodes.map(|node| node.id.clone()).collect::<Vec<_>>()
    };
    (only(old, new), only(new, old))
}

/// Looks at all pairs once. Neighbours whose new names are known count under these.
fn pass(
    old: &State<'_>,
    new: &State<'_>,
    impact: &Impact,
    known: &HashMap<String, String>,
) -> Vec<(String, String)> {
    let group = |state: &State<'_>, ids: &[String]| {
        let mut grouped: BTreeMap<(Stage, String), Vec<String>> = BTreeMap::new();
        for id in ids {
            if let Some(node) = node(state, id).filter(|node| node.stage != Stage::Workload) {
                grouped.entry((node.stage, node.scope.clone())).or_default().push(id.clone());
            }
        }
        grouped
    };
    let (lost, found) = declared_once(old, new);
    let come = group(new, &[&impact.added[..], &found].concat());
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (kind, gone) in group(old, &[&impact.removed[..], &lost].concat()) {
        let Some(come) = come.get(&kind) else { continue };
        if gone.len().saturating_mul(come.len()) > MOST_PAIRS {
            continue;
        }
        for one in &gone {
            let fitting = come.iter().filter(|two| is_rename(old, new, known, (one, two)));
            pairs.extend(fitting.map(|two| (one.clone(), two.clone())));
        }
    }
    let mut count: HashMap<String, usize> = HashMap::new();
    for (one, two) in &pairs {
        *count.entry(format!("- {one}")).or_default() += 1;
        *count.entry(format!("+ {two}")).or_default() += 1;
    }
    let once = |id: String| count.get(&id) == Some(&1);
    pairs.retain(|(one, two)| once(format!("- {one}")) && once(format!("+ {two}")));
    pairs
}

fn is_rename(
    old: &State<'_>,
    new: &State<'_>,
    known: &HashMap<String, String>,
    (gone, come): (&str, &str),
) -> bool {
    let (Some(one), Some(two)) = (node(old, gone), node(new, come)) else { return false };
    let before = |direction| -> BTreeSet<String> {
        let ids = around(old, gone, direction).into_iter();
        ids.map(|id| known.get(&id).cloned().unwrap_or(id)).collect()
    };
    let up = (before(Direction::Up), around(new, come, Direction::Up));
    let down = (before(Direction::Down), around(new, come, Direction::Down));
    let shared =
        up.0.intersection(&up.1).next().is_some() || down.0.intersection(&down.1).next().is_some();
    let prefix = new.side.settings.conventions.placeholder_prefix.as_deref();
    let near = similar::miss(&one.name, &two.name, prefix).is_some();
    // Made of the same, or made for the same.
    let same_sources = !up.0.is_empty() && up.0 == up.1;
    let same_readers = !down.0.is_empty() && down.0 == down.1 && up.0 == up.1;
    same_sources || same_readers || near && shared
}

fn node<'a>(state: &State<'a>, id: &str) -> Option<&'a Node> {
    let graph = state.side.analysis.graph();
    Some(&graph.nodes[graph.node(id)?])
}

/// The ids of the neighbours, without vaults and stores, which say nothing of one name.
fn around(state: &State<'_>, id: &str, direction: Direction) -> BTreeSet<String> {
    let graph = state.side.analysis.graph();
    let Some(node) = graph.node(id) else { return BTreeSet::new() };
    let edges = state.neighbours.edges(node, direction).iter().map(|edge| &graph.edges[*edge]);
    let others = edges.map(|edge| match direction {
        Direction::Up => &graph.nodes[edge.from],
        Direction::Down => &graph.nodes[edge.to],
    });
    let others = others.filter(|other| !matches!(other.stage, Stage::Vault | Stage::Store));
    others.map(|other| other.id.clone()).collect()
}
