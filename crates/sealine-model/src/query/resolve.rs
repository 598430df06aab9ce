//! From what a person writes to nodes of the graph.
//!
//! Invariant: the first way of reading a query that fits anything is the one that counts, from the
//! most precise to the vaguest; only the last one guesses, and says so.

use std::collections::{BTreeMap, BTreeSet};

use sealine_source::Place;

use crate::Facts;
use crate::graph::{Graph, Node, Stage};
use crate::kubernetes::UseKind;
use crate::query::without_cluster;

/// The most nodes that a guess offers.
const MOST_GUESSES: usize = 20;

/// Where a walk begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// The node.
    pub node: usize,
    /// The joints of the first step up, when the query asks for some of them only: one variable of a
    /// container, one line of a file.
    pub through: Option<Vec<usize>>,
}

/// What a query may mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The nodes, likeliest first, each once.
    pub matches: Vec<Focus>,
    /// Whether they merely look like what was asked for.
    pub guessed: bool,
}

/// Short forms of kinds, as `kubectl` takes them.
const KINDS: [(&str, &str); 8] = [
    ("cj", "cronjob"),
    ("css", "clustersecretstore"),
    ("deploy", "deployment"),
    ("ds", "daemonset"),
    ("es", "externalsecret"),
    ("ing", "ingress"),
    ("ss", "secretstore"),
    ("sts", "statefulset"),
];

/// Returns the nodes that `query` may mean: an id, `vault:NAME/ENTRY`, `FILE:LINE`, a Terraform
/// address, `KIND/NAME`, `DAG.TASK`, a variable or a key, a name, or a part of any of these.
pub fn resolve(graph: &Graph, facts: &[Facts], query: &str) -> Resolution {
    let query = query.trim();
    if query.is_empty() {
        return Resolution::default();
    }
    let ways: [&dyn Fn() -> Vec<Focus>; 7] = [
        &|| by_id(graph, query),
        &|| by_vault(graph, query),
        &|| by_line(graph, query),
        &|| by_address(graph, query),
        &|| by_path(graph, query),
        &|| by_variable(graph, facts, query),
        &|| by_name(graph, query),
    ];
    for way in ways {
        let matches = way();
        if !matches.is_empty() {
            return Resolution { matches, guessed: false };
        }
    }
    Resolution { matches: guess(graph, query), guessed: true }
}

/// The nodes that fit, wholly.
fn whole(graph: &Graph, fits: impl Fn(&Node) -> bool) -> Vec<Focus> {
    let nodes = graph.nodes.iter().enumerate().filter(|(_, node)| fits(node));
    nodes.map(|(node, _)| Focus { node, through: None }).collect()
}

fn by_id(graph: &Graph, query: &str) -> Vec<Focus> {
    if let Some(node) = graph.node(query) {
        return vec![Focus { node, through: None }];
    }
    whole(graph, |node| without_cluster(&node.id) == query)
}

/// `vault:NAME` and `vault:NAME/ENTRY`. Vaults differ in whether case counts; who writes a name in
/// another case means it nevertheless.
fn by_vault(graph: &Graph, query: &str) -> Vec<Focus> {
    let Some(rest) = query.strip_prefix("vault:").or_else(|| query.strip_prefix("vault/")) else {
        return Vec::new();
    };
    let wanted = format!("vault/{rest}");
    whole(graph, |node| {
        matches!(node.stage, Stage::Vault | Stage::VaultEntry)
            && (node.id.eq_ignore_ascii_case(&wanted)
                // The account, region or mount may be left out.
                || node.stage == Stage::VaultEntry
                    && rest.split_once('/').is_some_and(|(vault, entry)| {
                        node.name.eq_ignore_ascii_case(entry)
                            && node.scope.split('/').any(|part| part == vault)
                    }))
    })
}

