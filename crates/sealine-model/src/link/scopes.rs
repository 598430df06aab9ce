//! Which manifests form one cluster, and when two scopes can be the same.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::delivery::{Delivery, DeliveryKind};
use crate::kubernetes::Scope;
use crate::settings::Settings;
use crate::{Certainty, Facts};

/// The cluster of each delivery, as far as it is known.
///
/// Deliveries without a known cluster may stand in any: all loaded repositories together are one
/// cluster unless something says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    by_delivery: HashMap<String, String>,
    /// The deliveries to the cluster that an Argo CD runs in, of which nobody says the name.
    to_own: HashSet<String>,
}

impl Clusters {
    /// Returns the clusters that these facts and settings tell.
    pub fn of(facts: &[Facts], settings: &Settings) -> Self {
        let deliveries: BTreeMap<&str, &Delivery> = facts
            .iter()
            .flat_map(|unit| &unit.deliveries)
            .map(|delivery| (&*delivery.id, delivery))
            .collect();
        let repeated = repeated_flux_roots(&deliveries);
        let by_delivery: HashMap<String, String> = deliveries
            .values()
            .filter_map(|delivery| {
                let chain = ancestors(delivery, &deliveries);
                let cluster =
                    chain.iter().find_map(|at| configured(at, settings)).or_else(|| {
                        chain.iter().find_map(|at| destination(at)).or_else(|| {
                            let top = chain.last()?;
                            repeated.contains(&*top.id).then(|| top.path.pattern())
                        })
                    })?;
                Some((delivery.id.to_string(), cluster))
            })
            .collect();
        let is_own =
            |delivery: &&&Delivery| is_to_own(delivery) && !by_delivery.contains_key(&*delivery.id);
        let to_own = deliveries.values().filter(is_own).map(|it| it.id.to_string()).collect();
        Self { by_delivery, to_own }
    }

    /// Returns the cluster that a scope's delivery is known to stand in.
    pub fn cluster(&self, scope: &Scope) -> Option<&str> {
        self.of_delivery(scope.delivery.as_deref()?)
    }

    /// Returns the cluster that a delivery is known to stand in.
    pub fn of_delivery(&self, id: &str) -> Option<&str> {
        self.by_delivery.get(id).map(String::as_str)
    }

    /// Returns how surely both scopes are the same namespace of the same cluster: the cluster that an Argo CD
    /// runs in is hardly one that it calls by a name.
    pub fn unify(&self, one: &Scope, two: &Scope) -> Option<Certainty> {
        let by_cluster = match (self.cluster(one), self.cluster(two)) {
            (Some(left), Some(right)) if left != right => return None,
            (Some(_), None) if self.is_own(two) => Certainty::Assumed,
            (None, Some(_)) if self.is_own(one) => Certainty::Assumed,
            _ => Certainty::Exact,
        };
        Some(one.namespace.unify(&two.namespace)?.min(by_cluster))
    }

    fn is_own(&self, scope: &Scope) -> bool {
        scope.delivery.as_deref().is_some_and(|id| self.to_own.contains(id))
    }

    /// Returns whether both may stand in the same cluster, whatever their namespaces.
    pub fn same_cluster(&self, one: &Scope, two: &Scope) -> bool {
        match (self.cluster(one), self.cluster(two)) {
            (Some(left), Some(right)) => left == right,
            _ => true,
        }
    }
}

/// The delivery and those that bring it, nearest first. A cycle ends the walk.
fn ancestors<'a>(delivery: &'a Delivery, all: &BTreeMap<&str, &'a Delivery>) -> Vec<&'a Delivery> {
    let mut chain = vec![delivery];
    let mut seen = BTreeSet::from([&*delivery.id]);
    let mut at = delivery;
    while let Some(parent) = at.parent.as_deref().and_then(|id| all.get(id))
        && seen.insert(&parent.id)
    {
        chain.push(parent);
        at = parent;
    }
    chain
}

