//! The External PostgreSQL server operator: users of a server that stands elsewhere. The name of a user's Secret
//! ends with that of the object.
//!
//! ```yaml
//! apiVersion: db.movetokube.com/v1alpha1
//! kind: PostgresUser
//! metadata: {name: web}
//! spec: {secretName: database}
//! ```
//!
//! ```text
//! PostgresUser web makes database-web in ns [*] at 4
//! ```

use sealine_model::Facts;

use super::Kind;
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::name_of;
use crate::manifest::object::Object;

pub(super) static KIND: Kind = Kind::new(&["db.movetokube.com"], &[]).with(user).complete();

fn user(object: &Object<'_>, out: &mut Facts) {
    let Some(scalar) = object.tree.at(&["spec", "secretName"]) else { return };
    let (Some(name), Some(place)) = (name_of(scalar), scalar.place()) else { return };
    let name = name.concat("-".into()).concat(object.name.clone());
    out.secrets.push(secret(object, object.own_scope(), name, place.clone(), keys_at(place, &[])));
}
