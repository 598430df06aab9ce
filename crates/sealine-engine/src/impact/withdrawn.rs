//! What a change leaves in its file and takes out of every delivery.
//!
//! A file that no kustomization lists any more, or whose root is gone, reads as if somebody might still
//! apply it. Where a root in sight did so before, it is known who brought it, and that nobody does now.
//!
//! Invariant: nothing counts as withdrawn where a root that is new, or more opaque than it was, may
//! bring it.

use std::collections::{BTreeMap, HashMap, HashSet};

use sealine_model::Facts;
use sealine_model::delivery::{Delivery, DeliveryKind};
use sealine_model::graph::{FactId, ProducerId};
use sealine_model::kubernetes::{ExternalSecret, Scope};
use sealine_source::Place;

use super::{Side, State};

/// What nothing brings to a cluster any more, although a file of the state declares it.
#[derive(Debug, Default)]
pub(super) struct Withdrawn {
    /// What makes Secrets, with the id of the Secret that it made.
    makers: HashMap<ProducerId, String>,
    /// What nothing brought before either, in no namespace that is known: hardly what makes it now.
    idle: HashSet<ProducerId>,
    /// Who read Secrets: items of [`Facts::uses`].
    readers: HashSet<FactId>,
    /// The Secrets and stores that only such files declare, and whether they surely go from the cluster.
    ids: HashMap<String, bool>,
}

/// The deliveries of a state, by their ids.
pub(super) type Roots<'a> = BTreeMap<&'a str, &'a Delivery>;

/// Something of a file that a root may bring.
struct Item<'a> {
    kind: Kind,
    /// The id of the Secret that it makes, or of the store; empty for a reader.
    id: String,
    name: String,
    scope: &'a Scope,
    place: &'a Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Maker(ProducerId),
    Store,
    Reader(FactId),
}

/// What is the same of an item in both states: what it is, its name, and its file.
type Same<'a> = (u8, String, &'a str, &'a str);

impl Item<'_> {
    fn same(&self) -> Same<'_> {
        let kind = match self.kind {
            Kind::Maker(ProducerId::External(_)) => 0,
            Kind::Maker(ProducerId::Other(_)) => 1,
            Kind::Store => 2,
            Kind::Reader(_) => 3,
        };
        (kind, self.name.clone(), &self.place.file.repo, &self.place.file.path)
    }
}

impl Withdrawn {
    /// Compares who brought what with who brings it.
    pub(super) fn of(old: &State<'_>, new: &State<'_>) -> Self {
        let (before, after) = (roots(old.side), roots(new.side));
        let mut withdrawn = Self::default();
        if hides_more(&before, &after) {
            return withdrawn;
        }
        let (was, now) = (items(old), items(new));
        let (was, idle): (Vec<_>, Vec<_>) =
            was.iter().partition(|item| is_brought(item.scope, &before, &before));
        let mut brought: HashMap<Same<'_>, Vec<&Item<'_>>> = HashMap::new();
        for item in was {
            brought.entry(item.same()).or_default().push(item);
        }
        let idle: HashSet<Same<'_>> = idle.into_iter().map(Item::same).collect();
        let still = now.iter().filter(|item| is_brought(item.scope, &after, &before));
        // What another root brings from the same folder only comes fewer times.
        let still: HashSet<(Same<'_>, Option<String>)> =
            still.map(|item| (item.same(), folder(item.scope, &after))).collect();
        let mut others: HashSet<&str> = HashSet::new();
        for item in &now {
            let (same, from) = (item.same(), folder(item.scope, &after));
            let was = brought.get(&same).into_iter().flatten();
            let mut was = was.filter(|was| from.is_none() || folder(was.scope, &before) == from);
            let is_still = still.contains(&(same.clone(), from.clone()))
                || is_brought(item.scope, &after, &before);
            let Some(was) = was.next().filter(|_| !is_still) else {
                others.insert(&item.id);
                if let Kind::Maker(id) = item.kind
                    && item.scope.delivery.is_none()
                    && item.scope.namespace.is_unknown()
                    && idle.contains(&same)
                {
                    withdrawn.idle.insert(id);
                }
                continue;
            };
            match item.kind {
                Kind::Reader(id) => {
                    withdrawn.readers.insert(id);
                    continue;
                }
                Kind::Maker(id) => {
                    withdrawn.makers.insert(id, was.id.clone());
                }
                Kind::Store => {}
            }
            let id = was.scope.delivery.as_deref();
            let goes = id.is_some_and(|id| {
                is_there(id, &before, &after) || goes(id, &before, &after) == Some(true)
            });
            withdrawn.ids.insert(was.id.clone(), goes);
        }
        withdrawn.ids.retain(|id, _| !others.contains(id.as_str()));
        withdrawn
    }

    /// Returns the id of the Secret that this made while something brought it.
    pub(super) fn maker(&self, id: ProducerId) -> Option<&str> {
        self.makers.get(&id).map(String::as_str)
    }

    /// Returns whether nothing brought this before either, and whether it is meant is a guess.
    pub(super) fn is_idle(&self, id: ProducerId) -> bool {
        self.idle.contains(&id)
    }

    /// Returns whether nothing brings this reader any more: it asks for nothing then.
    pub(super) fn reader(&self, id: FactId) -> bool {
        self.readers.contains(&id)
    }

    /// Returns whether nothing brings what makes this Secret, or this store, any more.
    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// Returns whether it is taken out of a root that is there, or goes with its root.
    pub(super) fn goes(&self, id: &str) -> bool {
        self.ids.get(id) == Some(&true)
    }

    /// Returns whether it may stay in the cluster although nothing brings it.
    pub(super) fn may_stay(&self, id: &str) -> bool {
        self.ids.get(id) == Some(&false)
    }

    /// Returns all other `ExternalSecret`s.
    pub(super) fn others<'a>(
        &self,
        facts: &'a [Facts],
    ) -> impl Iterator<Item = &'a ExternalSecret> {
        facts.iter().enumerate().flat_map(move |(unit, facts)| {
            let all = facts.external_secrets.iter().enumerate();
            let is_other = move |item| {
                let id = ProducerId::External(FactId { unit, item });
                !self.makers.contains_key(&id)
            };
            all.filter(move |(item, _)| is_other(*item)).map(|(_, external)| external)
        })
    }
}

