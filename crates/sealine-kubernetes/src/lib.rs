//! Manifests, External Secrets Operator, Kustomize, Flux, Argo CD and Helm, read into facts.
//!
//! Invariants: reading never fails, what is not understood is a note; nothing here reads a file or
//! knows a secret value; every place is in a file that a person edits.

mod argo;
mod delivery;
mod flux;
pub mod helm;
mod helmfile;
pub mod kinds;
mod kustomize;
pub mod manifest;
mod wants;

pub use delivery::{Options, Purpose, Reading, read};
pub use kustomize::{Kustomized, kustomize};
pub use wants::wants;

#[cfg(test)]
mod testing;
