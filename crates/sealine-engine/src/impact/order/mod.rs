//! The smallest sequence of steps in which no reader is ever without its secret.
//!
//! The order is that of the chain: an entry stands before what copies it, a Secret before who reads
//! it, and what is old goes when nobody needs it any more. A step is there only when the change has
//! something for it.
//!
//! Invariant: this is asked only of a change that takes no secret from anybody; steps of one
//! repository say whether they may share a commit, and why.

mod commands;
mod entries;

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::graph::Stage;
use sealine_model::impact::{Action, Share, Step};
use sealine_model::kubernetes::ExternalSecret;
use sealine_model::query::{Direction, without_cluster};
use sealine_source::Place;

use super::State;
use super::fates::external_secrets;
use super::files::{Changed, around};
use super::needs::{counts, reader, secret_id};

/// The most names in a title; the files of a step tell the rest.
const MOST_NAMED: usize = 8;

/// What the order is made of.
struct Plan<'a> {
    old: &'a State<'a>,
    new: &'a State<'a>,
    changed: &'a Changed,
    steps: Vec<Step>,
}

/// Who reads a Secret: the reader's id and the place.
type Reads<'a> = BTreeMap<(String, String), &'a Place>;

/// Returns the steps in order.
pub(super) fn safe(old: &State<'_>, new: &State<'_>, changed: &Changed) -> Vec<Step> {
    let mut plan = Plan { old, new, changed, steps: Vec::new() };
    entries::add(&mut plan);
    let copies = Copies::of(old, new);
    plan.copy(&copies);
    plan.wait(&copies);
    let fresh = copies.secrets(new);
    plan.readers(&fresh);
    plan.verify(&fresh, &copies);
    plan.remove(&copies);
    entries::remove(&mut plan);
    plan.steps
}

/// What changes in what copies entries to Secrets.
struct Copies<'a> {
    /// Only the state after has it.
    added: BTreeMap<String, &'a ExternalSecret>,
    /// It reads another entry, or makes another Secret.
    changed: BTreeMap<String, &'a ExternalSecret>,
    /// Only the state before had it.
    removed: BTreeMap<String, &'a ExternalSecret>,
}

impl<'a> Copies<'a> {
    fn of(old: &State<'a>, new: &State<'a>) -> Self {
        let (before, after) = (external_secrets(old, new), external_secrets(new, old));
        let mut copies =
            Self { added: BTreeMap::new(), changed: BTreeMap::new(), removed: BTreeMap::new() };
        for (id, external) in &after {
            match before.get(id) {
                None => copies.added.insert(id.clone(), external),
                Some(was) if differs(was, external) => copies.changed.insert(id.clone(), external),
                Some(_) => None,
            };
        }
        for (id, external) in before {
            let secret = old.names.object("Secret", &external.scope, &external.target.name);
            if !after.contains_key(&id) && !new.withdrawn.may_stay(&secret) {
                copies.removed.insert(id, external);
            }
        }
        copies
    }

    /// The ids of Secrets that are made anew, or from something else.
    fn secrets(&self, new: &State<'_>) -> BTreeSet<String> {
        let all = self.added.values().chain(self.changed.values());
        all.map(|it| new.names.object("Secret", &it.scope, &it.target.name)).collect()
    }
}

fn differs(one: &ExternalSecret, two: &ExternalSecret) -> bool {
    let reads = |external: &ExternalSecret| {
        let read = external.reads.iter().map(|read| {
            let property = read.property.as_ref().map(|(name, _)| name.clone());
            let store = read.store.as_ref().or(external.store.as_ref());
            (read.key.pattern(), property, store.map(|store| store.name.pattern()))
        });
        read.collect::<BTreeSet<_>>()
    };
    // A value knows its place, which a revision changes: texts are compared.
    one.target.name.pattern() != two.target.name.pattern() || reads(one) != reads(two)
}

/// What one reads or makes now, as an order.
fn difference(was: &ExternalSecret, now: &ExternalSecret) -> String {
    let keys = |external: &ExternalSecret| -> BTreeSet<String> {
        external.reads.iter().map(|read| read.key.pattern()).collect()
    };
    let more = listed(keys(now).difference(&keys(was)));
    let less = listed(keys(was).difference(&keys(now)));
    let what = match (more.is_empty(), less.is_empty()) {
        (false, _) => format!("read {more}"),
        (true, false) => format!("not read {less} any more"),
        (true, true) if was.target.name.pattern() != now.target.name.pattern() => {
            format!("make the Secret `{}`", now.target.name)
        }
        (true, true) => "read from another store, or another property".to_owned(),
    };
    format!("let `{}` {what}", now.name)
}

/// Items by the repository that declares them.
fn by_repository<'a>(
    items: impl Iterator<Item = (&'a String, &'a &'a ExternalSecret)>,
) -> BTreeMap<&'a str, Vec<(&'a String, &'a ExternalSecret)>> {
    let mut grouped: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (id, external) in items {
        grouped.entry(external.place.file.repo.as_str()).or_default().push((id, *external));
    }
    grouped
}

