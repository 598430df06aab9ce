//! The ids of nodes: position-free, and what people type into `trace`.
//!
//! Invariant: a fact has the same id in every run and revision that has the fact.

use std::collections::BTreeMap;

use sealine_source::Place;

use crate::graph::{Links, ProducerId};
use crate::kubernetes::{Carrier, Consumer, ExternalSecret, Push, Scope, Secret, Store};
use crate::link::{Clusters, secrets};
use crate::vault::{Entry, VaultIdentity};
use crate::{Facts, Value};

/// Gives facts the ids of their nodes.
#[derive(Debug)]
pub struct Names<'a> {
    clusters: &'a Clusters,
    /// The repository and path of the file in which the first `ExternalSecret` of each id stands, and the
    /// first maker of this name of each Secret.
    first: BTreeMap<String, (String, String)>,
}

impl<'a> Names<'a> {
    /// Returns the names in the chain of these facts.
    pub fn of(facts: &[Facts], links: &'a Links) -> Self {
        let mut names = Self { clusters: &links.clusters, first: BTreeMap::new() };
        for unit in facts {
            for external in &unit.external_secrets {
                let id = names.object(&external.kind, &external.scope, &external.name);
                names.note(id, &external.place);
            }
            for secret in &unit.secrets {
                names.note(names.maker(secret), &secret.place);
            }
            let reading = unit.entry_reads.iter().filter_map(|read| read.object.as_ref());
            let making = unit.secrets.iter().filter_map(|secret| secret.by.as_deref());
            for object in reading.chain(making) {
                let id = names.object(&object.kind, &object.scope, &object.name);
                names.note(id, &object.place);
            }
            for store in &unit.stores {
                let id = names.store(&store.scope, store.cluster_wide, &store.name);
                names.note(id, &store.place);
            }
        }
        names
    }

    fn note(&mut self, id: String, place: &Place) {
        let file = file(place);
        let first = self.first.entry(id).or_insert_with(|| file.clone());
        if file < *first {
            *first = file;
        }
    }

    /// Returns what makers of one Secret, of one kind and name, have in common.
    fn maker(&self, secret: &Secret) -> String {
        format!("{} by {}", self.object("Secret", &secret.scope, &secret.name), secret.maker)
    }

    /// Returns the id of an object that may be an `ExternalSecret`. Copies of one for clusters that
    /// nothing tells apart stand in files of their own: all but the first have their file in the id.
    fn copy(&self, kind: &str, scope: &Scope, name: &Value, place: &Place) -> String {
        let id = self.object(kind, scope, name);
        self.told_apart(id.clone(), &id, place)
    }

    /// Returns the id with the file, unless the first of its kind stands there.
    fn told_apart(&self, id: String, kind: &str, place: &Place) -> String {
        match self.first.get(kind) {
            Some(first) if *first != file(place) => {
                format!("{id}@{}/{}", place.file.repo, place.file.path)
            }
            _ => id,
        }
    }

    /// Returns the id of an object of a cluster.
    pub fn object(&self, kind: &str, scope: &Scope, name: &Value) -> String {
        object_id(self.clusters, kind, scope, name)
    }

    /// Returns the id of a `PushSecret`.
    pub fn push(&self, push: &Push) -> String {
        push_id(self.clusters, push)
    }

    /// Returns the id of a reader.
    pub fn consumer(&self, scope: &Scope, consumer: &Consumer) -> String {
        // The scope is that of the Secret it reads; a cluster-wide store has the id by which its
        // own readers know it.
        if consumer.kind == "ClusterSecretStore" {
            let id = self.store(scope, true, &consumer.name);
            return self.told_apart(id.clone(), &id, &consumer.place);
        }
        if consumer.kind == Consumer::TERRAFORM {
            return format!("terraform/{}:{}", consumer.name, consumer.part);
        }
        let whole = self.copy(&consumer.kind, scope, &consumer.name, &consumer.place);
        if consumer.part.is_empty() { whole } else { format!("{whole}/{}", consumer.part) }
    }

