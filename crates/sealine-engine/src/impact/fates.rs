//! What becomes of objects and entries that a change takes away or renames.
//!
//! Invariant: what a cluster or a vault will do is only said where the files tell it; else it is
//! unclear, and the line says what it depends on.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::graph::{ProducerId, Stage};
use sealine_model::impact::{Fate, FateKind};
use sealine_model::kubernetes::{ExternalSecret, Scope};
use sealine_model::link::entry_id;
use sealine_model::query::Direction;
use sealine_model::vault::{EntryOrigin, VaultKind};

use super::State;
use super::withdrawn::{goes, roots};

/// Returns the fates, sorted.
pub(super) fn of(old: &State<'_>, new: &State<'_>) -> Vec<Fate> {
    let mut fates = BTreeSet::new();
    externals(old, new, &mut fates);
    secrets(old, new, &mut fates);
    entries(old, new, &mut fates);
    pushes(old, new, &mut fates);
    unread(old, new, &mut fates);
    fates.into_iter().collect()
}

fn fate(node: impl Into<String>, kind: FateKind, why: impl Into<String>) -> Fate {
    Fate { node: node.into(), kind, why: why.into() }
}

/// All `ExternalSecret`s of a state by what they are in both: the object, and the file besides where
/// either state has several copies of it, which are for clusters that nothing tells apart.
pub(super) fn external_secrets<'a>(
    state: &State<'a>,
    other: &State<'_>,
) -> BTreeMap<String, &'a ExternalSecret> {
    let mut files: BTreeMap<String, BTreeSet<(&str, &str)>> = BTreeMap::new();
    let mut copied: BTreeSet<String> = BTreeSet::new();
    for state in [state, other] {
        files.clear();
        for external in externals_of(state) {
            let id = state.names.object(&external.kind, &external.scope, &external.name);
            let file = &external.place.file;
            let known = files.entry(id.clone()).or_default();
            known.insert((file.repo.as_str(), file.path.as_str()));
            if known.len() > 1 {
                copied.insert(id);
            }
        }
    }
    let key = |external: &ExternalSecret| {
        let id = state.names.object(&external.kind, &external.scope, &external.name);
        let file = &external.place.file;
        if copied.contains(&id) { format!("{id}@{}/{}", file.repo, file.path) } else { id }
    };
    externals_of(state).map(|external| (key(external), external)).collect()
}

fn externals_of<'a>(state: &State<'a>) -> impl Iterator<Item = &'a ExternalSecret> {
    state.withdrawn.others(&state.side.analysis.facts)
}

/// Whether what is taken out of the files of this scope's root goes from the cluster, too; and who
/// says so.
fn pruned(old: &State<'_>, new: &State<'_>, scope: &Scope) -> (Option<bool>, String) {
    let Some(id) = scope.delivery.as_deref() else {
        return (None, "no delivery root in sight brings it".to_owned());
    };
    let (before, after) = (roots(old.side), roots(new.side));
    let Some(root) = after.get(id).or_else(|| before.get(id)) else {
        return (None, format!("whether `{id}` prunes is not known"));
    };
    let kind = root.kind.name();
    let goes = goes(id, &before, &after);
    let why = match (root.prunes, goes) {
        (Some(true), Some(true)) => format!("the {kind} `{id}` prunes"),
        (Some(false), _) => format!("the {kind} `{id}` does not prune"),
        (Some(true), _) => format!("whether `{id}` goes from the cluster is not known"),
        (None, _) => format!("whether `{id}` prunes is not known"),
    };
    (goes, why)
}

fn externals(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    let after = external_secrets(new, old);
    for (id, external) in external_secrets(old, new) {
        if external.target.manifest.is_some() || external.target.creation_policy == "None" {
            continue;
        }
        let secret = old.names.object("Secret", &external.scope, &external.target.name);
        let policy = external.target.creation_policy.as_str();
        let owned = policy == "Owner" || policy.is_empty();
        match after.get(&id) {
            None if after_makes(new, &secret) => {
                // Whoever makes it now cannot while the old one owns it.
                let (prunes, why) = pruned(old, new, &external.scope);
                if owned && prunes == Some(true) {
                    let why = format!(
                        "{why}, and the Secret goes with `{id}`, which owns it, before it is made again"
                    );
                    fates.insert(fate(secret, FateKind::Recreated, why));
                }
            }
            None => {
                let (prunes, why) = pruned(old, new, &external.scope);
                let (kind, why) = match (prunes, owned) {
                    (Some(true), true) => (
                        FateKind::Deleted,
                        format!(
                            "{why}, and the Secret goes with its ExternalSecret, which owns it"
                        ),
                    ),
                    (Some(true), false) => (
                        FateKind::Orphaned,
                        format!("{why}, and with `creationPolicy: {policy}` the Secret stays"),
                    ),
                    (Some(false), _) => (FateKind::LeftBehind, format!("{why}: `{id}` goes on")),
                    (None, _) => (FateKind::Unclear, why),
                };
                fates.insert(fate(secret, kind, why));
            }
            Some(now) if now.target.name.pattern() != external.target.name.pattern() => {
                let why = "its ExternalSecret makes another Secret now";
                let (kind, why) = if owned {
                    (FateKind::Deleted, format!("{why}, and removes the one that it owned"))
                } else {
                    (
                        FateKind::Orphaned,
                        format!("{why}, and owned none (`creationPolicy: {policy}`)"),
                    )
                };
                fates.insert(fate(secret, kind, why));
            }
            Some(_) => {}
        }
    }
    stale(old, new, fates);
}

