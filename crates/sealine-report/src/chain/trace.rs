//! One part of the chain, as a tree in text or JSON.

use std::fmt::Write as _;

use sealine_model::Certainty;
use sealine_model::graph::Stage;
use sealine_model::query::{Cut, Direction, Focus, Neighbours, Step, walk};
use serde_json::{Value, json};

use super::{Chain, json::node as node_json, place_json};
use crate::on_one_line;

/// The chain from one node.
#[derive(Debug)]
pub struct Trace {
    /// The node that was asked for.
    pub node: usize,
    /// Where its secrets come from; `None` when that was not asked.
    pub up: Option<Vec<Step>>,
    /// Who gets them; `None` when that was not asked.
    pub down: Option<Vec<Step>>,
}

impl Trace {
    /// Walks from a focus.
    pub fn from(chain: &Chain<'_>, focus: &Focus, up: bool, down: bool) -> Self {
        let neighbours = Neighbours::of(chain.graph);
        let walk = |direction| walk(chain.graph, &neighbours, focus, direction);
        Self {
            node: focus.node,
            up: up.then(|| walk(Direction::Up)),
            down: down.then(|| walk(Direction::Down)),
        }
    }

    /// Returns whether the chain has a gap of which a rule says that something is missing.
    pub fn is_broken(&self, chain: &Chain<'_>) -> bool {
        fn any(chain: &Chain<'_>, steps: &[Step]) -> bool {
            steps.iter().any(|step| is_missing(chain, step.node) || any(chain, &step.steps))
        }
        let below = |steps: &Option<Vec<Step>>| steps.as_ref().is_some_and(|it| any(chain, it));
        is_missing(chain, self.node) || below(&self.up) || below(&self.down)
    }
}

fn is_missing(chain: &Chain<'_>, node: usize) -> bool {
    chain.gaps.gaps.get(&node).is_some_and(|gap| gap.missing)
}

/// The styles of a terminal that the tree uses.
struct Styles {
    strong: &'static str,
    faint: &'static str,
    bad: &'static str,
    end: &'static str,
}

const PLAIN: Styles = Styles { strong: "", faint: "", bad: "", end: "" };
const COLORED: Styles =
    Styles { strong: "\u{1b}[1m", faint: "\u{1b}[2m", bad: "\u{1b}[31m", end: "\u{1b}[0m" };

/// Returns the tree as text.
pub fn text(chain: &Chain<'_>, trace: &Trace, color: bool) -> String {
    let styles = if color { &COLORED } else { &PLAIN };
    let mut out = Writer { chain, styles, out: String::new() };
    out.node("", trace.node);
    out.facts("    ", trace.node, &[]);
    let ends = match chain.graph.nodes[trace.node].stage {
        Stage::Workload => "nowhere: the chain ends here",
        _ => "nothing in sight",
    };
    for (title, none, steps) in
        [("comes from", "nothing in sight", &trace.up), ("goes to", ends, &trace.down)]
    {
        let Some(steps) = steps else { continue };
        let _ = writeln!(out.out, "\n{title}");
        if steps.is_empty() {
            let _ = writeln!(out.out, "    {none}");
        }
        out.steps("", steps);
    }
    out.out
}

struct Writer<'a> {
    chain: &'a Chain<'a>,
    styles: &'static Styles,
    out: String,
}

