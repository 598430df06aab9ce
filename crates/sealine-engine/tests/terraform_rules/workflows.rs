//! Applies without a lock, and drift that nothing looks for.

use expect_test::expect;

use super::{check, look};

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

#[test]
fn drift_is_looked_for_where_a_service_or_a_cluster_does_so() {
    let alone = "//- main.tf\nterraform {\n  backend \"gcs\" {\n    bucket = \"b\"\n  }\n}\n\
                 //- .github/workflows/plan.yml\non: pull_request\njobs:\n  plan:\n    \
                 runs-on: ubuntu-24.04\n    steps:\n      - run: terraform plan\n";
    let resource = |kind: &str, body: &str| {
        format!("//- tfe/main.tf\nvariable \"on\" {{}}\nresource \"{kind}\" \"a\" {{\n{body}\n}}\n")
    };
    let job = |more: &str, command: &str| {
        format!(
            "//- gitops:drift.yaml\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: drift}}\n\
             spec:\n  schedule: 7 5 * * *\n{more}  jobTemplate:\n    spec:\n      template:\n        \
             spec: {{containers: [{{name: a, image: a, command: {command}}}]}}\n"
        )
    };
    for (more, is_enough) in [
        (resource("tfe_workspace", "  assessments_enabled = true"), true),
        (resource("tfe_workspace", "  assessments_enabled = var.on"), true),
        (resource("tfe_workspace", "  assessments_enabled = false"), false),
        (resource("tfe_workspace", "  name = \"a\""), false),
        (resource("tfe_workspace_settings", "  assessments_enabled = true"), true),
        (resource("tfe_organization", "  assessments_enforced = true"), true),
        (resource("spacelift_drift_detection", "  schedule = [\"7 5 * * *\"]"), true),
        (job("", "[sealine, drift, run]"), true),
        (job("", "[sh, -c, 'terraform plan -detailed-exitcode']"), true),
        (job("  suspend: true\n", "[sealine, drift, run]"), false),
        (job("", "[sealine, check]"), false),
    ] {
        let found = look("no-drift-schedule", &format!("{alone}{more}"));
        assert_eq!(found.is_empty(), is_enough, "{more}");
    }
}
