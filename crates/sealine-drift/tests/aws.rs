//! The AWS provider against an AWS double: what is changed, deleted and filled in outside.
//!
//! The provider is taken from the folder of a local mirror that `SEALINE_TF_MIRROR` names; without it
//! the test says so and passes.

#![allow(clippy::disallowed_methods, reason = "where a mirror is, only the environment says")]

mod common;

use common::{Bench, canaries};
use sealine_drift::report::{Change, Kind, Outcome};
use sealine_testing::aws::as_anyone;
use sealine_testing::peers::peer;

fn main_tf(url: &str) -> String {
    format!(
        r#"
provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {{
    ec2            = "{url}"
    secretsmanager = "{url}"
    ssm            = "{url}"
    sts            = "{url}"
  }}
}}
resource "aws_security_group" "egress" {{
  name        = "egress"
  description = "agreed"
}}
resource "aws_ssm_parameter" "setting" {{
  name  = "setting"
  type  = "String"
  value = "agreed"
  tags  = {{ team = "a" }}
}}
resource "aws_ssm_parameter" "placeholder" {{
  name  = "placeholder"
  type  = "SecureString"
  value = "<set manually>"
  lifecycle {{
    ignore_changes = [value]
  }}
}}
resource "aws_secretsmanager_secret" "both" {{
  for_each = toset(["agreed", "placeholder"])
  name     = each.key
}}
resource "aws_secretsmanager_secret_version" "agreed" {{
  secret_id     = aws_secretsmanager_secret.both["agreed"].id
  secret_string = "canary-agreed"
}}
resource "aws_secretsmanager_secret_version" "placeholder" {{
  secret_id     = aws_secretsmanager_secret.both["placeholder"].id
  secret_string = "<set manually>"
  lifecycle {{
    ignore_changes = [secret_string]
  }}
}}
"#
    )
}

#[tokio::test]
async fn changed_deleted_and_filled_outside_are_told_apart() {
    let Some(mirror) = std::env::var_os("SEALINE_TF_MIRROR") else {
        eprintln!("skipped: SEALINE_TF_MIRROR names no mirror with the AWS provider");
        return;
    };
    let Some((terraform, moto)) = peer("terraform").zip(sealine_testing::servers::moto()) else {
        return;
    };
    let mut bench = Bench::with_program(&terraform, &main_tf(&moto.url()));
    let mirror = mirror.to_str().expect("UTF-8");
    let settings = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
    );
    bench.write("settings/mirror.tfrc", &settings);
    let settings = bench.path("settings/mirror.tfrc");
    bench.programs.environment.insert("TF_CLI_CONFIG_FILE".into(), settings.into());
    // Each start of this provider takes seconds.
    bench.project.confirm = false;
    bench.apply();
    let report = bench.run().await;
    assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
    assert_eq!(report.managed, 7);

    let json = ("Content-Type", "application/x-amz-json-1.1");
    let put = |name: &str, value: &str, kind: &str| {
        let body = format!(
            "{{\"Name\": \"{name}\", \"Value\": \"{value}\", \"Type\": \"{kind}\", \"Overwrite\": true}}"
        );
        as_anyone(
            &moto,
            "us-east-1/ssm",
            &[json, ("X-Amz-Target", "AmazonSSM.PutParameter")],
            &body,
        );
    };
    let fill = |name: &str| {
        let body = format!(
            "{{\"SecretId\": \"{name}\", \"SecretString\": \"canary-filled\", \
             \"ClientRequestToken\": \"0123456789abcdef0123456789abcdef\"}}"
        );
        as_anyone(
            &moto,
            "us-east-1/secretsmanager",
            &[json, ("X-Amz-Target", "secretsmanager.PutSecretValue")],
            &body,
        );
    };

    // Filled placeholders are noise.
    put("placeholder", "canary-parameter", "SecureString");
    fill("placeholder");
    let report = bench.run().await;
    assert_eq!(report.outcome, Outcome::Clean, "{report:#?}");
    assert!(!report.noise.is_empty(), "{report:#?}");
    canaries(&report);

    put("setting", "tampered", "String");
    fill("agreed");
    let delete = "Action=DeleteSecurityGroup&Version=2016-11-15&GroupName=egress";
    as_anyone(&moto, "us-east-1/ec2", &[], delete);
    let report = bench.run().await;
    assert_eq!(report.outcome, Outcome::Drifted, "{report:#?}");
    let named: Vec<_> =
        report.findings.iter().map(|one| (one.kind, one.address.as_str(), one.change)).collect();
    assert_eq!(
        named,
        [
            (Kind::Drifted, "aws_security_group.egress", Change::DeletedOutside),
            // Of this one the exit code of a plan says nothing.
            (Kind::Drifted, "aws_secretsmanager_secret_version.agreed", Change::ChangedOutside),
            (Kind::Drifted, "aws_ssm_parameter.setting", Change::ChangedOutside),
        ],
        "{report:#?}"
    );
    canaries(&report);

    bench.apply();
    let report = bench.run().await;
    let left: Vec<_> = report.findings.iter().map(|one| one.address.as_str()).collect();
    assert_eq!(left, Vec::<&str>::new(), "{report:#?}");
}
