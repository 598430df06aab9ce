//! Real programs: what a plan shows after the world was changed behind their backs.

mod common;

use common::{Bench, canaries, engines};
use sealine_drift::report::{Change, FailureKind, Kind, Outcome};

const THREE: &str = r#"
terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}
variable "token" {
  sensitive = true
}
resource "local_file" "changed" {
  filename = "${path.module}/world/changed"
  content  = "agreed"
}
resource "local_sensitive_file" "deleted" {
  filename = "${path.module}/world/deleted"
  content  = var.token
}
resource "terraform_data" "reader" {
  input = local_file.changed.id
}
resource "terraform_data" "quiet" {
  input = "quiet"
}
"#;

#[tokio::test]
async fn what_was_broken_outside_is_named_and_its_repair_is_clean() {
    for engine in engines(true) {
        let bench = Bench::new(&engine, THREE);
        bench.write("x.auto.tfvars", "token = \"canary-variable\"\n");
        bench.apply();
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
        assert_eq!(report.managed, 4);
        assert!(report.engine.starts_with(engine.tool.program()), "{}", report.engine);

        bench.write("world/changed", "tampered\n");
        std::fs::remove_file(bench.path("world/deleted")).expect("deleted");
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Drifted, "{report:#?}");
        let named: Vec<_> =
            report.findings.iter().map(|one| (one.address.as_str(), one.change)).collect();
        // The provider takes a file with another content for one that is gone.
        assert_eq!(
            named,
            [
                ("local_file.changed", Change::DeletedOutside),
                ("local_sensitive_file.deleted", Change::DeletedOutside),
            ],
            "{report:#?}"
        );
        assert_eq!(report.findings[0].declared.as_deref(), Some("main.tf:10"));
        assert_eq!(report.noise.len(), 1, "what reads the changed file follows: {report:#?}");
        assert_eq!(report.managed, 4);
        canaries(&report);

        bench.apply();
        assert_eq!(bench.run().await.outcome, Outcome::Clean);
        assert!(!bench.path(".terraform").exists(), "the user's own folder stays as it was");
    }
}

