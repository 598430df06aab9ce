//! What the text of a module itself says, and where it can be changed.

use expect_test::expect;

use super::{check, read};

#[test]
fn what_is_broken_leaves_the_rest() {
    check(
        r#"
//- r/a.tf
terraform {
  cloud {}
}
resource "aws_secretsmanager_secret" "broken" {
  name = "x
}
resource "aws_secretsmanager_secret" "whole" {
  name = "whole"
}
//- r/b.tf.json
{"resource": {"aws_secretsmanager_secret": {"json": {"name": "json-${local.x}"}}}}
//- r/c.tf
locals {
  x = "x"
  x = "y"
}
//- r/c_override.tf
resource "aws_secretsmanager_secret" "whole" {
  name = "overridden"
}
"#,
        &expect![[r#"
            terraform root r (cloud)
              aws-secrets-manager / overridden: aws_secretsmanager_secret.whole at a.tf:7, none
              aws-secrets-manager / json-y: aws_secretsmanager_secret.json at b.tf.json:1, none
              Syntax at a.tf:5: this string is not closed on its line
              DuplicateKey at c.tf:3: `x` is set twice in one block
        "#]],
    );
}

/// Returns the modules of a fixture.
fn module(fixture: &str) -> sealine_model::terraform::Module {
    read(fixture).facts.remove(0).terraform.remove(0)
}

#[test]
fn backends_are_read_as_far_as_they_stand() {
    let module = module(
        r#"
//- r/main.tf
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 5.0" }
    random = "~> 3.0"
  }
  backend "s3" {
    bucket     = "b"
    key        = "k"
    secret_key = "hunter2"
    assume_role = {
      role_arn = "r"
    }
  }
}
//- r/.terraform.lock.hcl
provider "registry.terraform.io/hashicorp/aws" {
  version = "5.1.0"
}
"#,
    );
    let backend = module.backend.unwrap();
    assert!(!backend.partial);
    assert_eq!(
        backend.attributes.get("assume_role.role_arn").unwrap().value.text().as_deref(),
        Some("r")
    );
    let secret = backend.attributes.get("secret_key").unwrap();
    assert!(secret.value.is_unknown() && secret.literal && secret.fingerprint.is_some());
    let insert = backend.insert.unwrap();
    assert_eq!((insert.indent.as_str(), insert.place.line), ("    ", 14));
    assert_eq!(module.required_version.as_deref(), Some(">= 1.10"));
    assert_eq!(module.required_providers["random"].1, "~> 3.0");
    assert_eq!(module.locked_providers["hashicorp/aws"], "5.1.0");
}

#[test]
fn a_secret_is_a_fingerprint_and_its_place() {
    let fixture = r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "password" {
  default   = "hunter2"
  sensitive = true
}
resource "aws_db_instance" "db" {
  password = var.password
  username = "app"
}
resource "kubernetes_secret" "k" {
  metadata {
    name = "k"
  }
  data = {
    token = "hunter2"
    empty = ""
  }
}
output "leaks" {
  value = { url = "postgres://${aws_db_instance.db.password}@x" }
}
output "fine" {
  value = aws_db_instance.db.username
}
"#;
    let reading = read(fixture);
    let debug = format!("{reading:?}");
    assert!(!debug.contains("hunter2"));
    let facts = &reading.facts[0];
    let module = &facts.terraform[0];
    let password = module.resources[0].attributes.get("password").unwrap();
    assert!(!password.literal && password.fingerprint.is_some());
    assert_eq!(password.given.as_ref().map(|place| place.line), Some(5));
    let token = module.resources[1].attributes.get("data.token").unwrap();
    assert!(token.literal && token.fingerprint.is_some());
    let empty = module.resources[1].attributes.get("data.empty").unwrap();
    assert_eq!(empty.value.text().as_deref(), Some(""));
    let mut lines: Vec<u32> = facts.secret_texts.iter().map(|place| place.line).collect();
    lines.dedup();
    assert_eq!(lines, [5, 17]);
    let sources: Vec<Option<&str>> =
        module.outputs.iter().map(|output| output.secret_source.as_deref()).collect();
    assert_eq!(sources, [None, Some("aws_db_instance.db.password")]);
    assert_eq!(module.variables[0].default_fingerprint, password.fingerprint);
}

#[test]
fn what_nonsensitive_and_a_name_call_no_secret_is_none() {
    let module = module(
        r#"
//- r/main.tf
data "aws_ssm_parameter" "ingress_fqdn" { name = var.name }
data "aws_ssm_parameter" "it" { name = "/app/${var.site}/db-host" }
data "aws_ssm_parameter" "web_context" { name = var.name }
data "aws_ssm_parameter" "token" { name = "/app/token" }
data "aws_secretsmanager_secret_version" "database" { secret_id = "database" }
locals {
  fqdn = nonsensitive(data.aws_ssm_parameter.ingress_fqdn.value)
}
output "a" { value = "https://${nonsensitive(data.aws_ssm_parameter.ingress_fqdn.value)}/" }
output "b" { value = "${local.fqdn}/${nonsensitive(data.aws_ssm_parameter.web_context.value)}" }
output "c" { value = nonsensitive(data.aws_ssm_parameter.it.value) }
output "d" { value = data.aws_ssm_parameter.ingress_fqdn.value }
output "e" { value = nonsensitive("${local.fqdn} ${data.aws_ssm_parameter.token.value}") }
output "f" { value = nonsensitive(data.aws_secretsmanager_secret_version.database.secret_string) }
output "g" { value = nonsensitive(random_password.database.result) }
"#,
    );
    let sources = module.outputs.iter().map(|output| output.secret_source.as_deref());
    let expected = [
        None,
        None,
        None,
        Some("data.aws_ssm_parameter.ingress_fqdn.value"),
        Some("data.aws_ssm_parameter.token.value"),
        Some("data.aws_secretsmanager_secret_version.database.secret_string"),
        Some("random_password.database.result"),
    ];
    assert_eq!(sources.collect::<Vec<_>>(), expected);
}

#[test]
fn lines_can_be_added_where_blocks_end() {
    let module = module(
        r#"
//- r/main.tf
resource "azurerm_key_vault_secret" "a" {
  name = "a"
  lifecycle {
    ignore_changes = [tags]
  }
}
resource "azurerm_key_vault_secret" "b" { name = "b" }
"#,
    );
    let insert = module.resources[0].insert.as_ref().unwrap();
    assert_eq!((insert.place.line, insert.place.column, insert.indent.as_str()), (6, 1, "  "));
    let lifecycle = module.resources[0].lifecycle.as_ref().unwrap();
    assert_eq!(lifecycle.insert.as_ref().map(|insert| insert.place.line), Some(5));
    let ignore = lifecycle.ignore.as_ref().unwrap();
    assert_eq!((ignore.line, ignore.column), (4, 23));
    assert_eq!(module.resources[0].ignore_changes, ["tags"]);
    assert!(module.resources[1].insert.is_none());
}
