//! Traefik: certificates and the users of middlewares.
//!
//! ```yaml
//! apiVersion: traefik.io/v1alpha1
//! kind: IngressRoute
//! metadata: {name: web}
//! spec: {tls: {secretName: web-tls}}
//! ---
//! apiVersion: traefik.io/v1alpha1
//! kind: Middleware
//! metadata: {name: auth}
//! spec: {basicAuth: {secret: users}}
//! ---
//! apiVersion: traefik.io/v1alpha1
//! kind: TLSStore
//! metadata: {name: default}
//! spec: {defaultCertificate: {secretName: wildcard}, certificates: [{secretName: more}]}
//! ```
//!
//! ```text
//! IngressRoute web reads web-tls in ns at 4 (field)
//! Middleware auth reads users in ns at 9 (field)
//! TLSStore default reads wildcard in ns at 14 (field)
//! TLSStore default reads more in ns at 14 (field)
//! ```

use super::Kind;
use super::field::reads;

pub(super) static KIND: Kind = Kind::new(
    &["traefik.io", "traefik.containo.us", "hub.traefik.io"],
    &[
        reads("IngressRoute IngressRouteTCP", "spec.tls.secretName"),
        reads("Middleware", "spec.basicAuth.secret"),
        reads("Middleware", "spec.digestAuth.secret"),
        reads("Middleware", "spec.forwardAuth.tls.*Secret"),
        reads("Middleware", "spec.rateLimit.redis.secret"),
        reads("Middleware", "spec.rateLimit.redis.tls.*Secret"),
        reads("ServersTransport ServersTransportTCP", "spec.**.certificatesSecrets[]"),
        reads("ServersTransport ServersTransportTCP", "spec.**.rootCAsSecrets[]"),
        reads("ServersTransport ServersTransportTCP", "spec.**.rootCAs[].secret"),
        reads("TLSOption", "spec.clientAuth.secretNames[]"),
        reads("TLSStore", "spec.defaultCertificate.secretName"),
        reads("TLSStore", "spec.certificates[].secretName"),
    ],
);
