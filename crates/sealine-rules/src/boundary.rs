//! The line between Terraform and GitOps: who owns what is in a cluster.

use std::collections::BTreeSet;

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::object_kinds::{is_cluster_wide, kind_of_type};
use sealine_model::terraform::Resource;
use sealine_source::stars::fits;
use sealine_source::{Place, folder_of, is_below, is_terraform};

use crate::Context;
use crate::apart::are_apart;
use crate::terraform::roots as roots_of_terraform;

/// Who owns the cluster, and where that is to be seen.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The name people use.
    pub name: String,
    /// Whether the configuration names it.
    pub is_configured: bool,
    /// A delivery root, when one is in sight.
    pub place: Option<Place>,
}

/// Who visibly owns clusters: who the configuration names, or the tools of the delivery roots in sight.
#[derive(Debug)]
pub struct Owners<'a> {
    configured: Option<&'a str>,
    /// The delivery roots in use, by their places, each with its tool.
    roots: Vec<(&'a Place, &'static str)>,
    /// The repositories and folders of the root modules.
    modules: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Owners<'a> {
    /// Looks at all delivery roots.
    pub fn of(context: &Context<'a>) -> Self {
        let deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
        let mut roots: Vec<(&Place, &'static str)> = deliveries
            .filter(|delivery| context.shelf.uses(delivery))
            .filter_map(|delivery| Some((&delivery.place, tool(delivery.kind)?)))
            .collect();
        roots.sort_unstable();
        let modules = roots_of_terraform(context)
            .map(|root| (root.unit.repo.as_str(), root.module.folder.as_str()));
        let configured = context.settings.gitops.owner.as_deref();
        Self { configured, roots, modules: modules.collect() }
    }

    /// Returns who owns the cluster that a module in this folder works on, as far as folders tell clusters
    /// apart.
    pub fn owner(&self, repo: &str, folder: &str) -> Option<Owner> {
        let mut near = self.roots.iter().filter(|(place, _)| self.reaches(place, repo, folder));
        let first = near.next();
        let name = match self.configured {
            Some(named) => shown(named).to_owned(),
            None => first?.1.to_owned(),
        };
        let place = first.map(|(place, _)| (*place).clone());
        Some(Owner { name, is_configured: self.configured.is_some(), place })
    }

    /// Whether the delivery root at `place` may deliver to the cluster of a module. One that Terraform makes
    /// delivers to the cluster of its own module and of those around it.
    fn reaches(&self, place: &Place, repo: &str, folder: &str) -> bool {
        let (there, above) = (place.file.folder(), folder_of(place.file.folder()));
        let is_elsewhere = is_terraform(&place.file.path)
            && self.modules.contains(&(place.file.repo.as_str(), there))
            && !(place.file.repo == repo && is_below(folder, above));
        !is_elsewhere && !are_apart(folder, there)
    }
}

fn tool(kind: DeliveryKind) -> Option<&'static str> {
    match kind {
        DeliveryKind::FluxKustomization | DeliveryKind::FluxHelmRelease => Some("Flux"),
        DeliveryKind::ArgoApplication => Some("Argo CD"),
        DeliveryKind::Devtron => Some("Devtron"),
        // A kustomization may be applied by anyone, by Terraform too; a Helmfile by hand.
        DeliveryKind::Kustomization | DeliveryKind::Helmfile => None,
    }
}

fn shown(owner: &str) -> &str {
    match owner {
        "argocd" | "argo-cd" | "argo" => "Argo CD",
        "flux" | "fluxcd" => "Flux",
        "devtron" => "Devtron",
        other => other,
    }
}

/// Returns whether a managed resource changes what is in a cluster.
pub fn changes_cluster(resource: &Resource) -> bool {
    !resource.data
        && !resource.ephemeral
        && provider(&resource.kind).is_some()
        // Asks for a token; nothing stays in the cluster.
        && !resource.kind.starts_with("kubernetes_token_request")
}