/// The configured environment that names this delivery by id, name or path.
fn configured(delivery: &Delivery, settings: &Settings) -> Option<String> {
    let name = delivery.name.text();
    let path = delivery.path.text();
    settings.environments.iter().find_map(|(environment, roots)| {
        let named = roots.iter().any(|root| {
            let bare = root.trim_start_matches("./").trim_end_matches('/');
            let with_repo = || Some(format!("{}/{}", delivery.repo.as_deref()?, path.as_deref()?));
            Some(bare) == name.as_deref()
                || Some(bare) == path.as_deref()
                || bare == &*delivery.id
                || with_repo().is_some_and(|path| path == bare)
        });
        named.then(|| environment.clone())
    })
}

/// Argo CD's destination, when it names another cluster than its own; the environment of a Helmfile.
fn destination(delivery: &Delivery) -> Option<String> {
    let cluster = delivery.cluster.text()?;
    if delivery.kind == DeliveryKind::Helmfile {
        return Some(cluster);
    }
    let own = cluster.is_empty() || is_own_name(&cluster);
    (delivery.kind == DeliveryKind::ArgoApplication && !own).then_some(cluster)
}

/// Whether Argo CD is told to deliver to the cluster that it runs in.
fn is_to_own(delivery: &Delivery) -> bool {
    delivery.kind == DeliveryKind::ArgoApplication
        && delivery.cluster.text().is_some_and(|cluster| is_own_name(&cluster))
}

fn is_own_name(cluster: &str) -> bool {
    matches!(cluster, "in-cluster" | "https://kubernetes.default.svc")
}

/// Flux roots without a parent whose name and namespace occur more than once: one per cluster.
fn repeated_flux_roots<'a>(all: &BTreeMap<&'a str, &'a Delivery>) -> BTreeSet<&'a str> {
    let mut by_name: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for (id, delivery) in all {
        if delivery.kind == DeliveryKind::FluxKustomization && delivery.parent.is_none() {
            let key = (delivery.namespace.pattern(), delivery.name.pattern());
            by_name.entry(key).or_default().push(id);
        }
    }
    by_name.into_values().filter(|ids| ids.len() > 1).flatten().collect()
}

#[cfg(test)]
mod tests {
    use sealine_source::{FileName, Source};

    use super::*;
    use crate::Value;

    fn application(id: &str, cluster: &str) -> Delivery {
        Delivery {
            id: id.into(),
            kind: DeliveryKind::ArgoApplication,
            name: Value::from(id),
            namespace: Value::from("argocd"),
            target_namespace: Value::from("app"),
            cluster: Value::from(cluster),
            repo: None,
            path: Value::unknown(),
            parent: None,
            release: None,
            chart: None,
            version: None,
            opaque: Vec::new(),
            decrypts: false,
            depends_on: Vec::new(),
            waits: false,
            prunes: None,
            heals: None,
            place: Source::new(FileName::new("repo", "app.yaml"), "").top(),
        }
    }

    #[test]
    fn the_own_cluster_of_an_argo_is_hardly_one_that_has_a_name() {
        let all = [("own", "in-cluster"), ("near", "in-cluster"), ("one", "one"), ("two", "two")];
        let deliveries = all.map(|(id, cluster)| application(id, cluster)).into();
        let facts = [Facts { deliveries, ..Facts::default() }];
        let clusters = Clusters::of(&facts, &Settings::default());
        let of = |id: &str| Scope {
            delivery: (!id.is_empty()).then(|| id.into()),
            ..Scope::undelivered(Value::from("app"))
        };
        let unify = |one: &str, two: &str| clusters.unify(&of(one), &of(two));
        assert_eq!(unify("own", "near"), Some(Certainty::Exact));
        assert_eq!(unify("own", "one"), Some(Certainty::Assumed));
        assert_eq!(unify("two", "one"), None);
        assert_eq!(unify("", "one"), Some(Certainty::Exact));
    }
}