/// Names in a row: `a`, `b` and `c`.
fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut names: Vec<String> =
        names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    // In several namespaces the same name may stand.
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.len() > MOST_NAMED + 1 {
        let more = names.len() - MOST_NAMED;
        names.truncate(MOST_NAMED);
        return format!("{} and {more} more", names.join(", "));
    }
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The places of an `ExternalSecret`: its own, and those of what it reads.
fn places(external: &ExternalSecret) -> impl Iterator<Item = &Place> {
    std::iter::once(&external.place).chain(external.reads.iter().map(|read| &read.place))
}

impl Plan<'_> {
    /// The last step of one kind that changes this repository, counted from 1.
    fn number(&self, action: Action, repo: &str) -> Option<usize> {
        let is_it = |step: &Step| step.action == action && step.repo.as_deref() == Some(repo);
        self.steps.iter().rposition(is_it).map(|index| index + 1)
    }

    fn copy(&mut self, copies: &Copies<'_>) {
        let awaits =
            self.steps.iter().any(|it| matches!(it.action, Action::Entries | Action::Fill));
        let before = external_secrets(self.old, self.new);
        for (repo, items) in by_repository(copies.added.iter().chain(&copies.changed)) {
            let of = |map: &BTreeMap<String, &ExternalSecret>| {
                let here = items.iter().filter(|(id, _)| map.contains_key(*id));
                listed(here.map(|(_, external)| external.name.pattern()))
            };
            let added = of(&copies.added);
            let mut parts = Vec::new();
            if !added.is_empty() {
                parts.push(format!("add {added}"));
            }
            let changed = items.iter().filter_map(|(id, it)| Some((it, before.get(*id)?)));
            let changed: BTreeSet<String> =
                changed.map(|(now, was)| difference(was, now)).collect();
            let more = changed.len().saturating_sub(MOST_NAMED);
            parts.extend(changed.into_iter().take(MOST_NAMED));
            if more > 0 {
                parts.push(format!("change {more} more"));
            }
            let changes = items.iter().any(|(id, _)| copies.changed.contains_key(*id));
            let why = if awaits && changes {
                "before the entry is there and filled this would stop the sync, or copy a placeholder"
            } else if awaits {
                "it cannot sync before the entry is there"
            } else {
                "what it reads is there already; nothing is taken away"
            };
            let files = around(self.changed, repo, items.iter().flat_map(|(_, it)| places(it)));
            let shares = self.number(Action::Module, repo).or(self.number(Action::Entries, repo));
            let shares = shares.map(|with| Share {
                with,
                allowed: false,
                why: "the entry must be applied and filled between them".to_owned(),
            });
            self.steps.push(Step {
                action: Action::Copies,
                title: parts.join(", and "),
                repo: Some(repo.to_owned()),
                files,
                nodes: items.iter().map(|(_, it)| self.new.names.external(it)).collect(),
                why: why.to_owned(),
                checks: Vec::new(),
                done: false,
                shares,
            });
        }
    }

    fn wait(&mut self, copies: &Copies<'_>) {
        let all: Vec<_> = copies.added.iter().chain(&copies.changed).collect();
        if all.is_empty() {
            return;
        }
        let names: BTreeSet<String> =
            all.iter().map(|(_, external)| external.name.pattern()).collect();
        let mut checks = commands::delivered(self.new, all.iter().map(|(_, it)| &it.scope));
        checks.extend(commands::synced(&copies.added, false));
        checks.extend(commands::synced(&copies.changed, true));
        self.steps.push(Step {
            action: Action::Wait,
            title: format!(
                "wait until {} {} synced",
                listed(&names),
                if names.len() == 1 { "is" } else { "are" }
            ),
            repo: None,
            files: Vec::new(),
            nodes: all.iter().map(|(_, it)| self.new.names.external(it)).collect(),
            why: "readers need the Secrets, not the files that ask for them".to_owned(),
            checks,
            done: false,
            shares: None,
        });
    }

    /// Who reads which Secret in a state.
    fn reads<'b>(state: &State<'b>) -> Reads<'b> {
        let mut reads = Reads::new();
        for link in &state.side.analysis.links.uses {
            let reader = reader(state, link);
            if counts(reader, state.side.readers) {
                let consumer = state.names.consumer(&reader.scope, &reader.consumer);
                reads.entry((consumer, secret_id(state, link))).or_insert(&reader.place);
            }
        }
        reads
    }

    fn readers(&mut self, fresh: &BTreeSet<String>) {
        let (before, after) = (Self::reads(self.old), Self::reads(self.new));
        let mut moved: BTreeMap<&str, Vec<(&String, &Place)>> = BTreeMap::new();
        let mut there: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for (key, place) in &after {
            let repo = place.file.repo.as_str();
            if !before.contains_key(key) {
                moved.entry(repo).or_default().push((&key.0, place));
            } else if fresh.contains(&key.1) && self.old.declared(&key.1).is_none() {
                there.entry(repo).or_default().insert(&key.0);
            }
        }
        let mut steps = Vec::new();
        for (repo, items) in &moved {
            let files = around(self.changed, repo, items.iter().map(|(_, place)| *place));
            let shares = self.number(Action::Copies, repo).map(|with| Share {
                with,
                allowed: false,
                why: "a reader that starts before its Secret is there waits for it".to_owned(),
            });
            let ids: BTreeSet<&String> = items.iter().map(|(id, _)| *id).collect();
            steps.push(Step {
                action: Action::Readers,
                title: format!("let {} read the new Secrets", listed(&ids)),
                repo: Some((*repo).to_owned()),
                files,
                nodes: ids.into_iter().cloned().collect(),
                why: "the Secrets are there now".to_owned(),
                checks: Vec::new(),
                done: false,
                shares,
            });
        }
        for (repo, ids) in there {
            steps.push(Step {
                action: Action::Readers,
                title: format!(
                    "{} ask for the new Secrets already; else deploy that now",
                    listed(&ids)
                ),
                repo: Some(repo.to_owned()),
                files: Vec::new(),
                nodes: ids.into_iter().cloned().collect(),
                why: "nothing changes in this repository".to_owned(),
                checks: Vec::new(),
                done: true,
                shares: None,
            });
        }
        self.steps.extend(steps);
    }

    fn verify(&mut self, fresh: &BTreeSet<String>, copies: &Copies<'_>) {
        let before = Self::reads(self.old);
        let mut readers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (consumer, secret) in Self::reads(self.new).into_keys() {
            let is_new = !before.contains_key(&(consumer.clone(), secret.clone()));
            if fresh.contains(&secret) || is_new {
                readers.entry(commands::whole(&consumer)).or_default().insert(secret);
            }
        }
        if readers.is_empty() {
            return;
        }
        // What needs the least shows the most when it fails.
        let mut ordered: Vec<(String, BTreeSet<String>)> = readers.into_iter().collect();
        ordered.sort_by(|one, two| (one.1.len(), &one.0).cmp(&(two.1.len(), &two.0)));
        let ids: Vec<&str> = ordered.iter().map(|(id, _)| id.as_str()).collect();
        let names: Vec<String> = ids
            .iter()
            .map(|id| format!("`{}`", without_cluster(id).rsplit('/').next().unwrap_or(id)))
            .collect();
        let dags = ids.iter().all(|id| id.starts_with("dag/"));
        self.steps.push(Step {
            action: Action::Verify,
            title: format!("{} {}", if dags { "run" } else { "verify" }, names.join(", then ")),
            repo: None,
            files: Vec::new(),
            nodes: ids.iter().map(|id| (*id).to_owned()).collect(),
            why: "a Secret that is there may still hold a wrong value".to_owned(),
            checks: ids.iter().map(|id| commands::verify(id, !copies.changed.is_empty())).collect(),
            done: false,
            shares: None,
        });
    }

    fn remove(&mut self, copies: &Copies<'_>) {
        let (before, after) = (Self::reads(self.old), Self::reads(self.new));
        for (repo, items) in by_repository(copies.removed.iter()) {
            let secrets: BTreeSet<String> = items
                .iter()
                .map(|(_, it)| self.old.names.object("Secret", &it.scope, &it.target.name))
                .collect();
            let reads = before.keys().chain(after.keys());
            let readers: BTreeSet<&String> =
                reads.filter(|(_, secret)| secrets.contains(secret)).map(|(id, _)| id).collect();
            let shares =
                self.number(Action::Copies, repo).map(|with| share(with, &secrets, &readers));
            let why = match &shares {
                Some(share) if share.allowed => "a commit of its own can be taken back alone",
                _ if readers.is_empty() => "nothing in sight reads what it makes",
                _ => "its readers have moved, and it is seen that they work",
            };
            let files = around(self.changed, repo, items.iter().map(|(_, it)| &it.place));
            let names = listed(items.iter().map(|(_, it)| it.name.pattern()));
            let later = if shares.is_some() { ", in a later commit" } else { "" };
            self.steps.push(Step {
                action: Action::Remove,
                title: format!("remove {names}{later}"),
                repo: Some(repo.to_owned()),
                files,
                nodes: items.iter().map(|(_, it)| self.old.names.external(it)).collect(),
                why: why.to_owned(),
                checks: Vec::new(),
                done: false,
                shares,
            });
        }
    }
}

/// Whether what makes these Secrets may go in the commit that brings the new ones.
fn share(with: usize, secrets: &BTreeSet<String>, readers: &BTreeSet<&String>) -> Share {
    let secrets = listed(secrets);
    if readers.is_empty() {
        let why =
            format!("nothing in sight reads {secrets}, so nobody is without a secret meanwhile");
        return Share { with, allowed: true, why };
    }
    let why = format!("{} read {secrets} until the step before is verified", listed(readers));
    Share { with, allowed: false, why }
}

/// Whether anything of this state reads the entry.
fn is_read(state: &State<'_>, entry: &str) -> bool {
    let graph = state.side.analysis.graph();
    let Some(node) = graph.node(entry) else { return false };
    let edges = state.neighbours.edges(node, Direction::Down).iter();
    edges.map(|edge| graph.edges[*edge].to).any(|to| graph.nodes[to].stage != Stage::Vault)
}
