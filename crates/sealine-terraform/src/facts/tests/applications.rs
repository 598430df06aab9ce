//! Applications of Argo CD that Terraform makes.

use expect_test::expect;

use super::check;

#[test]
fn an_application_is_the_manifest_that_it_is() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
locals {
  apps = { web = "front" }
}
resource "argocd_application" "app" {
  for_each = local.apps
  metadata {
    name      = each.key
    namespace = "argocd"
    labels    = { cost_centre = "a" }
  }
  spec {
    project = "shop"
    destination {
      server    = "https://kubernetes.default.svc"
      namespace = "shop"
    }
    source {
      repo_url = "https://github.com/o/deploy"
      path     = "helm/${each.value}"
      helm {
        value_files = ["../global/${each.key}.yaml"]
        values      = yamlencode({ some_key = 1 })
        parameter {
          name  = "image_tag"
          value = "v1"
        }
      }
    }
    source {
      repo_url = "https://github.com/o/values"
      ref      = "values"
    }
    sync_policy {
      dynamic "automated" {
        for_each = [true]
        content {
          self_heal = automated.value
        }
      }
    }
    ignore_difference {
      json_pointers = ["/spec/replicas"]
    }
  }
}
"#,
        &expect![[r#"
            terraform root r (cloud)
            argocd_application.app["web"]: {apiVersion@7=argoproj.io/v1alpha1@7 kind@7=Application@7 metadata@7={labels@12={cost_centre@12=a@12} name@10=web@10 namespace@11=argocd@11} spec@7={destination@7={namespace@18=shop@18 server@17=https://kubernetes.default.svc@17} ignoreDifferences@7=[{jsonPointers@45=[/spec/replicas@45]}] project@15=shop@15 sources@7=[{helm@7={parameters@7=[{name@27=image_tag@27 value@28=v1@28}] valueFiles@24=[../global/web.yaml@24] valuesObject@25={some_key@25=1@25}} path@22=helm/front@22 repoURL@21=https://github.com/o/deploy@21} {ref@34=values@34 repoURL@33=https://github.com/o/values@33}] syncPolicy@7={automated@7={selfHeal@40=true@40}}}}
        "#]],
    );
}

#[test]
fn a_configuration_of_azures_flux_is_the_objects_that_azure_makes() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
resource "azurerm_kubernetes_flux_configuration" "shop" {
  name       = "shop"
  cluster_id = "c"
  namespace  = "flux"
  git_repository {
    url             = "https://github.com/o/deploy"
    reference_type  = "branch"
    reference_value = "main"
  }
  kustomizations {
    name = "infra"
    path = "./infra"
    post_build {
      substitute = { VAULT = "kv-shop" }
    }
  }
  kustomizations {
    name       = "apps"
    path       = "./apps"
    depends_on = ["infra"]
  }
}
resource "azapi_resource" "edge" {
  type = "Microsoft.KubernetesConfiguration/fluxConfigurations@2024-11-01"
  name = "edge"
  body = {
    properties = {
      namespace     = "flux"
      ociRepository = { url = "oci://registry.example.com/edge" }
      kustomizations = {
        edge = { path = "./prod", postBuild = { substitute = { VAULT = "kv-edge" } } }
      }
    }
  }
}
resource "azapi_resource" "other" {
  type = "Microsoft.App/jobs@2024-03-01"
  name = "job"
  body = { properties = { kustomizations = { a = {} } } }
}
"#,
        &expect![[r#"
            terraform root r (cloud)
            azurerm_kubernetes_flux_configuration.shop: {apiVersion@4=source.toolkit.fluxcd.io/v1@4 kind@4=GitRepository@4 metadata@4={name@4=shop@4 namespace@7=flux@7} spec@4={url@9=https://github.com/o/deploy@9}}
            azurerm_kubernetes_flux_configuration.shop: {apiVersion@4=kustomize.toolkit.fluxcd.io/v1@4 kind@4=Kustomization@4 metadata@4={name@4=shop-infra@4 namespace@7=flux@7} spec@4={path@15=./infra@15 sourceRef@4={kind@4=GitRepository@4 name@4=shop@4} postBuild@4={substitute@4={VAULT@17=kv-shop@17}}}}
            azurerm_kubernetes_flux_configuration.shop: {apiVersion@4=kustomize.toolkit.fluxcd.io/v1@4 kind@4=Kustomization@4 metadata@4={name@4=shop-apps@4 namespace@7=flux@7} spec@4={path@22=./apps@22 sourceRef@4={kind@4=GitRepository@4 name@4=shop@4} dependsOn@4=[{name@23=shop-infra@23}]}}
            azapi_resource.edge: {apiVersion@26=source.toolkit.fluxcd.io/v1@26 kind@26=OCIRepository@26 metadata@26={name@26=edge@26 namespace@31=flux@31} spec@26={url@32=oci://registry.example.com/edge@32}}
            azapi_resource.edge: {apiVersion@26=kustomize.toolkit.fluxcd.io/v1@26 kind@26=Kustomization@26 metadata@26={name@26=edge-edge@26 namespace@31=flux@31} spec@26={path@34=./prod@34 sourceRef@26={kind@26=OCIRepository@26 name@26=edge@26} postBuild@26={substitute@34={VAULT@34=kv-edge@34}}}}
        "#]],
    );
}
