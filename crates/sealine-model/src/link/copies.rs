//! Copies of a Secret or a store, for clusters that nothing tells apart: which of them a reader means.
//!
//! Invariant: of copies that are equally near none is left out.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use sealine_source::Place;

use crate::graph::{FactId, Links, ProducerId};
use crate::kubernetes::{Carrier, ClassMount, ExternalSecret, Scope, Store, StoreReference};
use crate::link::names::Names;
use crate::link::readers::PROVIDER_CLASS;
use crate::link::secrets::{producer, producers};
use crate::{Certainty, Facts};

/// Who reads a Secret: where it stands, and the place of its object.
pub(super) type Reader<'a> = (&'a Scope, &'a Place);

/// Returns the ids of the Secrets that may be meant: of the copies of one those that are nearest to the
/// reader. Where nothing is seen to bring these and something brings the reader, the nearest of those that are
/// brought may be meant as well.
pub(super) fn nearest(
    names: &Names<'_>,
    facts: &[Facts],
    reader: Reader<'_>,
    meant: &[(ProducerId, Certainty)],
) -> Vec<(String, Certainty)> {
    let mut all: Vec<_> = meant
        .iter()
        .map(|(id, certainty)| Copy {
            whole: names.made(facts, *id),
            near: Reverse(maker_nearness(facts, *id, reader)),
            is_brought: producer(facts, *id).0.delivery.is_some(),
            id: names.copy_made(facts, *id),
            certainty: *certainty,
        })
        .collect();
    all.sort_by(|one, two| (&one.whole, one.near).cmp(&(&two.whole, two.near)));
    let near = all.chunk_by(|one, two| one.whole == two.whole).flat_map(|copies| {
        let near = copies.iter().take_while(|it| it.near == copies[0].near);
        let is_brought = near.clone().any(|it| it.is_brought) || reader.0.delivery.is_none();
        let brought = copies.iter().filter(move |it| !is_brought && it.is_brought);
        let nearest = brought.clone().next().map(|it| it.near);
        near.chain(brought.take_while(move |it| Some(it.near) == nearest))
    });
    near.map(|copy| (copy.id.clone(), copy.certainty)).collect()
}

/// A copy of a Secret.
struct Copy {
    /// Its id without what tells copies apart.
    whole: String,
    near: Reverse<(bool, usize)>,
    /// Whether something is seen to bring it to a cluster.
    is_brought: bool,
    id: String,
    certainty: Certainty,
}

/// The Secrets that are made, by their ids without what tells copies apart.
#[derive(Default)]
pub(super) struct Made(HashMap<String, Vec<(ProducerId, Certainty)>>);

impl Made {
    /// Returns those of all units, where a store's entries are the Secrets of a cluster; else nobody asks.
    pub(super) fn of(names: &Names<'_>, facts: &[Facts], links: &Links) -> Self {
        let mut made = Self::default();
        let mut vaults = links.reads.iter().filter_map(|read| read.vault.as_ref());
        if vaults.any(|vault| vault.namespace_of_secrets().is_some()) {
            for id in producers(facts) {
                let all = made.0.entry(names.made(facts, id)).or_default();
                all.push((id, Certainty::Exact));
            }
        }
        made
    }