    /// Returns the id of a store.
    pub fn store(&self, scope: &Scope, cluster_wide: bool, name: &Value) -> String {
        if cluster_wide {
            in_cluster(self.clusters, scope, format!("clustersecretstore/{name}"))
        } else {
            self.object("SecretStore", scope, name)
        }
    }

    /// Returns the id of a declared store. Copies of one, and those of several charts that are called after a
    /// release which nobody knows, are told apart by their files.
    pub fn declared_store(&self, store: &Store) -> String {
        let id = self.store(&store.scope, store.cluster_wide, &store.name);
        self.told_apart(id.clone(), &id, &store.place)
    }

    /// Returns the id of an `ExternalSecret`.
    pub fn external(&self, external: &ExternalSecret) -> String {
        self.copy(&external.kind, &external.scope, &external.name, &external.place)
    }

    /// Returns the id of an object that carries values and is no `ExternalSecret`. Those that have no name are
    /// one.
    pub(super) fn carrier(&self, object: &Carrier) -> String {
        if object.name.is_unknown() {
            return self.object(&object.kind, &object.scope, &object.name);
        }
        self.copy(&object.kind, &object.scope, &object.name, &object.place)
    }

    /// Returns the id of an entry.
    pub fn entry(&self, entry: &Entry) -> String {
        entry_id(&entry.vault, &entry.name)
    }

    /// Returns the id of the Secret that something makes: what is made by a copy of an object, as for clusters
    /// that nothing tells apart, is a copy, too.
    pub(super) fn copy_made(&self, facts: &[Facts], id: ProducerId) -> String {
        let (fact, made) = (id.fact(), self.made(facts, id));
        let (scope, name) = secrets::producer(facts, id);
        if !name.is_known() || !scope.namespace.is_known() {
            return made;
        }
        let unit = &facts[fact.unit];
        let (maker, place) = match id {
            ProducerId::External(_) => {
                let external = &unit.external_secrets[fact.item];
                let maker = self.object(&external.kind, &external.scope, &external.name);
                (maker, &external.place)
            }
            ProducerId::Other(_) => {
                let secret = &unit.secrets[fact.item];
                (self.maker(secret), &secret.place)
            }
        };
        self.told_apart(made, &maker, place)
    }

    /// Returns the id of the Secret that something makes.
    pub fn made(&self, facts: &[Facts], id: ProducerId) -> String {
        let (scope, name) = secrets::producer(facts, id);
        self.object("Secret", scope, name)
    }
}

fn file(place: &Place) -> (String, String) {
    (place.file.repo.clone(), place.file.path.clone())
}

fn in_cluster(clusters: &Clusters, scope: &Scope, rest: String) -> String {
    match clusters.cluster(scope) {
        Some(cluster) => format!("{rest}@{cluster}"),
        None => rest,
    }
}

fn object_id(clusters: &Clusters, kind: &str, scope: &Scope, name: &Value) -> String {
    let kind = kind.to_ascii_lowercase();
    let namespace = scope.namespace.pattern();
    let rest = if namespace.is_empty() {
        format!("{kind}/{name}")
    } else {
        format!("{kind}/{namespace}/{name}")
    };
    in_cluster(clusters, scope, rest)
}

/// Returns the id of a `PushSecret`.
pub(super) fn push_id(clusters: &Clusters, push: &Push) -> String {
    object_id(clusters, "PushSecret", &push.scope, &push.name)
}

/// Returns the id of an entry.
pub fn entry_id(vault: &VaultIdentity, name: &Value) -> String {
    let name = name.pattern();
    let name = if vault.kind.ignores_case() { name.to_ascii_lowercase() } else { name };
    format!("vault/{}/{name}", vault.label())
}

/// Returns the id of a Terraform resource of a unit.
pub fn terraform_id(unit: &Facts, address: &str) -> String {
    let folder = unit.terraform.first().map_or("", |module| module.folder.as_str());
    format!("terraform/{}/{folder}:{address}", unit.repo)
}
