//! What roots reach, from which values, at what cost.

use std::fmt::Write as _;

use expect_test::expect;

use super::{check, read};

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
        &expect![[r#"
            terraform root roots/db (cloud)
              aws-secrets-manager / app/a: aws_secretsmanager_secret.db["a"] at roots/db/main.tf:6, none
              aws-secrets-manager / app/b: aws_secretsmanager_secret.db["b"] at roots/db/main.tf:6, none
              aws-secrets-manager / app/c: aws_secretsmanager_secret.db["c"] at roots/db/main.tf:6, none
        "#]],
    );
}

#[test]
fn a_folder_of_an_environment_may_name_its_values_as_terraform_does() {
    check(
        r#"
//- r/tf/main/main.tf
terraform {
  backend "s3" {}
}
variable "environment" {}
resource "aws_secretsmanager_secret" "token" {
  name = "app-${var.environment}-token"
}
//- r/tf/environments/dev/terraform.tfvars
environment = "dev"
//- r/tf/environments/prod/terraform.tfvars
environment = "prod"
//- r/tf/environments/bootstrap/main.tf
terraform {
  backend "s3" {}
}
//- r/tf/environments/bootstrap/terraform.tfvars
environment = "bootstrap"
"#,
        &expect![[r#"
            terraform root tf/environments/bootstrap (backend)
            terraform root tf/main (backend)
              aws-secrets-manager / app-dev-token: aws_secretsmanager_secret.token at tf/main/main.tf:5, none
              aws-secrets-manager / app-prod-token: aws_secretsmanager_secret.token at tf/main/main.tf:5, none
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
        &expect![[r#"
            terraform root app (backend)
              kv-core / x: azurerm_key_vault_secret.x at app/main.tf:14, literal at app/main.tf:16
            terraform root core (backend)
              creates kv-core at core/main.tf:7
        "#]],
    );
}

#[test]
fn modules_from_elsewhere_read_their_own_files() {
    check(
        r#"
//- infra/root/main.tf
terraform {
  cloud {}
}
module "names" {
  source = "git::https://github.com/o/modules.git//names?ref=v1"
}
module "installed" {
  source  = "example/names/aws"
  version = "1.0.0"
}
//- infra/root/.terraform/modules/modules.json
{"Modules": [{"Key": "", "Dir": "."}, {"Key": "installed", "Dir": ".terraform/modules/installed"}]}
//- infra/root/.terraform/modules/installed/main.tf
resource "aws_secretsmanager_secret" "installed" {
  name = "installed"
}
//- modules/names/main.tf
resource "aws_secretsmanager_secret" "listed" {
  for_each = toset(yamldecode(file("${path.module}/names.yaml")).names)
  name     = each.key
}
//- modules/names/names.yaml
names:
  - first
  - second
"#,
        &expect![[r#"
            terraform root root (cloud)
              aws-secrets-manager / first: module.names.aws_secretsmanager_secret.listed["first"] at names/main.tf:1, none
              aws-secrets-manager / second: module.names.aws_secretsmanager_secret.listed["second"] at names/main.tf:1, none
              aws-secrets-manager / installed: module.installed.aws_secretsmanager_secret.installed at root/.terraform/modules/installed/main.tf:1, none
            terraform module names
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
        &expect![[r#"
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
fn values_that_grow_by_reference_are_bounded() {
    let mut text = String::from("terraform {\n  cloud {}\n}\nlocals {\n  n0 = 1\n");
    for number in 1..3_000 {
        let (open, close) = ("[".repeat(50), "]".repeat(50));
        let _ = writeln!(text, "  n{number} = {open}local.n{}{close}", number - 1);
    }
    text.push_str("}\n");
    // Each is evaluated before those that hold it, so that no recursion is deep but the value is.
    for number in 0..3_000 {
        let _ = writeln!(text, "resource \"a_b\" \"r{number}\" {{\n  x = local.n{number}");
        let before =
            if number == 0 { "{ a = 1 }".to_owned() } else { format!("a_b.r{}", number - 1) };
        let _ = writeln!(text, "  for_each = {before}\n}}");
    }
    let reading = read(&format!("//- r/main.tf\n{text}"));
    assert_eq!(reading.facts[0].terraform[0].resources.len(), 3_000);
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

/// Terragrunt names the module that it runs, and gives it what is constant.
#[test]
fn modules_that_terragrunt_runs_are_roots() {
    check(
        "
//- infra/modules/secret/main.tf
variable \"name\" { default = \"by-default\" }
variable \"environment\" {}
variable \"team\" { default = \"by-default\" }
variable \"owner\" { default = \"by-default\" }
resource \"aws_secretsmanager_secret\" \"one\" { name = \"${var.environment}/${var.team}/${var.name}/${var.owner}\" }
//- infra/modules/called/main.tf
resource \"aws_secretsmanager_secret\" \"two\" { name = \"two\" }
//- infra/modules/idle/main.tf
resource \"aws_secretsmanager_secret\" \"never\" { name = \"never\" }
//- infra/live/root.hcl
inputs = { team = \"shared\", name = \"weaker\" }
//- infra/live/qa/env.hcl
locals { environment = \"qa\" }
//- infra/live/qa/db/terragrunt.hcl
include \"root\" { path = find_in_parent_folders(\"root.hcl\") }
locals {
  env   = read_terragrunt_config(find_in_parent_folders(\"env.hcl\"))
  short = local.env.locals.environment
}
terraform { source = \"../../../modules//secret\" }
inputs = merge({ environment = local.short }, {
  name  = \"db-${local.short}\"
  owner = dependency.team.outputs.owner
})
//- infra/live/prod/db/terragrunt.hcl
terraform { source = \"${get_repo_root()}/project/infra/modules/secret\" }
inputs = merge(local.unknown, { environment = get_env(\"ENVIRONMENT\"), name = \"db\" })
//- infra/live/prod/two/terragrunt.hcl
terraform { source = get_env(\"LOCAL\") == \"\" ? \"git::https://github.com/o/infra//modules/called?ref=v${get_env(\"VERSION\")}\" : \"../../../modules//called\" }
",
        &expect![[r#"
            terraform root modules/called (terragrunt)
              aws-secrets-manager / two: aws_secretsmanager_secret.two at modules/called/main.tf:1, none
            terraform module modules/idle
            terraform root modules/secret (terragrunt)
              aws-secrets-manager / */*/db/*: aws_secretsmanager_secret.one at modules/secret/main.tf:5, none
              aws-secrets-manager / qa/shared/db-qa/*: aws_secretsmanager_secret.one at modules/secret/main.tf:5, none
        "#]],
    );
}

/// What another unit hands on is known, through locals of files that are included or read.
#[test]
fn units_of_terragrunt_depend_on_one_another() {
    check(
        "
//- infra/modules/secret/main.tf
variable \"name\" {}
resource \"aws_secretsmanager_secret\" \"one\" { name = var.name }
output \"names\" { value = { (var.name) = [aws_secretsmanager_secret.one.name] } }
output \"id\" { value = aws_secretsmanager_secret.one.id }
//- infra/modules/reader/main.tf
variable \"id\" {}
variable \"other\" {}
variable \"team\" {}
data \"aws_secretsmanager_secret_version\" \"read\" { secret_id = var.id }
resource \"aws_ssm_parameter\" \"copy\" {
  name = \"/${var.team}/${var.other}\"
  value = \"x\"
}
//- infra/live/root.hcl
locals {
  env = read_terragrunt_config(find_in_parent_folders(\"env.hcl\")).locals
}
inputs = merge(local.env, { unused = local.gone })
//- infra/live/_common/naming.hcl
locals { prefix = \"APP\" }
//- infra/live/qa/env.hcl
locals { team = get_env(\"CI\") == \"\" ? \"search\" : \"search\" }
//- infra/live/qa/db/terragrunt.hcl
include \"naming\" {
  path   = \"${dirname(find_in_parent_folders(\"env.hcl\"))}/../_common/naming.hcl\"
  expose = true
}
terraform { source = \"../../../modules//secret\" }
inputs = { name = \"${lower(include.naming.locals.prefix)}/${basename(get_terragrunt_dir())}\" }
//- infra/live/qa/reader/terragrunt.hcl
include \"root\" { path = find_in_parent_folders(\"root.hcl\") }
locals { key = \"app/db\" }
dependency \"secret\" { config_path = \"${get_terragrunt_dir()}/../db\" }
dependency \"self\" { config_path = \".\" }
terraform { source = \"../../../modules//reader\" }
inputs = {
  id    = dependency.secret.outputs.id
  other = dependency.secret.outputs.names[local.key][0]
  again = dependency.self.outputs.anything
}
",
        &expect![[r#"
            terraform root modules/reader (terragrunt)
              aws-parameter-store / /search/app/db: aws_ssm_parameter.copy at modules/reader/main.tf:5, literal at modules/reader/main.tf:7
              data.aws_secretsmanager_secret_version.read reads aws-secrets-manager / app/db
            terraform root modules/secret (terragrunt)
              aws-secrets-manager / app/db: aws_secretsmanager_secret.one at modules/secret/main.tf:2, none
        "#]],
    );
}

/// Each run is a root of its own, however many there are.
#[test]
fn a_module_may_have_many_runs() {
    let mut fixture = "
//- infra/m/main.tf
variable \"name\" {}
resource \"aws_secretsmanager_secret\" \"one\" { name = var.name }
"
    .to_owned();
    for number in 0..40 {
        let _ = write!(
            fixture,
            "//- infra/live/{number}/terragrunt.hcl\nterraform {{ source = \"../../m\" }}\ninputs = {{ name = \"s-{number}\" }}\n"
        );
    }
    let reading = read(&fixture);
    let names: std::collections::BTreeSet<String> =
        reading.facts.iter().flat_map(|facts| &facts.entries).map(|it| it.name.pattern()).collect();
    assert_eq!(names.len(), 40);
}

#[test]
fn modules_of_the_registry_pass_the_name_of_their_entry_on() {
    check(
        r#"
//- r/main.tf
terraform {
  backend "s3" {}
}
module "token" {
  source  = "terraform-aws-modules/secrets-manager/aws"
  version = "1.3.1"
  name    = "shop/token"
}
data "aws_secretsmanager_secret_version" "token" {
  secret_id = module.token.secret_id
}
"#,
        &expect![[r#"
            terraform root r (backend)
              aws-secrets-manager / shop/token: module.token at main.tf:4, unknown
              data.aws_secretsmanager_secret_version.token reads aws-secrets-manager / shop/token
              note at main.tf:5: the module `terraform-aws-modules/secrets-manager/aws` is not loaded; what it makes is unknown
        "#]],
    );
}
