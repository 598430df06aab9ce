//! Sealed Secrets: the controller makes a Secret of the same name.
//!
//! ```yaml
//! apiVersion: bitnami.com/v1alpha1
//! kind: SealedSecret
//! metadata: {name: db, namespace: data}
//! spec:
//!   encryptedData: {password: AgBx}
//!   template: {data: {config.ini: 'pw={{ index . "password" }}'}}
//! ```
//!
//! ```text
//! SealedSecret db makes db in data [password config.ini] at 3
//! ```

use sealine_model::Facts;
use sealine_model::kubernetes::SecretOrigin;
use sealine_model::tree::Tree;

use super::Kind;
use crate::manifest::makes::{keys_of_map, secret};
use crate::manifest::object::Object;

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
    out.secrets.push(made);
}
