//! Storage classes: the credentials that their driver is given.
//!
//! Names and namespaces may hold templates such as `${pvc.namespace}`.
//!
//! ```yaml
//! apiVersion: storage.k8s.io/v1
//! kind: StorageClass
//! metadata: {name: fast}
//! provisioner: example.com
//! parameters:
//!   csi.storage.k8s.io/provisioner-secret-name: provisioner
//!   csi.storage.k8s.io/provisioner-secret-namespace: storage
//!   csi.storage.k8s.io/node-stage-secret-name: ${pvc.name}-key
//! ```
//!
//! ```text
//! StorageClass fast reads provisioner in storage at 6 (field)
//! StorageClass fast reads *-key in * at 8 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::{Certainty, Facts, Value};

use super::Kind;
use crate::manifest::names::name_at;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind =
    Kind::new(&["storage.k8s.io", "snapshot.storage.k8s.io"], &[]).with(parameters).complete();

/// The namespace of each Secret stands in a parameter of its own.
fn parameters(object: &Object<'_>, out: &mut Facts) {
    let Some(parameters) = object.tree.get("parameters") else { return };
    let reader = Reader::of(object, Certainty::Exact);
    for entry in parameters.entries() {
        let Some(role) = entry.key.strip_suffix("-name").or(entry.key.strip_suffix("Name")) else {
            continue;
        };
        if !role.to_ascii_lowercase().ends_with("secret") {
            continue;
        }
        let namespace = ["-namespace", "Namespace"]
            .iter()
            .find_map(|end| name_at(parameters, &format!("{role}{end}")));
        let mut read = Read::new(&entry.value, UseKind::Field);
        read.namespace = Some(namespace.unwrap_or_else(Value::unknown));
        note(&reader, read, out);
    }
}