#[tokio::test]
async fn configured_and_not_applied_is_another_kind() {
    for engine in engines(false) {
        let bench = Bench::new(&engine, "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
        bench.apply();
        let before = bench.state();
        let check = "check \"up\" {\n  assert {\n    condition = terraform_data.a.output == 7\n    \
                     error_message = \"not seven\"\n  }\n}\n";
        let more = "resource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to = \
                    terraform_data.c\n}\nresource \"terraform_data\" \"c\" {\n  input = 1\n}\n";
        let check = check.replace("data.a", "data.c");
        bench.write("main.tf", &format!("{more}{check}"));
        let report = bench.run().await;
        assert_eq!(report.outcome, Outcome::Unapplied, "{report:#?}");
        let named: Vec<_> = { report.findings.iter() }
            .map(|one| (one.kind, one.address.as_str(), one.change))
            .collect();
        assert_eq!(
            named,
            [
                (Kind::Failed, "check.up", Change::CheckFailed),
                (Kind::Unapplied, "terraform_data.b", Change::Create),
                (Kind::Unapplied, "terraform_data.c", Change::Move),
            ]
        );
        assert_eq!(bench.state(), before, "nothing is written back");
    }
}

#[tokio::test]
async fn a_plan_that_fails_is_told_without_its_secrets() {
    for engine in engines(false) {
        let bench = Bench::new(&engine, "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
        bench.apply();
        bench.write(
            "main.tf",
            "variable \"t\" {\n  sensitive = true\n  default = \"canary-default\"\n}\nresource \
             \"terraform_data\" \"a\" {\n  input = 1\n  lifecycle {\n    precondition {\n      \
             condition = var.t == \"\"\n      error_message = \"says ${nonsensitive(var.t)}\"\n    \
             }\n  }\n}\n",
        );
        let report = bench.run().await;
        let Outcome::Failed(failure) = &report.outcome else { panic!("{report:#?}") };
        assert_eq!(failure.kind, FailureKind::Plan, "{failure:?}");
        assert!(failure.message.contains("says (hidden)"), "{failure:?}");
        canaries(&report);
    }
}

#[tokio::test]
async fn a_lock_that_somebody_holds_is_no_hindrance_unless_one_is_asked_for() {
    for engine in engines(false) {
        let mut bench =
            Bench::new(&engine, "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
        bench.apply();
        let holder = bench.hold_lock();
        assert_eq!(bench.run().await.outcome, Outcome::Clean);
        bench.project.lock = Some(std::time::Duration::ZERO);
        let report = bench.run().await;
        let Outcome::Failed(failure) = &report.outcome else { panic!("{report:#?}") };
        assert_eq!(failure.kind, FailureKind::LockHeld, "{failure:?}");
        drop(holder);
        assert!(bench.run().await.is_whole());
        assert!(!bench.path(".terraform.tfstate.lock.info").exists(), "no lock is left");
    }
}

const TIME: &str = r#"
terraform {
  required_providers {
    random = { source = "hashicorp/random" }
    time   = { source = "hashicorp/time" }
    tls    = { source = "hashicorp/tls" }
  }
}
resource "time_rotating" "due" {
  rfc3339       = "2020-01-01T00:00:00Z"
  rotation_days = 1
}
resource "time_rotating" "later" {
  rotation_years = 50
}
resource "time_offset" "past" {
  base_rfc3339 = "2020-01-01T00:00:00Z"
  offset_days  = 7
}
resource "time_static" "then" {}
resource "random_password" "turned" {
  length  = 20
  keepers = { turn = time_rotating.due.id }
}
resource "random_password" "kept" {
  length  = 20
  keepers = { turn = time_rotating.later.id }
}
resource "tls_private_key" "key" {
  algorithm = "ECDSA"
}
resource "tls_self_signed_cert" "ready" {
  private_key_pem       = tls_private_key.key.private_key_pem
  validity_period_hours = 24
  early_renewal_hours   = 24
  allowed_uses          = ["server_auth"]
  subject {
    common_name = "ready.example"
  }
}
resource "tls_self_signed_cert" "fresh" {
  private_key_pem       = tls_private_key.key.private_key_pem
  validity_period_hours = 87600
  early_renewal_hours   = 24
  allowed_uses          = ["server_auth"]
  subject {
    common_name = "fresh.example"
  }
}
resource "terraform_data" "reader" {
  input = tls_self_signed_cert.ready.cert_pem
}
"#;

/// Rotations and renewals that are due are to be applied; nobody changed anything outside.
#[tokio::test]
async fn time_that_passes_is_no_drift() {
    for engine in engines(true) {
        let bench = Bench::new(&engine, TIME);
        bench.apply();
        let secrets: serde_json::Value = serde_json::from_str(&bench.state()).expect("JSON");
        let check = |report: &sealine_drift::RunReport| {
            assert_eq!(report.outcome, Outcome::Unapplied, "{report:#?}");
            let told = |one: &sealine_drift::Difference| {
                (one.kind, one.change, one.address.clone(), one.note.clone().unwrap_or_default())
            };
            let named: Vec<_> = report.findings.iter().map(told).collect();
            let one = |change, address: &str, note: &str| {
                (Kind::Unapplied, change, address.to_owned(), note.to_owned())
            };
            let turned = "it cannot be changed in place";
            let expected = [
                one(Change::Replace, "random_password.turned", turned),
                one(Change::Replace, "tls_self_signed_cert.ready", "it is ready for renewal"),
                one(Change::Update, "terraform_data.reader", ""),
                one(Change::Create, "time_rotating.due", "its rotation is due"),
            ];
            assert_eq!(named, expected, "{report:#?}");
            assert!(report.noise.is_empty(), "{report:#?}");
            let text = serde_json::to_string(report).expect("JSON");
            for pointer in secret_values(&secrets) {
                assert!(!text.contains(&pointer), "{text}");
            }
        };
        check(&bench.run().await);
        // A certificate that became ready after it was made: refreshing finds that out.
        let earlier =
            bench.state().replace("\"ready_for_renewal\": true", "\"ready_for_renewal\": false");
        bench.write("terraform.tfstate", &earlier);
        check(&bench.run().await);
    }
}

/// The passwords and keys in a state.
fn secret_values(state: &serde_json::Value) -> Vec<String> {
    let resources = state["resources"].as_array().expect("resources").iter();
    let instances = resources.flat_map(|one| one["instances"].as_array().expect("instances"));
    let named = |one: &serde_json::Value| {
        let of = |name: &str| one["attributes"][name].as_str().map(str::to_owned);
        ["result", "private_key_pem"].map(of)
    };
    let found: Vec<String> = instances.flat_map(named).flatten().collect();
    assert!(found.len() >= 3, "{}", found.len());
    // A key is told by one of its lines.
    found.iter().map(|text| text.lines().nth(1).unwrap_or(text).to_owned()).collect()
}
