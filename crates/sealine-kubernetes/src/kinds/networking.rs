//! Ingresses and gateways: the certificates they serve, the credentials they ask for.
//!
//! With an annotation of cert-manager the certificate is made for them.
//!
//! ```yaml
//! apiVersion: networking.k8s.io/v1
//! kind: Ingress
//! metadata:
//!   name: web
//!   annotations:
//!     nginx.ingress.kubernetes.io/auth-secret: auth/users
//!     nginx.ingress.kubernetes.io/auth-tls-secret: clients
//! spec: {tls: [{hosts: [a.example], secretName: web-tls}]}
//! ---
//! apiVersion: networking.k8s.io/v1
//! kind: Ingress
//! metadata: {name: made, annotations: {cert-manager.io/cluster-issuer: acme}}
//! spec: {tls: [{hosts: [b.example], secretName: made-tls}]}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: edge}
//! spec:
//!   listeners:
//!     - tls: {certificateRefs: [{name: edge-tls}, {name: other, namespace: tls}]}
//! ```
//!
//! ```text
//! Ingress made makes made-tls in ns [tls.crt tls.key ca.crt] at 13
//! Ingress web reads web-tls in ns at 8 (field)
//! Ingress web reads users in auth at 6 (field)
//! Ingress web reads clients in ns at 7 (field)
//! Ingress made reads made-tls in ns at 13 (field)
//! Gateway edge reads edge-tls in ns at 20 (field)
//! Gateway edge reads other in tls at 20 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::object_kinds::SECRET_ANNOTATIONS;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts};

use super::Kind;
use super::cert_manager::CERTIFICATE_KEYS;
use super::field::reads;
use super::path;
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::{name_at, name_of};
use crate::manifest::object::Object;
use crate::manifest::reads::{Reader, note_qualified};

pub(super) static KIND: Kind = Kind::new(
    &[
        "networking.k8s.io",
        "extensions",
        "gateway.networking.k8s.io",
        "gateway.networking.x-k8s.io",
        "route.openshift.io",
    ],
    &[
        reads("Ingress", "spec.tls[].secretName"),
        reads("Gateway ListenerSet XListenerSet", "spec.listeners[].tls.certificateRefs[]{name}"),
        reads("Gateway", "spec.backendTLS.clientCertificateRef{name}"),
        reads("Gateway", "spec.listeners[].tls.frontendValidation.caCertificateRefs[]{name}"),
        reads("Route", "spec.tls.externalCertificate{name}"),
    ],
)
.with(annotations)
.complete();

/// Annotations that have the certificate made.
const MAKING: &[&str] = &[
    "cert-manager.io/cluster-issuer",
    "cert-manager.io/issuer",
    "certmanager.k8s.io/cluster-issuer",
    "certmanager.k8s.io/issuer",
    "kubernetes.io/tls-acme",
];

/// Returns whether one of these annotations has the certificate of an ingress made.
pub(crate) fn make_certificate(annotations: &Tree) -> bool {
    MAKING.iter().any(|name| annotations.get(name).is_some())
}

fn annotations(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    for scalar in SECRET_ANNOTATIONS.iter().filter_map(|name| object.annotation(name)) {
        note_qualified(&reader, scalar, UseKind::Field, out);
    }
    if !object.tree.at(&["metadata", "annotations"]).is_some_and(make_certificate) {
        return;
    }
    let mut make = |scalar: &Tree, namespace| {
        let Some((name, place)) = name_of(scalar).zip(scalar.place()) else { return };
        let scope = match namespace {
            Some(namespace) => object.scope_in(namespace),
            None => object.own_scope(),
        };
        let keys = keys_at(place, CERTIFICATE_KEYS);
        out.secrets.push(secret(object, scope, name, place.clone(), keys));
    };
    path::find(object.tree, "spec.tls[].secretName", &mut |at| make(at, None));
    path::find(object.tree, "spec.listeners[].tls.certificateRefs[]", &mut |at| {
        if let Some(name) = at.get("name") {
            make(name, name_at(at, "namespace"));
        }
    });
}
