//! Backends: what is missing, what is unknown, what is a credential.

use expect_test::expect;
use sealine_model::{Safety, Severity};

use super::{check, judge, look};

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
fn what_s3_understands_another_service_may_not() {
    let backend = |endpoint: &str| {
        format!(
            r#"
//- main.tf
terraform {{
  required_version = ">= 1.11"
  backend "s3" {{
    bucket = "b"
    key    = "k"
    {endpoint}
  }}
}}
"#
        )
    };
    for (endpoint, safety) in [
        (r#"region = "eu-west-1""#, Safety::Safe),
        (r#"endpoints = { s3 = "https://s3.eu-west-1.amazonaws.com" }"#, Safety::Safe),
        (r#"endpoints = { dynamodb = "http://localhost:8000" }"#, Safety::Safe),
        (r#"endpoints = { s3 = "https://s3.gra.io.cloud.ovh.net/" }"#, Safety::Unsafe),
        (r#"endpoint = "fsn1.your-objectstorage.com""#, Safety::Unsafe),
        ("skip_requesting_account_id = true", Safety::Unsafe),
        ("skip_requesting_account_id = false", Safety::Safe),
    ] {
        let (_, found) = judge("backend-not-encrypted backend-not-locked", &backend(endpoint));
        let repairs = found.iter().filter_map(|finding| Some(finding.fix.as_ref()?.safety));
        assert_eq!(repairs.collect::<Vec<_>>(), [safety, safety], "{endpoint}");
        let is_labelled = found.iter().any(|finding| finding.label.contains("not AWS"));
        assert_eq!(is_labelled, safety == Safety::Unsafe, "{endpoint}");
        // Nobody knows how another service stores; that it is not asked to lock is sure.
        let severities = found.iter().map(|finding| (finding.rule, finding.severity));
        let expected = if is_labelled { Severity::Warning } else { Severity::Error };
        let expected =
            [("backend-not-encrypted", expected), ("backend-not-locked", Severity::Error)];
        assert_eq!(severities.collect::<Vec<_>>(), expected, "{endpoint}");
    }
}

#[test]
fn what_terragrunt_writes_is_a_backend_once_for_all_that_it_runs() {
    let fixture = r#"
//- modules/app/main.tf
resource "aws_sns_topic" "app" {
  name = "app"
}
//- modules/db/main.tf
terraform {
  backend "s3" {}
}
//- live/root.hcl
remote_state {
  backend = "s3"
  config = {
    bucket = "b"
    key    = "${path_relative_to_include()}/terraform.tfstate"
  }
}
//- live/dev/app/terragrunt.hcl
terraform { source = "../../../modules//app" }
include "root" { path = find_in_parent_folders("root.hcl") }
//- live/dev/db/terragrunt.hcl
terraform { source = "../../../modules//db" }
include "root" { path = find_in_parent_folders("root.hcl") }
//- own/terragrunt.hcl
terraform { source = "../modules//app" }
remote_state {
  backend = "s3"
  config = merge(local.shared, { encrypt = false })
}
//- written/root.hcl
generate "backend" {
  path      = "backend.tf"
  if_exists = "overwrite"
  contents  = <<EOF
terraform {
  backend "s3" {
    bucket  = "states-${local.account}"
    key     = "${path_relative_to_include()}/terraform.tfstate"
    encrypt = true
  }
}
EOF
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = "provider \"aws\" {}"
}
//- written/app/main.tf
//- written/app/terragrunt.hcl
include "root" { path = find_in_parent_folders("root.hcl") }
//- tofu/terragrunt.hcl
terraform { source = "../modules//tofu" }
remote_state {
  backend = "s3"
  encryption = { key_provider = "pbkdf2" }
  config = {
    bucket       = "b"
    key          = "k"
    use_lockfile = local.locks
  }
}
//- modules/tofu/main.tf
"#;
    let rules = "backend-not-encrypted backend-not-locked local-backend";
    check(
        rules,
        fixture,
        &expect![[r#"
        error backend-not-encrypted live/root.hcl:1
        error backend-not-locked live/root.hcl:1
        error backend-not-locked written/root.hcl:1
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
fn a_root_without_backend_is_told_from_what_keeps_no_state() {
    let fixture = r#"
//- shared/.terraform.lock.hcl
provider "registry.terraform.io/hashicorp/azurerm" {
  version = "4.70.0"
}
//- shared/versions.tf
terraform {
  required_version = ">= 1.6.0"
}
//- providers/main.tf
provider "google" {
  project = "p"
}
//- app/.terraform.lock.hcl
//- app/iam.tf
# What the application may do.
resource "google_service_account" "app" {
  account_id = "app"
}
//- app/versions.tf
# Which versions.
terraform {
  required_version = ">= 1.6.0"
}
//- state/.terraform.lock.hcl
//- state/main.tf
provider "google" {
  project = "p"
}
resource "google_storage_bucket" "state" {
  name = "states-of-p"
}
resource "google_storage_bucket_iam_member" "state" {
  bucket = google_storage_bucket.state.name
}
//- more/.terraform.lock.hcl
//- more/main.tf
provider "google" {
  project = "p"
}
resource "google_storage_bucket" "state" {
  name = "states-of-p"
}
resource "google_container_cluster" "main" {
  name = "main"
}
//- live/main.tf
terraform {
  backend "gcs" {
    bucket = "states-of-p"
  }
}
"#;
    check(
        "local-backend",
        fixture,
        &expect![[r#"
        warning local-backend app/versions.tf:2
        warning local-backend more/main.tf:1
        info local-backend state/main.tf:1
    "#]],
    );
}

#[test]
fn what_makes_the_bucket_that_init_is_told_of_cannot_lie_in_it() {
    let fixture = r#"
//- setup/.terraform.lock.hcl
//- setup/main.tf
resource "random_string" "suffix" {
  length = 6
}
resource "aws_s3_bucket" "this" {
  bucket = "acme-tf-state-${random_string.suffix.result}"
}
resource "aws_dynamodb_table" "locks" {
  name = "locks"
}
//- files/.terraform.lock.hcl
//- files/main.tf
resource "aws_s3_bucket" "files" {
  bucket = "acme-files"
}
//- live/main.tf
terraform {
  backend "s3" {
    key = "live.tfstate"
  }
}
"#;
    check(
        "local-backend",
        fixture,
        &expect![[r#"
        warning local-backend files/main.tf:1
        info local-backend setup/main.tf:1
    "#]],
    );
}

#[test]
fn a_credential_that_terragrunt_writes_stands_in_its_file() {
    let fixture = r#"
//- modules/app/main.tf
resource "aws_sns_topic" "app" {
  name = "app"
}
//- live/terragrunt.hcl
terraform { source = "../modules//app" }
remote_state {
  backend = "s3"
  config = {
    bucket     = "b"
    key        = "k"
    secret_key = "Tr0ub4dor7f3aTr0ub4dor7f3aTr0ub4dor7f3a1"
  }
}
"#;
    check(
        "credentials-in-backend",
        fixture,
        &expect![[r#"
            error credentials-in-backend live/terragrunt.hcl:7
        "#]],
    );
}

#[test]
fn a_backend_that_something_writes_may_be_there() {
    let root = "provider \"registry.terraform.io/hashicorp/google\" {\n  version = \"6.0.0\"\n}\n\
                //- app/main.tf\nresource \"google_service_account\" \"app\" {\n  account_id = \"app\"\n}\n";
    let writer = |name: &str| {
        format!(
            "//- init/main.tf\nresource \"local_file\" \"backend\" {{\n  filename = \"{name}\"\n  content = \"\"\n}}\n"
        )
    };
    let backend = "terraform {\n  backend \"gcs\" {\n    bucket = \"${BUCKET}\"\n  }\n}\n";
    let told = "warning local-backend app/main.tf:1\n";
    for (beside, expected) in [
        (String::new(), told),
        (format!("//- app/terraform.tf.tmpl\n{backend}"), ""),
        (format!("//- app/init.sh\ncat > backend.tf <<END\n{backend}END\n"), ""),
        (format!("//- other/terraform.tf.tmpl\n{backend}"), told),
        ("//- app/init.sh\nterraform init\n".to_owned(), told),
        (writer("${each.key}/backend.tf"), ""),
        (writer("${path.module}/../app/backend.tf"), ""),
        (writer("../app/backend.tf"), ""),
        (writer("${path.module}/backend.tf"), told),
        (writer("../app/values.tf"), told),
    ] {
        let fixture = format!("//- app/.terraform.lock.hcl\n{root}{beside}");
        assert_eq!(look("local-backend", &fixture), expected, "{beside}");
    }
}

#[test]
fn a_module_that_is_tested_or_broken_is_not_said_to_lack_a_backend() {
    let fixture = r#"
//- modules/role/.terraform.lock.hcl
//- modules/role/main.tf
resource "aws_iam_role" "this" {
  name = "role"
}
//- stacks/role/.terraform.lock.hcl
//- stacks/role/main.tf
resource "aws_iam_role" "this" {
  name = "role"
}
//- to-fill/main.tf
terraform {
  backend "s3" {
    bucket = <bucket>
  }
}
provider "aws" {
  region = "eu-west-1"
}
resource "aws_iam_role" "this" {
  name = "role"
}
"#;
    check(
        "local-backend",
        fixture,
        &expect![[r#"
        info local-backend modules/role/main.tf:1
        warning local-backend stacks/role/main.tf:1
    "#]],
    );
}

#[test]
fn where_hcp_terraform_leaves_files_out_it_keeps_the_state() {
    for (beside, expected) in [
        ("", "warning local-backend app/main.tf:1\n"),
        ("//- app/.terraformignore\n*.md\n", ""),
        ("//- .terraformignore\n*.md\n", ""),
        ("//- other/.terraformignore\n*.md\n", "warning local-backend app/main.tf:1\n"),
    ] {
        let fixture = format!(
            "//- app/.terraform.lock.hcl\n//- app/main.tf\nresource \"null_resource\" \"a\" {{}}\n{beside}"
        );
        assert_eq!(look("local-backend", &fixture), expected, "{beside}");
    }
}
