//! Which declared entries a name in a vault may mean.
//!
//! Invariant: what is sure leaves no room for what is only possible.

use std::collections::{BTreeSet, HashMap};

use sealine_source::Place;

use crate::graph::FactId;
use crate::vault::{VaultIdentity, VaultKind};
use crate::{Certainty, Facts, Piece, Value};

/// Entries by vault kind and name.
pub(super) struct EntryIndex {
    by_name: HashMap<(VaultKind, String), Vec<FactId>>,
    patterns: HashMap<VaultKind, Vec<FactId>>,
    /// The kinds of vaults that hold entries whose names are known.
    pub(super) kinds: BTreeSet<VaultKind>,
    /// The vaults of entries without what the default of a variable says: a run may say otherwise.
    by_default: HashMap<FactId, VaultIdentity>,
    /// The names of entries without what such defaults, or files of values, say, where much is left.
    names_by_default: HashMap<VaultKind, Vec<(FactId, Value)>>,
}

impl EntryIndex {
    pub(super) fn of(facts: &[Facts]) -> Self {
        let mut index = Self {
            by_name: HashMap::new(),
            patterns: HashMap::new(),
            kinds: BTreeSet::new(),
            by_default: HashMap::new(),
            names_by_default: HashMap::new(),
        };
        for (unit, facts) in facts.iter().enumerate() {
            let defaults = facts.defaults();
            for (item, entry) in facts.entries.iter().enumerate() {
                let id = FactId { unit, item };
                if let Some(vault) = without_defaults(&entry.vault, &defaults) {
                    index.by_default.insert(id, vault);
                }
                let kind = entry.vault.kind.clone();
                let names = other_names(&entry.name, &defaults).into_iter().filter(tells_much);
                for name in names {
                    index.names_by_default.entry(kind.clone()).or_default().push((id, name));
                }
                match entry.name.text() {
                    Some(name) => {
                        let name = fold_case(&kind, name);
                        if !index.kinds.contains(&kind) {
                            index.kinds.insert(kind.clone());
                        }
                        index.by_name.entry((kind, name)).or_default().push(id);
                    }
                    None => index.patterns.entry(kind).or_default().push(id),
                }
            }
        }
        index
    }

    /// Returns the entries whose names are known in part.
    pub(super) fn known_in_part(&self) -> impl Iterator<Item = FactId> {
        let all: BTreeSet<FactId> = self.patterns.values().flatten().copied().collect();
        all.into_iter()
    }

    /// Returns the entries of `vault` that `name` may mean, best first.
    pub(super) fn find(
        &self,
        facts: &[Facts],
        vault: &VaultIdentity,
        name: &Value,
    ) -> Vec<(FactId, Certainty)> {
        let kind = &vault.kind;
        let mut found: Vec<(FactId, Certainty)> = Vec::new();
        let mut add = |id: FactId, by_name: Certainty| {
            let entry = &facts[id.unit].entries[id.item];
            if let Some(by_vault) = entry.vault.unify(vault) {
                found.push((id, by_name.min(by_vault)));
            }
        };
        if let Some(text) = name.text() {
            let key = (kind.clone(), fold_case(kind, text.clone()));
            for id in self.by_name.get(&key).into_iter().flatten() {
                add(*id, Certainty::Exact);
            }
            for id in self.patterns.get(kind).into_iter().flatten() {
                let entry = &facts[id.unit].entries[id.item];
                if !entry.name.is_unknown() && entry.name.fits(&text) {
                    add(*id, Certainty::Pattern);
                }
            }
            if found.is_empty() {
                found = self.in_another_vault(facts, vault, self.by_name.get(&key));
            }
            if found.is_empty() {
                found = self.under_another_name(facts, vault, &text);
            }
        } else if !name.is_unknown() {
            for ((other, text), ids) in &self.by_name {
                if other == kind && name.fits(text) {
                    for id in ids {
                        add(*id, Certainty::Pattern);
                    }
                }
            }
            for id in self.patterns.get(kind).into_iter().flatten() {
                let entry = &facts[id.unit].entries[id.item];
                if !entry.name.is_unknown() && entry.name.unify(name).is_some() {
                    add(*id, Certainty::Assumed);
                }
            }
        }
        found.sort_by_key(|(id, certainty)| (std::cmp::Reverse(*certainty), *id));
        // A sure match makes those through a hole pointless.
        if let Some((_, best)) = found.first().copied()
            && best == Certainty::Exact
        {
            found.retain(|(_, certainty)| *certainty == Certainty::Exact);
        }
        found
    }

