//! Pods that Vault's agent puts entries into, as annotations of the pod say.
//!
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   template:
//!     metadata:
//!       annotations:
//!         vault.hashicorp.com/agent-inject: 'true'
//!         vault.hashicorp.com/agent-inject-secret-db: kv/data/apps/db
//!         vault.hashicorp.com/agent-inject-secret-login: database/creds/web
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: once
//!   annotations: {vault.hashicorp.com/agent-inject-secret-token: secret/token}
//! ```
//!
//! ```text
//! Deployment web reads entry apps/db of hashicorp/kv
//! Pod once reads entry token of hashicorp/secret
//! ```

use sealine_model::tree::Tree;
use sealine_model::vault::VaultIdentity;
use sealine_model::{Facts, Value};

use super::Kind;
use crate::manifest::makes::entry_read;
use crate::manifest::object::Object;
use crate::manifest::vault_path::kept_entry;

pub(super) static KIND: Kind = Kind::new(&["", "apps", "batch", "argoproj.io"], &[]).with(injected);

/// What the annotations begin with; the name of the file follows.
const ANNOTATION: &str = "vault.hashicorp.com/agent-inject-secret-";

/// Where the metadata of pods stand in the objects that make them, and in pods.
const PODS: [&[&str]; 3] = [
    &["spec", "template", "metadata"],
    &["spec", "jobTemplate", "spec", "template", "metadata"],
    &["metadata"],
];

fn injected(object: &Object<'_>, out: &mut Facts) {
    let pods = PODS.iter().filter(|path| path.len() > 1 || object.kind == "Pod");
    let annotations = pods.filter_map(|path| object.tree.at(path)?.get("annotations"));
    for entry in annotations.flat_map(Tree::entries) {
        if let Some((vault, name)) = injected_entry(&entry.key, &entry.value)
            && let Some(place) = entry.value.place()
        {
            out.entry_reads.push(entry_read(object, (vault, name), place.clone()));
        }
    }
}

/// Returns the entry that an annotation names, where one stays there.
pub(crate) fn injected_entry(annotation: &str, path: &Tree) -> Option<(VaultIdentity, Value)> {
    kept_entry(path.value().filter(|_| annotation.starts_with(ANNOTATION))?)
}
