//! Proposes a `sealine.yaml` for a tree: what was seen, commented, for a person to read.
//!
//! Invariant: what is proposed parses and rests on what was seen; what no file shows (owners, entries
//! made by hand) is a comment.

mod repositories;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::Analysis;
use crate::config::file::Repo;
use sealine_model::vault::{
    Entry, EntryOrigin, EntryRead, Filling, VaultIdentity, VaultKind, fingerprint,
};
use sealine_yaml::edit::quoted;

pub use repositories::repositories;

/// Values that people use for "not filled yet".
const USUAL_PLACEHOLDERS: [&str; 14] = [
    "<set manually>",
    "placeholder",
    "PLACEHOLDER",
    "changeme",
    "CHANGEME",
    "change-me",
    "CHANGE_ME",
    "REPLACE_ME",
    "replace-me",
    "TODO",
    "dummy",
    "set-manually",
    "to-be-replaced",
    "initial",
];

/// Returns the text of a configuration for what was read as `repos`.
pub fn propose(analysis: &Analysis, repos: &BTreeMap<String, Repo>) -> String {
    let mut out = String::from(
        "# What Sealine cannot read from the files. Every part is optional; `sealine config schema`\n# has the whole form.\n",
    );
    repositories::propose(analysis, repos, &mut out);
    vaults(analysis, &mut out);
    conventions(analysis, &mut out);
    airflow(analysis, &mut out);
    out
}

/// What was seen of one vault.
#[derive(Default)]
struct Seen {
    from_terraform: usize,
    read: usize,
    unmatched: BTreeSet<String>,
    stores: BTreeSet<String>,
}

/// Vaults by the name under which they are configured: a store and Terraform know different parts
/// of the same vault's identity.
#[derive(Default)]
struct Vaults(BTreeMap<String, (VaultIdentity, Seen)>);

impl Vaults {
    /// Returns what was seen of a vault; `None` when too little of it is known to name it.
    fn seen(&mut self, vault: &VaultIdentity) -> Option<&mut Seen> {
        let name = configured_name(vault)?;
        let entry = self.0.entry(name).or_insert_with(|| (vault.clone(), Seen::default()));
        Some(&mut entry.1)
    }
}

fn vaults(analysis: &Analysis, out: &mut String) {
    let mut vaults = Vaults::default();
    for facts in &analysis.facts {
        for store in &facts.stores {
            if let Some(seen) = store.vault.as_ref().and_then(|vault| vaults.seen(vault)) {
                seen.stores.insert(store.name.pattern());
            }
        }
        let from_terraform = |entry: &&Entry| entry.origin == EntryOrigin::Terraform;
        for entry in facts.entries.iter().filter(from_terraform) {
            if let Some(seen) = vaults.seen(&entry.vault) {
                seen.from_terraform += 1;
            }
        }
    }
    for (vault, name) in looked_up(analysis) {
        if let Some(seen) = vaults.seen(vault) {
            seen.unmatched.insert(name);
        }
    }
    for read in &analysis.links.reads {
        let Some(seen) = read.vault.as_ref().and_then(|vault| vaults.seen(vault)) else { continue };
        seen.read += 1;
        if read.entries.is_empty()
            && let Some(name) = read.name.text()
        {
            seen.unmatched.insert(name);
        }
    }
    if vaults.0.is_empty() {
        return;
    }
    out.push_str("\n# Vaults that were seen. `ownership: terraform` says that every entry is declared in\n# Terraform; `manual` that people create those under `entries`; `mixed` that both do: what nothing\n# creates is a warning where Terraform creates others, until it stands under `entries`.\nvaults:\n");
    for (name, (vault, seen)) in &vaults.0 {
        vault_lines(name, vault, seen, out);
    }
}

/// Entries that Terraform looks up and does not create: somebody else does.
fn looked_up(analysis: &Analysis) -> Vec<(&VaultIdentity, String)> {
    let entries: Vec<&Entry> = analysis.facts.iter().flat_map(|facts| &facts.entries).collect();
    let is_created = |read: &EntryRead| {
        let is_vault = |vault: &VaultIdentity| vault.unify(read.vault.as_ref()?);
        let same = |entry: &&Entry| is_vault(&entry.vault).is_some();
        entries
            .iter()
            .filter(|entry| same(entry))
            .any(|entry| entry.name.unify(&read.name).is_some())
    };
    let reads = analysis.facts.iter().flat_map(|facts| &facts.entry_reads);
    let foreign = reads.filter(|read| read.object.is_none() && !is_created(read));
    foreign.filter_map(|read| Some((read.vault.as_ref()?, read.name.text()?))).collect()
}