    /// Returns those of this id.
    pub(super) fn get(&self, id: &str) -> &[(ProducerId, Certainty)] {
        self.0.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The stores, by their ids without what tells copies apart.
pub(super) struct Stores(HashMap<String, Vec<FactId>>);

impl Stores {
    pub(super) fn of(names: &Names<'_>, facts: &[Facts]) -> Self {
        let mut stores = Self(HashMap::new());
        for (unit, of_unit) in facts.iter().enumerate() {
            for (item, store) in of_unit.stores.iter().enumerate() {
                let whole = names.store(&store.scope, store.cluster_wide, &store.name);
                stores.0.entry(whole).or_default().push(FactId { unit, item });
            }
        }
        stores
    }

    /// Returns the ids of the stores that an `ExternalSecret` means: of the copies of one those that
    /// are nearest.
    pub(super) fn nearest(
        &self,
        names: &Names<'_>,
        facts: &[Facts],
        external: &ExternalSecret,
        reference: &StoreReference,
    ) -> BTreeSet<String> {
        let whole = names.store(&external.scope, reference.cluster_wide, &reference.name);
        let Some(copies) = self.0.get(&whole) else { return BTreeSet::from([whole]) };
        let nearest = nearest_stores(facts, copies, external).into_iter();
        nearest.map(|store| names.declared_store(store)).collect()
    }
}

/// The provider classes, by their ids without what tells copies apart.
pub(super) struct Classes<'a>(HashMap<String, Vec<&'a Carrier>>);

impl<'a> Classes<'a> {
    pub(super) fn of(names: &Names<'_>, facts: &'a [Facts]) -> Self {
        let mut classes = Self(HashMap::new());
        let reads = facts.iter().flat_map(|unit| &unit.entry_reads);
        let reads = reads.filter_map(|read| read.object.as_ref());
        // What a class reads may be given to a chart by somebody who is not in sight.
        let makes = facts.iter().flat_map(|unit| &unit.secrets);
        let makes = makes.filter_map(|secret| secret.by.as_deref());
        for object in reads.chain(makes) {
            if object.kind == PROVIDER_CLASS {
                let whole = names.object(PROVIDER_CLASS, &object.scope, &object.name);
                classes.0.entry(whole).or_default().push(object);
            }
        }
        classes
    }

    /// Returns the ids of the classes that a volume means: of the copies of one those that are nearest.
    pub(super) fn nearest(&self, names: &Names<'_>, mount: &ClassMount) -> BTreeSet<String> {
        let whole = names.object(PROVIDER_CLASS, &mount.scope, &mount.class);
        let Some(copies) = self.0.get(&whole) else { return BTreeSet::from([whole]) };
        let reader = (&mount.scope, &mount.consumer.place);
        let near = |it: &&&Carrier| nearness(&it.scope, &it.place, reader);
        let nearest = copies.iter().map(|it| near(&it)).max();
        let copies = copies.iter().filter(|it| Some(near(it)) == nearest);
        copies.map(|object| names.carrier(object)).collect()
    }
}

/// Returns those of the stores that are nearest to an `ExternalSecret`.
pub(super) fn nearest_stores<'a>(
    facts: &'a [Facts],
    stores: &[FactId],
    external: &ExternalSecret,
) -> Vec<&'a Store> {
    let reader = (&external.scope, &external.place);
    let near = |store: &&Store| nearness(&store.scope, &store.place, reader);
    let stores = stores.iter().map(|id| &facts[id.unit].stores[id.item]);
    let nearest = stores.clone().map(|store| near(&store)).max();
    stores.filter(|store| Some(near(store)) == nearest).collect()
}

/// How near a maker is to a reader: brought by the same root, or how many folders they have in common.
fn maker_nearness(facts: &[Facts], id: ProducerId, (reader, at): Reader<'_>) -> (bool, usize) {
    let (fact, scope) = (id.fact(), producer(facts, id).0);
    let unit = &facts[fact.unit];
    let place = match id {
        ProducerId::External(_) => &unit.external_secrets[fact.item].place,
        ProducerId::Other(_) => &unit.secrets[fact.item].place,
    };
    nearness(scope, place, (reader, at))
}

fn nearness(scope: &Scope, place: &Place, (reader, at): Reader<'_>) -> (bool, usize) {
    let same = scope.delivery.is_some() && scope.delivery == reader.delivery;
    (same, common_folders(place, at))
}

fn common_folders(one: &Place, other: &Place) -> usize {
    if one.file.repo != other.file.repo {
        return 0;
    }
    let folders = one.file.folder().split('/').zip(other.file.folder().split('/'));
    1 + folders.take_while(|(one, other)| one == other && !one.is_empty()).count()
}
