//! The chain from one node, as a tree.
//!
//! Invariant: a tree is no deeper than [`DEEPEST`] and has at most [`MOST_STEPS`] steps; whatever is
//! left out is marked where it is missing.

use std::collections::{BTreeSet, HashSet};

use crate::graph::Graph;
use crate::query::Focus;

/// The longest chain that is drawn. A real one has seven stations.
const DEEPEST: usize = 48;

/// The most steps of one tree.
const MOST_STEPS: usize = 5_000;

/// The way to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Against the flow: where the secret comes from.
    Up,
    /// With the flow: who gets the secret.
    Down,
}

/// Why a tree ends at a step although the chain goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The node stands on the way to itself.
    Cycle,
    /// What follows is drawn at an earlier step.
    Shown,
    /// The tree became too deep or too large.
    Limit,
}

impl Cut {
    /// Returns the name used in JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::Shown => "shown",
            Self::Limit => "limit",
        }
    }
}

/// One node on the way, with the joints that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub node: usize,
    /// The edges between it and the step before, at least one.
    pub edges: Vec<usize>,
    /// What follows.
    pub steps: Vec<Step>,
    /// Why nothing follows although there is something.
    pub cut: Option<Cut>,
}

/// The edges at each node.
#[derive(Debug)]
pub struct Neighbours {
    incoming: Vec<Vec<usize>>,
    outgoing: Vec<Vec<usize>>,
}

impl Neighbours {
    /// Looks at all edges once.
    pub fn of(graph: &Graph) -> Self {
        let mut incoming = vec![Vec::new(); graph.nodes.len()];
        let mut outgoing = vec![Vec::new(); graph.nodes.len()];
        for (index, edge) in graph.edges.iter().enumerate() {
            outgoing[edge.from].push(index);
            incoming[edge.to].push(index);
        }
        Self { incoming, outgoing }
    }

    /// Returns the edges that leave a node in this direction.
    pub fn edges(&self, node: usize, direction: Direction) -> &[usize] {
        match direction {
            Direction::Up => &self.incoming[node],
            Direction::Down => &self.outgoing[node],
        }
    }
}

/// Returns all nodes of the chain through a node: those before it, itself, and those after it.
pub fn through(graph: &Graph, neighbours: &Neighbours, node: usize) -> BTreeSet<usize> {
    let mut all = BTreeSet::from([node]);
    for direction in [Direction::Up, Direction::Down] {
        let mut seen = HashSet::from([node]);
        let mut left = vec![node];
        while let Some(at) = left.pop() {
            for edge in neighbours.edges(at, direction) {
                let edge = &graph.edges[*edge];
                let next = if direction == Direction::Up { edge.from } else { edge.to };
                if seen.insert(next) {
                    left.push(next);
                }
            }
        }
        all.extend(seen);
    }
    all
}

/// What a walk remembers.
struct Walker<'a> {
    graph: &'a Graph,
    neighbours: &'a Neighbours,
    direction: Direction,
    /// Nodes on the way from the focus to here.
    path: Vec<usize>,
    /// Nodes whose steps are drawn.
    expanded: HashSet<usize>,
    left: usize,
}

/// Returns the tree from a focus in one direction.
pub fn walk(
    graph: &Graph,
    neighbours: &Neighbours,
    focus: &Focus,
    direction: Direction,
) -> Vec<Step> {
    let mut walker = Walker {
        graph,
        neighbours,
        direction,
        path: vec![focus.node],
        expanded: HashSet::from([focus.node]),
        left: MOST_STEPS,
    };
    let first = match (&focus.through, direction) {
        (Some(edges), Direction::Up) => edges.as_slice(),
        _ => neighbours.edges(focus.node, direction),
    };
    walker.steps(first)
}

