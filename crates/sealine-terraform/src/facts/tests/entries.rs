//! Vaults, entries, and Secrets of a cluster.

use expect_test::expect;
use sealine_model::vault::Filling;

use super::{check, project};
use crate::Options;

#[test]
fn a_placeholder_module_is_followed_through_two_repositories() {
    check(
        r#"
//- infra/qa/main.tf
terraform {
  backend "azurerm" {
    storage_account_name = "s"
    container_name       = "c"
    key                  = "k"
  }
}
module "core" {
  source = "../core"
}
module "connector" {
  source       = "github.com/o/connectors.git//tf/secrets?depth=1&ref=connector@2.0.0"
  key_vault_id = module.core.key_vault_id
}
//- infra/core/main.tf
resource "azurerm_key_vault" "app" {
  name = "kv-${local.what}"
}
locals {
  what = "app"
}
output "key_vault_id" {
  value = azurerm_key_vault.app.id
}
//- connectors/tf/secrets/main.tf
variable "key_vault_id" {
  type = string
}
variable "placeholders" {
  type    = map(object({ content_type = optional(string, "text") }))
  default = { api-token = {} }
}
resource "azurerm_key_vault_secret" "placeholders" {
  for_each     = var.placeholders
  name         = "manual-${each.key}"
  value        = "<set manually>"
  content_type = each.value.content_type
  key_vault_id = var.key_vault_id
  lifecycle {
    ignore_changes = [value, tags["x"]]
  }
}
"#,
        &expect![[r#"
            terraform module core
            terraform root qa (backend)
              creates kv-app at core/main.tf:1
              kv-app / manual-api-token: module.connector.azurerm_key_vault_secret.placeholders["api-token"] at tf/secrets/main.tf:8, literal at tf/secrets/main.tf:11, ignored
            terraform module tf/secrets
        "#]],
    );
}

#[test]
fn literal_pieces_of_a_name_stand_where_they_are_written() {
    let fixture = r#"
//- r/main.tf
terraform {
  cloud {}
}
resource "azurerm_key_vault_secret" "x" {
  for_each     = toset(["one", "two"])
  name         = "manual-${each.key}"
  value        = var.value
  key_vault_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-${var.env}"
}
variable "env" {}
variable "value" {}
"#;
    let project = project(fixture);
    let reading = crate::read(&project, &Options::default());
    let entry = &reading.facts[0].entries[0];
    assert_eq!(entry.vault.label(), "kv-*");
    assert_eq!(entry.filling, Filling::Computed);
    let bytes = entry.name.pieces().iter().map(|piece| match piece {
        sealine_model::Piece::Literal { place: Some(place), .. } => {
            project.source(&place.file).unwrap().slice(place.range())
        }
        _ => "?",
    });
    assert_eq!(bytes.collect::<Vec<_>>(), ["manual-", "one"]);
}

#[test]
fn versions_fill_the_secrets_they_belong_to() {
    check(
        r#"
//- r/aws/main.tf
terraform {
  backend "s3" {}
}
provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::123456789012:role/x"
  }
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_secretsmanager_secret" "db" {
  name = "app/db"
}
resource "aws_secretsmanager_secret_version" "db" {
  secret_id = aws_secretsmanager_secret.db.id
  secret_string = jsonencode({
    username = "app"
    password = random_password.db.result
  })
  lifecycle {
    ignore_changes = [secret_string]
  }
}
resource "random_password" "db" {
  length = 20
}
resource "aws_secretsmanager_secret" "prefix" {
  provider    = aws.us
  name_prefix = "app-"
}
variable "no_name" {
  default = null
}
resource "aws_secretsmanager_secret" "unnamed" {
  name        = var.no_name
  name_prefix = "web-"
}
resource "aws_secretsmanager_secret_version" "other" {
  secret_id     = "made/elsewhere"
  secret_string_wo = "x"
  secret_string_wo_version = 1
}
resource "aws_ssm_parameter" "p" {
  count = 2
  name  = "/app/${count.index}"
  type  = "SecureString"
  value = "literal"
}
data "aws_secretsmanager_secret" "read" {
  name = "read/it"
}
data "aws_secretsmanager_secret_version" "read" {
  secret_id = data.aws_secretsmanager_secret.read.id
}
data "aws_secretsmanager_secret_version" "own" {
  secret_id = aws_secretsmanager_secret.db.id
}
"#,
        &expect![[r#"
            terraform root aws (backend)
              aws-secrets-manager/123456789012/eu-west-1 / app/db: aws_secretsmanager_secret.db at aws/main.tf:14, computed, ignored, keys ["password", "username"]
              aws-secrets-manager/us-east-1 / app-*: aws_secretsmanager_secret.prefix at aws/main.tf:30, none
              aws-secrets-manager/123456789012/eu-west-1 / web-*: aws_secretsmanager_secret.unnamed at aws/main.tf:37, none
              aws-secrets-manager/123456789012/eu-west-1 / made/elsewhere: aws_secretsmanager_secret_version.other at aws/main.tf:41, writeonly
              aws-parameter-store/123456789012/eu-west-1 / /app/0: aws_ssm_parameter.p[0] at aws/main.tf:46, literal at aws/main.tf:50
              aws-parameter-store/123456789012/eu-west-1 / /app/1: aws_ssm_parameter.p[1] at aws/main.tf:46, literal at aws/main.tf:50
              data.aws_secretsmanager_secret.read reads aws-secrets-manager/123456789012/eu-west-1 / read/it
              data.aws_secretsmanager_secret_version.own reads aws-secrets-manager/123456789012/eu-west-1 / app/db
        "#]],
    );
}

#[test]
fn google_and_vault_entries() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
provider "google" {
  project = "p1"
}
provider "vault" {
  address = "https://vault.example/"
}
resource "google_secret_manager_secret" "a" {
  for_each  = { one = 1, two = 2 }
  secret_id = "a-${each.key}"
  replication {
    auto {}
  }
}
resource "google_secret_manager_secret_version" "a" {
  for_each       = google_secret_manager_secret.a
  secret         = each.value.id
  secret_data_wo = "x"
}
resource "google_secret_manager_secret_version" "b" {
  secret      = "projects/p2/secrets/elsewhere"
  secret_data = "y"
}
resource "vault_mount" "kv" {
  path = "kv"
  type = "kv-v2"
}
resource "vault_kv_secret_v2" "c" {
  mount     = vault_mount.kv.path
  name      = "team/app"
  data_json = jsonencode({ user = "u", "pass" = var.pass })
}
variable "pass" {}
resource "vault_generic_secret" "d" {
  path      = "secret/data/team/x"
  data_json = <<-EOT
    {"k": "v"}
  EOT
}
data "vault_generic_secret" "e" {
  path = "kv/read"
}
"#,
        &expect![[r#"
            terraform root r (backend)
              gcp/p1 / a-one: google_secret_manager_secret.a["one"] at main.tf:12, writeonly
              gcp/p1 / a-two: google_secret_manager_secret.a["two"] at main.tf:12, writeonly
              gcp/p2 / elsewhere: google_secret_manager_secret_version.b at main.tf:24, literal at main.tf:26
              hashicorp/https://vault.example/kv / team/app: vault_kv_secret_v2.c at main.tf:32, computed, keys ["pass", "user"]
              hashicorp/https://vault.example/secret / team/x: vault_generic_secret.d at main.tf:38, literal at main.tf:41, keys ["k"]
              data.vault_generic_secret.e reads hashicorp/https://vault.example/kv / read
        "#]],
    );
}

#[test]
fn entries_of_bitwarden_are_named_by_their_keys() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "local" {}
}
variable "project" {}
resource "bitwarden_secret" "a" {
  key             = "app"
  value           = jsonencode({ USER = "u", TOKEN = var.project })
  note            = "an app"
  project_id      = var.project
  organization_id = "o1"
}
resource "bitwarden-secrets_secret" "b" {
  key        = "db"
  value      = var.project
  project_id = "p1"
}
data "bitwarden_secret" "c" {
  key             = "read"
  organization_id = "o1"
}
"#,
        &expect![[r#"
            terraform root r (backend)
              bitwardensecretsmanager/o1 / app: bitwarden_secret.a at main.tf:5, computed, keys ["TOKEN", "USER"]
              bitwardensecretsmanager/p1 / db: bitwarden-secrets_secret.b at main.tf:12, computed
              data.bitwarden_secret.c reads bitwardensecretsmanager/o1 / read
        "#]],
    );
}

/// A module that is not in sight makes the vault: its name is that argument.
#[test]
fn a_module_from_elsewhere_makes_the_vault_that_it_is_told_to() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "local" {}
}
variable "env" {
  default = "dev"
}
module "kv" {
  source = "git@example.org:org/cnp-module-key-vault?ref=master"
  name   = "shop-${var.env}"
}
module "other" {
  source = "git::https://example.org/org/terraform-azurerm.git//key_vault_access?ref=v1"
  name   = "other"
}
resource "azurerm_key_vault_secret" "a" {
  name         = "db"
  value        = random_password.x.result
  key_vault_id = module.kv.key_vault_id
}
resource "azurerm_key_vault_secret" "b" {
  name         = "db"
  value        = random_password.x.result
  key_vault_id = module.other.id
}
"#,
        &expect![[r#"
            terraform root r (backend)
              *shop-dev* / db: azurerm_key_vault_secret.a at main.tf:15, computed
              azure / db: azurerm_key_vault_secret.b at main.tf:20, computed
              note at main.tf:8: the module `git@example.org:org/cnp-module-key-vault?ref=master` is not loaded; what it makes is unknown
              note at main.tf:12: the module `git::https://example.org/org/terraform-azurerm.git//key_vault_access?ref=v1` is not loaded; what it makes is unknown
        "#]],
    );
}

