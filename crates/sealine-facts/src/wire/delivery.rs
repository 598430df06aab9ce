//! How things reach a cluster.

use std::sync::Arc;

use sealine_model::Value;
use sealine_model::delivery::{self, DeliveryKind};
use sealine_model::kubernetes;
use sealine_source::Place;

use crate::mirror::{mirror, words};

mirror! {
    /// A cluster and namespace, as far as a delivery tells.
    Scope = kubernetes::Scope {
        /// The id of the delivery that brings the object.
        delivery: Option<Arc<str>>,
        /// The namespace; empty for what is of the whole cluster.
        namespace: Value,
    }
}

mirror! {
    /// A delivery root: something that brings a path of a repository to a cluster.
    Delivery = delivery::Delivery {
        /// Its id.
        id: Arc<str>,
        /// `flux-kustomization`, `helm-release`, `argo-application`, `kustomization` or
        /// `devtron-release`.
        kind: DeliveryKind,
        /// Its name.
        name: Value,
        /// The namespace it stands in.
        namespace: Value,
        /// The namespace it delivers to by default.
        target_namespace: Value,
        /// The cluster it delivers to.
        cluster: Value,
        /// The repository it reads.
        repo: Option<String>,
        /// The path there.
        path: Value,
        /// The delivery that brings this one.
        parent: Option<Arc<str>>,
        /// The release, for charts.
        release: Option<Value>,
        /// The chart.
        chart: Option<String>,
        /// The version of the chart, as written.
        version: Option<String>,
        /// Why more may be delivered than was seen.
        opaque: Vec<String>,
        /// Whether it decrypts SOPS files.
        decrypts: bool,
        /// Namespace and name of the roots that it waits for.
        depends_on: Vec<(Value, Value)>,
        /// Whether it waits for what it brings.
        waits: bool,
        /// Whether it takes out of the cluster what is taken out of its files.
        prunes: Option<bool>,
        /// Whether it sets right what is changed in the cluster.
        heals: Option<bool>,
        /// Where it is declared.
        place: Place,
    }
}

words!(DeliveryKind {
    Kustomization = "kustomization",
    FluxKustomization = "flux-kustomization",
    FluxHelmRelease = "helm-release",
    ArgoApplication = "argo-application",
    Devtron = "devtron-release",
    Helmfile = "helmfile-release",
});
