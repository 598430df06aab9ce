//! Backends: what is missing, what is unknown, what is a credential.

use expect_test::expect;

use super::check;

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
