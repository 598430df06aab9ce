//! How manifests reach a cluster.

use std::sync::Arc;

use sealine_source::{Edit, Place};

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
    /// A release that a Helmfile lists.
    Helmfile,
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
    /// The roots of the same kind that must be ready before it begins: namespace and name.
    pub depends_on: Vec<(Value, Value)>,
    /// Whether it counts as ready only when all that it brings is healthy.
    pub waits: bool,
    /// Whether what is taken out of its files is taken out of the cluster, too; `None` when that
    /// is not known.
    pub prunes: Option<bool>,
    /// Whether what somebody changes in the cluster is set right without a new commit; `None` when
    /// that is not known.
    pub heals: Option<bool>,
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
            Self::Helmfile => "helmfile-release",
        }
    }
}

/// What [`Delivery::opaque`] says after the name of a dependency that no chart in sight is.
pub const NOT_VENDORED: &str = "is not vendored";

/// What [`Delivery::opaque`] says after a chart that a kustomization brings and that is not in sight, and
/// after what its objects are called.
pub const NOT_FOUND: &str = "is not in the repository";

impl Delivery {
    /// Returns whether more may be delivered than was seen.
    pub fn is_opaque(&self) -> bool {
        !self.opaque.is_empty()
    }

    /// Returns whether it is a kustomization that nobody names: anyone may apply it to any cluster.
    pub fn is_unnamed(&self) -> bool {
        self.kind == DeliveryKind::Kustomization && self.parent.is_none()
    }

    /// Returns what the objects of the charts are called after that a kustomization brings, and that are not
    /// in sight; `None` where something else is not in sight either.
    pub fn hidden_charts(&self) -> Option<impl Iterator<Item = &str>> {
        let is_chart = |why: &String| why.starts_with("the chart `") && why.ends_with(NOT_FOUND);
        let is_all = self.chart.is_none() && self.opaque.iter().all(is_chart);
        // Names stand between marks, every other part of a reason.
        is_all.then(|| self.opaque.iter().flat_map(|why| why.split('`').skip(1).step_by(2)))
    }

    /// Returns whether its chart is in sight, and one that this depends on is not.
    pub fn lacks_dependency(&self) -> bool {
        lacks_dependency(&self.opaque)
    }
}

/// Returns whether these reasons, as [`Delivery::opaque`] has them, say that a dependency is not in sight.
pub fn lacks_dependency(opaque: &[String]) -> bool {
    opaque.iter().any(|why| why.ends_with(NOT_VENDORED))
}

/// An `ExternalSecret` file that a kustomization beside or above it does not list.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// The file that is not listed (its first object's place).
    pub place: Place,
    /// The object's name.
    pub name: Value,
    /// What leaves it out.
    pub cause: UndeliveredCause,
    /// The kustomization's `resources` list, where it would be added, or the Application's path.
    pub by: Place,
    /// The entry to add; for an Application the folder that it leaves out.
    pub entry: String,
    /// The edit that adds it, when the list can be edited.
    pub edit: Option<Edit>,
}

/// What leaves an [`Undelivered`] manifest out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeliveredCause {
    /// A kustomization does not list the file.
    File,
    /// A kustomization does not list the file's folder.
    Folder,
    /// An Argo CD Application takes a folder without those below it.
    BelowApplication,
}

/// Something that a tool does to an object or to values on their way to a cluster, and that nobody
/// can have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// What happens.
    pub kind: MishapKind,
    /// The object that it happens to, for people: `ExternalSecret db`.
    pub object: String,
    /// The words that it happens to: a template's action, a variable, a file; empty for none.
    pub words: String,
    /// Where these words, or the object's name, stand.
    pub place: Place,
    /// Further places of the same cause.
    pub also: Vec<Place>,
    /// The edits that end it, when they are certain.
    pub edits: Vec<Edit>,
}

/// The kinds of [`Mishap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MishapKind {
    /// Helm carries out an action that was meant for External Secrets Operator.
    EatenByHelm,
    /// Flux puts nothing in the place of a variable that it does not know.
    EatenBySubstitution,
    /// Flux cannot parse what looks like a variable, and refuses all that is delivered with it.
    RefusedBySubstitution,
    /// Flux takes the line breaks out of the value of a variable.
    JoinedBySubstitution,
    /// A namespaced object reaches the cluster without a namespace, which Flux refuses.
    NoNamespace,
    /// Values that SOPS encrypted reach a chart as they are.
    EncryptedValues,
    /// A manifest that SOPS encrypted is applied as it is.
    EncryptedManifest,
}

/// When an object is applied, relative to what is delivered together with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Hooks of Argo CD (`PreSync`) and of Helm (`pre-install`), as written; none for what is
    /// applied in the ordinary way.
    pub hooks: Vec<String>,
    /// Argo CD's sync wave.
    pub wave: i64,
    /// Helm's hook weight.
    pub weight: i64,
}
