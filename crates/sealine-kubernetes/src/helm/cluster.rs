//! The cluster that a chart is rendered for, as far as templates may ask.
//!
//! Invariant: what is assumed is never what a chart says it does not run on, as long as there is a
//! version that it does run on.

use std::sync::Arc;

use sealine_model::tree::Tree;
use sealine_source::Source;
use sealine_template::chart::{self, API_VERSIONS, KUBERNETES_VERSION};
use sealine_template::{Value, satisfies};

/// The API versions of custom resources that clusters with secrets and deliveries serve.
const MORE_VERSIONS: &[&str] = &[
    "argoproj.io/v1alpha1",
    "argoproj.io/v1alpha1/Application",
    "cert-manager.io/v1",
    "cert-manager.io/v1/Certificate",
    "external-secrets.io/v1",
    "external-secrets.io/v1/ClusterSecretStore",
    "external-secrets.io/v1/ExternalSecret",
    "external-secrets.io/v1/SecretStore",
    "gateway.networking.k8s.io/v1",
    "gateway.networking.k8s.io/v1/HTTPRoute",
    "helm.toolkit.fluxcd.io/v2",
    "kustomize.toolkit.fluxcd.io/v1",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/PodMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "source.toolkit.fluxcd.io/v1",
];

/// API versions that External Secrets Operator served before `v1`. A chart that asks for them and speaks of
/// no other is for a cluster that has them.
const FORMER_VERSIONS: &[&str] = &[
    "external-secrets.io/v1beta1",
    "external-secrets.io/v1beta1/ClusterSecretStore",
    "external-secrets.io/v1beta1/ExternalSecret",
    "external-secrets.io/v1beta1/SecretStore",
];

/// The minor versions of Kubernetes that are tried, the likeliest first.
const MINORS: std::ops::RangeInclusive<u32> = 16..=40;

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cluster {
    /// Nothing is known of it: a recent one with the custom resources that are common.
    #[default]
    Unknown,
    /// The one that `helm template` assumes, with this version and more API versions.
    Given {
        /// Its version, when it is not Helm's own.
        version: Option<String>,
        /// What it serves besides.
        api_versions: Vec<String>,
    },
}

impl Cluster {
    /// Returns the version of the cluster, for a chart with this `Chart.yaml`.
    pub(super) fn version(&self, metadata: &Tree) -> String {
        let version = match self {
            Self::Given { version, .. } => version.as_deref(),
            Self::Unknown => None,
        };
        let version = version.unwrap_or(KUBERNETES_VERSION).trim_start_matches('v');
        let version = format!("v{version}");
        let wanted = metadata.get("kubeVersion").and_then(Tree::text);
        match (self, wanted) {
            (Self::Unknown, Some(wanted)) if satisfies(&version, &wanted) == Some(false) => {
                let fits = |version: &String| satisfies(version, &wanted) == Some(true);
                let mut tried = MINORS.rev().map(|minor| format!("v1.{minor}.0"));
                tried.find(fits).unwrap_or(version)
            }
            _ => version,
        }
    }

    /// Returns whether a chart with this `Chart.yaml` says that it does not run there.
    pub(super) fn is_refused(&self, metadata: &Tree) -> bool {
        let wanted = metadata.get("kubeVersion").and_then(Tree::text);
        let wanted = wanted.filter(|wanted| !wanted.is_empty());
        wanted.is_some_and(|wanted| satisfies(&self.version(metadata), &wanted) == Some(false))
    }

    /// Returns `.Capabilities`, for a chart with this `Chart.yaml`, which may be [before `v1`](is_before_v1).
    pub(super) fn capabilities(&self, metadata: &Tree, is_before_v1: bool) -> Value {
        let version = self.version(metadata);
        match self {
            Self::Unknown => {
                let former = if is_before_v1 { FORMER_VERSIONS } else { &[] };
                let more = MORE_VERSIONS.iter().chain(former).copied();
                chart::capabilities(&version, API_VERSIONS.into_iter().chain(more))
            }
            Self::Given { api_versions, .. } => {
                let more = api_versions.iter().map(String::as_str);
                chart::capabilities(&version, API_VERSIONS.into_iter().chain(more))
            }
        }
    }
}

/// Returns whether a chart speaks of the former API version of External Secrets Operator, and not of `v1`.
pub(super) fn is_before_v1(files: &[Arc<Source>]) -> bool {
    const GROUP: &str = "external-secrets.io/";
    let versions = files.iter().flat_map(|file| {
        let text = file.text();
        text.match_indices(GROUP).filter_map(|(at, _)| {
            let rest = text.get(at + GROUP.len()..)?;
            rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next()
        })
    });
    let mut former = false;
    for version in versions {
        if version == "v1" {
            return false;
        }
        former |= version == "v1beta1";
    }
    former
}