/// Returns the provider of a resource type that works on clusters.
pub fn provider(kind: &str) -> Option<&'static str> {
    if kind == "helm_release" {
        return Some("helm");
    }
    ["kubernetes", "kubectl", "kustomization"].into_iter().find(|provider| {
        kind.strip_prefix(provider).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

/// Returns whether Terraform may keep this resource: the configuration says so.
pub fn is_bootstrap(context: &Context<'_>, address: &str) -> bool {
    context.settings.gitops.bootstrap.iter().any(|(glob, _)| fits(glob, address))
}

/// Returns whether a resource is part of the GitOps tool itself, which cannot bring itself: its Helm
/// release, its namespace, what it needs there to reach its repositories, and what it is to bring.
pub fn installs_gitops(resource: &Resource) -> bool {
    installs_chart(resource) || prepares_namespace(resource) || tells_gitops(resource)
}

/// Whether a manifest tells the GitOps tool what to bring and where from: somebody has to make the first.
fn tells_gitops(resource: &Resource) -> bool {
    const KINDS: [(&str, &str); 7] = [
        ("argoproj.io", "AppProject"),
        ("argoproj.io", "Application"),
        ("argoproj.io", "ApplicationSet"),
        ("fluxcd.controlplane.io", "FluxInstance"),
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("source.toolkit.fluxcd.io", "GitRepository"),
        ("source.toolkit.fluxcd.io", "OCIRepository"),
    ];
    let given = |name: &str| resource.attributes.get(name).map(|given| given.value.pattern());
    let body = given("yaml_body").unwrap_or_default().replace('"', "");
    let told = |key: &str| {
        let line = || body.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        given(&format!("manifest.{key}")).or_else(|| line().map(|text| text.trim().to_owned()))
    };
    let Some((version, kind)) = told("apiVersion").zip(told("kind")) else { return false };
    let group = version.split('/').next().unwrap_or_default();
    KINDS.contains(&(group, kind.as_str()))
}

fn prepares_namespace(resource: &Resource) -> bool {
    const NAMESPACES: [&str; 5] =
        ["argo-cd", "argocd", "devtroncd", "flux-system", "openshift-gitops"];
    let Some(object) = owned_object(resource) else { return false };
    let place = match object.kind.as_str() {
        "Namespace" => object.name,
        "ConfigMap" | "Secret" => object.namespace,
        _ => return false,
    };
    place.text().is_some_and(|name| NAMESPACES.contains(&name.as_str()))
}

fn installs_chart(resource: &Resource) -> bool {
    const CHARTS: [&str; 8] = [
        "argo-cd",
        "argocd",
        "argocd-apps",
        "devtron-operator",
        "flux",
        "flux-instance",
        "flux-operator",
        "flux2",
    ];
    let chart = resource.attributes.get("chart").and_then(|chart| chart.value.text());
    resource.kind == "helm_release"
        && chart.is_some_and(|chart| {
            let name = chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            CHARTS.contains(&name)
        })
}

/// An object that a typed resource of the Kubernetes provider owns.
#[derive(Clone, Debug)]
pub struct OwnedObject {
    /// `ConfigMap`.
    pub kind: String,
    /// Its name.
    pub name: Value,
    /// Its namespace; empty for cluster-wide kinds.
    pub namespace: Value,
}

/// Returns the object of a `kubernetes_*` resource that owns a whole one.
pub fn owned_object(resource: &Resource) -> Option<OwnedObject> {
    const PARTS: [&str; 8] = [
        "annotations",
        "config_map_v1_data",
        "default_service_account",
        "default_service_account_v1",
        "env",
        "labels",
        "manifest",
        "node_taint",
    ];
    let kind = resource.kind.strip_prefix("kubernetes_")?;
    if resource.data || PARTS.contains(&kind) || kind == "secret_v1_data" {
        return None;
    }
    let kind = kind_of_type(kind);
    let value = |name: &str| resource.attributes.get(name).map(|given| given.value.clone());
    let namespace = if is_cluster_wide(&kind) {
        Value::default()
    } else {
        value("metadata.0.namespace").unwrap_or_else(|| Value::from("default"))
    };
    Some(OwnedObject { kind, name: value("metadata.0.name")?, namespace })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_fit_globs() {
        assert!(fits("module.bootstrap.*", "module.bootstrap.helm_release.argo"));
        assert!(fits("helm_release.argo", "helm_release.argo"));
        assert!(!fits("helm_release.argo", "helm_release.argo_rollouts"));
    }

    #[test]
    fn providers_are_told_by_whole_words() {
        assert_eq!(provider("kubernetes_config_map"), Some("kubernetes"));
        assert_eq!(provider("kubectl_manifest"), Some("kubectl"));
        assert_eq!(provider("kubernetesx_thing"), None);
        assert_eq!(provider("aws_eks_cluster"), None);
    }
}
