//! A delivery root as its object describes it, whichever tool reads it.
//!
//! Invariant: what a root says that is not understood is in [`Root::opaque`], so that nobody takes
//! what was understood for all that there is.

use sealine_model::delivery::{DeliveryKind, Mishap};
use sealine_model::tree::Tree;
use sealine_model::{Problem, ProblemKind, Value};
use sealine_source::Place;

use super::inventory::RepoId;
use super::substitution::Substitution;
use crate::kustomize::{Kustomization, Overrides};

/// A delivery root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// The tool.
    pub(crate) kind: DeliveryKind,
    /// Its name.
    pub(crate) name: Value,
    /// The namespace it stands in.
    pub(crate) namespace: Value,
    /// The namespace of what it delivers and that names none.
    pub(crate) target_namespace: Value,
    /// The cluster it delivers to; unknown when that is its own.
    pub(crate) cluster: Value,
    /// What it delivers.
    pub(crate) parts: Vec<Part>,
    /// The release name, for charts.
    pub(crate) release: Option<Value>,
    /// The chart, for people.
    pub(crate) chart: Option<String>,
    /// The version of the chart, or the constraint on it.
    pub(crate) version: Option<String>,
    /// Whether it decrypts SOPS files.
    pub(crate) decrypts: bool,
    /// The roots of the same kind that must be ready before it begins: namespace and name.
    pub(crate) depends_on: Vec<(Value, Value)>,
    /// Whether it counts as ready only when all that it brings is healthy.
    pub(crate) waits: bool,
    /// Whether it takes out of the cluster what is taken out of its files.
    pub(crate) prunes: Option<bool>,
    /// Whether it sets right what somebody changes in the cluster.
    pub(crate) heals: Option<bool>,
    /// What it does that nobody can have meant.
    pub(crate) mishaps: Vec<Mishap>,
    /// Why nobody applies it, as far as is seen.
    pub(crate) left_out: Option<String>,
    /// Whether it may take up any folder: where its path, or who makes it, is not known.
    pub(crate) may_take_any: bool,
    /// The variables it puts into what it delivers.
    pub(crate) substitution: Option<Substitution>,
    /// What is done to the objects of a chart once they are rendered.
    pub(crate) post_renderers: Vec<Kustomization>,
    /// Why more may be delivered than is seen.
    pub(crate) opaque: Vec<String>,
    /// What is wrong with what it says.
    pub(crate) problems: Vec<Problem>,
    /// Where it is declared.
    pub(crate) place: Place,
}

/// One thing a root delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A folder of a loaded repository.
    Folder(Box<Folder>),
    /// A chart in a loaded repository.
    Chart(Chart),
    /// A chart that cannot be read: its values, the weakest first.
    Values(Vec<Tree>),
}

/// A folder of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// The repository.
    pub(crate) repo: RepoId,
    /// The folder; empty for the top.
    pub(crate) path: String,
    /// What is read where there is no kustomization.
    pub(crate) plain: Plain,
    /// What the root writes into the kustomization.
    pub(crate) overrides: Overrides,
}

/// What is read of a folder without a kustomization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// All YAML below, folders with a kustomization of their own as such: Flux.
    Everything,
    /// The manifests in the folder, or below it too: Argo CD.
    Directory {
        /// Whether those in the folders below are read too.
        recurse: bool,
        /// The glob of those that are read.
        include: Option<String>,
        /// The glob of those that are not.
        exclude: Option<String>,
        /// Where the folder is named, when it is certain that those below it are left out.
        leaves_out: Option<Place>,
    },
}

/// A chart of a loaded repository with what a root gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chart {
    /// The repository.
    pub(crate) repo: RepoId,
    /// The folder of its `Chart.yaml`.
    pub(crate) folder: String,
    /// The values beyond the chart's own, the weakest first.
    pub(crate) values: Vec<Tree>,
    /// Files that stand in the place of the chart's own `values.yaml`.
    pub(crate) own_values: Option<Vec<Tree>>,
}

impl Root {
    /// Returns the name of the release of a chart: its own, or that of the root.
    pub(crate) fn release_name(&self) -> &Value {
        self.release.as_ref().unwrap_or(&self.name)
    }

    /// Returns a root of which nothing is known but what it is.
    pub(crate) fn new(kind: DeliveryKind, name: Value, namespace: Value, place: Place) -> Self {
        Self {
            kind,
            name,
            namespace,
            target_namespace: Value::unknown(),
            cluster: Value::unknown(),
            parts: Vec::new(),
            release: None,
            chart: None,
            version: None,
            decrypts: false,
            depends_on: Vec::new(),
            waits: false,
            prunes: None,
            heals: None,
            mishaps: Vec::new(),
            left_out: None,
            may_take_any: false,
            post_renderers: Vec::new(),
            substitution: None,
            opaque: Vec::new(),
            problems: Vec::new(),
            place,
        }
    }

    /// Returns whether this is how `other` is brought: the same name, in the same namespace where
    /// that is known.
    pub(crate) fn is_again(&self, other: &Self) -> bool {
        let is_there = self.namespace == other.namespace || other.namespace.text().is_none();
        self.kind == other.kind && self.name == other.name && is_there
    }

    /// Notes that nobody applies it, and by whose doing: what it brings is no fault of the cluster.
    pub(crate) fn leave_out(&mut self, why: String) {
        self.opaque.push(why.clone());
        self.left_out = Some(why);
    }

    /// Notes a path that leads out of the repository, and that is not followed.
    pub(crate) fn refuse(&mut self, path: &str, place: Option<&Place>) {
        let message = format!("`{path}` leads out of the repository");
        self.opaque.push(message.clone());
        if let Some(place) = place.cloned() {
            self.problems.push(Problem { kind: ProblemKind::PathEscape, place, message });
        }
    }

    /// Returns the id that the root has when no other one has it.
    pub(crate) fn id(&self) -> String {
        let tool = match self.kind {
            DeliveryKind::FluxKustomization => "flux",
            DeliveryKind::FluxHelmRelease => "helmrelease",
            DeliveryKind::ArgoApplication => "argo",
            DeliveryKind::Kustomization => "kustomize",
            DeliveryKind::Devtron => "devtron",
            DeliveryKind::Helmfile => "helmfile",
        };
        let tool = match self.cluster.text() {
            // A Helmfile has one for each environment.
            Some(environment) if self.kind == DeliveryKind::Helmfile => {
                format!("{tool}/{environment}")
            }
            _ => tool.to_owned(),
        };
        match self.namespace.pattern().as_str() {
            "" | "*" => format!("{tool}/{}", self.name),
            namespace => format!("{tool}/{namespace}/{}", self.name),
        }
    }

    /// Returns what the root is, for people.
    pub(crate) fn label(&self) -> String {
        let kind = match self.kind {
            DeliveryKind::FluxKustomization => "flux kustomization",
            DeliveryKind::FluxHelmRelease => "flux helm release",
            DeliveryKind::ArgoApplication => "argo application",
            DeliveryKind::Kustomization => "kustomization",
            DeliveryKind::Devtron => "devtron release",
            DeliveryKind::Helmfile => "helmfile release",
        };
        match self.namespace.pattern().as_str() {
            "" | "*" => format!("{kind} {}", self.name),
            namespace => format!("{kind} {namespace}/{}", self.name),
        }
    }
}