fn after_makes(new: &State<'_>, secret: &str) -> bool {
    new.declared(secret).is_some()
}

/// Copies of entries that are gone.
fn stale(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    for link in &new.side.analysis.links.reads {
        let Some(vault) = &link.vault else { continue };
        let entry = entry_id(vault, &link.name);
        let is_withdrawn =
            new.withdrawn.maker(ProducerId::External(link.external_secret)).is_some();
        if is_withdrawn || !link.entries.is_empty() || old.declared(&entry).is_none() {
            continue;
        }
        let unit = &new.side.analysis.facts[link.external_secret.unit];
        let external = &unit.external_secrets[link.external_secret.item];
        let id = new.names.external(external);
        let secret = new.names.object("Secret", &external.scope, &external.target.name);
        let one = external.reads.len() == 1;
        let found = match external.target.deletion_policy.as_str() {
            "Delete" if one => fate(
                secret,
                FateKind::Deleted,
                format!(
                    "`{entry}` is gone, and with `deletionPolicy: Delete` the Secret goes, too"
                ),
            ),
            "Delete" | "Merge" => {
                fate(secret, FateKind::Stale, format!("`{entry}` is gone, and its keys with it"))
            }
            _ => fate(
                secret,
                FateKind::Stale,
                format!("`{entry}` is gone: `{id}` fails to sync, and the Secret stays as it is"),
            ),
        };
        fates.insert(found);
    }
}

/// Secrets of manifests and the like.
fn secrets(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    for secret in old.side.analysis.facts.iter().flat_map(|facts| &facts.secrets) {
        let id = old.names.object("Secret", &secret.scope, &secret.name);
        if !secret.name.is_known() || after_makes(new, &id) {
            continue;
        }
        if secret.origin == sealine_model::kubernetes::SecretOrigin::Terraform {
            let why = format!("Terraform destroys `{}`", secret.maker);
            fates.insert(fate(id, FateKind::Deleted, why));
            continue;
        }
        let (prunes, why) = pruned(old, new, &secret.scope);
        let kind = match prunes {
            Some(true) => FateKind::Deleted,
            Some(false) => FateKind::LeftBehind,
            None => FateKind::Unclear,
        };
        fates.insert(fate(id, kind, why));
    }
}

/// Entries that Terraform destroys: vaults keep their names for a while.
fn entries(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    for entry in old.side.analysis.facts.iter().flat_map(|facts| &facts.entries) {
        let id = old.names.entry(entry);
        if entry.origin != EntryOrigin::Terraform || !entry.name.is_known() || after_makes(new, &id)
        {
            continue;
        }
        let why = match entry.vault.kind {
            VaultKind::Azure => {
                "Key Vault keeps a deleted name for 7 to 90 days: until it is recovered or purged, which \
                 purge protection forbids, nobody can create it again"
            }
            VaultKind::AwsSecretsManager => {
                "Secrets Manager keeps a deleted name for its recovery window, 30 days unless \
                 `recovery_window_in_days` says otherwise"
            }
            _ => {
                fates.insert(fate(id, FateKind::RemoteDeleted, "Terraform destroys it"));
                continue;
            }
        };
        fates.insert(fate(id, FateKind::Reserved, why));
    }
}

/// `PushSecret`s that delete what they wrote.
fn pushes(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    let written = |state: &State<'_>| -> BTreeSet<(String, String)> {
        let entries = state.side.analysis.facts.iter().flat_map(|facts| &facts.entries);
        let pushed = entries.filter(|entry| entry.origin == EntryOrigin::PushSecret);
        pushed.map(|entry| (entry.address.clone(), state.names.entry(entry))).collect()
    };
    let deleting: BTreeSet<String> = old
        .side
        .analysis
        .facts
        .iter()
        .flat_map(|facts| &facts.pushes)
        .filter(|push| push.deletion_policy == "Delete")
        .map(|push| old.names.push(push))
        .collect();
    let after = written(new);
    for (push, entry) in written(old) {
        if after.contains(&(push.clone(), entry.clone())) || !deleting.contains(&push) {
            continue;
        }
        let why = format!("`{push}` does not write it any more, and has `deletionPolicy: Delete`");
        fates.insert(fate(entry, FateKind::RemoteDeleted, why));
    }
}

/// Entries that somebody read and nobody reads any more.
fn unread(old: &State<'_>, new: &State<'_>, fates: &mut BTreeSet<Fate>) {
    let read = |state: &State<'_>, id: &str| {
        let node = state.side.analysis.graph().node(id);
        node.is_some_and(|node| !state.neighbours.edges(node, Direction::Down).is_empty())
    };
    for node in &old.side.analysis.graph().nodes {
        if node.stage != Stage::VaultEntry || !read(old, &node.id) || read(new, &node.id) {
            continue;
        }
        // What Terraform destroys is said elsewhere.
        if node.declared.is_some() && new.declared(&node.id).is_none() {
            continue;
        }
        let why = match &node.declared {
            Some(_) => "nothing in sight reads it any more",
            None => {
                "nothing in sight reads it any more, and nothing in sight makes it: whoever did may remove it"
            }
        };
        fates.insert(fate(&node.id, FateKind::Unread, why));
    }
}
