//! Joins readers of Secrets to what makes them.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::graph::{FactId, ProducerId, UseLink};
use crate::kubernetes::{Scope, SecretOrigin};
use crate::link::Clusters;
use crate::{Certainty, Facts, Value};

/// Returns the scope and name of a maker.
pub(super) fn producer(facts: &[Facts], id: ProducerId) -> (&Scope, &Value) {
    let fact = id.fact();
    let unit = &facts[fact.unit];
    match id {
        ProducerId::External(_) => {
            let external = &unit.external_secrets[fact.item];
            (&external.scope, &external.target.name)
        }
        ProducerId::Other(_) => {
            let secret = &unit.secrets[fact.item];
            (&secret.scope, &secret.name)
        }
    }
}

/// Returns whether it is only a guess that this makes the Secret.
pub(super) fn is_guess(facts: &[Facts], id: ProducerId) -> bool {
    let fact = id.fact();
    matches!(id, ProducerId::Other(_))
        && facts[fact.unit].secrets[fact.item].origin == SecretOrigin::Guessed
}

/// Returns all makers of Secrets, in the order of the facts.
pub(super) fn producers(facts: &[Facts]) -> impl Iterator<Item = ProducerId> {
    facts.iter().enumerate().flat_map(|(unit, of_unit)| {
        let external = of_unit.external_secrets.iter().enumerate();
        let external = external
            .filter(|(_, external)| {
                external.target.manifest.is_none() && external.target.creation_policy != "None"
            })
            .map(move |(item, _)| ProducerId::External(FactId { unit, item }));
        let others = 0..of_unit.secrets.len();
        external.chain(others.map(move |item| ProducerId::Other(FactId { unit, item })))
    })
}

/// Resolves every read of a Secret.
pub(super) fn resolve(facts: &[Facts], clusters: &Clusters) -> Vec<UseLink> {
    let mut by_name: HashMap<String, Vec<ProducerId>> = HashMap::new();
    let mut patterns: Vec<ProducerId> = Vec::new();
    for id in producers(facts) {
        match producer(facts, id).1.text() {
            Some(name) => by_name.entry(name).or_default().push(id),
            None => patterns.push(id),
        }
    }
    let of_unit = |(unit, of_unit): (usize, &Facts)| {
        let mut links = Vec::new();
        for (item, reader) in of_unit.uses.iter().enumerate() {
            let candidates: Vec<ProducerId> = match reader.secret.text() {
                Some(name) => {
                    let named = by_name.get(&name).into_iter().flatten().copied();
                    named.chain(patterns.iter().copied()).collect()
                }
                None if reader.secret.is_unknown() => Vec::new(),
                None => {
                    let fitting = by_name.iter().filter(|(name, _)| reader.secret.fits(name));
                    fitting.flat_map(|(_, ids)| ids.iter().copied()).collect()
                }
            };
            let mut makers: Vec<(ProducerId, Certainty)> = candidates
                .into_iter()
                .filter_map(|id| {
                    let (scope, name) = producer(facts, id);
                    if name.is_unknown() {
                        return None;
                    }
                    let by_name = name.unify(&reader.secret)?;
                    let by_scope = clusters.unify(scope, &reader.scope)?;
                    Some((id, by_name.min(by_scope).min(reader.certainty)))
                })
                .collect();
            // What is merely guessed to make it stands back behind who says so.
            let is_guess = |id: ProducerId| is_guess(facts, id);
            if makers.iter().any(|(id, _)| !is_guess(*id)) {
                makers.retain(|(id, _)| !is_guess(*id));
            }
            makers.sort_by_key(|(id, certainty)| (std::cmp::Reverse(*certainty), *id));
            if let Some((_, best)) = makers.first().copied()
                && best != Certainty::Assumed
            {
                makers.retain(|(_, certainty)| *certainty == best);
            }
            makers.truncate(UseLink::MOST_PRODUCERS);
            links.push(UseLink { reader: FactId { unit, item }, producers: makers });
        }
        links
    };
    facts.par_iter().enumerate().flat_map_iter(of_unit).collect()
}
