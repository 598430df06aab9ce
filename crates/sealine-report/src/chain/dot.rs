//! The chain in the language of Graphviz, stages from left to right.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sealine_model::Certainty;
use sealine_model::graph::Stage;

use super::Chain;
use crate::on_one_line;

/// Returns the picture's source. Nodes have numbers; names are labels and nothing else.
pub fn dot(chain: &Chain<'_>, nodes: &BTreeSet<usize>) -> String {
    let mut out = String::from(
        "digraph sealine {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n",
    );
    for &index in nodes {
        let Some(node) = chain.graph.nodes.get(index) else { continue };
        let mut attributes = format!("label=\"{}\"", quoted(&node.id));
        if let Some(place) = &node.declared {
            let _ = write!(attributes, ", tooltip=\"{}\"", quoted(&chain.shown(place)));
        }
        let shape = match node.stage {
            Stage::Vault => "cylinder",
            Stage::VaultEntry => "note",
            Stage::Store | Stage::ExternalSecret => "component",
            Stage::TerraformResource | Stage::Secret => "box",
            Stage::Workload => "box3d",
        };
        let _ = write!(attributes, ", shape={shape}");
        if chain.gaps.gaps.contains_key(&index) {
            attributes.push_str(", style=dashed");
        }
        if chain.is_broken(index) {
            attributes.push_str(", color=red, fontcolor=red");
        }
        let _ = writeln!(out, "  n{index} [{attributes}];");
    }
    for edge in &chain.graph.edges {
        if !nodes.contains(&edge.from) || !nodes.contains(&edge.to) {
            continue;
        }
        let style = match edge.certainty {
            Certainty::Exact => "solid",
            Certainty::Pattern => "dashed",
            Certainty::Assumed => "dotted",
        };
        let at = quoted(&chain.shown(&edge.at));
        let _ =
            writeln!(out, "  n{} -> n{} [style={style}, tooltip=\"{at}\"];", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

/// A text within quotes: no escape of the language is left in it.
fn quoted(text: &str) -> String {
    on_one_line(text).replace('\\', "\\\\").replace('"', "\\\"")
}
