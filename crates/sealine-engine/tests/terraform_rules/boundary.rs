//! The line between Terraform and GitOps.

use expect_test::expect;

use super::{check, look};

#[test]
fn owners_are_told_by_kind_namespace_and_name() {
    let fixture = r#"
//- sealine.yaml
gitops:
  owner: argocd
  bootstrap:
    - {address: "module.bootstrap.*", reason: needed before Argo CD runs}
//- gitops/objects.yaml
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: team}
//- main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
provider "kubernetes" {
  host = "https://cluster.example.com"
}
provider "helm" {}
resource "kubernetes_namespace_v1" "team" {
  metadata {
    name = "team"
  }
}
resource "kubernetes_manifest" "settings" {
  manifest = {
    apiVersion = "v1"
    kind       = "ConfigMap"
    metadata = {
      name      = "settings"
      namespace = "team"
    }
  }
}
resource "kubernetes_config_map" "elsewhere" {
  metadata {
    name      = "other"
    namespace = var.namespace
  }
}
resource "helm_release" "argo" {
  name  = "argo"
  chart = "argo-cd"
}
resource "kubernetes_manifest" "root" {
  manifest = {
    apiVersion = "argoproj.io/v1alpha1"
    kind       = "AppProject"
    metadata   = { name = "team", namespace = "argocd" }
  }
}
resource "kubernetes_namespace" "argo" {
  metadata {
    name = "argocd"
  }
}
resource "kubernetes_secret" "repository" {
  metadata {
    name      = "repository"
    namespace = kubernetes_namespace.argo.metadata[0].name
  }
}
module "bootstrap" {
  source = "./bootstrap"
}
variable "namespace" {}
//- bootstrap/main.tf
resource "kubernetes_config_map" "first" {
  metadata {
    name      = "other"
    namespace = "team"
  }
}
"#;
    check(
        "double-owner kubernetes-from-terraform",
        fixture,
        &expect![[r#"
        error double-owner main.tf:10
        error double-owner main.tf:15
        warning kubernetes-from-terraform main.tf:25
    "#]],
    );
}

#[test]
fn what_only_shows_something_owns_nothing() {
    for (terraform, object, expected) in [
        ("main.tf", "gitops/n.yaml", "error double-owner main.tf:1\n"),
        ("examples/main.tf", "gitops/n.yaml", ""),
        ("main.tf", "examples/n.yaml", ""),
        ("main.tf", "archive/n.yaml", ""),
    ] {
        let fixture = format!(
            "//- sealine.yaml\ngitops: {{owner: flux}}\n//- {object}\napiVersion: v1\nkind: Namespace\n\
             metadata: {{name: team}}\n//- {terraform}\nresource \"kubernetes_namespace_v1\" \"team\" {{\n  \
             metadata {{ name = \"team\" }}\n}}\n"
        );
        assert_eq!(look("double-owner", &fixture), expected, "{terraform} {object}");
        let alone = look("kubernetes-from-terraform", &fixture);
        assert_eq!(alone.is_empty(), object == "gitops/n.yaml", "{terraform} {object} {alone}");
    }
}

#[test]
fn clusters_of_other_accounts_and_environments_are_others() {
    for (terraform, gitops, expected) in [
        ("envs/prod", "clusters/prod", "error double-owner envs/prod/main.tf:1\n"),
        ("envs/prod", "clusters/dev", ""),
        ("aws/203403084713/eks", "argocd/aws/666628074417/apps", ""),
    ] {
        let fixture = format!(
            "//- {gitops}/root.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
             metadata: {{name: base, namespace: flux-system}}\nspec:\n  path: base\n  prune: true\n  \
             sourceRef: {{kind: GitRepository, name: flux-system}}\n\
             //- base/kustomization.yaml\nresources: [n.yaml]\n//- base/n.yaml\n\
             apiVersion: v1\nkind: Namespace\nmetadata: {{name: team}}\n//- {terraform}/main.tf\n\
             resource \"kubernetes_namespace_v1\" \"team\" {{\n  metadata {{ name = \"team\" }}\n}}\n"
        );
        assert_eq!(look("double-owner", &fixture), expected, "{terraform} {gitops}");
    }
}

#[test]
fn a_root_that_terraform_makes_delivers_around_its_module() {
    for (folder, expected) in [
        ("platform/core", "warning kubernetes-from-terraform platform/core/web.tf:1\n"),
        ("platform/base", "warning kubernetes-from-terraform platform/base/web.tf:1\n"),
        ("analytics/airflow", ""),
    ] {
        let fixture = format!(
            "//- platform/core/main.tf\nterraform {{\n  backend \"gcs\" {{}}\n}}\n\
             resource \"kubectl_manifest\" \"apps\" {{\n  yaml_body = <<-EOT\n    \
             apiVersion: argoproj.io/v1alpha1\n    kind: Application\n    \
             metadata: {{name: apps, namespace: argocd}}\n    spec:\n      \
             source: {{repoURL: https://example.com/o/apps.git, path: apps}}\n      \
             destination: {{server: https://kubernetes.default.svc, namespace: argocd}}\n  EOT\n}}\n\
             //- {folder}/web.tf\nresource \"kubernetes_namespace_v1\" \"web\" {{\n  \
             metadata {{ name = \"web\" }}\n}}\n"
        );
        // That the root itself is made by Terraform is no fault: something has to begin.
        assert_eq!(look("kubernetes-from-terraform", &fixture), expected, "{folder}");
    }
}

#[test]
fn a_secret_of_another_environment_is_another_secret() {
    for (terraform, gitops, expected) in [
        ("envs/dev", "clusters/dev", "error duplicate-target envs/dev/main.tf:4\n"),
        ("envs/prod", "clusters/dev", ""),
    ] {
        let fixture = format!(
            "//- sealine.yaml\ngitops: {{owner: flux}}\n//- {gitops}/db.yaml\n\
             apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: db, namespace: team}}\nspec:\n  \
             secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  \
             data: [{{secretKey: a, remoteRef: {{key: a}}}}]\n//- {terraform}/main.tf\n\
             terraform {{\n  backend \"gcs\" {{}}\n}}\nresource \"kubernetes_secret_v1\" \"db\" {{\n  metadata {{\n    name = \"db\"\n    \
             namespace = \"team\"\n  }}\n}}\n"
        );
        assert_eq!(look("duplicate-target", &fixture), expected, "{terraform} {gitops}");
    }
}

#[test]
fn a_root_in_an_archive_owns_no_cluster() {
    for (folder, expected) in [
        ("apps", "warning kubernetes-from-terraform main.tf:1\n"),
        ("examples/apps", ""),
        ("archive/apps", ""),
    ] {
        let fixture = format!(
            "//- {folder}/app.yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: app, namespace: argocd}}\nspec:\n  \
             source: {{repoURL: https://charts.example.com, chart: app, targetRevision: 1.0.0}}\n  \
             destination: {{server: https://kubernetes.default.svc, namespace: app}}\n\
             //- main.tf\nresource \"kubernetes_namespace_v1\" \"team\" {{\n  \
             metadata {{ name = \"team\" }}\n}}\n"
        );
        assert_eq!(look("kubernetes-from-terraform", &fixture), expected, "{folder}");
    }
}

#[test]
fn a_provider_that_nothing_uses_is_an_info() {
    let fixture = r#"
//- gitops/app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  source: {repoURL: https://charts.example.com, chart: app, targetRevision: 1.0.0}
  destination: {server: https://kubernetes.default.svc, namespace: app}
//- unused/main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
provider "helm" {}
//- switched-off/main.tf
terraform {
  backend "gcs" {
    bucket = "s"
  }
}
provider "helm" {}
provider "kubernetes" {}
variable "mesh" {
  default = false
}
resource "helm_release" "mesh" {
  count = var.mesh ? 1 : 0
  name  = "mesh"
  chart = "mesh"
}
module "team" {
  count  = var.mesh ? 1 : 0
  source = "./team"
}
//- switched-off/team/main.tf
resource "kubernetes_namespace_v1" "team" {
  metadata {
    name = "team"
  }
}
//- reads/main.tf
terraform {
  backend "gcs" {
    bucket = "c"
  }
}
provider "kubernetes" {}
data "kubernetes_service" "s" {}
//- hands-on/main.tf
terraform {
  backend "gcs" {
    bucket = "d"
  }
}
provider "kubernetes" {}
module "cluster" {
  source  = "example/cluster/aws"
  version = "1.0.0"
}
"#;
    check(
        "kubernetes-from-terraform",
        fixture,
        &expect![[r#"
        info kubernetes-from-terraform unused/main.tf:6
    "#]],
    );
}

#[test]
fn what_an_operator_is_tried_with_is_no_gitops_tree() {
    for (base, top, expected) in [
        ("apps/team", "apps/more", "warning double-owner main.tf:1\n"),
        ("config/default", "config/openshift", ""),
        ("a/config/default", "apps/more", "warning double-owner main.tf:1\n"),
    ] {
        let up = if top.starts_with("apps") { "../.." } else { ".." };
        let below = if top.starts_with("apps") { base } else { "default" };
        let fixture = format!(
            "//- {top}/kustomization.yaml\nresources: [{up}/{below}]\n//- {base}/kustomization.yaml\n\
             resources: [n.yaml]\n//- {base}/n.yaml\n\
             apiVersion: v1\nkind: Namespace\nmetadata: {{name: team}}\n//- main.tf\n\
             resource \"kubernetes_namespace_v1\" \"team\" {{\n  metadata {{ name = \"team\" }}\n}}\n"
        );
        assert_eq!(look("double-owner", &fixture), expected, "{base} {top}");
    }
}