/// Returns the deliveries of a state.
pub(super) fn roots<'a>(side: &Side<'a>) -> Roots<'a> {
    let all = side.analysis.facts.iter().flat_map(|facts| &facts.deliveries);
    all.map(|delivery| (&*delivery.id, delivery)).collect()
}

/// Returns whether what a root brought goes from the cluster when its files say so no more; `None` where
/// that is not known. With a root that is gone itself it goes where something takes that root away.
pub(super) fn goes(id: &str, before: &Roots<'_>, after: &Roots<'_>) -> Option<bool> {
    let mut at = id;
    for _ in 0..=before.len() {
        if let Some(root) = after.get(at).filter(|_| is_there(at, before, after)) {
            return root.prunes;
        }
        let root = before.get(at)?;
        // Argo CD takes away what a removed Application brought only where a finalizer says so.
        match (root.prunes, root.kind) {
            (Some(true), DeliveryKind::FluxKustomization | DeliveryKind::FluxHelmRelease) => {}
            (Some(true), _) => return None,
            (other, _) => return other,
        }
        at = root.parent.as_deref()?;
    }
    None
}

/// The repository and folder that the root of this scope reads, where it is known.
fn folder(scope: &Scope, roots: &Roots<'_>) -> Option<String> {
    let root = roots.get(scope.delivery.as_deref()?)?;
    let path = root.path.text()?;
    let path = path.trim_start_matches("./").trim_matches('/');
    Some(format!("{}/{path}", root.repo.as_deref()?))
}

fn is_there(id: &str, before: &Roots<'_>, after: &Roots<'_>) -> bool {
    after.contains_key(id) && is_root_brought(id, after, before)
}

/// Whether a root that somebody named brings what has this scope. What only a kustomization brings that
/// nobody names, anyone may apply.
fn is_brought(scope: &Scope, roots: &Roots<'_>, before: &Roots<'_>) -> bool {
    scope.delivery.as_deref().is_some_and(|id| is_root_brought(id, roots, before))
}

fn is_root_brought(id: &str, roots: &Roots<'_>, before: &Roots<'_>) -> bool {
    let mut at = id;
    // A cycle of roots ends the walk: one brings the other.
    for _ in 0..=roots.len() {
        let Some(root) = roots.get(at) else { return true };
        if root.is_unnamed() {
            return false;
        }
        match root.parent.as_deref() {
            Some(parent) => at = parent,
            // What had a parent has lost it, and stands in its file still.
            None => return before.get(at).is_none_or(|before| before.parent.is_none()),
        }
    }
    true
}

/// Whether something that cannot be looked into came with the change: it may bring anything.
fn hides_more(before: &Roots<'_>, after: &Roots<'_>) -> bool {
    let mut brought = after.values().filter(|root| is_root_brought(&root.id, after, before));
    brought.any(|root| {
        let was = before.get(&*root.id);
        // A chart brings what is its own, wherever it is.
        let is_opaque = root.chart.is_none()
            && root.opaque.iter().any(|why| was.is_none_or(|was| !was.opaque.contains(why)));
        let is_vague = root.chart.is_none() && !root.path.is_known() && !root.is_unnamed();
        is_opaque || is_vague && was.is_none_or(|was| was.path.is_known())
    })
}

fn items<'a>(state: &State<'a>) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for (unit, facts) in state.side.analysis.facts.iter().enumerate() {
        for (item, it) in facts.external_secrets.iter().enumerate() {
            items.push(Item {
                kind: Kind::Maker(ProducerId::External(FactId { unit, item })),
                id: state.names.object("Secret", &it.scope, &it.target.name),
                name: it.name.pattern(),
                scope: &it.scope,
                place: &it.place,
            });
        }
        for (item, it) in facts.secrets.iter().enumerate() {
            items.push(Item {
                kind: Kind::Maker(ProducerId::Other(FactId { unit, item })),
                id: state.names.object("Secret", &it.scope, &it.name),
                name: it.name.pattern(),
                scope: &it.scope,
                place: &it.place,
            });
        }
        items.extend(facts.stores.iter().map(|it| Item {
            kind: Kind::Store,
            id: state.names.declared_store(it),
            name: it.name.pattern(),
            scope: &it.scope,
            place: &it.place,
        }));
        for (item, it) in facts.uses.iter().enumerate() {
            items.push(Item {
                kind: Kind::Reader(FactId { unit, item }),
                id: String::new(),
                name: it.consumer.name.pattern(),
                scope: &it.scope,
                place: &it.consumer.place,
            });
        }
    }
    items
}
