//! The steps at the vault's end: modules, entries, values; and, last of all, entries that go.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::impact::{Action, Share, Step};
use sealine_model::vault::{self, Entry, EntryOrigin, Filling};
use sealine_model::{Facts, Value};

use super::{Plan, commands, is_read, listed};
use crate::impact::State;
use crate::impact::files::{around, inside};

/// An entry, the unit that declares it, and its id.
type Declared<'a> = (String, &'a Facts, &'a Entry);

/// Returns the entries that one state declares and the other does not.
fn only_in<'a>(state: &State<'a>, other: &State<'_>) -> Vec<Declared<'a>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for unit in &state.side.analysis.facts {
        for entry in &unit.entries {
            let id = state.names.entry(entry);
            let counts = entry.origin != EntryOrigin::PushSecret && entry.name.is_known();
            if counts && other.declared(&id).is_none() && seen.insert(id.clone()) {
                found.push((id, unit, entry));
            }
        }
    }
    found
}

/// A root module that declares entries: its repository and folder.
fn root(unit: &Facts) -> (String, String) {
    let folder = unit.terraform.first().map_or("", |module| module.folder.as_str());
    (unit.repo.clone(), folder.to_owned())
}

/// The steps that add entries and fill them.
pub(super) fn add(plan: &mut Plan<'_>) {
    let added = only_in(plan.new, plan.old);
    let terraform: Vec<&Declared<'_>> =
        added.iter().filter(|(_, _, entry)| entry.origin == EntryOrigin::Terraform).collect();
    let mut modules: BTreeMap<(String, String), Vec<&Declared<'_>>> = BTreeMap::new();
    let mut roots: BTreeMap<(String, String), Vec<&Declared<'_>>> = BTreeMap::new();
    for declared in terraform {
        let (_, unit, entry) = declared;
        let file = &entry.place.file;
        if file.repo != unit.repo {
            let module = (file.repo.clone(), file.folder().to_owned());
            modules.entry(module).or_default().push(declared);
        }
        roots.entry(root(unit)).or_default().push(declared);
    }
    for ((repo, folder), items) in &modules {
        let files = inside(plan.changed, repo, folder);
        if files.is_empty() {
            continue;
        }
        let ids = items.iter().map(|(id, ..)| id.clone());
        plan.steps.push(Step {
            action: Action::Module,
            title: format!("merge the module `{folder}`"),
            repo: Some(repo.clone()),
            files,
            nodes: ids.collect::<BTreeSet<_>>().into_iter().collect(),
            why: "another repository calls it, and no reader depends on it yet".to_owned(),
            checks: vec![format!("`terraform validate` in `{folder}`")],
            done: false,
            shares: None,
        });
        release(plan, repo, folder);
    }
    for ((repo, folder), items) in &roots {
        apply(plan, repo, folder, items);
    }
    fill(plan, &added);
}

/// The tag that the caller asks for, when it did not ask for it before.
fn release(plan: &mut Plan<'_>, repo: &str, folder: &str) {
    let references = |state: &State<'_>| -> BTreeSet<String> {
        let modules = state.side.analysis.facts.iter().flat_map(|facts| &facts.terraform);
        let calls = modules.flat_map(|module| &module.calls);
        let calls = calls.filter(|call| {
            call.resolved.as_ref().is_some_and(|(to, at)| to == repo && at == folder)
        });
        calls.filter_map(|call| call.reference.clone()).collect()
    };
    let before = references(plan.old);
    let wanted: Vec<String> = references(plan.new).difference(&before).cloned().collect();
    for reference in wanted {
        plan.steps.push(Step {
            action: Action::Release,
            title: format!("cut the tag `{reference}`"),
            repo: Some(repo.to_owned()),
            files: Vec::new(),
            nodes: Vec::new(),
            why: "the call asks for it by this name".to_owned(),
            checks: vec![format!("`git ls-remote --tags origin '{reference}'` prints it")],
            done: false,
            shares: None,
        });
    }
}

fn apply(plan: &mut Plan<'_>, repo: &str, folder: &str, items: &[&Declared<'_>]) {
    let mut files: BTreeSet<String> = inside(plan.changed, repo, folder).into_iter().collect();
    files.extend(around(plan.changed, repo, items.iter().map(|(_, _, entry)| &entry.place)));
    let names = listed(items.iter().map(|(_, _, entry)| entry.name.pattern()));
    let where_ = if folder.is_empty() { "the root".to_owned() } else { format!("`{folder}`") };
    plan.steps.push(Step {
        action: Action::Entries,
        title: format!("add {names} and apply {where_}"),
        repo: Some(repo.to_owned()),
        files: files.into_iter().collect(),
        nodes: items.iter().map(|(id, ..)| id.clone()).collect(),
        why: "an entry that nobody reads yet harms nobody".to_owned(),
        checks: vec![format!(
            "`terraform plan` before it adds {} and changes nothing else",
            if items.len() == 1 {
                "the entry".to_owned()
            } else {
                format!("{} entries", items.len())
            }
        )],
        done: false,
        shares: None,
    });
}

