//! # kubernetes-from-terraform
//!
//! ## What it finds
//!
//! A managed `kubernetes_*`, `kubectl_*` or `kustomization_*` resource or a `helm_release`, in a
//! project where GitOps visibly owns the cluster; and, as info, a configured `kubernetes`, `helm`
//! or `kubectl` provider that nothing in its root module uses.
//!
//! ## Why it matters
//!
//! What Terraform puts into a cluster stands outside the GitOps tree: nobody sees it there, nothing
//! heals it between two applies, a plan needs the cluster's API, and one day somebody adds the same
//! object to the tree and two owners undo each other.
//!
//! ## Example
//!
//! ```text
//! //- gitops/app.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   project: default
//!   source:
//!     repoURL: https://charts.example.com
//!     chart: app
//!     targetRevision: 1.0.0
//!   destination:
//!     server: https://kubernetes.default.svc
//!     namespace: app
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! resource "kubernetes_config_map" "settings" {
//!   metadata {
//!     name      = "settings"
//!     namespace = "app"
//!   }
//!
//!   data = {
//!     region = "europe-west3"
//!   }
//! }
//! ```
//!
//! ## Use instead
//!
//! Move the object into the GitOps tree and let Terraform forget it. What must exist before GitOps
//! runs may stay: name it under `gitops.bootstrap` in `sealine.yaml`, with the reason.
//!
//! ```text
//! //- gitops/app.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   project: default
//!   source:
//!     repoURL: https://charts.example.com
//!     chart: app
//!     targetRevision: 1.0.0
//!   destination:
//!     server: https://kubernetes.default.svc
//!     namespace: app
//! //- gitops/settings.yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: settings
//!   namespace: app
//! data:
//!   region: europe-west3
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! removed {
//!   from = kubernetes_config_map.settings
//!
//!   lifecycle {
//!     destroy = false
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! That GitOps owns the cluster: `gitops.owner` in `sealine.yaml`, or an Argo CD `Application`, a
//! Flux `Kustomization` or `HelmRelease`, or a Devtron release in sight, not among examples, docs
//! and tests. Which cluster a provider talks to is not asked, but folders of other environments
//! (`envs/prod`, `clusters/dev`) or other AWS accounts are of other clusters, and a root that Terraform itself
//! makes delivers to the cluster of its own module and of those beside and below it. A release of Argo CD, Flux or Devtron itself is no finding, for nothing
//! else could install it; nor are its namespace and the Secrets and `ConfigMap`s there, by which it reaches
//! its repositories, nor the manifests that tell it what to bring (an `Application`, a Flux `Kustomization`
//! with its `GitRepository`). What Terraform does among examples, docs and tests is none, too, nor what it makes for a
//! workspace of Coder (`coder_agent`): that comes and goes with it. A provider counts as
//! unused only when every called module could be read and no resource of it is written down, not even one
//! that a `count` of nought leaves out.
//!
//! ## When to allow it
//!
//! For what must stand before GitOps can run; better said once under `gitops.bootstrap`.

use std::collections::BTreeSet;

use sealine_model::{Finding, Severity};

use crate::boundary::{Owner, Owners, changes_cluster, installs_gitops, is_bootstrap, provider};
use crate::shelf::shows_only;
use crate::terraform::{blocks, is_run_by_coder, roots};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "kubernetes-from-terraform",
    severity: Severity::Warning,
    summary: "Terraform manages objects of a cluster that GitOps owns",
    replaces: &[],
    source: include_str!("kubernetes_from_terraform.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let owners = Owners::of(context);
    for block in blocks(context, changes_cluster) {
        let resource = block.resource();
        if installs_gitops(resource)
            || shows_only(&resource.place.file.path)
            || is_run_by_coder(block.site.module)
        {
            continue;
        }
        if block.instances.iter().all(|instance| is_bootstrap(context, &instance.address)) {
            continue;
        }
        let repo = &block.site.unit.repo;
        let mut found = block.folders.iter().filter_map(|folder| owners.owner(repo, folder));
        let Some(owner) = found.next() else { continue };
        let verb = if owner.is_configured { "owns" } else { "delivers to" };
        let (block_name, owner_name) = (block.name(), &owner.name);
        let message =
            format!("Terraform manages `{block_name}` in a cluster that {owner_name} {verb}");
        let finding = block.finding(resource.place.clone(), message).help(
            "move it into the GitOps tree, or name it under `gitops.bootstrap` in sealine.yaml",
        );
        report.add(with_evidence(finding, &owner));
    }
    unused_providers(context, &owners, report);
}

/// Providers that could change the cluster, though nothing uses them.
fn unused_providers(context: &Context<'_>, owners: &Owners<'_>, report: &mut Report) {
    for root in roots(context) {
        let Some(owner) = owners.owner(&root.unit.repo, &root.module.folder) else { continue };
        if root.module.calls.iter().any(|call| call.resolved.is_none()) {
            continue;
        }
        let made = root.module.resources.iter().map(|resource| &resource.kind);
        // What these values do not make, others may.
        let kinds = made.chain(&root.module.dormant);
        let used: BTreeSet<&str> = kinds.filter_map(|kind| provider(kind)).collect();
        let mut seen = BTreeSet::new();
        for (name, place) in &root.module.providers {
            let unused = provider(name).or((name == "helm").then_some("helm"));
            if unused.is_none_or(|name| used.contains(name)) || !seen.insert(name) {
                continue;
            }
            let message = format!("the provider `{name}` is configured and nothing uses it");
            let finding =
                Finding::new(place.clone(), root.id(&format!("provider.{name}")), message)
                    .help(format!("remove it: {} owns the cluster", owner.name));
            report.add_as(Severity::Info, with_evidence(finding, &owner));
        }
    }
}

fn with_evidence(finding: Finding, owner: &Owner) -> Finding {
    match &owner.place {
        Some(place) => finding.related(place.clone(), format!("{} delivers from here", owner.name)),
        None => finding,
    }
}
