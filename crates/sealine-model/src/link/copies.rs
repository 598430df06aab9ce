//! Copies of a Secret, for clusters that nothing tells apart: which of them a reader means.
//!
//! Invariant: of copies that are equally near none is left out.

use std::cmp::Reverse;

use sealine_source::Place;

use crate::graph::{ProducerId, UseLink};
use crate::kubernetes::SecretUse;
use crate::link::names::Names;
use crate::link::secrets::producer;
use crate::{Certainty, Facts};

/// Returns the ids of the Secrets that may be meant: of the copies of one those that are nearest to the
/// reader.
pub(super) fn nearest(
    names: &Names<'_>,
    facts: &[Facts],
    reader: &SecretUse,
    link: &UseLink,
) -> Vec<(String, Certainty)> {
    let mut all: Vec<_> = link
        .producers
        .iter()
        .map(|(id, certainty)| {
            let whole = names.made(facts, *id);
            let near = Reverse(nearness(facts, *id, reader));
            (whole, near, names.copy_made(facts, *id), *certainty)
        })
        .collect();
    all.sort_by(|one, two| (&one.0, one.1).cmp(&(&two.0, two.1)));
    let copies = all.chunk_by(|one, two| one.0 == two.0);
    let near = copies.flat_map(|copies| copies.iter().take_while(|it| it.1 == copies[0].1));
    near.map(|(_, _, id, certainty)| (id.clone(), *certainty)).collect()
}

/// How near a maker is to a reader: brought by the same root, or how many folders they have in common.
fn nearness(facts: &[Facts], id: ProducerId, reader: &SecretUse) -> (bool, usize) {
    let (fact, scope) = (id.fact(), producer(facts, id).0);
    let unit = &facts[fact.unit];
    let place = match id {
        ProducerId::External(_) => &unit.external_secrets[fact.item].place,
        ProducerId::Other(_) => &unit.secrets[fact.item].place,
    };
    let same = scope.delivery.is_some() && scope.delivery == reader.scope.delivery;
    (same, common_folders(place, &reader.consumer.place))
}

fn common_folders(one: &Place, other: &Place) -> usize {
    if one.file.repo != other.file.repo {
        return 0;
    }
    let folders = one.file.folder().split('/').zip(other.file.folder().split('/'));
    1 + folders.take_while(|(one, other)| one == other && !one.is_empty()).count()
}
