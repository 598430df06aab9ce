//! What is a secret in Terraform, and how placeholders are repaired.

use expect_test::expect;

use super::{check, judge, look};

#[test]
fn a_placeholder_is_repaired_wherever_its_lifecycle_stands() {
    let fixture = r#"
//- sealine.yaml
conventions: {placeholder_values: [later]}
//- main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
resource "azurerm_key_vault" "v" {
  name = "kv-app"
}
resource "azurerm_key_vault_secret" "a" {
  name         = "a"
  key_vault_id = azurerm_key_vault.v.id
  value        = "later"
  lifecycle {
    prevent_destroy = true
  }
}
resource "azurerm_key_vault_secret" "b" {
  name         = "b"
  key_vault_id = azurerm_key_vault.v.id
  value        = "later"
  lifecycle {
    ignore_changes = [tags]
  }
}
resource "azurerm_key_vault_secret" "c" {
  name         = "c"
  key_vault_id = azurerm_key_vault.v.id
  value        = "later"
  lifecycle { ignore_changes = [] }
}
resource "azurerm_key_vault_secret" "d" {
  name         = "d"
  key_vault_id = azurerm_key_vault.v.id
  value        = "later"
  lifecycle { ignore_changes = all }
}
resource "azurerm_key_vault_secret" "e" {
  name             = "e"
  key_vault_id     = azurerm_key_vault.v.id
  value_wo         = "later"
  value_wo_version = 1
}
"#;
    check(
        "placeholder-overwritten",
        fixture,
        &expect![[r#"
        error placeholder-overwritten main.tf:12
        error placeholder-overwritten main.tf:20
        error placeholder-overwritten main.tf:28
        main.tf:
        terraform {
          backend "gcs" {
            bucket = "b"
          }
        }
        resource "azurerm_key_vault" "v" {
          name = "kv-app"
        }
        resource "azurerm_key_vault_secret" "a" {
          name         = "a"
          key_vault_id = azurerm_key_vault.v.id
          value        = "later"
          lifecycle {
            prevent_destroy = true
            ignore_changes = [value]
          }
        }
        resource "azurerm_key_vault_secret" "b" {
          name         = "b"
          key_vault_id = azurerm_key_vault.v.id
          value        = "later"
          lifecycle {
            ignore_changes = [value, tags]
          }
        }
        resource "azurerm_key_vault_secret" "c" {
          name         = "c"
          key_vault_id = azurerm_key_vault.v.id
          value        = "later"
          lifecycle { ignore_changes = [value] }
        }
        resource "azurerm_key_vault_secret" "d" {
          name         = "d"
          key_vault_id = azurerm_key_vault.v.id
          value        = "later"
          lifecycle { ignore_changes = all }
        }
        resource "azurerm_key_vault_secret" "e" {
          name             = "e"
          key_vault_id     = azurerm_key_vault.v.id
          value_wo         = "later"
          value_wo_version = 1
        }
    "#]],
    );
}

#[test]
fn literals_are_secrets_unless_something_says_otherwise() {
    let fixture = r#"
//- sealine.yaml
conventions: {placeholder_values: ["fill me by hand"]}
//- main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
variable "given" {
  default = "Harbour-Tulip-1"
}
variable "hidden" {
  default   = "Harbour-Tulip-2"
  sensitive = true
}
variable "later" {
  default   = "replace me"
  sensitive = true
}
variable "outside" {
  sensitive = true
}
resource "aws_db_instance" "literal" {
  password = "Harbour-Tulip-3"
}
resource "aws_db_instance" "given" {
  password = var.given
}
resource "aws_db_instance" "hidden" {
  password = var.hidden
}
resource "aws_db_instance" "outside" {
  password = var.outside
}
resource "aws_ssm_parameter" "public" {
  name  = "/app/flags"
  type  = "String"
  value = "on,off"
}
resource "aws_ssm_parameter" "secret" {
  name  = "/app/token"
  type  = "SecureString"
  value = "Harbour-Tulip-4"
}
resource "aws_ssm_parameter" "left" {
  name  = "/app/left"
  type  = "SecureString"
  value = "seed"
  lifecycle {
    ignore_changes = [value]
  }
}
resource "aws_ssm_parameter" "by_hand" {
  name  = "/app/by-hand"
  type  = "SecureString"
  value = "fill me by hand"
}
resource "kubernetes_secret" "db" {
  metadata {
    name = "db"
  }
  data = {
    username = "app"
    password = "Harbour-Tulip-5"
  }
}
locals {
  team    = "harbour"
  contact = "${local.team}@example.com"
}
resource "aws_ssm_parameter" "put_together" {
  name  = "/app/contact"
  type  = "SecureString"
  value = local.contact
}
resource "aws_secretsmanager_secret" "who" {
  name = "app/db-username"
}
resource "aws_secretsmanager_secret_version" "of_who" {
  secret_id     = aws_secretsmanager_secret.who.id
  secret_string = "app_owner"
}
resource "google_secret_manager_secret" "where" {
  secret_id = "app-db-host"
}
resource "google_secret_manager_secret_version" "of_where" {
  secret      = google_secret_manager_secret.where.id
  secret_data = "Harbour-Tulip-7"
}
resource "google_secret_manager_secret" "opened" {
  secret_id = "app-db-password"
}
resource "google_secret_manager_secret_version" "of_opened" {
  secret      = google_secret_manager_secret.opened.id
  secret_data = "Harbour-Tulip-8"
}
locals {
  escaped = "Harb\"our-Tulip-9"
  lines   = <<-EOT
    Harbour
    Tulip-10
  EOT
}
resource "aws_db_instance" "escaped" {
  password = local.escaped
}
resource "aws_db_instance" "lines" {
  password = local.lines
}
resource "aws_secretsmanager_secret" "bundle" {
  name = "prod/database"
}
resource "aws_secretsmanager_secret_version" "bundle" {
  secret_id     = aws_secretsmanager_secret.bundle.id
  secret_string = "user=app password=Harbour-Tulip-11"
}
//- tests/main.tf
variable "hidden" {
  default   = "Harbour-Tulip-6"
  sensitive = true
}
"#;
    check(
        "secret-in-configuration",
        fixture,
        &expect![[r#"
            error secret-in-configuration main.tf:7
            error secret-in-configuration main.tf:10
            error secret-in-configuration main.tf:21
            error secret-in-configuration main.tf:40
            error secret-in-configuration main.tf:61
            error secret-in-configuration main.tf:92
            error secret-in-configuration main.tf:95
            error secret-in-configuration main.tf:96
            error secret-in-configuration main.tf:112
        "#]],
    );
}

#[test]
fn an_address_for_mail_is_no_secret_where_no_name_says_so() {
    let fixture = r#"
//- main.tf
variable "contact" {
  default   = "admin@example.com"
  sensitive = true
}
variable "password" {
  default   = "admin@example.com"
  sensitive = true
}
resource "aws_secretsmanager_secret" "email" {
  name = "app-admin-email"
}
resource "aws_secretsmanager_secret_version" "email" {
  secret_id     = aws_secretsmanager_secret.email.id
  secret_string = "admin@example.com"
}
variable "username" {
  default   = "admin"
  sensitive = true
}
resource "helm_release" "airflow" {
  name  = "airflow"
  chart = "airflow"
  set_sensitive {
    name  = "webserver.defaultUser.username"
    value = var.username
  }
  set_sensitive {
    name  = "webserver.defaultUser.password"
    value = "Harbour-Tulip-7"
  }
}
resource "aws_db_instance" "db" {
  password = "admin@example.com"
}
"#;
    check(
        "secret-in-configuration",
        fixture,
        &expect![[r#"
            error secret-in-configuration main.tf:6
            error secret-in-configuration main.tf:29
            error secret-in-configuration main.tf:33
        "#]],
    );
}

/// What people set there is another version, which Terraform never looks at.
#[test]
fn a_placeholder_is_not_written_over_another_version() {
    let fixture = r#"
//- sealine.yaml
conventions: {placeholder_values: [later]}
//- main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
resource "aws_secretsmanager_secret" "a" {
  name = "a"
}
resource "aws_secretsmanager_secret_version" "a" {
  secret_id     = aws_secretsmanager_secret.a.id
  secret_string = "later"
}
resource "aws_secretsmanager_secret" "b" {
  name = "b"
}
resource "aws_secretsmanager_secret_version" "b" {
  secret_id      = aws_secretsmanager_secret.b.id
  secret_string  = "later"
  version_stages = ["AWSCURRENT"]
}
resource "google_secret_manager_secret" "c" {
  secret_id = "c"
}
resource "google_secret_manager_secret_version" "c" {
  secret      = google_secret_manager_secret.c.id
  secret_data = "later"
}
resource "aws_ssm_parameter" "d" {
  name  = "d"
  type  = "SecureString"
  value = "later"
}
"#;
    let (_, found) = judge("placeholder-overwritten", fixture);
    let found = found.iter().map(|finding| (finding.place.line, finding.severity.name()));
    let found: Vec<(u32, &str)> = found.collect();
    assert_eq!(found, [(11, "info"), (18, "error"), (26, "info"), (31, "error")]);
}

#[test]
fn names_numbers_and_addresses_beside_secrets_are_none() {
    let fixture = r#"
//- main.tf
resource "azurerm_storage_account" "files" {
  name = "acmefiles"
}
variable "minutes" {
  type    = number
  default = 15
}
variable "pin" {
  default = "Harbour-Tulip-7"
}
resource "github_actions_secret" "all" {
  for_each = {
    RESOURCE_GROUP_NAME = "acme-prod"
    DEPLOY_TOKEN        = "Harbour-Tulip-8"
  }
  repository      = "infra"
  secret_name     = each.key
  plaintext_value = each.value
}
resource "kubernetes_secret_v1" "files" {
  metadata { name = "files" }
  data = {
    azurestorageaccountname = azurerm_storage_account.files.name
    timeout_minutes         = var.minutes
    token_ttl               = "8h"
    allowed                 = "192.0.2.0/24,198.51.100.7"
    connection              = "provider: AWS\nregion: us-east-1\nuse_iam_profile: true\n"
    provider                = "projects/1/locations/global/workloadIdentityPools/ci"
    pin                     = var.pin
  }
}
"#;
    check(
        "secret-in-configuration",
        fixture,
        &expect![[r#"
            error secret-in-configuration main.tf:9
            error secret-in-configuration main.tf:14
        "#]],
    );
}

#[test]
fn a_certificate_is_no_secret_and_its_key_is() {
    let fixture = |key: &str| {
        format!(
            "//- main.tf\nterraform {{\n  backend \"gcs\" {{}}\n}}\nresource \"kubernetes_secret_v1\" \"tls\" {{\n  \
             metadata {{\n    name = \"tls\"\n  }}\n  data = {{\n    \"tls.crt\" = file(\"tls.crt\")\n{key}  }}\n}}\n\
             //- tls.crt\n-----BEGIN CERTIFICATE-----\nMIIB+a/b=\n-----END CERTIFICATE-----\n"
        )
    };
    let rules = "secret-in-configuration secret-value-in-state";
    assert_eq!(look(rules, &fixture("")), "");
    let key = "    \"tls.key\" = var.key\n";
    assert_eq!(look(rules, &fixture(key)), "info secret-value-in-state main.tf:4\n");
}

#[test]
fn providers_and_encoded_objects_hold_secrets_too() {
    let fixture = r#"
//- main.tf
provider "aws" {
  access_key = "AKIAQX3BNPLTZVJ7KRMD"
  secret_key = "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"
}
provider "aws" {
  alias                       = "local"
  secret_key                  = "wJ4lrXUtnFEMIxK7MDENGybPxRfiCYzzz9kZLq3e"
  skip_credentials_validation = true
}
provider "vault" {
  token = var.token
}
provider "postgresql" {
  password = "changeme"
}
provider "google" {
  credentials = "account.json"
}
provider "helm" {
  kubernetes {
    token = "Zx81kqPw03vLmA"
  }
}
resource "aws_secretsmanager_secret_version" "app" {
  secret_string = jsonencode({
    username = "orders"
    host     = "db.example.org"
    password = "Xk7pQz9rTw"
    salt     = var.salt
    password_policy = "length=20"
    credentials     = "gcp-credentials"
    token    = "<set manually>"
    nested   = { api_key = "Qr5tYu8iOp" }
  })
}
variable "forge_secret_token" {
  sensitive = true
  default   = "KUBE_TOKEN_PROD"
}
variable "app_secret_name" {
  sensitive = true
  default   = "github/flux-app"
}
variable "user" {
  default = "orders"
}
variable "password" {
  default = ""
}
resource "kubernetes_secret" "registry" {
  metadata {
    name = "registry"
  }
  data = {
    ".dockerconfigjson" = jsonencode({
      auths = { "https://registry.example.com" = { auth = base64encode("${var.user}:${var.password}") } }
    })
  }
}
"#;
    check(
        "secret-in-configuration",
        fixture,
        &expect![[r#"
            error secret-in-configuration main.tf:3
            error secret-in-configuration main.tf:21
            error secret-in-configuration main.tf:28
            error secret-in-configuration main.tf:33
        "#]],
    );
}
