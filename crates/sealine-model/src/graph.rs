//! What linking makes: the joints as they were resolved, and the chain as nodes and edges.
//!
//! Invariant: edges point in the direction in which a secret flows. The graph may have cycles (a
//! `PushSecret` writes what an `ExternalSecret` reads), so walkers keep a set of what they have
//! seen.

use std::collections::{BTreeMap, HashSet};

use sealine_source::Place;

use crate::Certainty;
use crate::link::Clusters;
use crate::vault::VaultIdentity;

/// The stages of the chain, in the order in which a secret travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// A Terraform resource that declares an entry or a Secret.
    TerraformResource,
    /// A vault.
    Vault,
    /// An entry of a vault.
    VaultEntry,
    /// A `SecretStore` or `ClusterSecretStore`.
    Store,
    /// An `ExternalSecret`, a `PushSecret` or another object that an operator makes a Secret for.
    ExternalSecret,
    /// A Secret.
    Secret,
    /// A workload, or another reader.
    Workload,
}

impl Stage {
    /// Returns the name used in JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::TerraformResource => "terraform-resource",
            Self::Vault => "vault",
            Self::VaultEntry => "vault-entry",
            Self::Store => "store",
            Self::ExternalSecret => "external-secret",
            Self::Secret => "secret",
            Self::Workload => "workload",
        }
    }
}

/// A station of the chain.
#[derive(Clone, Debug)]
pub struct Node {
    /// Position-free and the same in every revision: `secret/airflow/salesforce-conn`.
    pub id: String,
    /// Its stage.
    pub stage: Stage,
    /// Its name within the scope.
    pub name: String,
    /// The scope: namespace, vault, or Terraform folder.
    pub scope: String,
    /// Where it is declared; `None` when it is only mentioned.
    pub declared: Option<Place>,
}

/// A joint of the chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The node the secret comes from.
    pub from: usize,
    /// The node it goes to.
    pub to: usize,
    /// The place that says so.
    pub at: Place,
    /// How sure the joint is.
    pub certainty: Certainty,
}

/// The index of a fact: the unit and the item in that unit's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId {
    /// The index of the unit.
    pub unit: usize,
    /// The index in the list.
    pub item: usize,
}

/// Who makes a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProducerId {
    /// An item of [`crate::Facts::external_secrets`].
    External(FactId),
    /// An item of [`crate::Facts::secrets`].
    Other(FactId),
}

impl ProducerId {
    /// Returns the index of the fact.
    pub fn fact(self) -> FactId {
        match self {
            Self::External(id) | Self::Other(id) => id,
        }
    }
}

/// How one read of a vault entry was resolved.
#[derive(Clone, Debug)]
pub struct ReadLink {
    /// The `ExternalSecret`.
    pub external_secret: FactId,
    /// The index in its `reads`.
    pub read: usize,
    /// The stores that the reference may mean.
    pub stores: Vec<FactId>,
    /// The vault, when store or configuration tell it.
    pub vault: Option<VaultIdentity>,
    /// The entry's name as the vault knows it: the key without `secret/` and the like.
    pub name: crate::Value,
    /// The entries that may be meant, best first.
    pub entries: Vec<(FactId, Certainty)>,
}

/// How one read of a Secret was resolved.
#[derive(Clone, Debug)]
pub struct UseLink {
    /// The item of [`crate::Facts::uses`].
    pub reader: FactId,
    /// The makers that may be meant, best first.
    pub producers: Vec<(ProducerId, Certainty)>,
}

impl UseLink {
    /// The most makers that one reader is joined to, when its namespace or name is not known.
    pub const MOST_PRODUCERS: usize = 16;

    /// Returns whether there may be makers that are not listed.
    pub fn may_have_more(&self) -> bool {
        self.producers.len() >= Self::MOST_PRODUCERS
    }
}

/// The chain as nodes and edges.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes, sorted by id.
    pub nodes: Vec<Node>,
    /// The edges, sorted.
    pub edges: Vec<Edge>,
}

/// The joints of the chain, as rules ask for them.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The resolved reads of vault entries, in the order of the facts.
    pub reads: Vec<ReadLink>,
    /// The resolved reads of Secrets, in the order of the facts.
    pub uses: Vec<UseLink>,
    /// The cluster of each delivery, as far as it is known.
    pub clusters: Clusters,
    /// What texts say of Secrets in a form that no reader knows.
    pub mentions: Mentions,
}

/// Secrets whose bare names stand in texts: no edge of the chain, but a reason to be quiet.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// Names of Secrets without a reader that stand somewhere as a whole word.
    pub unread: HashSet<String>,
    /// Names of Secrets that nothing makes but a script or a person, and where one does or is told to.
    pub made_by_scripts: BTreeMap<String, Place>,
}

impl Graph {
    /// Returns the index of the node with this id.
    pub fn node(&self, id: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.id.as_str().cmp(id)).ok()
    }
}
