//! Writes facts.
//!
//! Invariant: the same facts give the same bytes.

use std::fmt::Write as _;

use sealine_model::Facts;
use sealine_model::settings;
use serde_json::{Map, Value};

use crate::code::{Code, Writer};
use crate::wire::{Repository, Unit, VaultOwner};
use crate::{FORMAT, Published, VERSION};

/// Returns the file that holds these facts. Units come in the order of their repositories and names;
/// one that says nothing of the chain is left out.
pub fn write(published: &Published) -> String {
    let mut out = String::new();
    let (major, minor) = VERSION;
    let _ = write!(out, "{{\n\"format\": \"{FORMAT}\",\n\"version\": \"{major}.{minor}\"");
    let mut repositories: Vec<_> = published.repositories.iter().map(repository).collect();
    repositories.sort_by(|one, two| one.name.cmp(&two.name));
    lines(&mut out, "repositories", "", repositories.iter().map(json));
    let mut vaults: Vec<_> = published.vaults.iter().map(ownership).collect();
    vaults.sort_by(|one, two| one.name.cmp(&two.name));
    lines(&mut out, "vaults", "", vaults.iter().map(json));
    let mut units: Vec<Unit> = published.units.iter().map(unit).collect();
    units.retain(says_anything);
    units.sort_by(|one, two| (&one.repo, &one.name).cmp(&(&two.repo, &two.name)));
    lines(&mut out, "units", "", units.iter().map(unit_text));
    out.push_str("\n}\n");
    out
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes a list with each item on a line of its own.
fn lines(out: &mut String, name: &str, indent: &str, items: impl Iterator<Item = String>) {
    let _ = write!(out, ",\n{indent}\"{name}\": [");
    for (index, item) in items.enumerate() {
        let _ = write!(out, "{}\n{indent}{item}", if index == 0 { "" } else { "," });
    }
    out.push(']');
}

/// Returns a unit with a line for each fact.
fn unit_text(unit: &Unit) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(unit) else { return "{}".to_owned() };
    let (lists, words): (Map<_, _>, Map<_, _>) =
        fields.into_iter().partition(|(_, value)| value.is_array());
    let mut out = json(&words);
    out.pop();
    for (name, list) in &lists {
        let Some(items) = list.as_array().filter(|items| !items.is_empty()) else { continue };
        lines(&mut out, name, " ", items.iter().map(json));
    }
    out.push('}');
    out
}

fn says_anything(unit: &Unit) -> bool {
    let (repo, name) = (unit.repo.clone(), unit.name.clone());
    *unit != Unit { repo, name, understood: unit.understood, ..Unit::default() }
}

fn repository(origin: &crate::Origin) -> Repository {
    let mut remotes = origin.remotes.clone();
    remotes.sort();
    remotes.dedup();
    Repository { name: origin.name.clone(), remotes, commit: origin.commit.clone() }
}

fn ownership((name, said): &(String, settings::VaultSettings)) -> VaultOwner {
    let ownership = match said.ownership {
        settings::Ownership::Terraform => "terraform",
        settings::Ownership::Manual => "manual",
        settings::Ownership::Mixed => "mixed",
    };
    VaultOwner {
        name: name.clone(),
        kind: said.kind.name().to_owned(),
        identity: said.identity.clone(),
        ownership: ownership.to_owned(),
        lists_entries: said.lists_entries,
    }
}

fn unit(facts: &Facts) -> Unit {
    let writer = Writer { repo: &facts.repo };
    Unit {
        repo: facts.repo.clone(),
        name: facts.unit.clone(),
        understood: facts.coverage.understood >= facts.coverage.documents,
        deliveries: facts.deliveries.write(writer),
        vaults: facts.vaults.write(writer),
        entries: facts.entries.write(writer),
        open_vaults: facts.open_vaults.write(writer),
        entry_reads: facts.entry_reads.write(writer),
        class_mounts: facts.class_mounts.write(writer),
        stores: facts.stores.write(writer),
        external_secrets: facts.external_secrets.write(writer),
        pushes: facts.pushes.write(writer),
        secrets: facts.secrets.write(writer),
        secret_writers: facts.secret_writers.write(writer),
        uses: facts.uses.write(writer),
        objects: facts.objects.write(writer),
        connections: facts.connections.write(writer),
        plain_variables: facts.plain_variables.write(writer),
        states: facts.state_files.write(writer),
    }
}
