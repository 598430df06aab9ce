//! What Terraform would make for other values of its variables, or if somebody called a module: where nothing
//! else makes what is read, that may.
//!
//! Invariant: no rule sees these joints, and none of them is more than assumed.

use crate::Facts;
use crate::graph::{Links, ReadLink};
use crate::kubernetes::{Secret, SecretUse};
use crate::vault::Entry;

/// What is written down and left out, with the unit of each.
#[derive(Default)]
pub(super) struct Dormant<'a> {
    entries: Vec<(&'a Facts, &'a Entry)>,
    secrets: Vec<(&'a Facts, &'a Secret)>,
}

impl<'a> Dormant<'a> {
    pub(super) fn of(facts: &'a [Facts]) -> Self {
        let mut all = Self::default();
        for unit in facts {
            for module in &unit.terraform {
                all.entries.extend(module.dormant_entries.iter().map(|entry| (unit, entry)));
                all.secrets.extend(module.dormant_secrets.iter().map(|secret| (unit, secret)));
            }
        }
        all.entries.retain(|(_, entry)| !entry.name.is_unknown());
        all.secrets.retain(|(_, secret)| !secret.name.is_unknown());
        all
    }

    /// Returns the entries that a read may mean.
    pub(super) fn entries(&self, read: &ReadLink) -> Vec<(&'a Facts, &'a Entry)> {
        let Some(vault) = read.vault.as_ref().filter(|_| !read.name.is_unknown()) else {
            return Vec::new();
        };
        let fits = |entry: &Entry| {
            entry.name.unify(&read.name).is_some() && entry.vault.unify(vault).is_some()
        };
        self.entries.iter().copied().filter(|(_, entry)| fits(entry)).collect()
    }

    /// Returns the Secrets that a reader may mean.
    pub(super) fn secrets(
        &self,
        links: &Links,
        reader: &SecretUse,
    ) -> Vec<(&'a Facts, &'a Secret)> {
        let fits = |secret: &Secret| {
            secret.name.unify(&reader.secret).is_some()
                && links.clusters.unify(&secret.scope, &reader.scope).is_some()
        };
        self.secrets.iter().copied().filter(|(_, secret)| fits(secret)).collect()
    }
}
