//! How what Terraform makes and reads is joined.

use std::collections::BTreeSet;

use super::{check, judge, look};
use expect_test::expect;

#[test]
fn a_secret_of_terraform_is_linked_to_the_entries_that_its_values_come_from() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
provider "aws" {
  region = "eu-west-1"
}
data "aws_secretsmanager_secret_version" "db" {
  for_each  = toset(["a", "b"])
  secret_id = "app/${each.key}"
}
data "aws_secretsmanager_secret_version" "far" {
  secret_id = "far"
}
locals {
  far = jsondecode(data.aws_secretsmanager_secret_version.far.secret_string)["token"]
}
module "secrets" {
  source = "./secrets"
  token  = local.far
}
resource "kubernetes_secret" "db" {
  for_each = toset(["a", "b"])
  metadata {
    name = "db-${each.key}"
  }
  data = {
    password = data.aws_secretsmanager_secret_version.db[each.key].secret_string
    version  = data.aws_secretsmanager_secret_version.far.version_id
  }
}
resource "kubernetes_secret" "all" {
  metadata {
    name = "all"
  }
  data = { for key, read in data.aws_secretsmanager_secret_version.db : key => read.secret_string }
}
//- secrets/main.tf
variable "token" {}
resource "kubernetes_secret_v1" "token" {
  metadata {
    name = "token"
  }
  data = { token = var.token }
}
"#;
    let (analysis, _) = judge("", fixture);
    let graph = analysis.graph();
    let name = |index: usize| graph.nodes[index].id.strip_prefix("terraform/repo/:");
    let edges = graph.edges.iter().filter_map(|edge| {
        let (from, to) = (name(edge.from)?, name(edge.to)?);
        let at = &edge.at;
        Some(format!("{from} -> {to} {}:{} {:?}\n", at.file.path, at.line, edge.certainty))
    });
    expect![[r#"
        data.aws_secretsmanager_secret_version.db["a"] -> kubernetes_secret.all main.tf:35 Pattern
        data.aws_secretsmanager_secret_version.db["a"] -> kubernetes_secret.db["a"] main.tf:27 Exact
        data.aws_secretsmanager_secret_version.db["b"] -> kubernetes_secret.all main.tf:35 Pattern
        data.aws_secretsmanager_secret_version.db["b"] -> kubernetes_secret.db["b"] main.tf:27 Exact
        data.aws_secretsmanager_secret_version.far -> module.secrets.kubernetes_secret_v1.token secrets/main.tf:6 Exact
    "#]].assert_eq(&edges.collect::<String>());
}

#[test]
fn a_data_source_reads_the_secret_that_another_root_makes() {
    let fixture = r#"
//- search/main.tf
terraform {
  backend "gcs" {}
}
resource "kubernetes_secret_v1" "token" {
  metadata {
    name      = "search-token"
    namespace = "search"
  }
  data = { token = var.token }
}
//- jobs/main.tf
terraform {
  backend "gcs" {}
}
data "kubernetes_secret_v1" "token" {
  metadata {
    name      = "search-token"
    namespace = "search"
  }
}
data "kubernetes_secret" "made_by_an_operator" {
  metadata {
    name = "search-db-app"
  }
}
resource "kubernetes_secret_v1" "jobs" {
  metadata {
    name      = "jobs"
    namespace = "jobs"
  }
  data = { SEARCH_TOKEN = data.kubernetes_secret_v1.token.data["token"] }
}
"#;
    let (analysis, found) = judge("missing-secret wrong-namespace missing-secret-key", fixture);
    assert!(found.is_empty(), "{found:?}");
    let graph = analysis.graph();
    let name = |index: usize| graph.nodes[index].id.replace("terraform/repo/", "");
    let edges = graph.edges.iter().map(|edge| {
        let (from, to, at) = (name(edge.from), name(edge.to), &edge.at);
        format!("{from} -> {to} {}:{}\n", at.file.path, at.line)
    });
    expect![[r#"
        secret/default/search-db-app -> jobs:data.kubernetes_secret.made_by_an_operator jobs/main.tf:12
        secret/search/search-token -> jobs:data.kubernetes_secret_v1.token jobs/main.tf:6
        jobs:data.kubernetes_secret_v1.token -> jobs:kubernetes_secret_v1.jobs jobs/main.tf:20
        jobs:kubernetes_secret_v1.jobs -> secret/jobs/jobs jobs/main.tf:15
        search:kubernetes_secret_v1.token -> secret/search/search-token search/main.tf:4
    "#]].assert_eq(&edges.collect::<String>());
}

/// The name stands in the ARN that AWS makes, and in one that somebody wrote.
#[test]
fn an_external_secret_may_name_an_entry_by_its_arn() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
resource "aws_secretsmanager_secret" "db" { name = "app/db" }
resource "aws_secretsmanager_secret" "api" { name = "app/api" }
resource "aws_secretsmanager_secret" "hook" { name = "app/hook" }
resource "kubernetes_manifest" "store" {
  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "ClusterSecretStore"
    metadata   = { name = "aws" }
    spec       = { provider = { aws = { service = "SecretsManager" } } }
  }
}
resource "kubernetes_manifest" "one" {
  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = "one", namespace = "app" }
    spec = {
      secretStoreRef = { name = "aws", kind = "ClusterSecretStore" }
      data           = [{ secretKey = "a", remoteRef = { key = aws_secretsmanager_secret.db.arn } }]
    }
  }
}
resource "kubectl_manifest" "two" {
  yaml_body = <<-YAML
    apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata: {name: two, namespace: app}
    spec:
      secretStoreRef: {name: aws, kind: ClusterSecretStore}
      data:
        - secretKey: a
          remoteRef:
            key: ${aws_secretsmanager_secret.api.id}
        - secretKey: b
          remoteRef:
            key: arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/hook-STWnLo
  YAML
}
"#;
    let (analysis, _) = judge("", fixture);
    let graph = analysis.graph();
    let id = |index: usize| graph.nodes[index].id.as_str();
    let edges = graph.edges.iter().map(|edge| (id(edge.from), id(edge.to)));
    let read = edges.filter(|(_, to)| to.starts_with("externalsecret/"));
    let entries: BTreeSet<&str> =
        read.filter_map(|(from, _)| from.strip_prefix("vault/aws-secrets-manager/")).collect();
    assert_eq!(entries, BTreeSet::from(["app/api", "app/db", "app/hook"]));
}

