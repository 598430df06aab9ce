//! The chain as a Mermaid flowchart, for Markdown that code hosts draw.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sealine_model::Certainty;

use super::Chain;
use crate::on_one_line;

/// Returns the picture's source. Nodes have numbers; names are labels and nothing else.
pub fn mermaid(chain: &Chain<'_>, nodes: &BTreeSet<usize>) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut broken = Vec::new();
    let mut unseen = Vec::new();
    for &index in nodes {
        let Some(node) = chain.graph.nodes.get(index) else { continue };
        let _ = writeln!(out, "  n{index}[\"{}\"]", label(&node.id));
        if chain.is_broken(index) {
            broken.push(format!("n{index}"));
        } else if chain.gaps.gaps.contains_key(&index) {
            unseen.push(format!("n{index}"));
        }
    }
    let mut drawn = BTreeSet::new();
    for edge in &chain.graph.edges {
        let inside = nodes.contains(&edge.from) && nodes.contains(&edge.to);
        // Two joints between the same stations are one line.
        if inside && drawn.insert((edge.from, edge.to)) {
            let line = if edge.certainty == Certainty::Exact { "-->" } else { "-.->" };
            let _ = writeln!(out, "  n{} {line} n{}", edge.from, edge.to);
        }
    }
    for (class, style, members) in [
        ("broken", "stroke:#b3261e,stroke-width:2px", broken),
        ("unseen", "stroke-dasharray:4 4", unseen),
    ] {
        if !members.is_empty() {
            let _ =
                writeln!(out, "  classDef {class} {style}\n  class {} {class}", members.join(","));
        }
    }
    out
}

/// A label: whatever means something to Mermaid, Markdown or HTML is written as a character code.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in on_one_line(text).chars() {
        if c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ' ' | ':' | '@' | '[' | ']') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", c as u32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_text() {
        assert_eq!(label("a\"];<b>`#"), "a#34;]#59;#60;b#62;#96;#35;");
    }
}
