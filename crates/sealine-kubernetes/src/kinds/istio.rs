//! Istio: certificates of gateways and of destinations.
//!
//! A gateway's Secret lies in the namespace of the gateway's pods, which is often another one.
//!
//! ```yaml
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge}
//! spec: {servers: [{tls: {mode: SIMPLE, credentialName: edge-tls}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: out}
//! spec: {trafficPolicy: {tls: {mode: MUTUAL, credentialName: client-tls}}}
//! ```
//!
//! ```text
//! Gateway edge reads edge-tls in * at 4 (field)
//! DestinationRule out reads client-tls in * at 9 (field)
//! ```

use super::Kind;
use super::field::reads;

pub(super) static KIND: Kind = Kind::new(
    &["networking.istio.io", "extensions.istio.io", "security.istio.io"],
    &[
        reads("Gateway", "spec.servers[].tls.credentialName").elsewhere(),
        reads("DestinationRule", "spec.**.tls.credentialName").elsewhere(),
        reads("WasmPlugin", "spec.imagePullSecret"),
    ],
);
