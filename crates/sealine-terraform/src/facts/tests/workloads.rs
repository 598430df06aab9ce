//! Workloads whose blocks are repeated.

use expect_test::expect;
use sealine_model::kubernetes::UseKind;

use super::{check, read};

#[test]
fn blocks_that_are_repeated_within_others_are_read() {
    let reading = read(
        r#"
//- r/main.tf
terraform {
  backend "s3" {}
}
variable "arn" {}
locals {
  logins = var.arn != "" ? [
    { name = "USER", from = "admin" },
  ] : [
    { name = "USER", from = "app" },
  ]
}
resource "kubernetes_deployment_v1" "app" {
  metadata {
    name      = "app"
    namespace = "shop"
  }
  spec {
    template {
      spec {
        container {
          name = "main"
          env {
            name = "TOKEN"
            value_from {
              secret_key_ref {
                name = "token"
                key  = "token"
              }
            }
          }
          dynamic "env" {
            for_each = { A = "one", B = "two" }
            content {
              name = env.key
              value_from {
                secret_key_ref {
                  name = env.value
                  key  = "k"
                }
              }
            }
          }
          dynamic "env" {
            for_each = local.logins
            iterator = login
            content {
              name = login.value.name
              dynamic "value_from" {
                for_each = login.value.from == "" ? [] : [1]
                content {
                  secret_key_ref {
                    name = login.value.from
                    key  = "user"
                  }
                }
              }
            }
          }
          dynamic "env_from" {
            for_each = []
            content {
              secret_ref {
                name = "never"
              }
            }
          }
        }
      }
    }
  }
}
"#,
    );
    let uses = reading.facts.iter().flat_map(|facts| &facts.uses);
    let known = uses.filter(|it| it.secret.is_known()).map(|it| {
        let (who, secret, line) = (&it.consumer, &it.secret, it.place.line);
        let UseKind::Env(variable) = &it.kind else { unreachable!("only variables are read") };
        let sure = it.certainty;
        format!("{}/{} {variable} reads {secret} at {line}, {sure:?}\n", who.name, who.part)
    });
    expect![[r#"
        app/main TOKEN reads token at 26, Exact
        app/main A reads one at 37, Exact
        app/main B reads two at 37, Exact
        app/main USER reads app at 52, Assumed
        app/main USER reads admin at 52, Assumed
    "#]]
    .assert_eq(&known.collect::<String>());
}

#[test]
fn what_a_setting_takes_from_elsewhere_is_asked_for_where_the_setting_is_named() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
resource "kubernetes_secret" "db" {
  metadata {
    name      = "db-login"
    namespace = "db"
  }
}
locals {
  settings = {
    "auth.existingSecret" = kubernetes_secret.db.metadata[0].name
  }
}
resource "helm_release" "db" {
  name      = "db"
  namespace = "db"
  chart     = "db"
  set {
    name  = "login.existingSecret"
    value = kubernetes_secret.db.metadata[0].name
  }
  set {
    name  = "other.existingSecret"
    value = "other"
  }
  dynamic "set" {
    for_each = local.settings
    content {
      name  = set.key
      value = set.value
    }
  }
}
"#,
        &expect![[r#"
            terraform root r (cloud)
              secret db/db-login [] by kubernetes_secret.db
            helm_release.db: db/db of db with {login@20={existingSecret@20=db-login@20} other@25={existingSecret@25=other@25} auth@12={existingSecret@12=db-login@12}}
        "#]],
    );
}

#[test]
fn code_that_is_given_the_name_of_an_entry_reads_it() {
    let reading = read(
        r#"
//- r/main.tf
terraform {
  backend "s3" {}
}
resource "aws_secretsmanager_secret" "db" {
  for_each = toset(["orders", "users"])
  name     = "shop/${each.key}"
}
resource "aws_secretsmanager_secret" "machine" {
  name = "shop/machine"
}
resource "google_secret_manager_secret" "token" {
  secret_id = "token"
}
data "aws_secretsmanager_secret" "shared" {
  name = "shared"
}
module "service" {
  source = "./service"
  db_arn = aws_secretsmanager_secret.db["orders"].arn
}
resource "aws_instance" "machine" {
  user_data = templatefile("boot.sh", { arn = aws_secretsmanager_secret.machine.arn })
}
resource "aws_lambda_function" "job" {
  for_each = toset(["orders", "users"])
  environment {
    variables = {
      SECRET = aws_secretsmanager_secret.db[each.key].name
      SHARED = data.aws_secretsmanager_secret.shared.arn
    }
  }
}
resource "google_cloud_run_v2_service" "web" {
  template {
    containers {
      env {
        value_source {
          secret_key_ref {
            secret = google_secret_manager_secret.token.secret_id
          }
        }
      }
    }
  }
}
resource "aws_iam_policy" "reader" {
  policy = aws_secretsmanager_secret.machine.arn
}
module "entry" {
  source = "./entry"
}
module "registry" {
  source = "terraform-aws-modules/secrets-manager/aws"
  name   = "shop/registry"
}
resource "aws_codebuild_project" "build" {
  environment {
    environment_variable {
      value = module.entry.arn
    }
    environment_variable {
      value = module.registry.secret_arn
    }
  }
}
//- r/entry/main.tf
resource "aws_secretsmanager_secret" "it" {
  name = "shop/entry"
}
output "arn" {
  value = aws_secretsmanager_secret.it.arn
}
//- r/service/main.tf
variable "db_arn" {}
locals {
  secrets = [{ name = "URL", valueFrom = "${var.db_arn}:url::" }]
}
resource "aws_ecs_task_definition" "it" {
  container_definitions = jsonencode([{ secrets = local.secrets }])
}
"#,
    );
    let root = reading.facts.iter().find(|facts| !facts.entries.is_empty()).unwrap();
    let reads: Vec<String> = root
        .entry_reads
        .iter()
        .map(|read| {
            let asked = read.asked.as_ref().map_or(0, |at| at.line);
            format!("{} reads {} at {} {asked}", read.reader, read.name, read.place.line)
        })
        .collect();
    expect![[r#"
        data.aws_secretsmanager_secret.shared reads shared at 14 0
        aws_lambda_function.job["orders"] reads shop/orders at 28 0
        aws_lambda_function.job["users"] reads shop/users at 28 0
        module.service.aws_ecs_task_definition.it reads shop/orders at 6 19
        aws_instance.machine reads shop/machine at 22 0
        google_cloud_run_v2_service.web reads token at 39 0
        aws_codebuild_project.build reads shop/entry at 59 5
        aws_codebuild_project.build reads shop/registry at 62 0"#]]
    .assert_eq(&reads.join("\n"));
}

#[test]
fn annotations_of_an_ingress_name_secrets() {
    let reading = read(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
resource "kubernetes_secret" "users" {
  metadata {
    name      = "users"
    namespace = "web"
  }
}
resource "kubernetes_ingress_v1" "web" {
  metadata {
    name      = "web"
    namespace = "web"
    annotations = {
      "nginx.ingress.kubernetes.io/auth-secret"     = kubernetes_secret.users.metadata[0].name
      "nginx.ingress.kubernetes.io/auth-tls-secret" = "certs/clients"
      "nginx.ingress.kubernetes.io/auth-realm"      = "shop"
    }
  }
}
"#,
    );
    let uses = reading.facts.iter().flat_map(|facts| &facts.uses);
    let shown = uses.map(|it| {
        format!(
            "{} reads {}/{} at {}\n",
            it.consumer.name, it.scope.namespace, it.secret, it.place.line
        )
    });
    expect![[r#"
        web reads web/users at 15
        web reads certs/clients at 16
    "#]]
    .assert_eq(&shown.collect::<String>());
}
