//! The AWS provider against an AWS double: what is changed, deleted and filled in outside.
//!
//! The provider is taken from the folder of a local mirror that `SEALINE_TF_MIRROR` names; without it
//! the test says so and passes.

#![allow(clippy::disallowed_methods, reason = "where a mirror is, only the environment says")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use common::{Bench, canaries};
use sealine_drift::report::{Change, Kind, Outcome};
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

/// One call of an API. The double checks no signature.
fn call(address: SocketAddr, service: &str, target: &str, kind: &str, body: &str) {
    let mut stream = std::net::TcpStream::connect(address).expect("a server");
    let target = match target {
        "" => String::new(),
        target => format!("X-Amz-Target: {target}\r\n"),
    };
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n{target}\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
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

    let address = moto.address();
    let json = "application/x-amz-json-1.1";
    let put = |name: &str, value: &str, kind: &str| {
        let body = format!(
            "{{\"Name\": \"{name}\", \"Value\": \"{value}\", \"Type\": \"{kind}\", \"Overwrite\": true}}"
        );
        call(address, "ssm", "AmazonSSM.PutParameter", json, &body);
    };
    let fill = |name: &str| {
        let body = format!(
            "{{\"SecretId\": \"{name}\", \"SecretString\": \"canary-filled\", \
             \"ClientRequestToken\": \"0123456789abcdef0123456789abcdef\"}}"
        );
        call(address, "secretsmanager", "secretsmanager.PutSecretValue", json, &body);
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
    let form = "application/x-www-form-urlencoded";
    let delete = "Action=DeleteSecurityGroup&Version=2016-11-15&GroupName=egress";
    call(address, "ec2", "", form, delete);
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
