//! Sealed Secrets: the controller makes a Secret of the same name.
//!
//! Its labels and annotations are those of the template: others copy it, or read it by its label.
//!
//! ```yaml
//! apiVersion: bitnami.com/v1alpha1
//! kind: SealedSecret
//! metadata: {name: db, namespace: data}
//! spec:
//!   encryptedData: {password: AgBx}
//!   template:
//!     metadata: {annotations: {replicator.v1.mittwald.de/replicate-to: web}}
//!     data: {config.ini: 'pw={{ index . "password" }}'}
//! ```
//!
//! ```text
//! copy of db makes db in web [password config.ini] at 3
//! SealedSecret db makes db in data [password config.ini] at 3
//! ```

use sealine_model::Facts;
use sealine_model::kubernetes::SecretOrigin;
use sealine_model::tree::Tree;

use super::Kind;
use crate::manifest::copies;
use crate::manifest::makes::{keys_of_map, secret};
use crate::manifest::object::Object;
use crate::manifest::secret::is_read_by_label;

pub(super) static KIND: Kind = Kind::new(&["bitnami.com"], &[]).with(sealed).complete();

fn sealed(object: &Object<'_>, out: &mut Facts) {
    if object.kind != "SealedSecret" {
        return;
    }
    let spec = object.tree.get("spec").unwrap_or(&Tree::Null);
    let mut keys = keys_of_map(spec.get("encryptedData"));
    let templated = keys_of_map(spec.at(&["template", "data"]));
    keys.known.extend(templated.known);
    // An old form seals all keys as one text.
    keys.open |= templated.open || spec.get("encryptedData").is_none();
    let place = object.place.clone();
    let mut made = secret(object, object.scope.clone(), object.name.clone(), place, keys);
    made.origin = SecretOrigin::Sealed;
    made.by = None;
    made.read_by_controller = spec.get("template").is_some_and(is_read_by_label);
    copies::read(&made, spec.at(&["template", "metadata", "annotations"]), out);
    out.secrets.push(made);
}