    /// Returns the entry that has this name if a run gives the variables of its root other values than the
    /// defaults; none where several may.
    fn under_another_name(
        &self,
        facts: &[Facts],
        vault: &VaultIdentity,
        name: &str,
    ) -> Vec<(FactId, Certainty)> {
        let fits = |(id, open): &&(FactId, Value)| {
            let own = &facts[id.unit].entries[id.item].vault;
            let vault_fits = |own: &VaultIdentity| own.unify(vault).is_some();
            open.fits(name) && (vault_fits(own) || self.by_default.get(id).is_some_and(vault_fits))
        };
        let all = self.names_by_default.get(&vault.kind).into_iter().flatten();
        let found: BTreeSet<FactId> = all.filter(fits).map(|(id, _)| *id).collect();
        let is_one = found.len() == 1;
        found.into_iter().filter(|_| is_one).map(|id| (id, Certainty::Assumed)).collect()
    }

    /// Returns those of the `named` entries that lie in `vault` if a run gives the variables of their
    /// root other values than the defaults; none where they lie in several vaults.
    fn in_another_vault(
        &self,
        facts: &[Facts],
        vault: &VaultIdentity,
        named: Option<&Vec<FactId>>,
    ) -> Vec<(FactId, Certainty)> {
        let fits = |id: &&FactId| {
            self.by_default.get(id).is_some_and(|other| other.unify(vault).is_some())
        };
        let found: Vec<FactId> = named.into_iter().flatten().filter(fits).copied().collect();
        let own = |id: FactId| &facts[id.unit].entries[id.item].vault;
        let is_one = found.windows(2).all(|pair| own(pair[0]).says_the_same(own(pair[1])));
        found.into_iter().filter(|_| is_one).map(|id| (id, Certainty::Assumed)).collect()
    }
}

/// Returns a vault with holes for what stands in these defaults, when something does.
fn without_defaults(vault: &VaultIdentity, defaults: &[&Place]) -> Option<VaultIdentity> {
    if !vault.parts.values().any(|part| open(part, defaults).is_some()) {
        return None;
    }
    let left = |part: &Value| open(part, defaults).unwrap_or_else(|| part.clone());
    let parts = vault.parts.iter().map(|(name, part)| (name.clone(), left(part)));
    let parts = parts.filter(|(_, part)| !part.is_unknown()).collect();
    Some(VaultIdentity { kind: vault.kind.clone(), parts })
}

/// Returns what a value may be if a run says otherwise: with holes for all of it that may be overruled, and for
/// each such part alone.
fn other_names(value: &Value, defaults: &[&Place]) -> Vec<Value> {
    let mut parts: Vec<&Piece> =
        value.pieces().iter().filter(|piece| is_default(piece, defaults)).collect();
    parts.dedup();
    let alone = parts.iter().map(|part| with_holes(value, |piece| piece == *part));
    open(value, defaults).into_iter().chain(alone.filter(|_| parts.len() > 1)).collect()
}

/// Returns a value with holes for what stands in these defaults, when something does.
fn open(value: &Value, defaults: &[&Place]) -> Option<Value> {
    let is_open = value.pieces().iter().any(|piece| is_default(piece, defaults));
    is_open.then(|| with_holes(value, |piece| is_default(piece, defaults)))
}

fn with_holes(value: &Value, is_hole: impl Fn(&Piece) -> bool) -> Value {
    let piece = |piece: &Piece| if is_hole(piece) { Piece::Hole } else { piece.clone() };
    Value::from_pieces(value.pieces().iter().map(piece))
}

/// Returns whether a piece stands in one of these defaults, or in a file of values: a run may overrule both.
fn is_default(piece: &Piece, defaults: &[&Place]) -> bool {
    match piece {
        Piece::Literal { place: Some(at), .. } => {
            at.file.path.ends_with(".tfvars") || defaults.iter().any(|it| it.contains(at))
        }
        _ => false,
    }
}

/// Returns whether what is known of a name is more than a word or two.
pub(super) fn tells_much(name: &Value) -> bool {
    const MUCH: usize = 12;
    let letters = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => text.bytes().filter(u8::is_ascii_alphanumeric).count(),
        Piece::Hole => 0,
    };
    name.pieces().iter().map(letters).sum::<usize>() >= MUCH
}

fn fold_case(kind: &VaultKind, name: String) -> String {
    if kind.ignores_case() { name.to_ascii_lowercase() } else { name }
}
