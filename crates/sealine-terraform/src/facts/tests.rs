//! Fixtures in, facts out. Several files stand in one string, each after a `//- path` line; the first
//! part of a path is the repository.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use sealine_model::Facts;
use sealine_model::tree::{EmbeddedContent, Tree};
use sealine_model::vault::Filling;
use sealine_source::{FileName, Place, Project, Repository, Source};

use crate::{Options, Reading};

fn project(fixture: &str) -> Project {
    let mut project = Project::default();
    for file in fixture.split("//- ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        let (repo, path) = path.trim().split_once('/').unwrap();
        if project.repository(repo).is_none() {
            let mut repository = Repository::new(repo);
            repository.remotes.push(format!("github.com/o/{repo}"));
            project.repositories.push(repository);
        }
        let repository = project.repositories.iter_mut().find(|it| it.name == repo).unwrap();
        repository.add(Arc::new(Source::new(FileName::new(repo, path), text)));
    }
    project
}

fn read(fixture: &str) -> Reading {
    crate::read(&project(fixture), &Options::default())
}

#[track_caller]
fn check(fixture: &str, expected: Expect) {
    expected.assert_eq(&show(&read(fixture)));
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file.path, place.line)
}

fn show(reading: &Reading) -> String {
    let mut out = String::new();
    for facts in &reading.facts {
        let sign = facts.terraform.first().and_then(|module| module.root.as_deref());
        let sign = sign.map(|sign| format!(" ({sign})")).unwrap_or_default();
        let _ = writeln!(out, "{}{sign}", facts.unit);
        show_facts(facts, &mut out);
    }
    for embedded in &reading.embedded {
        let _ = match &embedded.content {
            EmbeddedContent::Manifest(tree) => {
                writeln!(out, "{}: {}", embedded.address, show_tree(tree))
            }
            EmbeddedContent::Helm(release) => writeln!(
                out,
                "{}: {}/{} of {} with {}",
                embedded.address,
                release.namespace,
                release.name,
                release.chart,
                release.values.iter().map(show_tree).collect::<Vec<_>>().join(" then ")
            ),
        };
    }
    out
}

fn show_facts(facts: &Facts, out: &mut String) {
    for vault in &facts.vaults {
        let verb = if vault.created { "creates" } else { "finds" };
        let _ = writeln!(out, "  {verb} {} at {}", vault.identity.label(), at(&vault.place));
    }
    for entry in &facts.entries {
        let filling = match &entry.filling {
            Filling::Literal { place, .. } => format!("literal at {}", at(place)),
            other => format!("{other:?}").to_lowercase(),
        };
        let ignored = if entry.ignores_value { ", ignored" } else { "" };
        let keys = entry.properties.as_ref().map(|keys| format!(", keys {keys:?}"));
        let vault = entry.vault.label();
        let (address, place) = (&entry.address, at(&entry.place));
        let keys = keys.unwrap_or_default();
        let _ = writeln!(
            out,
            "  {vault} / {}: {address} at {place}, {filling}{ignored}{keys}",
            entry.name
        );
    }
    for read in &facts.entry_reads {
        let _ = writeln!(out, "  {} reads {} / {}", read.reader, read.vault.label(), read.name);
    }
    for secret in &facts.secrets {
        let keys: Vec<String> =
            secret.keys.known.iter().map(|(key, place)| format!("{key}@{}", place.line)).collect();
        let open = if secret.keys.open { " and more" } else { "" };
        let (namespace, name, maker) = (&secret.scope.namespace, &secret.name, &secret.maker);
        let _ = writeln!(out, "  secret {namespace}/{name} [{}]{open} by {maker}", keys.join(" "));
    }
    for problem in &facts.problems {
        let _ =
            writeln!(out, "  {:?} at {}: {}", problem.kind, at(&problem.place), problem.message);
    }
    for note in &facts.notes {
        let _ = writeln!(out, "  note at {}: {}", at(&note.place), note.message);
    }
}

