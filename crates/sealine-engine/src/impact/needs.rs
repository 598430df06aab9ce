//! Readers that lose their secret, and readers that get one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sealine_model::Certainty;
use sealine_model::graph::{ProducerId, Stage, UseLink};
use sealine_model::impact::{Fault, Impact, Need};
use sealine_model::kubernetes::{Keys, SecretUse, UseKind};
use sealine_model::query::{Direction, without_cluster};
use sealine_source::Place;

use super::{Readers, State};

/// A reader, a Secret, and the key of it that is read.
type Key = (String, String, Option<String>);

/// One read, and what is missing on its way.
struct Read<'a> {
    at: &'a Place,
    faults: BTreeSet<Fault>,
}

/// Compares the reads of both states.
pub(super) fn compare(old: &State<'_>, new: &State<'_>, impact: &mut Impact) {
    let before = reads(old, |_, _, _| BTreeSet::new());
    let made = keys_made(old);
    let after = reads(new, |link, secret, key| lost(old, new, &made, link, (secret, key)));
    for (key, read) in &after {
        let list = match before.get(key) {
            Some(known) if known.faults.is_empty() && !read.faults.is_empty() => &mut impact.broken,
            Some(known) if !known.faults.is_empty() && read.faults.is_empty() => {
                // What nobody can call missing any more is not there for that.
                if !known.faults.iter().all(|fault| is_there(new, fault)) {
                    continue;
                }
                add(&mut impact.mended, key, read.at, &known.faults, true);
                continue;
            }
            None if !read.faults.is_empty() => &mut impact.dangling,
            _ => continue,
        };
        let known = old.has(&key.0);
        add(list, key, read.at, &read.faults, known);
    }
}

/// Whether something makes what was missing.
fn is_there(new: &State<'_>, fault: &Fault) -> bool {
    fault.node.contains('#') || new.declared(&fault.node).is_some()
}

/// One need for all keys that a reader takes from a Secret.
fn add(list: &mut Vec<Need>, key: &Key, at: &Place, faults: &BTreeSet<Fault>, known: bool) {
    let same = |need: &&mut Need| need.consumer == key.0 && need.secret == key.1;
    if let Some(need) = list.iter_mut().find(same) {
        need.faults.extend(faults.iter().cloned());
        need.faults.sort();
        need.faults.dedup();
        return;
    }
    list.push(Need {
        consumer: key.0.clone(),
        secret: key.1.clone(),
        at: at.clone(),
        known,
        faults: faults.iter().cloned().collect(),
    });
}

/// Whether the absence of what this reader asks for would hurt.
pub(super) fn counts(reader: &SecretUse, readers: Readers) -> bool {
    let is_guess = reader.kind == UseKind::Probable || reader.optional;
    let is_sure = reader.kind != UseKind::ChartValue
        && reader.certainty > Certainty::Assumed
        && reader.secret.is_known()
        && reader.scope.namespace.is_known();
    !is_guess && (is_sure || readers == Readers::Likely)
}

/// The reader of a resolved read.
pub(super) fn reader<'a>(state: &State<'a>, link: &UseLink) -> &'a SecretUse {
    &state.side.analysis.facts[link.reader.unit].uses[link.reader.item]
}

/// The id of the Secret that a resolved read means.
pub(super) fn secret_id(state: &State<'_>, link: &UseLink) -> String {
    let makers = || link.producers.iter().map(|(id, _)| *id);
    let mut gone = makers().filter_map(|id| state.withdrawn.maker(id));
    let is_other =
        |id: &ProducerId| state.withdrawn.maker(*id).is_none() && !state.withdrawn.is_idle(*id);
    match (makers().find(is_other), gone.next()) {
        (None, Some(id)) => return id.to_owned(),
        (other, _) => {
            if let Some(id) = other.or_else(|| makers().next()) {
                return state.names.made(&state.side.analysis.facts, id);
            }
        }
    }
    let reader = reader(state, link);
    state.names.object("Secret", &reader.scope, &reader.secret)
}

fn reads<'a>(
    state: &State<'a>,
    more: impl Fn(&UseLink, &str, Option<&str>) -> BTreeSet<Fault>,
) -> BTreeMap<Key, Read<'a>> {
    let mut known: BTreeMap<String, BTreeSet<Fault>> = BTreeMap::new();
    let mut reads: BTreeMap<Key, Read<'a>> = BTreeMap::new();
    let (without, failing) = (without_key(state), failing(state));
    for link in &state.side.analysis.links.uses {
        let reader = reader(state, link);
        if !counts(reader, state.side.readers) || state.withdrawn.reader(link.reader) {
            continue;
        }
        let secret = secret_id(state, link);
        let key = reader.key.as_ref().and_then(|(key, _)| key.text());
        let mut faults = known
            .entry(secret.clone())
            .or_insert_with(|| missing(state, &secret, &failing))
            .clone();
        if let Some(key) = &key {
            let node = format!("{}#{key}", without_cluster(&secret));
            let why = without.get(node.as_str()).map(|why| (*why).to_owned());
            faults.extend(why.map(|why| Fault { node, why }));
        }
        let more = more(link, &secret, key.as_deref());
        // That something went says more than that it is not there.
        faults.retain(|fault| more.iter().all(|other| other.node != fault.node));
        faults.extend(more);
        let consumer = state.names.consumer(&reader.scope, &reader.consumer);
        let read = reads
            .entry((consumer, secret, key))
            .or_insert_with(|| Read { at: &reader.place, faults: BTreeSet::new() });
        read.faults.extend(faults);
    }
    reads
}

