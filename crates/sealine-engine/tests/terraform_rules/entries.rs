//! Entries of vaults: who uses them, and who may create them.

use expect_test::expect;

use super::check;

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