fn show_tree(tree: &Tree) -> String {
    match tree {
        Tree::Scalar { value, place } => format!("{value}@{}", place.line),
        Tree::List(items) => {
            format!("[{}]", items.iter().map(show_tree).collect::<Vec<_>>().join(" "))
        }
        Tree::Map(map) => {
            let entry = |entry: &sealine_model::tree::TreeEntry| {
                format!("{}@{}={}", entry.key, entry.place.line, show_tree(&entry.value))
            };
            let open = if map.open { " ..." } else { "" };
            format!("{{{}{open}}}", map.entries.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
        Tree::Null => "null".to_owned(),
        Tree::Unknown => "?".to_owned(),
    }
}

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
        expect![[r#"
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
        expect![[r#"
            terraform root aws (backend)
              aws-secrets-manager/123456789012/eu-west-1 / app/db: aws_secretsmanager_secret.db at aws/main.tf:14, computed, ignored, keys ["password", "username"]
              aws-secrets-manager/us-east-1 / app-*: aws_secretsmanager_secret.prefix at aws/main.tf:30, none
              aws-secrets-manager/123456789012/eu-west-1 / made/elsewhere: aws_secretsmanager_secret_version.other at aws/main.tf:34, writeonly
              aws-parameter-store/123456789012/eu-west-1 / /app/0: aws_ssm_parameter.p[0] at aws/main.tf:39, literal at aws/main.tf:43
              aws-parameter-store/123456789012/eu-west-1 / /app/1: aws_ssm_parameter.p[1] at aws/main.tf:39, literal at aws/main.tf:43
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
        expect![[r#"
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
        expect![[r#"
            terraform root r (backend)
              secret app/db [password@16 username@15] by kubernetes_secret_v1.db
              secret default/x-* [a@23] and more by kubernetes_secret.open
            kubernetes_manifest.es: {apiVersion@28=external-secrets.io/v1@28 kind@29=ExternalSecret@29 metadata@30={name@31=db@31} spec@33={data@34=[{remoteRef@36={key@36=db-user@36} secretKey@35=user@34} {remoteRef@36={key@36=db-pass@36} secretKey@35=pass@34}]}}
            kubectl_manifest.two: {kind@43=Secret@43 metadata@44={name@45=x-*@45}}
            helm_release.app: app/app of app with {envFrom@53=[{secretRef@53={name@53=db@53}}]} then {a@1={existingSecret@2=db@54}} then {auth@58={existingSecret@58=db@58}}
        "#]],
    );
}

#[test]
fn values_of_each_environment_are_united() {
    check(
        r#"
//- r/roots/db/main.tf
terraform {
  cloud {}
}
variable "databases" {}
variable "prefix" {}
resource "aws_secretsmanager_secret" "db" {
  for_each = var.databases
  name     = "${var.prefix}/${each.key}"
}
//- r/variables/dev/db.tfvars
databases = { a = 1, b = 2 }
//- r/variables/dev/common.tfvars
prefix = "app"
//- r/variables/prod/db.tfvars
databases = { b = 2, c = 3 }
//- r/variables/prod/common.tfvars
prefix = "app"
//- r/variables/test/common.tfvars
prefix = "test"
"#,
        expect![[r#"
            terraform root roots/db (cloud)
              aws-secrets-manager / app/a: aws_secretsmanager_secret.db["a"] at roots/db/main.tf:6, none
              aws-secrets-manager / app/b: aws_secretsmanager_secret.db["b"] at roots/db/main.tf:6, none
              aws-secrets-manager / app/c: aws_secretsmanager_secret.db["c"] at roots/db/main.tf:6, none
        "#]],
    );
}

#[test]
fn remote_state_leads_to_the_other_root() {
    check(
        r#"
//- r/core/main.tf
terraform {
  backend "s3" {
    bucket = "b"
    key    = "core.tfstate"
  }
}
resource "azurerm_key_vault" "kv" {
  name = "kv-core"
}
output "id" {
  value = azurerm_key_vault.kv.id
}
//- r/app/main.tf
terraform {
  backend "s3" {
    bucket = "b"
    key    = "app.tfstate"
  }
}
data "terraform_remote_state" "core" {
  backend = "s3"
  config = {
    bucket = "b"
    key    = "core.tfstate"
  }
}
resource "azurerm_key_vault_secret" "x" {
  name         = "x"
  value        = "y"
  key_vault_id = data.terraform_remote_state.core.outputs.id
}
"#,
        expect![[r#"
            terraform root app (backend)
              kv-core / x: azurerm_key_vault_secret.x at app/main.tf:14, literal at app/main.tf:16
            terraform root core (backend)
              creates kv-core at core/main.tf:7
        "#]],
    );
}

#[test]
fn only_what_a_root_reaches_is_declared() {
    check(
        r#"
//- r/lonely/main.tf
resource "aws_secretsmanager_secret" "never" {
  name = "never"
}
//- r/loop/main.tf
terraform {
  backend "s3" {}
}
module "self" {
  source = "./."
}
module "away" {
  source = "../../outside"
}
module "registry" {
  source  = "terraform-aws-modules/secrets-manager/aws"
  version = "1.0.0"
  name    = "from-registry"
}
module "missing" {
  source = "./nothing"
}
"#,
        expect![[r#"
            terraform module lonely
            terraform root loop (backend)
              aws-secrets-manager / from-registry: module.registry at loop/main.tf:10, unknown
              PathEscape at loop/main.tf:8: the module source `../../outside` leads out of the repository
              note at loop/main.tf:11: the module `terraform-aws-modules/secrets-manager/aws` is not loaded; what it makes is unknown
              note at loop/main.tf:16: the module `./nothing` was not found; what it makes is unknown
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
        expect![[r#"
            terraform root r (cloud)
              aws-secrets-manager / maybe: aws_secretsmanager_secret.maybe[*] at main.tf:6, literal at main.tf:13
              aws-secrets-manager / many-*: aws_secretsmanager_secret.many[*] at main.tf:15, none
              aws-secrets-manager / a: aws_secretsmanager_secret.known["a"] at main.tf:19, none
        "#]],
    );
}

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
        expect![[r#"
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
    assert_eq!(backend.attributes["assume_role.role_arn"].value.text().as_deref(), Some("r"));
    let secret = &backend.attributes["secret_key"];
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
    let password = &module.resources[0].attributes["password"];
    assert!(!password.literal && password.fingerprint.is_some());
    assert_eq!(password.given.as_ref().map(|place| place.line), Some(5));
    let token = &module.resources[1].attributes["data.token"];
    assert!(token.literal && token.fingerprint.is_some());
    let empty = &module.resources[1].attributes["data.empty"];
    assert_eq!(empty.value.text().as_deref(), Some(""));
    let lines: Vec<u32> = facts.secret_texts.iter().map(|place| place.line).collect();
    assert_eq!(lines, [5, 17]);
    let sources: Vec<Option<&str>> =
        module.outputs.iter().map(|output| output.secret_source.as_deref()).collect();
    assert_eq!(sources, [None, Some("aws_db_instance.db.password")]);
    assert_eq!(module.variables[0].default_fingerprint, password.fingerprint);
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

#[test]
fn deep_values_fit_a_small_stack() {
    let mut text = String::from("terraform {\n  cloud {}\n}\nlocals {\n");
    for number in 0..300 {
        let (open, close) = ("[".repeat(100), "]".repeat(100));
        let _ = writeln!(text, "  n{number} = {open}local.n{}{close}", number + 1);
    }
    let _ = writeln!(text, "  yaml = yamldecode(\"{}\")", "{a: ".repeat(100) + &"}".repeat(100));
    let call = "merge({ a = ".repeat(55) + "local.n0" + &" })".repeat(55);
    let _ = writeln!(text, "  calls = {call}\n}}");
    text.push_str("resource \"kubernetes_manifest\" \"deep\" {\n  manifest = {\n");
    text.push_str("    a = local.n0\n    b = local.yaml\n    c = local.calls\n  }\n}\n");
    // The threads that read have a stack of 2 MB.
    let reading = read(&format!("//- r/main.tf\n{text}"));
    assert_eq!(reading.facts[0].problems, []);
    assert_eq!(reading.embedded.len(), 1);
}

#[test]
fn reading_twice_gives_the_same() {
    let fixture = r#"
//- r/a/main.tf
provider "aws" { region = "x" }
module "m" {
  for_each = toset(["b", "a"])
  source   = "../m"
  name     = each.key
}
//- r/m/main.tf
variable "name" {}
resource "aws_ssm_parameter" "p" {
  for_each = { for n in range(20) : "${var.name}${n}" => n }
  name     = each.key
  value    = each.value
}
"#;
    assert_eq!(format!("{:?}", read(fixture)), format!("{:?}", read(fixture)));
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "[a-c\"${}%~\\\\=<\n()\\[\\]?:.,*]{0,60}") {
        let head = "terraform {\n  cloud {}\n}\n";
        let blocks = [
            format!("locals {{\n  a = {text}\n}}\n"),
            format!("resource \"azurerm_key_vault_secret\" \"a\" {{\n  name = {text}\n}}\n"),
            format!("resource \"helm_release\" \"a\" {{\n  values = [{text}]\n}}\n"),
            format!("output \"a\" {{\n  value = {text}\n}}\n"),
        ];
        read(&format!("//- r/main.tf\n{head}{}", blocks.concat()));
    }
}