#[test]
fn entries_of_other_vaults_have_the_parts_that_stores_name() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "local" {}
}
resource "scaleway_secret" "a" {
  name   = "dev-db"
  region = "fr-par"
}
resource "doppler_secret" "b" {
  project = "shop"
  config  = "prod"
  name    = "DB_URL"
  value   = random_password.x.result
}
resource "onepassword_item" "c" {
  vault = "v1"
  title = "db"
}
data "scaleway_secret" "d" {
  name = "read"
}
"#,
        &expect![[r#"
            terraform root r (backend)
              scaleway/fr-par / dev-db: scaleway_secret.a at main.tf:4, none
              doppler/prod/shop / DB_URL: doppler_secret.b at main.tf:8, computed
              onepassword / db: onepassword_item.c at main.tf:14, none
              data.scaleway_secret.d reads scaleway / read
        "#]],
    );
}

#[test]
fn secrets_of_a_cluster_keep_their_keys_alone() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "local" {}
}
resource "kubernetes_namespace" "app" {
  metadata {
    name = "app"
  }
}
resource "kubernetes_secret_v1" "db" {
  metadata {
    name      = "db"
    namespace = kubernetes_namespace.app.metadata[0].name
  }
  data = {
    username = "u"
    "password" = random_password.x.result
  }
}
resource "kubernetes_secret" "open" {
  metadata {
    generate_name = "x-"
    annotations = {
      "replicator.v1.mittwald.de/replicate-to" = "web,team-.*"
    }
  }
  data = merge({ a = 1 }, var.more)
}
variable "more" {}
resource "kubernetes_manifest" "es" {
  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata = {
      name = "db"
    }
    spec = {
      data = [for key in ["user", "pass"] : {
        secretKey = key
        remoteRef = { key = "db-${key}" }
      }]
    }
  }
}
resource "kubectl_manifest" "two" {
  yaml_body = <<-YAML
    kind: Secret
    metadata:
      name: x-${var.more}
  YAML
}
resource "helm_release" "app" {
  name      = "app"
  namespace = kubernetes_namespace.app.id
  chart     = "app"
  values = [
    yamlencode({ envFrom = [{ secretRef = { name = "db" } }] }),
    templatefile("${path.module}/values.tftpl", { secret = "db" }),
  ]
  set {
    name  = "auth.existingSecret"
    value = "db"
  }
}
//- r/values.tftpl
a:
  existingSecret: ${secret}
