//! Dynatrace's operator: the tokens of a `DynaKube`, which lie in the Secret of its own name where it names
//! none, what it pulls images with, its proxy and its certificates.
//!
//! ```yaml
//! apiVersion: dynatrace.com/v1beta5
//! kind: DynaKube
//! metadata: {name: shop}
//! spec:
//!   customPullSecret: registry
//!   proxy: {valueFrom: proxy}
//!   activeGate: {tlsSecretName: gate-tls}
//! ---
//! apiVersion: dynatrace.com/v1beta5
//! kind: DynaKube
//! metadata: {name: other}
//! spec: {tokens: other-tokens}
//! ---
//! apiVersion: dynatrace.com/v1alpha2
//! kind: EdgeConnect
//! metadata: {name: edge}
//! spec: {oauth: {clientSecret: edge-oauth}}
//! ```
//!
//! ```text
//! DynaKube shop reads registry in ns at 5 (imagepull)
//! DynaKube shop reads proxy in ns at 6 (field)
//! DynaKube shop reads gate-tls in ns at 7 (field)
//! DynaKube shop reads shop in ns at 3 (field, assumed)
//! DynaKube other reads other-tokens in ns at 12 (field)
//! EdgeConnect edge reads edge-oauth in ns at 17 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::{Certainty, Facts};

use super::Kind;
use super::field::{pulls, reads};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(
    &["dynatrace.com"],
    &[
        reads("DynaKube", "spec.tokens"),
        pulls("DynaKube EdgeConnect", "spec.customPullSecret"),
        reads("DynaKube", "spec.proxy.valueFrom"),
        reads("DynaKube", "spec.activeGate.tlsSecretName"),
        reads("EdgeConnect", "spec.oauth.clientSecret"),
    ],
)
.with(tokens);

/// Reads the tokens of one that names no Secret: they lie in that of its own name.
fn tokens(object: &Object<'_>, out: &mut Facts) {
    let names_one = object.tree.at(&["spec", "tokens"]).is_some();
    let name = object.tree.at(&["metadata", "name"]);
    let Some(name) = name.filter(|_| object.kind == "DynaKube" && !names_one) else { return };
    let reader = Reader::of(object, Certainty::Assumed);
    note(&reader, Read::new(name, UseKind::Field), out);
}
