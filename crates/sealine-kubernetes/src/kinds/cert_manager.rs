//! cert-manager: certificates, and the issuers that sign them.
//!
//! A `Certificate` makes a Secret, an issuer that of its account. Issuers read the credentials of
//! the services they ask; a `ClusterIssuer` in a namespace that only the controller's flags tell.
//!
//! ```yaml
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: web}
//! spec:
//!   secretName: web-tls
//!   secretTemplate: {annotations: {reflector.v1.k8s.emberstack.com/reflection-auto-namespaces: shop}}
//!   keystores: {pkcs12: {create: true, passwordSecretRef: {name: store, key: pw}}}
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: ClusterIssuer
//! metadata: {name: acme}
//! spec:
//!   acme:
//!     privateKeySecretRef: {name: acme-account}
//!     externalAccountBinding: {keySecretRef: {name: eab, key: hmac}}
//!     solvers:
//!       - dns01: {cloudflare: {apiTokenSecretRef: {name: dns, key: token}}}
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Issuer
//! metadata: {name: own}
//! spec: {ca: {secretName: root-ca}}
//! ```
//!
//! ```text
//! copy of web-tls makes web-tls in shop [tls.crt tls.key ca.crt *] at 5
//! Certificate web makes web-tls in ns [tls.crt tls.key ca.crt *] at 5
//! ClusterIssuer acme makes acme-account in * [tls.key] at 14
//! Certificate web reads store[pw] in ns at 7 (field)
//! ClusterIssuer acme reads eab[hmac] in * at 15 (field)
//! ClusterIssuer acme reads dns[token] in * at 17 (field)
//! Issuer own reads root-ca in ns at 22 (field)
//! ```

use sealine_model::Facts;

use super::Kind;
use super::field::{makes, reads};
use crate::manifest::copies;
use crate::manifest::makes::{keys_at, secret};
use crate::manifest::names::name_of;
use crate::manifest::object::Object;

const ISSUERS: &str = "Issuer ClusterIssuer";

/// The keys of every certificate's Secret.
pub(super) const CERTIFICATE_KEYS: &[&str] = &["tls.crt", "tls.key", "ca.crt"];

pub(super) static KIND: Kind = Kind::new(
    &["cert-manager.io", "certmanager.k8s.io"],
    &[
        reads("Certificate", "spec.keystores.*.passwordSecretRef{name,key}"),
        makes(ISSUERS, "spec.acme.privateKeySecretRef{name}", &["tls.key"]),
        reads(ISSUERS, "spec.acme.externalAccountBinding.keySecretRef{name,key}"),
        reads(ISSUERS, "spec.acme.solvers[].dns01.**.*SecretRef{name,key}"),
        reads(ISSUERS, "spec.ca.secretName"),
        reads(ISSUERS, "spec.vault.**.*ecretRef{name,key}"),
        reads(ISSUERS, "spec.venafi.*.credentialsRef{name}"),
        reads(ISSUERS, "spec.venafi.cloud.apiTokenSecretRef{name,key}"),
    ],
)
.with(certificate)
.complete();

/// A certificate's Secret has more keys where other formats are asked for.
fn certificate(object: &Object<'_>, out: &mut Facts) {
    if object.kind != "Certificate" {
        return;
    }
    let spec = object.tree.get("spec");
    let scalar = spec.and_then(|spec| spec.get("secretName"));
    let Some((name, place)) = scalar.and_then(|scalar| name_of(scalar).zip(scalar.place())) else {
        return;
    };
    let mut keys = keys_at(place, CERTIFICATE_KEYS);
    keys.open = ["keystores", "additionalOutputFormats", "secretTemplate"]
        .iter()
        .any(|part| spec.is_some_and(|spec| spec.get(part).is_some()));
    let made = secret(object, object.own_scope(), name, place.clone(), keys);
    let annotations = spec.and_then(|spec| spec.at(&["secretTemplate", "annotations"]));
    copies::read(&made, annotations, out);
    out.secrets.push(made);
}