"#,
        &expect![[r#"
            terraform root r (backend)
              secret app/db [password@16 username@15] by kubernetes_secret_v1.db
              secret web/x-* [a@26] and more by copy of x-*
              secret */x-* [a@26] and more by copy of x-*
              secret default/x-* [a@26] and more by kubernetes_secret.open
            kubernetes_manifest.es: {apiVersion@31=external-secrets.io/v1@31 kind@32=ExternalSecret@32 metadata@33={name@34=db@34} spec@36={data@37=[{remoteRef@39={key@39=db-user@39} secretKey@38=user@38} {remoteRef@39={key@39=db-pass@39} secretKey@38=pass@38}]}}
            kubectl_manifest.two: {kind@46=Secret@46 metadata@47={name@48=x-*@48}}
            helm_release.app: app/app of app with {envFrom@56=[{secretRef@56={name@56=db@56}}]} then {a@1={existingSecret@2=db@2}} then {auth@61={existingSecret@61=db@61}}
        "#]],
    );
}

#[test]
fn unknown_instances_are_conditional() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "on" {}
variable "names" {}
resource "aws_secretsmanager_secret" "maybe" {
  count = var.on ? 1 : 0
  name  = "maybe"
}
resource "aws_secretsmanager_secret_version" "maybe" {
  count         = var.on ? 1 : 0
  secret_id     = aws_secretsmanager_secret.maybe[0].id
  secret_string = "x"
}
resource "aws_secretsmanager_secret" "many" {
  for_each = var.names
  name     = "many-${each.key}"
}
resource "aws_secretsmanager_secret" "known" {
  for_each = var.on ? { a = 1 } : {}
  name     = each.key
}
"#,
        &expect![[r#"
            terraform root r (cloud)
              aws-secrets-manager / maybe: aws_secretsmanager_secret.maybe[*] at main.tf:6, literal at main.tf:13
              aws-secrets-manager / many-*: aws_secretsmanager_secret.many[*] at main.tf:15, none
              aws-secrets-manager / a: aws_secretsmanager_secret.known["a"] at main.tf:19, none
        "#]],
    );
}
