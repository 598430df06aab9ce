//! The closed world: when Sealine may say that nobody creates something.
//!
//! Invariant: each function errs towards not knowing.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::delivery::{Delivery, DeliveryKind};
use sealine_model::graph::ProducerId;
use sealine_model::kubernetes::{Scope, Secret, SecretOrigin};
use sealine_model::settings::{Ownership, VaultSettings};
use sealine_model::vault::{Entry, EntryOrigin, VaultIdentity};
use sealine_model::{Certainty, Facts, Value, link};

use crate::Context;
use crate::chain::UnresolvedSecret;

/// What is known of who creates a vault's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Everything that creates entries is in sight: the configuration says so.
    Closed,
    /// Terraform visibly declares entries, but others may, too.
    Partial,
    /// Nothing is known.
    Open,
}

/// Returns what the configuration says of this vault, when exactly one configured vault fits, and this is the only
/// vault in sight that fits that one.
pub fn configured_vault<'a>(
    context: &Context<'a>,
    vault: &VaultIdentity,
) -> Option<(&'a str, &'a VaultSettings)> {
    let configured = context.settings.vaults.iter();
    let mut fitting = configured.filter_map(|(name, said)| {
        let identity = link::configured_identity(name, said);
        identity.unify(vault).is_some().then_some((name, said, identity))
    });
    let (name, said, identity) = fitting.next()?;
    if fitting.next().is_some() {
        return None;
    }
    let stores = context.facts.iter().flat_map(|facts| &facts.stores);
    let mut seen = stores.filter_map(|store| store.vault.as_ref());
    let is_other =
        |other: &VaultIdentity| identity.unify(other).is_some() && vault.unify(other).is_none();
    (!seen.any(is_other)).then_some((name.as_str(), said))
}

/// Returns whether "nobody creates this entry" can be said of this vault.
///
/// Where no configuration file speaks of the vault, and the run has none of its own, the world stays open:
/// nothing says that what was loaded is all.
///
/// Nor can it be said where Terraform makes an entry of which no name is known, or where a module that is not loaded
/// may make some.
pub fn vault_world(context: &Context<'_>, vault: &VaultIdentity) -> World {
    let is_it = |other: &VaultIdentity| other.unify(vault).is_some();
    let makes_any = |entry: &Entry| {
        entry.origin == EntryOrigin::Terraform && entry.name.is_unknown() && is_it(&entry.vault)
    };
    let is_open =
        |facts: &Facts| facts.open_vaults.iter().any(is_it) || facts.entries.iter().any(makes_any);
    if context.facts.iter().any(is_open) {
        return World::Open;
    }
    if let Some((_, said)) = configured_vault(context, vault)
        && (said.ownership == Ownership::Terraform || said.lists_entries)
    {
        return World::Closed;
    }
    if !context.settings.configured {
        return World::Open;
    }
    let entries = context.facts.iter().flat_map(|facts| &facts.entries);
    let declares = entries
        .filter(|entry| entry.origin == EntryOrigin::Terraform)
        .any(|entry| entry.vault.unify(vault).is_some());
    if declares { World::Partial } else { World::Open }
}

/// Namespaces in which Secrets are visibly managed: something in sight makes one there that is more
/// than a certificate, which comes by itself.
#[derive(Debug)]
pub struct ManagedNamespaces<'a> {
    /// The clusters that each of them is known in.
    known: BTreeMap<String, BTreeSet<Option<&'a str>>>,
}

impl<'a> ManagedNamespaces<'a> {
    /// Looks at all makers of Secrets.
    pub fn of(context: &Context<'a>) -> Self {
        let mut known: BTreeMap<String, BTreeSet<Option<&str>>> = BTreeMap::new();
        let mut add = |scope: &Scope| {
            if let Some(namespace) = scope.namespace.text().filter(|name| !name.is_empty()) {
                known.entry(namespace).or_default().insert(cluster(context, scope));
            }
        };
        for facts in context.facts {
            facts.external_secrets.iter().for_each(|external| add(&external.scope));
            let sure = facts.secrets.iter().filter(|it| it.origin != SecretOrigin::Guessed);
            sure.filter(|it| !is_certificate(it)).for_each(|secret| add(&secret.scope));
        }
        Self { known }
    }

    /// Returns whether Secrets are visibly managed in the namespace of this scope.
    pub fn holds(&self, context: &Context<'_>, scope: &Scope) -> bool {
        let Some(namespace) = scope.namespace.text() else { return false };
        let own = cluster(context, scope);
        let mut known = self.known.get(&namespace).into_iter().flatten();
        known.any(|other| may_be_one(own, *other))
    }
}

/// Whether a Secret is a certificate that a controller orders, for an Ingress say: its keys are written
/// nowhere.
fn is_certificate(secret: &Secret) -> bool {
    const KEYS: [&str; 3] = ["ca.crt", "tls.crt", "tls.key"];
    let mut keys = secret.keys.known.iter().peekable();
    secret.origin == SecretOrigin::Controller
        && keys.peek().is_some()
        && keys.all(|(key, place)| KEYS.contains(&key.as_str()) && *place == secret.place)
}

/// Returns the cluster a scope is known to stand in.
pub fn cluster<'a>(context: &Context<'a>, scope: &Scope) -> Option<&'a str> {
    context.links.clusters.cluster(scope)
}

/// Returns whether two clusters, as far as they are known, may be the same.
pub fn may_be_one(one: Option<&str>, two: Option<&str>) -> bool {
    one.is_none() || two.is_none() || one == two
}