/// What rules say is missing on the way to a Secret, and what fails there.
fn missing(state: &State<'_>, secret: &str, failing: &Failing<'_>) -> BTreeSet<Fault> {
    let graph = state.side.analysis.graph();
    let mut faults = BTreeSet::new();
    for way in ways(state, secret) {
        let Some(node) = graph.node(way) else { continue };
        let fails = failing.get(without_cluster(way)).map(|why| (*why).to_owned());
        faults.extend(fails.map(|why| Fault { node: way.to_owned(), why }));
        if state.gaps.gaps.get(&node).is_some_and(|gap| gap.missing) {
            let mut about = state.gaps.findings.get(&node).into_iter().flatten();
            let why = about.find_map(|index| state.side.findings.get(*index));
            let why = why.map_or("nothing makes it".to_owned(), |finding| finding.message.clone());
            faults.insert(Fault { node: way.to_owned(), why });
        }
    }
    faults
}

/// The Secret, what copies it, and the entries and the stores that this reads.
fn ways<'a>(state: &'a State<'_>, secret: &'a str) -> Vec<&'a str> {
    let graph = state.side.analysis.graph();
    let mut ways = vec![secret];
    let Some(secret) = graph.node(secret) else { return ways };
    for edge in state.neighbours.edges(secret, Direction::Up) {
        let maker = graph.edges[*edge].from;
        if graph.nodes[maker].stage != Stage::ExternalSecret {
            continue;
        }
        ways.push(&graph.nodes[maker].id);
        let reads = state.neighbours.edges(maker, Direction::Up).iter();
        let reads = reads.map(|edge| &graph.nodes[graph.edges[*edge].from]);
        let reads = reads.filter(|from| matches!(from.stage, Stage::VaultEntry | Stage::Store));
        ways.extend(reads.map(|from| from.id.as_str()));
    }
    ways
}

/// The `ExternalSecret`s that cannot make their Secret, and why.
type Failing<'a> = HashMap<String, &'a str>;

/// What rules say of them: the operator refuses the template, the store or the key.
fn failing<'a>(state: &State<'a>) -> Failing<'a> {
    const RULES: [&str; 3] = ["store-denied", "template-missing-field", "template-syntax"];
    let findings = state.side.findings.iter();
    let findings = findings
        .filter(|it| RULES.contains(&it.rule) && it.severity == sealine_model::Severity::Error);
    let about = findings.filter_map(|finding| {
        let subject = finding.subjects.first()?;
        let whole = subject.split_once('#').map_or(subject.as_str(), |(whole, _)| whole);
        let (_, name) = without_cluster(whole).split_once('/')?;
        Some((format!("externalsecret/{name}"), finding.message.as_str()))
    });
    about.collect()
}

/// The keys that Secrets lack, as rules say: `SECRET#KEY` and the message.
fn without_key<'a>(state: &State<'a>) -> HashMap<&'a str, &'a str> {
    let findings = state.side.findings.iter();
    let findings = findings.filter(|finding| finding.rule == "missing-secret-key");
    findings
        .filter_map(|finding| Some((finding.subjects.first()?.as_str(), finding.message.as_str())))
        .collect()
}

/// What something in sight made before and nothing makes any more.
fn lost(
    old: &State<'_>,
    new: &State<'_>,
    made: &HashSet<(String, String)>,
    link: &UseLink,
    (secret, key): (&str, Option<&str>),
) -> BTreeSet<Fault> {
    let graph = new.side.analysis.graph();
    let mut faults = BTreeSet::new();
    for way in ways(new, secret) {
        let is_gap = graph.node(way).is_some_and(|node| new.gaps.gaps.contains_key(&node));
        let why = match (new.withdrawn.goes(way), is_gap) {
            (true, _) if way == secret => "nothing delivers what makes it any more",
            (true, _) => "nothing delivers it any more",
            (false, true) => "nothing makes it any more",
            (false, false) => continue,
        };
        if old.declared(way).is_some() {
            faults.insert(Fault { node: way.to_owned(), why: why.to_owned() });
        }
    }
    if let Some(key) = key
        && !link.producers.is_empty()
        && made.contains(&(secret.to_owned(), key.to_owned()))
        && link.producers.iter().all(|(id, _)| lacks(keys(new, *id), key))
    {
        let why = format!("what makes it does not make the key `{key}` any more");
        faults.insert(Fault { node: format!("{secret}#{key}"), why });
    }
    faults
}

fn keys<'a>(state: &State<'a>, id: ProducerId) -> &'a Keys {
    let fact = id.fact();
    let unit = &state.side.analysis.facts[fact.unit];
    match id {
        ProducerId::External(_) => &unit.external_secrets[fact.item].target.keys,
        ProducerId::Other(_) => &unit.secrets[fact.item].keys,
    }
}

fn lacks(keys: &Keys, key: &str) -> bool {
    !keys.open && !keys.known.iter().any(|(known, _)| known == key)
}

/// The keys that makers surely make: Secret and key.
fn keys_made(state: &State<'_>) -> HashSet<(String, String)> {
    let facts = &state.side.analysis.facts;
    let mut made = HashSet::new();
    for unit in facts {
        let external = unit.external_secrets.iter();
        let external = external.map(|it| (&it.scope, &it.target.name, &it.target.keys));
        let others = unit.secrets.iter().map(|it| (&it.scope, &it.name, &it.keys));
        for (scope, name, keys) in external.chain(others) {
            let id = state.names.object("Secret", scope, name);
            made.extend(keys.known.iter().map(|(key, _)| (id.clone(), key.clone())));
        }
    }
    made
}
