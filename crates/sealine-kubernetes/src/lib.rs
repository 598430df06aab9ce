//! Manifests, External Secrets Operator, Kustomize, Flux, Argo CD and Helm, read into facts.
//!
//! Invariants: reading never fails, what is not understood is a note; nothing here reads a file or
//! knows a secret value; every place is in a file that a person edits.

pub mod kinds;
pub mod manifest;
