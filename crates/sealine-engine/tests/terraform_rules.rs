//! Corners of the rules about Terraform, workflows and the boundary, that their pages do not show.
//!
//! A fixture gives lines `rule file:line`, and what the repairs make of its files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use expect_test::{Expect, expect};
use jiff::civil::date;
use sealine_engine::{Collected, Config, analyse, collect, config, fix, judge_all};
use sealine_source::FileName;

/// Returns the findings of `rules` in a fixture, a line each, then the files that repairs change.
fn look(rules: &str, fixture: &str) -> String {
    let mut files: Vec<(&str, &str, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("//- ") {
            let (repo, path) = name.trim().split_once(':').unwrap_or(("repo", name.trim()));
            files.push((repo, path, String::new()));
        } else if let Some((.., text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    let configuration = files.iter().find(|(_, path, _)| *path == "sealine.yaml");
    let config = configuration.map_or_else(Config::default, |(repo, path, text)| {
        config::read(FileName::new(*repo, *path), text, Path::new(""))
            .unwrap_or_else(|(_, faults)| panic!("{faults:?}"))
    });
    let all = files.iter().map(|(repo, path, text)| (*repo, *path, text.as_str()));
    let mut project = collect::from_memory(all);
    for repository in &mut project.repositories {
        repository.remotes.push(format!("github.com/example/{}", repository.name));
    }
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let verdict = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1));
    let mut found = verdict.findings;
    found.retain(|finding| rules.split(' ').any(|rule| rule == finding.rule));
    let mut out = String::new();
    for finding in &found {
        let place = &finding.place;
        let (severity, rule) = (finding.severity.name(), finding.rule);
        let _ = writeln!(out, "{severity} {rule} {}:{}", place.file.path, place.line);
    }
    for (name, text) in fix::apply(&analysis.project, &found, true).files {
        let _ = write!(out, "{}:\n{}", name.path, text.replace('\r', "\\r"));
    }
    out
}

fn check(rules: &str, fixture: &str, expected: &Expect) {
    expected.assert_eq(&look(rules, fixture));
}

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
fn repairs_keep_the_files_line_endings() {
    let fixture = r#"
//- main.tf
terraform {
	required_version = ">= 1.11"
	backend "s3" {
		bucket = "b"
		key    = "k"
	}
}
"#
    .replace('\n', "\r\n");
    check(
        "backend-not-encrypted backend-not-locked",
        &fixture,
        &expect![[r#"
        error backend-not-encrypted main.tf:3
        error backend-not-locked main.tf:3
        main.tf:
        terraform {\r
        	required_version = ">= 1.11"\r
        	backend "s3" {\r
        		bucket = "b"\r
        		key    = "k"\r
        		encrypt = true\r
        		use_lockfile = true\r
        	}\r
        }\r
    "#]],
    );
}

#[test]
fn what_comes_from_outside_is_not_missing() {
    let fixture = r#"
//- sealine.yaml
state: {require_customer_key: true}
//- empty/main.tf
terraform {
  backend "s3" {}
}
//- given/main.tf
terraform {
  backend "s3" {
    bucket = "b"
    key    = "k"
  }
}
//- wrapped/main.tf
provider "aws" {
  region = "eu-central-1"
}
//- wrapped/terragrunt.hcl
include "root" {}
//- encrypted/main.tf
terraform {
  backend "gcs" {
    bucket             = "b"
    kms_encryption_key = "k"
  }
}
//- plain/main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
//- .github/workflows/apply.yml
on: push
jobs:
  apply:
    runs-on: ubuntu-24.04
    steps:
      - run: terraform -chdir=given init -backend-config=prod.hcl
      - run: terraform -chdir=given apply -auto-approve
"#;
    check(
        "backend-not-encrypted backend-not-locked local-backend apply-unguarded",
        fixture,
        &expect![[r#"
            error backend-not-encrypted plain/main.tf:2
        "#]],
    );
}

#[test]
fn an_apply_needs_a_lock_or_a_group() {
    let fixture = r#"
//- live/main.tf
terraform {
  backend "http" {
    address = "https://state.example.com/live"
  }
}
//- .github/workflows/bare.yml
on: push
jobs:
  apply:
    runs-on: ubuntu-24.04
    steps:
      - run: terraform -chdir=live apply -auto-approve
//- .github/workflows/grouped.yml
on: push
concurrency: terraform
jobs:
  apply:
    runs-on: ubuntu-24.04
    steps:
      - run: terraform -chdir=live apply -auto-approve
//- .github/workflows/elsewhere.yml
on: push
jobs:
  apply:
    runs-on: ubuntu-24.04
    steps:
      - run: terraform -chdir=$WHERE apply -auto-approve
"#;
    check(
        "apply-unguarded",
        fixture,
        &expect![[r#"
        error apply-unguarded .github/workflows/bare.yml:6
    "#]],
    );
}

#[test]
fn owners_are_told_by_kind_namespace_and_name() {
    let fixture = r#"
//- sealine.yaml
gitops:
  owner: argocd
  bootstrap:
    - {address: "module.bootstrap.*", reason: needed before Argo CD runs}
//- gitops/objects.yaml
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: team}
//- main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
provider "kubernetes" {
  host = "https://cluster.example.com"
}
provider "helm" {}
resource "kubernetes_namespace_v1" "team" {
  metadata {
    name = "team"
  }
}
resource "kubernetes_manifest" "settings" {
  manifest = {
    apiVersion = "v1"
    kind       = "ConfigMap"
    metadata = {
      name      = "settings"
      namespace = "team"
    }
  }
}
resource "kubernetes_config_map" "elsewhere" {
  metadata {
    name      = "other"
    namespace = var.namespace
  }
}
resource "helm_release" "argo" {
  name  = "argo"
  chart = "argo-cd"
}
module "bootstrap" {
  source = "./bootstrap"
}
variable "namespace" {}
//- bootstrap/main.tf
resource "kubernetes_config_map" "first" {
  metadata {
    name      = "other"
    namespace = "team"
  }
}
"#;
    check(
        "double-owner kubernetes-from-terraform",
        fixture,
        &expect![[r#"
        error double-owner main.tf:10
        error double-owner main.tf:15
        warning kubernetes-from-terraform main.tf:25
    "#]],
    );
}

#[test]
fn a_provider_that_nothing_uses_is_an_info() {
    let fixture = r#"
//- gitops/app.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  source: {repoURL: https://charts.example.com, chart: app, targetRevision: 1.0.0}
  destination: {server: https://kubernetes.default.svc, namespace: app}
//- unused/main.tf
terraform {
  backend "gcs" {
    bucket = "b"
  }
}
provider "helm" {}
//- reads/main.tf
terraform {
  backend "gcs" {
    bucket = "c"
  }
}
provider "kubernetes" {}
data "kubernetes_service" "s" {}
//- hands-on/main.tf
terraform {
  backend "gcs" {
    bucket = "d"
  }
}
provider "kubernetes" {}
module "cluster" {
  source  = "example/cluster/aws"
  version = "1.0.0"
}
"#;
    check(
        "kubernetes-from-terraform",
        fixture,
        &expect![[r#"
        info kubernetes-from-terraform unused/main.tf:6
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
        "#]],
    );
}

#[test]
fn credentials_are_told_from_names_and_paths() {
    let fixture = r#"
//- a/main.tf
terraform {
  backend "s3" {
    bucket     = "b"
    key        = "k"
    access_key = "AKIAEXAMPLE"
    secret_key = "Harbour-Tulip-1"
  }
}
//- b/main.tf
terraform {
  backend "gcs" {
    bucket      = "b"
    credentials = "account.json"
  }
}
//- c/main.tf
terraform {
  backend "pg" {
    conn_str = "postgres://db.example.com/state"
  }
}
//- d/main.tf
terraform {
  backend "pg" {
    conn_str = "postgres://app:Harbour-Tulip-2@db.example.com/state"
  }
}
"#;
    check(
        "credentials-in-backend",
        fixture,
        &expect![[r#"
        error credentials-in-backend a/main.tf:5
        error credentials-in-backend d/main.tf:3
    "#]],
    );
}

#[test]
fn drift_is_looked_for_where_a_schedule_says_so() {
    let root = "//- main.tf\nterraform {\n  backend \"gcs\" {\n    bucket = \"b\"\n  }\n}\n";
    let plan = "//- .github/workflows/plan.yml\non: pull_request\njobs:\n  plan:\n    \
                runs-on: ubuntu-24.04\n    steps:\n      - run: terraform plan\n";
    let drift = |repo: &str, run: &str| {
        format!(
            "//- {repo}:.github/workflows/drift.yml\non:\n  schedule: [{{cron: 7 5 * * *}}]\njobs:\n  \
             drift:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: {run}\n"
        )
    };
    let alone = format!("{root}{plan}");
    check(
        "no-drift-schedule",
        &alone,
        &expect![[r#"
        warning no-drift-schedule .github/workflows/plan.yml:1
    "#]],
    );
    for enough in [
        format!("{alone}{}", drift("repo", "terraform plan -detailed-exitcode")),
        format!("{alone}{}", drift("runner", "terraform -chdir=x plan -detailed-exitcode")),
        format!("{alone}{}", drift("repo", "sealine drift run")),
        format!(
            "{plan}//- main.tf\nterraform {{\n  cloud {{\n    organization = \"o\"\n  }}\n}}\n"
        ),
        plan.to_owned(),
        root.to_owned(),
    ] {
        assert_eq!(look("no-drift-schedule", &enough), "", "{enough}");
    }
    let plain = format!("{alone}{}", drift("repo", "terraform plan"));
    assert_ne!(look("no-drift-schedule", &plain), "");
}
