//! Carvel's secretgen-controller: passwords, keys and certificates that it makes, Secrets composed of others,
//! and copies from other namespaces.
//!
//! ```yaml
//! apiVersion: secretgen.k14s.io/v1alpha1
//! kind: Password
//! metadata: {name: db}
//! ---
//! apiVersion: secretgen.k14s.io/v1alpha1
//! kind: Certificate
//! metadata: {name: web}
//! spec: {caRef: {name: ca}}
//! ---
//! apiVersion: secretgen.carvel.dev/v1alpha1
//! kind: SecretTemplate
//! metadata: {name: settings}
//! spec:
//!   inputResources:
//!     - {name: db, ref: {apiVersion: v1, kind: Secret, name: db}}
//!     - {name: web, ref: {apiVersion: v1, kind: Service, name: web}}
//! ---
//! apiVersion: secretgen.carvel.dev/v1alpha1
//! kind: SecretImport
//! metadata: {name: registry}
//! spec: {fromNamespace: shared}
//! ```
//!
//! ```text
//! Password db makes db in ns [*] at 3
//! Certificate web makes web in ns [*] at 7
//! SecretTemplate settings makes settings in ns [*] at 12
//! SecretImport registry makes registry in ns [*] at 20
//! Certificate web reads ca in ns at 8 (field)
//! SecretTemplate settings reads db in ns at 15 (field)
//! SecretImport registry reads registry in shared at 20 (copy)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::{Certainty, Facts};

use super::field::{makes_named, reads};
use super::{Kind, path};
use crate::manifest::names::{name_at, text_at};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note, note_map};

pub(super) static KIND: Kind = Kind::new(
    &["secretgen.k14s.io", "secretgen.carvel.dev"],
    &[
        // A `secretTemplate` may name the keys anew.
        makes_named("Password Certificate RSAKey SSHKey", "{}", &[]),
        makes_named("SecretTemplate SecretImport", "{}", &[]),
        reads("Certificate", "spec.caRef{name}"),
    ],
)
.with(sources)
.complete();

fn sources(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    match object.kind.as_str() {
        "SecretTemplate" => path::find(object.tree, "spec.inputResources[].ref", &mut |input| {
            if text_at(input, &["kind"]).as_deref() == Some("Secret") {
                note_map(&reader, input, UseKind::Field, out);
            }
        }),
        "SecretImport" => {
            let Some(name) = object.tree.at(&["metadata", "name"]) else { return };
            let spec = object.tree.get("spec");
            let mut read = Read::new(name, UseKind::Copy);
            read.namespace = spec.and_then(|spec| name_at(spec, "fromNamespace"));
            note(&reader, read, out);
        }
        _ => {}
    }
}
