//! Entries of vaults: who uses them, and who may create them.

use expect_test::expect;
use sealine_model::kubernetes::UseKind;
use sealine_model::vault::VaultIdentity;

use super::{check, look};

#[test]
fn an_entry_that_terraform_uses_is_no_orphan() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
resource "aws_secretsmanager_secret" "task" {
  name = "task-token"
}
resource "aws_secretsmanager_secret" "orphan" {
  name = "orphan-token"
}
resource "aws_secretsmanager_secret_version" "orphan" {
  secret_id = aws_secretsmanager_secret.orphan.id
}
resource "aws_ecs_task_definition" "task" {
  container_definitions = jsonencode([{
    secrets = [{ name = "TOKEN", valueFrom = aws_secretsmanager_secret.task.arn }]
  }])
}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {aws: {service: SecretsManager, region: eu-west-1}}}
"#;
    check(
        "unused-entry",
        fixture,
        &expect![[r#"
            info unused-entry main.tf:7
        "#]],
    );
}

#[test]
fn a_default_of_a_variable_is_not_all_that_a_run_may_give() {
    let fixture = r#"
//- sealine.yaml
vaults:
  aws-secrets-manager: {kind: aws-secrets-manager, ownership: terraform}
//- main.tf
terraform {
  backend "s3" {}
}
variable "environment" {
  default = "dev"
}
variable "whole" {
  default = "whole"
}
locals {
  environment = lower(var.environment)
}
resource "aws_secretsmanager_secret" "app" {
  name = format("app-%s", local.environment)
}
resource "aws_secretsmanager_secret" "whole" {
  name = var.whole
}
module "fixed" {
  source = "./fixed"
}
//- fixed/main.tf
variable "name" {
  default = "token"
}
resource "aws_secretsmanager_secret" "fixed" {
  name = "fixed-${var.name}"
}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {aws: {service: SecretsManager, region: eu-west-1}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data:
    - secretKey: A
      remoteRef: {key: app-prod}
    - secretKey: B
      remoteRef: {key: fixed-other}
    - secretKey: C
      remoteRef: {key: other}
"#;
    check(
        "unprovisioned-key misnamed-key",
        fixture,
        &expect![[r#"
        error unprovisioned-key external-secret.yaml:10
        error unprovisioned-key external-secret.yaml:12
    "#]],
    );
}

#[test]
fn a_key_that_only_a_sample_reads_is_not_missing() {
    let root = "//- root.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, \
        namespace: flux-system}\nspec:\n  sourceRef: {kind: GitRepository, name: flux-system}\n  path: FOLDER\n";
    for (folder, name, is_delivered, expected) in [
        ("app", "es", false, true),
        ("modules/eso/examples/basic", "es", false, false),
        ("modules/eso/examples/basic", "es", true, true),
        ("archive/app", "es", false, false),
        ("archive/app", "es", true, true),
        ("app", "es.example", false, false),
    ] {
        let root = if is_delivered { root.replace("FOLDER", folder) } else { String::new() };
        let fixture = format!(
            "//- sealine.yaml\nvaults:\n  aws-secrets-manager: {{kind: aws-secrets-manager, ownership: terraform}}\n{root}\
             //- store.yaml\napiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {{name: vault}}\n\
             spec: {{provider: {{aws: {{service: SecretsManager, region: eu-west-1}}}}}}\n\
             //- {folder}/{name}.yaml\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: app, namespace: app}}\nspec:\n  \
             secretStoreRef: {{name: vault, kind: ClusterSecretStore}}\n  \
             data: [{{secretKey: A, remoteRef: {{key: other}}}}]\n"
        );
        let expected = if expected {
            format!("error unprovisioned-key {folder}/{name}.yaml:6\n")
        } else {
            String::new()
        };
        assert_eq!(look("unprovisioned-key", &fixture), expected, "{folder} {is_delivered}");
    }
}

#[test]
fn a_vault_by_the_default_of_a_variable_may_be_another_one() {
    let one = |repo: &str, project: &str| {
        format!(
            "//- {repo}/main.tf\nterraform {{\n  backend \"gcs\" {{ bucket = \"b\" }}\n}}\n\
             variable \"project\" {{\n  default = \"{project}\"\n}}\n\
             resource \"google_secret_manager_secret\" \"token\" {{\n  project   = var.project\n  \
             secret_id = \"token\"\n}}\n"
        )
    };
    let reader = "//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {gcpsm: {projectID: app-494902}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data: [{secretKey: A, remoteRef: {key: token}}]
";
    let links = |fixture: &str| {
        let (analysis, _) = super::judge("", fixture);
        let entries = analysis.links.reads.into_iter().flat_map(|read| read.entries);
        entries.map(|(_, certainty)| certainty.name()).collect::<Vec<_>>()
    };
    let app = one("app", "app");
    assert_eq!(links(&format!("{app}{reader}")), ["assumed"]);
    assert_eq!(links(&format!("{app}{}{reader}", one("web", "web"))), Vec::<&str>::new());
    assert_eq!(links(&format!("{}{reader}", one("app", "app-494902"))), ["exact"]);
    let fixed = app.replace("var.project", "\"app\"");
    assert_eq!(links(&format!("{fixed}{reader}")), Vec::<&str>::new());
    let part = one("app", "dev").replace("var.project", "\"${var.project}-494902\"");
    assert_eq!(links(&format!("{part}{reader}")), ["assumed"]);
    let named = |key: &str| {
        let name = "\"${var.project}/orders/database\"";
        let made = one("app", "dev").replace("\"token\"\n", &format!("{name}\n"));
        let made = made.replace("var.project\n", "\"app-494902\"\n");
        links(&format!("{made}{}", reader.replace("key: token", &format!("key: {key}"))))
    };
    assert_eq!(named("prod/orders/database"), ["assumed"]);
    assert_eq!(named("prod/users/database"), Vec::<&str>::new());
}

#[test]
fn an_empty_default_of_a_secret_is_given_outside() {
    let fixture = |sensitive: bool| {
        format!(
            r#"
//- main.tf
terraform {{
  backend "s3" {{}}
}}
variable "admin" {{
  sensitive = {sensitive}
  default   = ""
}}
resource "kubernetes_manifest" "es" {{
  manifest = {{
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = {{ name = "app", namespace = "app" }}
    spec = {{
      secretStoreRef = {{ name = "kv", kind = "ClusterSecretStore" }}
      data = concat(
        [{{ secretKey = "a", remoteRef = {{ key = "a" }} }}],
        var.admin != "" ? [{{ secretKey = "admin", remoteRef = {{ key = "admin" }} }}] : [],
      )
    }}
  }}
}}
//- root.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app, namespace: argocd}}
spec:
  source: {{repoURL: https://github.com/example/repo, path: app}}
  destination: {{namespace: app}}
//- app/pod.yaml
apiVersion: v1
kind: Pod
metadata: {{name: app, namespace: app}}
spec:
  containers:
    - name: app
      env:
        - name: ADMIN
          valueFrom: {{secretKeyRef: {{name: app, key: admin}}}}
"#
        )
    };
    let found = |sensitive| super::look("missing-secret-key", &fixture(sensitive));
    assert_eq!(found(true), "");
    assert!(
        found(false).starts_with("error missing-secret-key app/pod.yaml:9\n"),
        "{}",
        found(false)
    );
}

#[test]
fn a_secret_in_terraform_is_judged_as_one_in_yaml() {
    let fixture = |password: &str| {
        format!(
            r#"
//- main.tf
terraform {{
  backend "s3" {{}}
}}
variable "password" {{}}
resource "kubectl_manifest" "c" {{
  yaml_body = yamlencode({{
    apiVersion = "v1"
    kind       = "Secret"
    metadata   = {{ name = "c", namespace = "db" }}
    stringData = {{ username = "lore", ENABLED = "true", password = {password} }}
  }})
}}
"#
        )
    };
    assert_eq!(super::look("plaintext-secret", &fixture("var.password")), "");
    let found = super::look("plaintext-secret", &fixture("\"hunter2\""));
    assert!(found.starts_with("error plaintext-secret main.tf:"), "{found}");
}

#[test]
fn workloads_of_terraform_read_their_secrets() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
locals {
  namespace = "app"
}
resource "kubernetes_secret_v1" "db" {
  metadata {
    name      = "db"
    namespace = local.namespace
  }
  data = { password = var.password }
}
resource "kubernetes_deployment_v1" "app" {
  metadata {
    name      = "app"
    namespace = local.namespace
  }
  spec {
    template {
      spec {
        image_pull_secrets {
          name = "pull"
        }
        container {
          name = "main"
          env {
            name = "PASSWORD"
            value_from {
              secret_key_ref {
                name = kubernetes_secret_v1.db.metadata[0].name
                key  = "password"
              }
            }
          }
          env_from {
            secret_ref {
              name     = "extra"
              optional = true
            }
          }
        }
        volume {
          name = "tls"
          secret {
            secret_name = "tls"
          }
        }
      }
    }
  }
}
"#;
    let (analysis, _) = super::judge("", fixture);
    let uses = analysis.facts.iter().flat_map(|facts| &facts.uses);
    let shown = uses.map(|it| {
        let key = it.key.as_ref().map(|(key, _)| key.pattern()).unwrap_or_default();
        let how = match &it.kind {
            UseKind::Env(name) => format!("env {name}"),
            kind => format!("{kind:?}"),
        };
        let (who, secret, line) = (&it.consumer, &it.secret, it.place.line);
        let optional = if it.optional { ", optional" } else { "" };
        format!(
            "{} {}/{} reads {}/{secret}[{key}] at {line} ({how}{optional})\n",
            who.kind, who.name, who.part, it.scope.namespace
        )
    });
    expect![[r#"
        Deployment app/main reads app/db[password] at 31 (env PASSWORD)
        Deployment app/main reads app/extra[] at 38 (EnvFrom(""), optional)
        Deployment app/ reads app/pull[] at 23 (ImagePull)
        Deployment app/ reads app/tls[] at 46 (Volume)
    "#]]
    .assert_eq(&shown.collect::<String>());
    let made = analysis.links.uses.iter().filter(|link| !link.producers.is_empty());
    assert_eq!(made.count(), 1);
}

#[test]
fn the_current_region_is_that_of_the_provider() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
provider "aws" {
  region = "eu-west-1"
}
data "aws_region" "current" {}
resource "aws_secretsmanager_secret" "token" {
  name = "token"
}
resource "kubernetes_manifest" "store" {
  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "ClusterSecretStore"
    metadata   = { name = "sm" }
    spec = { provider = { aws = { service = "SecretsManager", region = data.aws_region.current.name } } }
  }
}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: sm, kind: ClusterSecretStore}
  data: [{secretKey: A, remoteRef: {key: token}}]
"#;
    let (analysis, _) = super::judge("", fixture);
    let read = analysis.links.reads.first().expect("a read");
    let label = read.vault.as_ref().map(VaultIdentity::label);
    assert_eq!(label.as_deref(), Some("aws-secrets-manager/eu-west-1"));
    assert_eq!(read.entries.len(), 1);
}

#[test]
fn a_key_that_its_vault_cannot_hold_is_one_fault() {
    let fixture = r#"
//- sealine.yaml
vaults:
  kv-app: {kind: azure, ownership: terraform}
//- main.tf
provider "azurerm" {
  features {}
}
resource "azurerm_key_vault" "app" {
  name = "kv-app"
}
resource "azurerm_key_vault_secret" "token" {
  name         = "api-token"
  value        = random_password.token.result
  key_vault_id = azurerm_key_vault.app.id
}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {azurekv: {vaultUrl: "https://kv-app.vault.azure.net"}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data:
    - secretKey: A
      remoteRef: {key: api_token}
    - secretKey: B
      remoteRef: {key: quite_another}
    - secretKey: C
      remoteRef: {key: neither}
"#;
    check(
        "key-not-valid-for-provider misnamed-key unprovisioned-key unused-entry",
        fixture,
        &expect![[r#"
            error key-not-valid-for-provider external-secret.yaml:8
            error key-not-valid-for-provider external-secret.yaml:10
            error unprovisioned-key external-secret.yaml:12
            external-secret.yaml:
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata: {name: app, namespace: app}
            spec:
              secretStoreRef: {name: vault, kind: ClusterSecretStore}
              data:
                - secretKey: A
                  remoteRef: {key: api-token}
                - secretKey: B
                  remoteRef: {key: quite_another}
                - secretKey: C
                  remoteRef: {key: neither}
        "#]],
    );
}
