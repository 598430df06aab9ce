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
