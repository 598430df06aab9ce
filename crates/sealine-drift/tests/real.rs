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