/// Returns whether both scopes stand in the same cluster for sure: brought by the same root, by
/// roots of the same configured environment, by roots with the same parent, or by roots that are
/// declared in the same folder. Folders side by side are often environments of their own.
pub fn surely_same_cluster(context: &Context<'_>, one: &Scope, two: &Scope) -> bool {
    let (Some(left), Some(right)) = (&one.delivery, &two.delivery) else { return false };
    if left == right {
        return true;
    }
    // One object that several roots bring, each with patches of its own, is one for each of their clusters.
    if left.split('@').next() == right.split('@').next() {
        return false;
    }
    if let (Some(left), Some(right)) = (cluster(context, one), cluster(context, two)) {
        return left == right;
    }
    let root = |id: &str| {
        let mut deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
        deliveries.find(|delivery| &*delivery.id == id)
    };
    match (root(left), root(right)) {
        // Which cluster somebody runs a Helmfile against is not told.
        (Some(left), Some(right))
            if (left.kind == DeliveryKind::Helmfile) != (right.kind == DeliveryKind::Helmfile) =>
        {
            false
        }
        // Argo CD delivers to many clusters from one folder.
        (Some(left), Some(right))
            if [left, right].iter().any(|root| root.kind == DeliveryKind::ArgoApplication)
                && (!left.cluster.is_known() || left.cluster.text() != right.cluster.text()) =>
        {
            false
        }
        (Some(left), Some(right)) => {
            let same_parent = left.parent.is_some() && left.parent == right.parent;
            let (here, there) = (&left.place.file, &right.place.file);
            same_parent || here.repo == there.repo && here.folder() == there.folder()
        }
        _ => false,
    }
}

/// Returns whether a visible delivery root brings the object of this scope to a cluster.
pub fn is_delivered(scope: &Scope) -> bool {
    scope.delivery.is_some()
}

/// Returns whether a unit's deliveries hide what they deliver, so that Secrets made there cannot be
/// seen: an opaque chart may make any Secret in its namespace.
pub fn opaque_delivery_in(context: &Context<'_>, scope: &Scope) -> bool {
    context.facts.iter().flat_map(|facts| &facts.deliveries).any(|delivery| {
        delivery.is_opaque()
            && delivery.target_namespace.unify(&scope.namespace) == Some(Certainty::Exact)
    })
}

/// Returns whether a program may make Secrets in this namespace while it runs, for a `Role` lets it.
pub fn written_at_run_time(context: &Context<'_>, scope: &Scope) -> bool {
    let own = cluster(context, scope);
    context.facts.iter().flat_map(|facts| &facts.secret_writers).any(|writer| {
        let other = cluster(context, &writer.scope);
        let namespace = &writer.scope.namespace;
        // A role that nobody delivers and that says no namespace is hardly in this one.
        let is_nowhere = namespace.is_unknown() && !is_delivered(&writer.scope);
        !is_nowhere && namespace.unify(&scope.namespace).is_some() && may_be_one(own, other)
    })
}

/// Returns whether something that cannot be looked into may make a Secret that readers need.
pub(crate) fn may_be_made_unseen(context: &Context<'_>, secret: &UnresolvedSecret<'_>) -> bool {
    let mut deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
    let own = cluster(context, secret.scope);
    written_at_run_time(context, secret.scope)
        || is_of_service_connector(&secret.name)
        || deliveries.any(|delivery| {
            let is_there = delivery.is_opaque()
                && delivery.target_namespace.unify(&secret.scope.namespace).is_some()
                && may_be_one(context.links.clusters.of_delivery(&delivery.id), own);
            if !is_there {
                return false;
            }
            // A chart names its Secrets after its release, or after itself.
            let named = |part: &str| !part.is_empty() && secret.name.contains(part);
            match &delivery.chart {
                // The values of a chart in sight are elsewhere: they may name any Secret.
                Some(_) if delivery.kind == DeliveryKind::Helmfile && delivery.repo.is_some() => {
                    true
                }
                Some(chart) => {
                    let release = delivery.release.as_ref().and_then(Value::text);
                    let chart = chart.rsplit('/').next().unwrap_or(chart);
                    let is_beside = delivery.lacks_dependency() && has_reader(delivery, secret);
                    is_beside || release.as_deref().is_none_or(named) || named(chart)
                }
                None => delivery.hidden_charts().is_none_or(|mut charts| charts.any(named)),
            }
        })
}

/// Whether a Secret is called as the Service Connector of Azure calls those that it makes: after the
/// connection, which no file tells of.
fn is_of_service_connector(name: &str) -> bool {
    name.strip_prefix("sc-").is_some_and(|rest| rest.ends_with("-secret"))
}

/// Whether this root's own chart needs the Secret.
fn has_reader(delivery: &Delivery, secret: &UnresolvedSecret<'_>) -> bool {
    secret.readers.iter().any(|reader| reader.scope.delivery.as_ref() == Some(&delivery.id))
}

/// Returns the makers of Secrets in the namespace of `scope`, with their names.
pub fn makers_in<'a>(
    context: &'a Context<'_>,
    scope: &'a Scope,
) -> impl Iterator<Item = (ProducerId, String)> + 'a {
    context.facts.iter().enumerate().flat_map(move |(unit, facts)| {
        let fact = move |item| sealine_model::graph::FactId { unit, item };
        let external = facts.external_secrets.iter().enumerate().map(move |(item, external)| {
            (ProducerId::External(fact(item)), &external.scope, &external.target.name)
        });
        let others = facts.secrets.iter().enumerate().map(move |(item, secret)| {
            (ProducerId::Other(fact(item)), &secret.scope, &secret.name)
        });
        external.chain(others).filter_map(move |(id, at, name)| {
            let same =
                at.namespace.unify(&scope.namespace).is_some_and(|sure| sure == Certainty::Exact);
            same.then_some(())?;
            Some((id, name.text()?))
        })
    })
}