/// Whether people set the value, and not what declares the entry.
fn is_filled_by_hand(plan: &Plan<'_>, entry: &Entry) -> bool {
    let conventions = &plan.new.side.settings.conventions;
    let named = |prefix: &String| entry.name.head().starts_with(prefix.as_str());
    match &entry.filling {
        _ if entry.origin == EntryOrigin::Configured => true,
        Filling::None => true,
        Filling::Literal { fingerprint, .. } => {
            let mut stand_ins = conventions.placeholder_values.iter();
            entry.ignores_value || stand_ins.any(|text| vault::fingerprint(text) == *fingerprint)
        }
        Filling::WriteOnly | Filling::Unknown => {
            conventions.placeholder_prefix.as_ref().is_some_and(named)
        }
        Filling::Computed => false,
    }
}

fn fill(plan: &mut Plan<'_>, added: &[Declared<'_>]) {
    let why = "until whoever has the value sets it, a reader would run with a placeholder";
    let empty: Vec<&Declared<'_>> =
        added.iter().filter(|(_, _, entry)| is_filled_by_hand(plan, entry)).collect();
    // Those that were there, but that nobody read until now.
    let mut seen = BTreeSet::new();
    let unread: Vec<(String, &Entry)> = plan
        .new
        .side
        .analysis
        .facts
        .iter()
        .flat_map(|unit| &unit.entries)
        .map(|entry| (plan.new.names.entry(entry), entry))
        .filter(|(id, entry)| {
            plan.old.declared(id).is_some()
                && !is_read(plan.old, id)
                && is_read(plan.new, id)
                && is_filled_by_hand(plan, entry)
                && seen.insert(id.clone())
        })
        .collect();
    let added = empty.iter().map(|(id, _, entry)| (id.clone(), *entry)).collect::<Vec<_>>();
    for (verb, items) in [("fill", added), ("see that somebody filled", unread)] {
        if items.is_empty() {
            continue;
        }
        let commands = items.iter().map(|(_, entry)| commands::fill(entry));
        let seen = items.iter().filter_map(|(_, entry)| commands::filled(entry));
        plan.steps.push(Step {
            action: Action::Fill,
            title: format!("{verb} {}", listed(items.iter().map(|(_, it)| it.name.pattern()))),
            repo: None,
            files: Vec::new(),
            nodes: items.iter().map(|(id, _)| id.clone()).collect(),
            why: why.to_owned(),
            checks: commands.chain(seen).collect(),
            done: false,
            shares: None,
        });
    }
}

/// The step that removes entries, when the change does.
pub(super) fn remove(plan: &mut Plan<'_>) {
    let gone = only_in(plan.old, plan.new);
    let mut roots: BTreeMap<(String, String), Vec<&Declared<'_>>> = BTreeMap::new();
    for declared in gone.iter().filter(|(_, _, entry)| entry.origin == EntryOrigin::Terraform) {
        roots.entry(root(declared.1)).or_default().push(declared);
    }
    for ((repo, folder), items) in roots {
        let mut files: BTreeSet<String> =
            inside(plan.changed, &repo, &folder).into_iter().collect();
        files.extend(around(plan.changed, &repo, items.iter().map(|(_, _, entry)| &entry.place)));
        let names: Vec<Value> = items.iter().map(|(_, _, entry)| entry.name.clone()).collect();
        let read = items.iter().any(|(id, ..)| is_read(plan.old, id));
        let shares = plan.number(Action::Entries, &repo).map(|with| Share {
            with,
            allowed: !read,
            why: if read {
                "the old entry is read until what copies it has moved".to_owned()
            } else {
                "nothing in sight reads the old entry".to_owned()
            },
        });
        plan.steps.push(Step {
            action: Action::Remove,
            title: format!("remove {} and apply", listed(names.iter().map(Value::pattern))),
            repo: Some(repo),
            files: files.into_iter().collect(),
            nodes: items.iter().map(|(id, ..)| id.clone()).collect(),
            why: "last of all: a vault may keep the name reserved, so there is no quick way back"
                .to_owned(),
            checks: vec![
                "`terraform plan` before it destroys these entries and nothing else".to_owned(),
            ],
            done: false,
            shares,
        });
    }
}
