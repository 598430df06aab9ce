//! The operators of EDP (`KubeRocketCI`) for Keycloak, Sonar and Nexus: a Secret by its name, or one key of it
//! as `$secret:key`.
//!
//! ```yaml
//! apiVersion: v1.edp.epam.com/v1
//! kind: KeycloakClient
//! metadata: {name: web}
//! spec: {clientId: web, secret: '$web-oidc:clientSecret'}
//! ---
//! apiVersion: v1.edp.epam.com/v1
//! kind: KeycloakRealmIdentityProvider
//! metadata: {name: github}
//! spec: {config: {clientId: app, clientSecret: '$github:token'}}
//! ---
//! apiVersion: edp.epam.com/v1alpha1
//! kind: Sonar
//! metadata: {name: sonar}
//! spec:
//!   secret: sonar-admin
//!   settings: [{key: a, valueRef: {secretKeyRef: {name: sonar-oidc, key: secret}}}]
//! ```
//!
//! ```text
//! KeycloakClient web reads web-oidc[clientSecret] in ns at 4 (field)
//! KeycloakRealmIdentityProvider github reads github[token] in ns at 9 (field)
//! Sonar sonar reads sonar-oidc[secret] in ns at 16 (field)
//! Sonar sonar reads sonar-admin in ns at 15 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts};

use super::Kind;
use super::argo_config::text_of;
use super::field::reads;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

/// The kinds of a whole cluster, whose Secrets lie beside their operator.
const OF_CLUSTER: &str = "ClusterKeycloak";

pub(super) static KIND: Kind = Kind::new(
    &["edp.epam.com", "v1.edp.epam.com", "v2.edp.epam.com"],
    &[
        reads("*", "spec.**.secretKeyRef{name,key}"),
        reads("KeycloakRealmUser", "spec.passwordSecret{name,key}"),
        reads("GitServer", "spec.nameSshKeySecret"),
        reads("JiraServer", "spec.credentialName"),
        reads(OF_CLUSTER, "spec.secret").elsewhere(),
    ],
)
.with(texts);

/// Reads `spec.secret`, and what the texts of `spec.config` name.
fn texts(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    let Some(spec) = object.tree.get("spec") else { return };
    let entry = spec.entries().iter().find(|entry| entry.key == "secret");
    if let Some(entry) = entry.filter(|_| object.kind != OF_CLUSTER) {
        let secret = &entry.value;
        if secret.text().is_some_and(|text| text.starts_with('$')) {
            text_of(secret, &reader, (None, |_| true), out);
        } else if matches!(secret, Tree::Scalar { .. }) {
            // Older operators make the Secret of a client where it is missing.
            let optional = object.kind == "KeycloakClient";
            let asked = Some(&entry.place);
            let read = Read { asked, optional, ..Read::new(secret, UseKind::Field) };
            note(&reader, read, out);
        }
    }
    for entry in spec.get("config").map(Tree::entries).unwrap_or_default() {
        text_of(&entry.value, &reader, (None, |_| true), out);
    }
}
