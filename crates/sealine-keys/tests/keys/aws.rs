//! AWS KMS, which moto plays.

use std::collections::BTreeMap;

use sealine_http::reqwest::Method;
use sealine_http::{Client, Redactor, Retry, Settings};
use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master};
use sealine_testing::servers::{Server, moto};
use serde_json::Value;

use super::sops::{Sops, both_ways};
use super::{environment, run, services};

/// What a secret key must not be found in.
const SECRET: &str = "hunter2hunter2hunter2";

/// Starts moto with one key, and returns its ARN and an environment that leads there.
async fn aws() -> Option<(Server, String, BTreeMap<String, String>)> {
    let server = moto()?;
    let client = Client::new(&Settings::default()).expect("a client");
    let request = client
        .request(Method::POST, server.url())
        .header("X-Amz-Target", "TrentService.CreateKey")
        .header("Content-Type", "application/x-amz-json-1.1")
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/kms/aws4_request",
        )
        .body("{}");
    let answer = client.fetch(request, 1 << 20, &Retry::default(), &Redactor::new()).await;
    let answer: Value = serde_json::from_slice(&answer.expect("a key").body).expect("JSON");
    let arn = answer["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned();
    let environment = environment(&[
        ("AWS_ENDPOINT_URL", &server.url()),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    Some((server, arn, environment))
}

#[test]
fn keys_contexts_and_roles_work_both_ways() {
    run(async {
        let Some((_server, arn, environment)) = aws().await else { return };
        let Some(sops) = Sops::new(&environment) else { return };
        let services = services(&environment, sops.home());
        let kms = ["--kms", &arn];
        both_ways(&sops, &kms, &services).await;
        let context = ["--encryption-context", "app:shop,stage:test"];
        both_ways(&sops, &[kms, context].concat(), &services).await;
        let with_role = format!("{arn}+arn:aws:iam::123456789012:role/sops");
        both_ways(&sops, &["--kms", &with_role], &services).await;
    });
}

#[test]
fn profiles_and_the_roles_they_name_are_followed() {
    run(async {
        let Some((_server, arn, mut environment)) = aws().await else { return };
        environment.remove("AWS_ACCESS_KEY_ID");
        environment.remove("AWS_SECRET_ACCESS_KEY");
        let Some(sops) = Sops::new(&environment) else { return };
        sops.write(
            ".aws/config",
            "[profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/deploy\n\
             source_profile = base\nregion = eu-west-1\n",
        );
        let keys =
            format!("aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n");
        sops.write(".aws/credentials", &format!("[base]\n{keys}"));
        let services = services(&environment, sops.home());
        both_ways(&sops, &["--kms", &arn, "--aws-profile", "base"], &services).await;
        // The SDK of `sops` asks the real STS about roles of profiles, whatever the endpoint is.
        let profile = "deploy".to_owned();
        let master = Master::AwsKms { arn, role: None, context: Vec::new(), profile };
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let wrapped = wrap(&[master], &key, &services, now).await.expect("wrapped");
        open(&wrapped, &services).await.expect("it opens");
    });
}

#[test]
fn another_context_does_not_open_it() {
    run(async {
        let Some((_server, arn, environment)) = aws().await else { return };
        let home = tempfile::tempdir().expect("a folder");
        let services = services(&environment, home.path());
        let master = |stage: &str| Master::AwsKms {
            arn: arn.clone(),
            role: None,
            context: vec![("stage".to_owned(), stage.to_owned())],
            profile: String::new(),
        };
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let mut wrapped = wrap(&[master("test")], &key, &services, now).await.expect("wrapped");
        open(&wrapped, &services).await.expect("it opens");
        wrapped[0].master = master("live");
        let fault = open(&wrapped, &services).await.expect_err("another context").tried.remove(0);
        assert!(
            matches!(&fault.why, KeyFault::Service(why) if why.status() == Some(400)),
            "{fault}"
        );
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
    });
}

#[test]
fn without_credentials_it_says_where_they_were_looked_for() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let environment = environment(&[("AWS_EC2_METADATA_DISABLED", "true")]);
        let services = services(&environment, home.path());
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/a".to_owned();
        let profile = String::new();
        let master = Master::AwsKms { arn, role: None, context: Vec::new(), profile };
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let fault = wrap(&[master], &key, &services, jiff::Timestamp::now()).await;
        let fault = fault.expect_err("no credentials");
        assert!(matches!(&fault.why, KeyFault::Credentials(_)), "{fault}");
    });
}