#[test]
fn values_of_a_release_ask_for_a_secret_where_they_are_written() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
variable "webhook" { default = "webhook" }
variable "pulls" { default = ["pull"] }
resource "helm_release" "alerts" {
  name      = "alerts"
  namespace = "alerts"
  chart     = "alerts"
  values = [yamlencode({
    admin            = { existingSecret = var.webhook }
    envFromSecrets   = [
      "listed",
      var.webhook,
    ]
    imagePullSecrets = var.pulls
  })]
}
"#;
    let (analysis, _) = super::judge("", fixture);
    let uses = analysis.facts.iter().flat_map(|facts| &facts.uses);
    let shown = uses.map(|used| format!("{} at {}", used.secret, used.place.line));
    expect![[r#"
        webhook at 11
        listed at 13
        webhook at 12
        pull at 16
    "#]]
    .assert_eq(&(shown.collect::<Vec<_>>().join("\n") + "\n"));
}

#[test]
fn values_of_a_release_name_a_secret_that_is_known_in_part() {
    let fixture = r#"
//- main.tf
terraform {
  backend "s3" {}
}
resource "random_string" "prefix" {
  length = 8
}
locals {
  git = "${random_string.prefix.result}-git"
}
resource "kubernetes_secret" "git" {
  metadata {
    name      = local.git
    namespace = "jobs"
  }
}
resource "helm_release" "jobs" {
  name       = "jobs"
  namespace  = "jobs"
  repository = "https://charts.example"
  chart      = "jobs"
  values = [yamlencode({
    sync = {
      httpSecret = local.git
      rpcSecret  = "${random_string.prefix.result}-rpc"
    }
  })]
}
"#;
    let (analysis, _) = judge("", fixture);
    let graph = analysis.graph();
    let edges = graph.edges.iter().filter(|edge| graph.nodes[edge.from].id.starts_with("secret/"));
    let edges = edges.map(|edge| {
        let (from, to) = (&graph.nodes[edge.from].id, &graph.nodes[edge.to].id);
        format!("{from} > {to} {}\n", edge.at.line)
    });
    expect![[r#"
        secret/jobs/*-git > helm_release/jobs/jobs 23
    "#]]
    .assert_eq(&edges.collect::<String>());
}

#[test]
fn what_a_service_of_aws_keeps_is_called_after_it() {
    let fixture = r#"
//- main.tf
provider "aws" {
  region = "eu-west-1"
}
resource "aws_secretsmanager_secret" "mine" {
  name = "rds!mine"
}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: aws}
spec: {provider: {aws: {service: SecretsManager, region: eu-west-1}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app, namespace: app}
spec:
  secretStoreRef: {name: aws, kind: ClusterSecretStore}
  data:
    - {secretKey: a, remoteRef: {key: rds!cluster-0f1e}}
    - {secretKey: b, remoteRef: {key: rds!cluster!0f1e}}
    - {secretKey: c, remoteRef: {key: "!0f1e"}}
"#;
    check(
        "key-not-valid-for-provider",
        fixture,
        &expect![[r#"
            error key-not-valid-for-provider external-secret.yaml:8
            error key-not-valid-for-provider external-secret.yaml:9
            error key-not-valid-for-provider main.tf:4
        "#]],
    );
}

#[test]
fn an_id_that_bitwarden_gave_may_be_that_of_any_entry() {
    let read_by = |key: &str| {
        format!(
            r#"
//- sealine.yaml
vaults:
  bitwarden: {{kind: bitwarden, ownership: terraform}}
//- main.tf
terraform {{
  backend "gcs" {{ bucket = "b" }}
}}
resource "bitwarden_secret" "token" {{
  key   = "token"
  value = random_password.token.result
}}
//- store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {{name: vault}}
spec: {{provider: {{bitwardensecretsmanager: {{projectID: p1}}}}}}
//- external-secret.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: app, namespace: app}}
spec:
  secretStoreRef: {{name: vault, kind: ClusterSecretStore}}
  data:
    - secretKey: A
      remoteRef: {{key: {key}}}
"#
        )
    };
    let look = |key| look("unprovisioned-key unused-entry", &read_by(key));
    assert_eq!(look("token"), "");
    assert_eq!(look("0cbd1f4e-6a02-4a3e-9b63-b3b501401fb1"), "");
    assert_eq!(
        look("other"),
        "error unprovisioned-key external-secret.yaml:8\ninfo unused-entry main.tf:4\n"
    );
}

#[test]
fn an_application_that_terraform_makes_brings_what_lies_in_another_repository() {
    let fixture = r#"
//- infra:main.tf
terraform {
  backend "azurerm" {}
}
resource "azurerm_key_vault" "shop" { name = "kv-shop" }
resource "azurerm_key_vault_secret" "db" {
  name         = "db-password"
  key_vault_id = azurerm_key_vault.shop.id
}
resource "argocd_application" "app" {
  for_each = toset(["web"])
  metadata { name = each.key }
  spec {
    destination { namespace = "shop" }
    source {
      repo_url = "https://github.com/example/deploy"
      path     = "helm/dev/${each.key}"
      helm { value_files = ["../../global/${each.key}.yaml"] }
    }
  }
}
//- deploy:helm/dev/web/Chart.yaml
name: web
version: 1.0.0
dependencies: [{name: service, version: 1.0.0, repository: 'https://charts.example.org'}]
//- deploy:helm/dev/web/values.yaml
service: {keyvault: {name: kv-shop}}
//- deploy:helm/global/web.yaml
service:
  envSecret:
    PASSWORD: db-password
"#;
    let (analysis, _) = super::judge("", fixture);
    let graph = analysis.graph();
    let edges = graph.edges.iter().filter(|edge| graph.nodes[edge.from].id.starts_with("vault/"));
    let shown = edges.map(|edge| {
        let at = &edge.at;
        format!("{} at {}:{}", graph.nodes[edge.from].id, at.file.path, at.line)
    });
    expect![[r#"
        vault/kv-shop at main.tf:5
        vault/kv-shop/db-password at helm/global/web.yaml:3
    "#]]
    .assert_eq(&(shown.collect::<Vec<_>>().join("\n") + "\n"));
}

#[test]
fn a_release_that_an_application_of_terraform_brings_stands_where_it_is_brought() {
    let fixture = r#"
//- main.tf
terraform {
  backend "azurerm" {}
}
resource "kubernetes_manifest" "apps" {
  manifest = {
    apiVersion = "argoproj.io/v1alpha1"
    kind       = "Application"
    metadata   = { name = "apps", namespace = "argocd" }
    spec = {
      destination = { namespace = "shop", server = "https://kubernetes.default.svc" }
      source      = { repoURL = "https://github.com/example/repo", path = "apps" }
    }
  }
}
//- apps/release.yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: charts}}}
  values: {existingSecret: login}
"#;
    let (analysis, _) = super::judge("", fixture);
    let uses = analysis.facts.iter().flat_map(|facts| &facts.uses);
    let shown = uses.map(|used| format!("{} in {}", used.secret, used.scope.namespace));
    assert_eq!(shown.collect::<Vec<_>>(), ["login in shop"]);
}