impl Walker<'_> {
    fn steps(&mut self, edges: &[usize]) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for &index in edges {
            let Some(edge) = self.graph.edges.get(index) else { continue };
            let node = match self.direction {
                Direction::Up => edge.from,
                Direction::Down => edge.to,
            };
            match steps.iter_mut().find(|step| step.node == node) {
                Some(step) => step.edges.push(index),
                None => {
                    steps.push(Step { node, edges: vec![index], steps: Vec::new(), cut: None });
                }
            }
        }
        // The stages in their order, so that a tree reads as the chain does.
        steps.sort_by_key(|step| (self.graph.nodes[step.node].stage, step.node));
        for step in &mut steps {
            self.follow(step);
        }
        steps
    }

    fn follow(&mut self, step: &mut Step) {
        let neighbours = self.neighbours;
        let next = neighbours.edges(step.node, self.direction);
        self.left = self.left.saturating_sub(1);
        if next.is_empty() {
            return;
        }
        if self.path.contains(&step.node) {
            step.cut = Some(Cut::Cycle);
        } else if self.expanded.contains(&step.node) {
            step.cut = Some(Cut::Shown);
        } else if self.path.len() >= DEEPEST || self.left == 0 {
            step.cut = Some(Cut::Limit);
        } else {
            self.expanded.insert(step.node);
            self.path.push(step.node);
            step.steps = self.steps(next);
            self.path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sealine_source::{FileName, Place};

    use super::*;
    use crate::Certainty;
    use crate::graph::{Edge, Node, Stage};

    /// A graph of nodes `n0`, `n1`, ... with these edges.
    fn graph(nodes: usize, edges: &[(usize, usize)]) -> Graph {
        let file = Arc::new(FileName::new("r", "f"));
        let at = Place { file, start: 0, end: 0, line: 1, column: 1 };
        let node = |index: usize| Node {
            id: format!("n{index:05}"),
            stage: Stage::Secret,
            name: format!("n{index}"),
            scope: String::new(),
            declared: None,
        };
        let edge = |&(from, to): &(usize, usize)| Edge {
            from,
            to,
            at: at.clone(),
            certainty: Certainty::Exact,
        };
        Graph { nodes: (0..nodes).map(node).collect(), edges: edges.iter().map(edge).collect() }
    }

    /// The tree in a line: `1(2!cycle)`.
    fn line(steps: &[Step]) -> String {
        let one = |step: &Step| {
            let below = line(&step.steps);
            let cut = step.cut.map(|cut| format!("!{}", cut.name())).unwrap_or_default();
            let below = if below.is_empty() { below } else { format!("({below})") };
            format!("{}{cut}{below}", step.node)
        };
        steps.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn walked(graph: &Graph, node: usize, direction: Direction) -> String {
        let focus = Focus { node, through: None };
        line(&walk(graph, &Neighbours::of(graph), &focus, direction))
    }

    #[test]
    fn a_cycle_is_cut_and_marked() {
        let cyclic = graph(3, &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(walked(&cyclic, 0, Direction::Down), "1(2(0!cycle))");
        assert_eq!(walked(&cyclic, 0, Direction::Up), "2(1(0!cycle))");
    }

    #[test]
    fn what_is_drawn_once_is_not_drawn_again() {
        let diamond = graph(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]);
        assert_eq!(walked(&diamond, 0, Direction::Down), "1(3(4)) 2(3!shown)");
    }

    #[test]
    fn joints_between_the_same_nodes_are_one_step() {
        let twice = graph(2, &[(0, 1), (0, 1)]);
        let focus = Focus { node: 0, through: None };
        let steps = walk(&twice, &Neighbours::of(&twice), &focus, Direction::Down);
        assert_eq!(steps[0].edges, [0, 1]);
    }

    #[test]
    fn a_long_chain_ends_with_a_mark() {
        let edges: Vec<(usize, usize)> = (0..9_999).map(|at| (at, at + 1)).collect();
        assert!(walked(&graph(10_000, &edges), 0, Direction::Down).contains("!limit"));
        let wide: Vec<(usize, usize)> =
            (1..9_000).flat_map(|at| [(0, at), (at, 9_000 + at)]).collect();
        let drawn = walked(&graph(18_000, &wide), 0, Direction::Down);
        assert!(drawn.contains("!limit"), "the tree is not too large");
    }

    #[test]
    fn a_focus_may_ask_for_some_of_the_joints() {
        let two = graph(3, &[(0, 2), (1, 2)]);
        let focus = Focus { node: 2, through: Some(vec![1]) };
        let steps = walk(&two, &Neighbours::of(&two), &focus, Direction::Up);
        assert_eq!(line(&steps), "1");
    }
}