/// `FILE:LINE`, with as much of the path as tells the file. Editors add a column, which is ignored.
fn by_line(graph: &Graph, query: &str) -> Vec<Focus> {
    let Some((file, line)) = file_and_line(query) else { return Vec::new() };
    let here = |place: &Place| place.line == line && is_file(place, file);
    let mut found: BTreeMap<usize, Option<Vec<usize>>> = BTreeMap::new();
    for (index, edge) in graph.edges.iter().enumerate().filter(|(_, edge)| here(&edge.at)) {
        if let Some(through) = found.entry(edge.to).or_insert(Some(Vec::new())) {
            through.push(index);
        }
    }
    let declared =
        |node: &Node, at: &dyn Fn(&Place) -> bool| node.declared.as_ref().is_some_and(at);
    for (index, _) in graph.nodes.iter().enumerate().filter(|(_, node)| declared(node, &here)) {
        found.insert(index, None);
    }
    if found.is_empty() {
        // The line lies inside of what was declared last before it.
        let before = |node: &&Node| {
            let place = node.declared.as_ref()?;
            (place.line <= line && is_file(place, file)).then_some(place.line)
        };
        let nearest = graph.nodes.iter().filter_map(|node| before(&node)).max();
        return whole(graph, |node| nearest.is_some() && before(&node) == nearest);
    }
    found.into_iter().map(|(node, through)| Focus { node, through }).collect()
}

fn file_and_line(query: &str) -> Option<(&str, u32)> {
    let (head, last) = query.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match head.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?))) {
        Some(found) => Some(found),
        None => Some((head, last)),
    }
}

/// Whether the place is in the file that is meant: the shorter of both paths is the end of the other.
fn is_file(place: &Place, file: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let file = file.trim_start_matches("./");
    let path = place.file.path.as_str();
    !file.is_empty() && (ends(path, file) || ends(file, path))
}

