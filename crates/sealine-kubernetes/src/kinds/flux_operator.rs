//! Flux Operator: what pulls Flux itself, and what looks for the inputs of sets.
//!
//! What a `ResourceSet` brings is read as objects of their own.
//!
//! ```yaml
//! apiVersion: fluxcd.controlplane.io/v1
//! kind: FluxInstance
//! metadata: {name: flux, namespace: flux-system}
//! spec:
//!   distribution: {registry: ghcr.io/fluxcd, imagePullSecret: images, artifactPullSecret: artifacts}
//!   sync: {kind: OCIRepository, pullSecret: pull}
//! ---
//! apiVersion: fluxcd.controlplane.io/v1
//! kind: ResourceSetInputProvider
//! metadata: {name: prs, namespace: flux-system}
//! spec: {type: GitHubPullRequest, secretRef: {name: token}, certSecretRef: {name: ca}}
//! ---
//! apiVersion: fluxcd.controlplane.io/v1
//! kind: ResourceSet
//! metadata: {name: apps}
//! spec: {resources: [{apiVersion: v1, kind: Pod, spec: {imagePullSecrets: [{name: pull}]}}]}
//! ```
//!
//! ```text
//! FluxInstance flux reads artifacts in flux-system at 5 (bootstrap)
//! FluxInstance flux reads images in flux-system at 5 (bootstrap)
//! FluxInstance flux reads pull in flux-system at 6 (bootstrap)
//! ResourceSetInputProvider prs reads token in flux-system at 11 (field)
//! ResourceSetInputProvider prs reads ca in flux-system at 11 (field)
//! ```

use super::Kind;
use super::field::{bootstrap, reads};

pub(super) static KIND: Kind = Kind::new(
    &["fluxcd.controlplane.io"],
    &[
        bootstrap("FluxInstance", "spec.distribution.artifactPullSecret"),
        bootstrap("FluxInstance", "spec.distribution.imagePullSecret"),
        bootstrap("FluxInstance", "spec.sync.pullSecret"),
        reads("ResourceSetInputProvider", "spec.secretRef{name}"),
        reads("ResourceSetInputProvider", "spec.certSecretRef{name}"),
    ],
)
.complete();