impl Writer<'_> {
    /// The line that names a node.
    fn node(&mut self, lead: &str, node: usize) {
        let id = on_one_line(&self.chain.graph.nodes[node].id);
        let Styles { strong, bad, end, .. } = self.styles;
        if self.chain.gaps.gaps.contains_key(&node) {
            let _ = writeln!(self.out, "{lead}{bad}× {id}{end}");
        } else {
            let _ = writeln!(self.out, "{lead}{strong}{id}{end}");
        }
    }

    fn line(&mut self, lead: &str, text: &str) {
        let Styles { faint, end, .. } = self.styles;
        let _ = writeln!(self.out, "{faint}{lead}{end}{}", on_one_line(text));
    }

    /// What is known of a node and of the joints that lead to it.
    fn facts(&mut self, lead: &str, index: usize, edges: &[usize]) {
        let node = &self.chain.graph.nodes[index];
        match (&node.declared, self.chain.gaps.gaps.get(&index)) {
            (Some(place), _) => {
                let verb = match node.stage {
                    Stage::Secret => "made",
                    _ => "declared",
                };
                self.line(lead, &format!("{verb} at {}", self.chain.shown(place)));
            }
            (None, Some(gap)) => {
                let what = if gap.missing { "missing" } else { "nothing in sight makes it" };
                let near = gap.near.as_ref().map(|near| format!("; nearly `{near}`"));
                self.line(lead, &format!("{what}{}", near.unwrap_or_default()));
            }
            (None, None) => {}
        }
        for edge in edges.iter().filter_map(|edge| self.chain.graph.edges.get(*edge)) {
            let mut said = format!("joined at {}", self.chain.shown(&edge.at));
            if edge.certainty != Certainty::Exact {
                let _ = write!(said, " ({})", edge.certainty.name());
            }
            let details = self.chain.detail(edge);
            if !details.is_empty() {
                let _ = write!(said, ": {details}");
            }
            self.line(lead, &said);
        }
        let chain = self.chain;
        for finding in chain.findings_about(index) {
            let title = format!("{}[{}]: ", finding.severity.name(), finding.rule);
            self.line(lead, &(title + &finding.message));
            if let Some(help) = &finding.help {
                self.line(lead, &format!("  help: {help}"));
            }
        }
    }

    fn steps(&mut self, lead: &str, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            let last = index + 1 == steps.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.node(&format!("{lead}{branch}"), step.node);
            let below = format!("{lead}{below}");
            let beside = format!("{below}{}", if step.steps.is_empty() { "   " } else { "│  " });
            self.facts(&beside, step.node, &step.edges);
            match step.cut {
                Some(Cut::Cycle) => {
                    self.line(&beside, "(a cycle: it stands above on the same way)");
                }
                Some(Cut::Shown) => self.line(&beside, "(what follows is shown above)"),
                Some(Cut::Limit) => self.line(&beside, "(more follows; ask for this node)"),
                None => {}
            }
            self.steps(&below, &step.steps);
        }
    }
}

/// Returns the tree in its documented form: see `docs/trace.md`.
pub fn to_json(chain: &Chain<'_>, trace: &Trace) -> Value {
    let steps = |steps: &Option<Vec<Step>>| steps.as_ref().map(|steps| many(chain, steps));
    json!({
        "version": 1,
        "node": node_json(&chain.graph.nodes[trace.node]),
        "gap": gap_json(chain, trace.node),
        "findings": findings_json(chain, trace.node),
        "upstream": steps(&trace.up),
        "downstream": steps(&trace.down),
    })
}

fn many(chain: &Chain<'_>, steps: &[Step]) -> Vec<Value> {
    steps.iter().map(|step| step_json(chain, step)).collect()
}

fn step_json(chain: &Chain<'_>, step: &Step) -> Value {
    let edges = step.edges.iter().filter_map(|edge| chain.graph.edges.get(*edge));
    let joints: Vec<Value> = edges
        .map(|edge| {
            json!({
                "at": place_json(&edge.at),
                "certainty": edge.certainty.name(),
                "detail": chain.detail(edge),
            })
        })
        .collect();
    json!({
        "node": node_json(&chain.graph.nodes[step.node]),
        "joints": joints,
        "gap": gap_json(chain, step.node),
        "findings": findings_json(chain, step.node),
        "cut": step.cut.map(Cut::name),
        "steps": many(chain, &step.steps),
    })
}

fn gap_json(chain: &Chain<'_>, node: usize) -> Value {
    match chain.gaps.gaps.get(&node) {
        Some(gap) => json!({"missing": gap.missing, "near": gap.near}),
        None => Value::Null,
    }
}

fn findings_json(chain: &Chain<'_>, node: usize) -> Vec<Value> {
    let one = |finding: &sealine_model::Finding| {
        json!({
            "rule": finding.rule,
            "severity": finding.severity.name(),
            "message": finding.message,
            "help": finding.help,
            "at": place_json(&finding.place),
        })
    };
    chain.findings_about(node).map(one).collect()
}