/// A Terraform address, from any module on, with all instances when it names none. Shells eat
/// quotes, so they do not count.
fn by_address(graph: &Graph, query: &str) -> Vec<Focus> {
    let bare = |text: &str| text.replace(['"', '\''], "");
    let wanted = bare(query);
    if !wanted.contains('.') {
        return Vec::new();
    }
    whole(graph, |node| {
        let address = bare(&node.name);
        let instance = address.rfind('[').map_or(address.as_str(), |at| &address[..at]);
        let fits = |address: &str| {
            address
                .strip_suffix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        node.stage == Stage::TerraformResource && (fits(&address) || fits(instance))
    })
}

/// The end of an id from any `/` on, `KIND/NAME` without the namespace, and `DAG.TASK`.
fn by_path(graph: &Graph, query: &str) -> Vec<Focus> {
    let mut wanted = vec![query.to_owned()];
    if let Some((kind, rest)) = query.split_once('/') {
        let kind = kind.to_ascii_lowercase();
        let long = KINDS.iter().find(|(short, _)| *short == kind).map(|(_, long)| *long);
        wanted.push(format!("{}/{rest}", long.unwrap_or(&kind)));
    } else if query.contains('.') {
        wanted.push(query.replacen('.', "/", 1));
    } else {
        return Vec::new();
    }
    let fits = |node: &Node| {
        let id = without_cluster(&node.id);
        wanted.iter().filter(|wanted| wanted.contains('/')).any(|wanted| {
            let ends = id
                .strip_suffix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
            let (kind, name) = wanted.split_once('/').unwrap_or((wanted, ""));
            let without_namespace = id.strip_prefix(kind).and_then(|rest| {
                rest.strip_prefix('/')?.strip_prefix(node.scope.as_str())?.strip_prefix('/')
            });
            ends || without_namespace == Some(name)
        })
    };
    whole(graph, fits)
}

/// A name. An entry, the `ExternalSecret` that reads it and the Secret that this one makes often share
/// one: who writes it means the chain, and the Secret is where it comes together.
fn by_name(graph: &Graph, query: &str) -> Vec<Focus> {
    let mut found = whole(graph, |node| node.name == query || part(node) == Some(query));
    let named: BTreeSet<usize> = found.iter().map(|focus| focus.node).collect();
    let stage = |node: usize| graph.nodes[node].stage;
    let leads_on = |node: usize| {
        let mut onward = graph.edges.iter().filter(|edge| edge.from == node);
        onward.any(|edge| named.contains(&edge.to) && stage(edge.to) <= Stage::Secret)
    };
    found.retain(|focus| stage(focus.node) >= Stage::Secret || !leads_on(focus.node));
    found
}

/// The name of a variable: of a container that reads one key, or a key of a Secret, which becomes
/// one where all keys are read.
fn by_variable(graph: &Graph, facts: &[Facts], query: &str) -> Vec<Focus> {
    let mut readers: BTreeSet<&Place> = BTreeSet::new();
    let mut makers: BTreeSet<&Place> = BTreeSet::new();
    for unit in facts {
        for reader in &unit.uses {
            let named = match &reader.kind {
                UseKind::Env(name) => name.text().as_deref() == Some(query),
                _ => false,
            };
            if named {
                readers.insert(&reader.place);
            }
        }
        let external = unit.external_secrets.iter().map(|external| &external.target);
        let external =
            external.map(|target| (&target.keys, target.asked.as_deref().unwrap_or(&target.place)));
        let others = unit.secrets.iter().map(|secret| (&secret.keys, &secret.place));
        for (keys, place) in external.chain(others) {
            if keys.known.iter().any(|(key, _)| key == query) {
                makers.insert(place);
            }
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        if readers.contains(&edge.at) && graph.nodes[edge.from].stage == Stage::Secret {
            found.entry(edge.to).or_default().push(index);
        }
    }
    if !found.is_empty() {
        let focus = |(node, through)| Focus { node, through: Some(through) };
        return found.into_iter().map(focus).collect();
    }
    whole(graph, |node| {
        node.stage == Stage::Secret
            && node.declared.as_ref().is_some_and(|place| makers.contains(place))
    })
}

/// The container or the task at the end of a reader's id.
fn part(node: &Node) -> Option<&str> {
    let id = without_cluster(&node.id);
    (node.stage == Stage::Workload && id.split('/').count() > 3)
        .then(|| id.rsplit_once('/').map(|(_, part)| part))?
}

/// Nodes whose id holds all words of the query, else those that are spelled alike.
fn guess(graph: &Graph, query: &str) -> Vec<Focus> {
    let wanted = query.to_lowercase();
    let words: Vec<&str> =
        wanted.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, usize)> = graph
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let id = node.id.to_lowercase();
            words.iter().all(|word| id.contains(word)).then_some((id.len(), index))
        })
        .collect();
    if found.is_empty() {
        let wanted = pairs(&wanted);
        let alike = graph.nodes.iter().enumerate().filter_map(|(index, node)| {
            let name = likeness(&wanted, &pairs(&node.name.to_lowercase()));
            let score = name.max(likeness(&wanted, &pairs(&node.id.to_lowercase())));
            // Hundredths that are missing to equal.
            (score >= 60).then_some((100 - score, index))
        });
        found = alike.collect();
        let best = found.iter().map(|(missing, _)| *missing).min().unwrap_or_default();
        found.retain(|(missing, _)| *missing <= best + 10);
    }
    found.sort_unstable();
    found.truncate(MOST_GUESSES);
    found.into_iter().map(|(_, node)| Focus { node, through: None }).collect()
}

/// The pairs of neighbouring characters, sorted.
fn pairs(text: &str) -> Vec<(char, char)> {
    let mut pairs: Vec<(char, char)> =
        text.chars().take(256).zip(text.chars().take(256).skip(1)).collect();
    pairs.sort_unstable();
    pairs
}

/// How many of all pairs are common, in hundredths.
fn likeness(one: &[(char, char)], two: &[(char, char)]) -> usize {
    let all = one.len() + two.len();
    let (mut left, mut right, mut common) = (0, 0, 0_usize);
    while let (Some(a), Some(b)) = (one.get(left), two.get(right)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                left += 1;
                right += 1;
            }
        }
    }
    (common * 200).checked_div(all).unwrap_or_default()
}
