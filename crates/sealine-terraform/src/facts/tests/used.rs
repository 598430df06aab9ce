//! Entries that the configuration itself uses.

use std::collections::BTreeSet;

use super::read;

/// The addresses of the used entries of all roots.
fn used(fixture: &str) -> Vec<String> {
    let facts = read(fixture).facts;
    let modules = facts.into_iter().flat_map(|facts| facts.terraform);
    let all: BTreeSet<String> = modules.flat_map(|module| module.used_entries).collect();
    all.into_iter().collect()
}

#[test]
fn a_reference_from_anything_but_its_own_parts_uses_an_entry() {
    let fixture = r#"
//- r/main.tf
terraform {
  backend "s3" {}
}
resource "aws_secretsmanager_secret" "task" { name = "task" }
resource "aws_secretsmanager_secret" "policy" { name = "policy" }
resource "aws_secretsmanager_secret" "shown" { name = "shown" }
resource "aws_secretsmanager_secret" "version" { name = "version" }
resource "aws_secretsmanager_secret" "many" {
  for_each = toset(["a", "b"])
  name     = each.key
}
resource "aws_secretsmanager_secret" "filled" { name = "filled" }
resource "aws_secretsmanager_secret" "ordered" { name = "ordered" }
resource "aws_secretsmanager_secret" "unused_local" { name = "local" }
resource "aws_secretsmanager_secret_version" "version" {
  secret_id     = aws_secretsmanager_secret.version.id
  secret_string = "x"
}
resource "aws_secretsmanager_secret_version" "filled" {
  secret_id     = local.ids.filled
  secret_string = "x"
}
resource "aws_secretsmanager_secret_rotation" "filled" {
  secret_id           = aws_secretsmanager_secret.filled.id
  rotation_lambda_arn = "arn"
}
locals {
  ids    = { filled = aws_secretsmanager_secret.filled.id }
  unused = aws_secretsmanager_secret.unused_local.arn
  many   = values(aws_secretsmanager_secret.many)[*].arn
}
resource "aws_ecs_task_definition" "t" {
  depends_on = [aws_secretsmanager_secret.ordered]
  container_definitions = jsonencode([{
    secrets = [
      { name = "A", valueFrom = aws_secretsmanager_secret.task.arn },
      { name = "B", valueFrom = "${aws_secretsmanager_secret_version.version.arn}:k::" },
    ]
  }])
}
data "aws_iam_policy_document" "p" {
  statement {
    resources = concat([aws_secretsmanager_secret.policy.arn], local.many)
  }
}
output "shown" {
  value = aws_secretsmanager_secret.shown.name
}
"#;
    let expected = ["many[\"a\"]", "many[\"b\"]", "policy", "shown", "task", "version"];
    let expected = expected.map(|name| format!("aws_secretsmanager_secret.{name}"));
    assert_eq!(used(fixture), expected);
}

#[test]
fn an_output_of_a_module_uses_what_its_caller_takes() {
    let fixture = r#"
//- r/main.tf
terraform {
  backend "azurerm" {}
}
module "taken" {
  source = "./entry"
}
module "left" {
  source = "./entry"
}
module "all" {
  source   = "./entry"
  for_each = toset(["a"])
}
module "registry" {
  source = "terraform-aws-modules/secrets-manager/aws"
  name   = "registry"
}
module "unread" {
  source = "terraform-aws-modules/secrets-manager/aws"
  name   = "unread"
}
resource "azurerm_app_configuration_key" "id" {
  vault_key_reference = module.taken.id
  tags                = { for name, entry in module.all : name => entry.id }
  label               = module.registry.secret_arn
}
//- r/entry/main.tf
resource "azurerm_key_vault_secret" "it" {
  name  = "it"
  value = "x"
}
output "id" {
  value = azurerm_key_vault_secret.it.versionless_id
}
"#;
    let expected = [
        "module.all[\"a\"].azurerm_key_vault_secret.it",
        "module.registry",
        "module.taken.azurerm_key_vault_secret.it",
    ];
    assert_eq!(used(fixture), expected);
}
