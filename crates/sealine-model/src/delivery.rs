//! How manifests reach a cluster.

use std::sync::Arc;

use sealine_source::Place;

use crate::Value;

/// The tool that delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryKind {
    /// A Flux `Kustomization`.
    FluxKustomization,
    /// A Flux `HelmRelease`.
    FluxHelmRelease,
    /// An Argo CD `Application`, or one made by an `ApplicationSet`.
    ArgoApplication,
    /// A kustomization that no other one includes and no root names.
    Kustomization,
    /// A Devtron release.
    Devtron,
}

/// A delivery root: something that brings a path of a repository to a cluster.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, unique in the run: `argo/argocd/app`, `flux/flux-system/apps`.
    pub id: Arc<str>,
    /// The tool.
    pub kind: DeliveryKind,
    /// Its name.
    pub name: Value,
    /// The namespace it stands in itself.
    pub namespace: Value,
    /// The namespace it delivers to by default.
    pub target_namespace: Value,
    /// The cluster it delivers to: Argo's destination (`https://kubernetes.default.svc` or a
    /// cluster's name), Flux's kubeConfig; unknown when it is the cluster it stands in.
    pub cluster: Value,
    /// The repository it reads, when that is one of the loaded ones.
    pub repo: Option<String>,
    /// The path in that repository.
    pub path: Value,
    /// The delivery that brings this root itself.
    pub parent: Option<Arc<str>>,
    /// The release name, for charts.
    pub release: Option<Value>,
    /// The chart: a path in a loaded repository, or a name with its repository.
    pub chart: Option<String>,
    /// The version of the chart, or the constraint on it, as written.
    pub version: Option<String>,
    /// Why more may be delivered than was seen; empty when all of it was understood.
    pub opaque: Vec<String>,
    /// Whether a decryptor for SOPS files is set up.
    pub decrypts: bool,
    /// Where it is declared.
    pub place: Place,
}

impl DeliveryKind {
    /// Returns the name used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::FluxKustomization => "flux-kustomization",
            Self::FluxHelmRelease => "helm-release",
            Self::ArgoApplication => "argo-application",
            Self::Kustomization => "kustomization",
            Self::Devtron => "devtron-release",
        }
    }
}

impl Delivery {
    /// Returns whether more may be delivered than was seen.
    pub fn is_opaque(&self) -> bool {
        !self.opaque.is_empty()
    }
}

/// An `ExternalSecret` file beside a kustomization that does not list it.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// The file that is not listed (its first object's place).
    pub place: Place,
    /// The object's name.
    pub name: Value,
    /// The kustomization's `resources` list, where it would be added.
    pub kustomization: Place,
    /// The entry to add.
    pub entry: String,
    /// The edit that adds it, when the list can be edited.
    pub edit: Option<sealine_source::Edit>,
}
