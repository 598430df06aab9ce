//! The chain as one page that needs nothing else: no network, no server, no other file.
//!
//! Invariants: the data is JSON in which no byte can end the element around it; script and style are
//! those of this file's neighbours and nothing else runs, by the page's own policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use sealine_source::{FileName, Place, Project};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Chain;
use crate::shown_path;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The names of the stages on the page, in their order.
const STAGES: [&str; 7] =
    ["Terraform", "vault", "entry", "store", "ExternalSecret", "Secret", "workload"];

/// Returns the page. It begins with the chain of `focus`, else with something broken.
pub fn html(chain: &Chain<'_>, project: &Project, focus: Option<usize>) -> String {
    let data = embedded(&data(chain, project, focus));
    let mut page = PAGE;
    let mut out = String::with_capacity(data.len() + 64 * 1024);
    // In the order in which the page has them, so that nothing is looked for in what was put in.
    for (mark, text) in [
        ("@@script-hash@@", hash(SCRIPT).as_str()),
        ("@@style-hash@@", hash(STYLE).as_str()),
        ("@@style@@", STYLE),
        ("@@data@@", data.as_str()),
        ("@@script@@", SCRIPT),
    ] {
        let (before, after) = page.split_once(mark).unwrap_or((page, ""));
        out.push_str(before);
        out.push_str(text);
        page = after;
    }
    out.push_str(page);
    out
}

/// The source expression of a policy that allows exactly this text.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest))
}

/// JSON that may stand in a `script` element: what could end the element or a line is escaped.
fn embedded(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// The files that places name, each once.
struct Files<'a> {
    chain: &'a Chain<'a>,
    project: &'a Project,
    index: BTreeMap<Arc<FileName>, usize>,
    list: Vec<Value>,
}

impl Files<'_> {
    fn place(&mut self, place: &Place) -> Value {
        let next = self.list.len();
        let index = *self.index.entry(Arc::clone(&place.file)).or_insert(next);
        if index == next {
            let path = shown_path(self.chain.roots, place);
            let remote = self.project.repository(&place.file.repo);
            let remote = remote.and_then(|repository| repository.remotes.first());
            let (href, line) = match remote {
                Some(remote) => on_host(remote, &place.file.path),
                None if path.starts_with('/') => (encoded(&path), ""),
                None => (format!("./{}", encoded(&path)), ""),
            };
            self.list.push(json!({"path": path, "href": href, "line": line}));
        }
        json!([index, place.line])
    }
}

/// The address of a file on its code host, and how a line is added to it.
fn on_host(remote: &str, path: &str) -> (String, &'static str) {
    let host = remote.split('/').next().unwrap_or_default();
    let (middle, line) = match host {
        host if host.contains("gitlab") => ("-/blob/HEAD", "#L"),
        host if host.contains("bitbucket") => ("src/HEAD", "#lines-"),
        _ => ("blob/HEAD", "#L"),
    };
    (format!("https://{}/{middle}/{}", encoded(remote), encoded(path)), line)
}

/// A path as it may stand in an address.
fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn data(chain: &Chain<'_>, project: &Project, focus: Option<usize>) -> Value {
    let mut files = Files { chain, project, index: BTreeMap::new(), list: Vec::new() };
    let mut nodes = Vec::new();
    for (index, node) in chain.graph.nodes.iter().enumerate() {
        let gap = chain.gaps.gaps.get(&index).map(|gap| {
            let what = if gap.missing { "missing" } else { "nothing in sight makes it" };
            match &gap.near {
                Some(near) => format!("{what}; nearly {near}"),
                None => what.to_owned(),
            }
        });
        let findings: Vec<Value> = chain
            .findings_about(index)
            .map(|finding| {
                json!({
                    "severity": finding.severity.name(),
                    "rule": finding.rule,
                    "message": finding.message,
                    "help": finding.help,
                })
            })
            .collect();
        nodes.push(json!({
            "id": node.id,
            "stage": node.stage as usize,
            "name": node.name,
            "scope": node.scope,
            "declared": node.declared.as_ref().map(|place| files.place(place)),
            "gap": gap,
            "broken": chain.is_broken(index),
            "findings": findings,
        }));
    }
    let mut edges = Vec::new();
    for edge in &chain.graph.edges {
        edges.push(json!({
            "from": edge.from,
            "to": edge.to,
            "certainty": edge.certainty.name(),
            "at": files.place(&edge.at),
            "detail": chain.detail(edge),
        }));
    }
    json!({
        "stages": STAGES,
        "files": files.list,
        "nodes": nodes,
        "edges": edges,
        "focus": focus.map_or(-1, |focus| i64::try_from(focus).unwrap_or(-1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_element() {
        let hostile = json!({"name": "</script><script>alert(1)</script><!-- \u{2028} &"});
        let text = embedded(&hostile);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), hostile);
    }

    #[test]
    fn the_page_has_a_place_for_each_part_in_order() {
        let marks = ["@@script-hash@@", "@@style-hash@@", "@@style@@", "@@data@@", "@@script@@"];
        let at: Vec<usize> = marks.iter().filter_map(|mark| PAGE.find(mark)).collect();
        assert_eq!(at.len(), marks.len());
        assert!(at.is_sorted());
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
        for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(sink), "a name could become markup: {sink}");
        }
    }

    #[test]
    fn addresses_lead_to_files_and_nowhere_else() {
        assert_eq!(encoded("a b/javascript:x\"<"), "a%20b/javascript%3Ax%22%3C");
        let (address, line) = on_host("github.com/o/r", "a/b c.tf");
        assert_eq!((address.as_str(), line), ("https://github.com/o/r/blob/HEAD/a/b%20c.tf", "#L"));
    }
}