fn vault_lines(name: &str, vault: &VaultIdentity, seen: &Seen, out: &mut String) {
    let stores: Vec<&str> = seen.stores.iter().map(String::as_str).collect();
    if !stores.is_empty() {
        let _ = writeln!(out, "  # read through {}", stores.join(", "));
    }
    let _ = writeln!(
        out,
        "  # {} from Terraform; {}; {} that nothing seen creates",
        counted(seen.from_terraform, "entry", "entries"),
        counted(seen.read, "read", "reads"),
        counted(seen.unmatched.len(), "entry", "entries")
    );
    let owned = seen.from_terraform > 0 && seen.unmatched.is_empty();
    let ownership = if owned { "terraform" } else { "mixed" };
    let _ = writeln!(
        out,
        "  {}:\n    kind: {}\n    ownership: {ownership}",
        quoted(name),
        kind_name(&vault.kind)
    );
    for part in ["account", "region", "project", "address", "mount"] {
        if let Some(value) = vault.parts.get(part).and_then(sealine_model::Value::text) {
            let _ = writeln!(out, "    {part}: {}", quoted(&value));
        }
    }
    if !seen.unmatched.is_empty() {
        out.push_str("    # entries:\n");
        for entry in seen.unmatched.iter().take(30) {
            let _ = writeln!(out, "    #   {}: {{owner: ..., reason: ...}}", quoted(entry));
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The name under which a vault is configured; `None` when too little of it is known.
fn configured_name(vault: &VaultIdentity) -> Option<String> {
    let part = |name: &str| vault.parts.get(name).and_then(sealine_model::Value::text);
    match &vault.kind {
        VaultKind::Azure => part("name"),
        VaultKind::Gcp => Some(part("project").unwrap_or_else(|| "gcp".to_owned())),
        VaultKind::AwsSecretsManager | VaultKind::AwsParameterStore => Some(match part("region") {
            Some(region) => format!("{}-{region}", vault.kind.name()),
            None => vault.kind.name().to_owned(),
        }),
        VaultKind::HashiCorp => Some(part("mount").unwrap_or_else(|| "vault".to_owned())),
        VaultKind::Other(kind) => kind_of_other(kind).map(str::to_owned),
    }
}

fn kind_name(kind: &VaultKind) -> &str {
    match kind {
        VaultKind::Other(kind) => kind_of_other(kind).unwrap_or("onepassword"),
        kind => kind.name(),
    }
}

/// The configuration's name for a provider that ESO names otherwise.
fn kind_of_other(kind: &str) -> Option<&'static str> {
    match kind {
        "onepassword" | "onepasswordSDK" => Some("onepassword"),
        "doppler" => Some("doppler"),
        "infisical" => Some("infisical"),
        "bitwardensecretsmanager" => Some("bitwarden"),
        "gitlab" => Some("gitlab"),
        _ => None,
    }
}

fn conventions(analysis: &Analysis, out: &mut String) {
    let entries = || analysis.facts.iter().flat_map(|facts| &facts.entries);
    let prefix = placeholder_prefix(entries());
    let literals: BTreeSet<&str> = entries()
        .filter_map(|entry| match &entry.filling {
            Filling::Literal { fingerprint, .. } => Some(fingerprint.as_str()),
            _ => None,
        })
        .collect();
    let placeholders: Vec<&str> = USUAL_PLACEHOLDERS
        .into_iter()
        .filter(|text| literals.contains(fingerprint(text).as_str()))
        .collect();
    if prefix.is_none() && placeholders.is_empty() {
        return;
    }
    out.push_str("\n# How placeholders look: entries that Terraform creates and people fill.\nconventions:\n");
    if let Some(prefix) = prefix {
        let _ = writeln!(out, "  placeholder_prefix: {}", quoted(prefix));
    }
    if !placeholders.is_empty() {
        let list: Vec<String> = placeholders.iter().map(|text| format!("{text:?}")).collect();
        let _ = writeln!(out, "  placeholder_values: [{}]", list.join(", "));
    }
}

/// The prefix that all placeholders carry and no other entry, when there are enough of them to call
/// that a convention: three, or two where the configuration puts the prefix before a name of its own
/// (`"manual-${each.key}"`) and other entries go without it.
fn placeholder_prefix<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<&'a str> {
    let made = entries.filter(|entry| entry.origin == EntryOrigin::Terraform);
    let (placeholders, others): (Vec<&Entry>, Vec<&Entry>) =
        made.partition(|entry| entry.ignores_value || holds_usual_placeholder(entry));
    let prefix = placeholders.first()?.name.head().split_inclusive('-').next()?;
    let carries = |entry: &&Entry| entry.name.head().starts_with(prefix);
    let is_put_before =
        |entry: &&Entry| entry.name.pieces().len() > 1 && entry.name.head() == prefix;
    let names: BTreeSet<String> = placeholders.iter().map(|entry| entry.name.pattern()).collect();
    let is_marked = !others.is_empty() && placeholders.iter().all(is_put_before);
    let is_convention = prefix.ends_with('-')
        && names.len() >= if is_marked { 2 } else { 3 }
        && placeholders.iter().all(carries)
        && !others.iter().any(carries);
    is_convention.then_some(prefix)
}

fn holds_usual_placeholder(entry: &Entry) -> bool {
    let Filling::Literal { fingerprint: print, .. } = &entry.filling else { return false };
    USUAL_PLACEHOLDERS.into_iter().any(|text| fingerprint(text) == *print)
}

fn airflow(analysis: &Analysis, out: &mut String) {
    // Other programs have arguments called `conn_id`, too.
    let has_dags = analysis.facts.iter().any(|facts| {
        facts.connections.iter().any(|asked| !asked.dag.is_unknown())
            || facts.uses.iter().any(|read| read.consumer.kind == "DAG")
    });
    if has_dags {
        out.push_str("\n# DAGs were seen. Say where their task pods run, and what the team agreed on:\n# airflow: {namespace: airflow, connections: env, isolation: per-task}\n");
    }
}
