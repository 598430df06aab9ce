//! Envoy Gateway: clients of OIDC, users and keys that its policies let in, certificates.
//!
//! ```yaml
//! apiVersion: gateway.envoyproxy.io/v1alpha1
//! kind: SecurityPolicy
//! metadata: {name: web}
//! spec:
//!   oidc: {clientID: web, clientSecret: {name: oidc}}
//!   basicAuth: {users: {name: users}}
//!   apiKeyAuth: {credentialRefs: [{name: keys}]}
//! ---
//! apiVersion: gateway.envoyproxy.io/v1alpha1
//! kind: EnvoyExtensionPolicy
//! metadata: {name: filter}
//! spec: {wasm: [{code: {image: {url: r.example/f:1, pullSecretRef: {name: pull}}}}]}
//! ```
//!
//! ```text
//! SecurityPolicy web reads oidc in ns at 5 (field)
//! SecurityPolicy web reads users in ns at 6 (field)
//! SecurityPolicy web reads keys in ns at 7 (field)
//! EnvoyExtensionPolicy filter reads pull in ns at 12 (imagepull)
//! ```

use super::Kind;
use super::field::{pulls, reads};

pub(super) static KIND: Kind = Kind::new(
    &["gateway.envoyproxy.io"],
    &[
        reads("SecurityPolicy", "spec.oidc.clientIDRef{name}"),
        reads("SecurityPolicy", "spec.oidc.clientSecret{name}"),
        reads("SecurityPolicy", "spec.oidc.hmacSecret{name}"),
        reads("SecurityPolicy", "spec.basicAuth.users{name}"),
        reads("SecurityPolicy", "spec.apiKeyAuth.credentialRefs[]{name}"),
        reads("EnvoyProxy", "spec.backendTLS.clientCertificateRef{name}"),
        pulls("EnvoyExtensionPolicy", "spec.wasm[].code.image.pullSecretRef{name}"),
    ],
);
